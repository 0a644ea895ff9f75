"""Loopback servers for tests: an OpenAI-compatible endpoint and a plain JSON service, each in a thread of its own.

They serve any process on this machine, so that tests of the command line can use them too:

    with FakeOpenAI() as server:
        server.reply = lambda body: completion("42")
        subprocess.run([..., f"openai:test-model?base_url={server.url}"])
        assert server.bodies[0]["model"] == "test-model"

    with FakeOpenAI(faults=Faults(rate_limited=0.1, server_error=0.05, hanging=0.01)) as server:
        ...
        assert server.counts["rate_limited"] > 0
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.faults import Faults, refusing, sent_badly, spoiled

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """An aiohttp server on 127.0.0.1 and a free port, from `with` to its end."""

    path = "/"

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name=type(self).__name__)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10), "the test server did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def root(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=64 << 20)
        self.routes(app)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    def routes(self, app: web.Application) -> None:
        """What is served."""
        app.router.add_post(self.path, self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        found = self.answer(body)
        if isinstance(found, Awaitable):
            found = await found
        return found if isinstance(found, web.StreamResponse) else web.json_response(found)

    def answer(self, body: Any) -> Any:
        """A JSON value, a response, or an awaitable of either."""
        raise AssertionError("a test server says what it answers")


class JsonService(Server):
    """POST / -> whatever `reply(body)` gives; by default the input is echoed as output."""

    def __init__(self, reply: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self.reply = reply or (lambda body: {"output": body["input"]})

    @property
    def url(self) -> str:
        """Where to POST."""
        return self.root + "/"

    def answer(self, body: Any) -> Any:
        return self.reply(body)


class FakeOpenAI(Server):
    """POST /v1/chat/completions -> `reply(body)`; by default the last message's content is the answer.

    `faults` (which may be replaced at any time) says what goes wrong, how often and how late. GET /v1/counts gives what
    happened so far. It runs as a process of its own too, so that its CPU is not the caller's: see server_process.py.

    Attributes:
        counts: fault or "ok" -> requests that met it.
        in_flight, most: requests being answered now, and at most so far.
        left: requests whose caller hung up before the answer.
    """

    path = "/v1/chat/completions"

    def __init__(self, reply: Callable[[Any], Any] | None = None, faults: Faults | None = None) -> None:
        super().__init__()
        self.reply = reply or (lambda body: completion(body["messages"][-1]["content"], model=body["model"]))
        self.faults = faults or Faults()
        self.counts: Counter[str] = Counter()
        self.asked: Counter[bytes] = Counter()
        self.in_flight = self.most = self.left = 0

    @property
    def url(self) -> str:
        """The `base_url`."""
        return self.root + "/v1"

    def routes(self, app: web.Application) -> None:
        super().routes(app)
        app.router.add_get("/v1/counts", self._counts)

    async def _counts(self, request: web.Request) -> web.Response:
        return web.json_response({"counts": self.counts, "requests": self.counts.total(), **self.loads})

    @property
    def loads(self) -> dict[str, int]:
        """How many at once, and how many were left."""
        return {"in_flight": self.in_flight, "most": self.most, "left": self.left}

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.read()
        body = json.loads(text)
        nth = self._noted(text, body, request)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            return await self._respond(request, text, body, nth)
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.in_flight -= 1

    def _noted(self, text: bytes, body: Any, request: web.Request) -> int:
        """Keeps the request; how often this body was asked before."""
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        digest = hashlib.blake2b(text, digest_size=16).digest()
        self.asked[digest] += 1
        return self.asked[digest] - 1

    async def _respond(self, request: web.Request, text: bytes, body: Any, nth: int) -> web.StreamResponse:
        faults, arrival = self.faults, self.counts.total()
        fault = faults.ruled(body, request.headers.get("Authorization"), self.in_flight)
        fault = fault or faults.chosen(text, nth, arrival)
        self.counts[fault] += 1
        if faults.latency:
            await asyncio.sleep(faults.seconds(text, nth))
        if fault != "ok" and (refused := refusing(fault, faults, str(body.get("model")))) is not None:
            return refused
        found = self.reply(body)
        if isinstance(found, Awaitable):
            found = await found
        if isinstance(found, web.StreamResponse):
            return found
        if (bad := await sent_badly(fault, request, found, faults)) is not None:
            return bad
        return web.json_response(found if fault == "ok" else spoiled(fault, found))


def completion(
    text: str | None,
    *,
    model: str = "test-model-2026",
    finish: str = "stop",
    tokens: tuple[int, int] = (10, 5),
    logprobs: Sequence[tuple[str, Mapping[str, float]]] | None = None,
    **message: Any,
) -> dict[str, Any]:
    """A chat completion; `message` are further fields of the message (`refusal`, `tool_calls`).

    `logprobs` has (token, {alternative: log probability}) of each token, as a Completion of evalkit has.
    """
    choice: dict[str, Any] = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text, **message},
    }
    if logprobs is not None:
        choice["logprobs"] = {"content": [_token(token, others) for token, others in logprobs]}
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [choice],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    }


def _token(token: str, others: Mapping[str, float]) -> dict[str, Any]:
    top = [{"token": other, "logprob": value, "bytes": None} for other, value in others.items()]
    return {"token": token, "logprob": others.get(token, -9999.0), "bytes": None, "top_logprobs": top}


def failed(status: int, message: str = "no", code: str | None = None, **headers: str) -> web.Response:
    """An error in OpenAI's form; `headers` with _ for - (`Retry_After="2"`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response({"error": {"message": message, "code": code}}, status=status, headers=named)
