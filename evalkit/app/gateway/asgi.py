"""The gateway as an ASGI application: five paths, and a sentence for everything else."""

from __future__ import annotations

from typing import Final

from evalkit.app.gateway.admin import admin, admitted
from evalkit.app.gateway.metrics import exposed
from evalkit.app.gateway.outcomes import outcomes
from evalkit.app.gateway.predict import predict
from evalkit.app.gateway.state import State
from evalkit.app.gateway.wire import (
    Answered,
    Gone,
    Receive,
    Refused,
    Scope,
    Send,
    body_of,
    json_answer,
    send_answer,
)

__all__ = ["Gateway"]

_METHODS: Final = {"/predict": "POST", "/outcomes": "POST", "/healthz": "GET", "/metrics": "GET"}
_TEXT: Final = ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),)


class Gateway:
    """Answers HTTP requests; whatever one of them meets, the others are served."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            found = await self._answer(scope, receive)
        except Refused as refused:
            found = refused.answered
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - a fault of ours is this request's alone
            found = Refused(500, f"the gateway itself failed ({type(error).__name__})").answered
        if self.state.draining:
            found = found._replace(headers=(*found.headers, (b"connection", b"close")))
        self.state.counts.answers[str(found.status)] += 1
        await send_answer(send, found)

    async def _answer(self, scope: Scope, receive: Receive) -> Answered:
        path, state = scope["path"], self.state
        wanted = "POST" if path.startswith("/admin/") else _METHODS.get(path)
        if wanted is None:
            raise Refused(404, f"there are {', '.join(_METHODS)}")
        if scope["method"] != wanted and not (wanted == "GET" and scope["method"] == "HEAD"):
            raise Refused(405, f"{path} takes {wanted}", (b"allow", wanted.encode()))
        if path == "/healthz":
            return self._health()
        if path == "/metrics":
            return Answered(200, exposed(state.counts, state.gauges()).encode(), _TEXT)
        if path.startswith("/admin/"):
            admitted(state, scope)
            return await admin(state, path, await body_of(scope, receive, state.limits))
        body = await body_of(scope, receive, state.limits)
        return await (predict if path == "/predict" else outcomes)(state, body)

    def _health(self) -> Answered:
        state = self.state
        status = "draining" if state.draining else "degraded" if state.log.trouble else "ok"
        said = {
            "status": status,
            "champion": state.champion.name,
            "canary": None if state.canary is None else state.canary.name,
            "weight": state.canary_weight,
            "shadows": [mirror.name for mirror in state.mirrors],
        }
        if state.log.trouble:
            said["why"] = "the traffic log cannot be written: users are served by the champion, unlogged"
        return json_answer(said, 503 if state.draining else 200)
