"""`POST /admin/...`: weight, drain, reload. Only with the token; without a token file there is no admin at all."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable
from typing import Any

from evalkit.app.gateway.state import State
from evalkit.app.gateway.wire import Answered, Refused, Scope, json_answer, parsed
from evalkit.core.errors import EvalkitError

__all__ = ["admin", "admitted"]


def admitted(state: State, scope: Scope) -> None:
    """Whether the sender may do this. The comparison takes the same time whatever is wrong with a token.

    Raises:
        Refused: 401 without a token, 403 with a wrong one, or where admin is off.
    """
    if state.token is None:
        raise Refused(403, "admin is off: the gateway was started without --token-file")
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, token = given.partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Refused(401, "admin needs the header Authorization: Bearer TOKEN", (b"www-authenticate", b"Bearer"))
    if not hmac.compare_digest(*(hashlib.sha256(one).digest() for one in (token.strip(), state.token))):
        raise Refused(403, "the token is wrong")


async def admin(state: State, path: str, body: bytes) -> Answered:
    """What an operator asks for.

    Raises:
        Refused: it cannot be done.
    """
    given = parsed(body) if body.strip() else {}
    if not isinstance(given, dict):
        raise Refused(400, "the body is not a JSON object")
    if path == "/admin/weight":
        _weigh(state, given)
    elif path == "/admin/drain":
        if not isinstance(drain := given.get("drain", True), bool):
            raise Refused(400, 'give {"drain": true} or {"drain": false}')
        state.draining = drain
    elif path == "/admin/reload":
        await _reload(state)
    else:
        raise Refused(404, "there are /admin/weight, /admin/drain and /admin/reload")
    return json_answer({"weight": state.canary_weight, "draining": state.draining, "champion": state.champion.name})


def _weigh(state: State, given: dict[str, Any]) -> None:
    weight = given.get("weight")
    if state.rollout is not None:
        raise Refused(409, f"the rollout {state.rollout} sets the weight: `evalkit rollout abort` ends it")
    if state.canary is None:
        raise Refused(409, "there is no canary to give a weight to")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise Refused(400, 'give {"weight": W} with W from 0 to 1')
    state.weight = float(weight)


async def _reload(state: State) -> None:
    if state.reload is None:
        raise Refused(409, "nothing can be reloaded")
    try:
        done = state.reload()
        if isinstance(done, Awaitable):
            await done
    except EvalkitError as error:
        raise Refused(409, f"the champion stays as it is, for it cannot be loaded anew: {error}") from None
