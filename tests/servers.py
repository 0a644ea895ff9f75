"""Loopback servers for tests: an OpenAI-compatible endpoint and a plain JSON service, each in a thread of its own.

They serve any process on this machine, so that tests of the command line can use them too:

    with FakeOpenAI() as server:
        server.reply = lambda body: completion("42")
        subprocess.run([..., f"openai:test-model?base_url={server.url}"])
        assert server.bodies[0]["model"] == "test-model"
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

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
        app.router.add_post(self.path, self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

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
    """POST /v1/chat/completions -> `reply(body)`; by default the last message's content is the answer."""

    path = "/v1/chat/completions"

    def __init__(self, reply: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self.reply = reply or (lambda body: completion(body["messages"][-1]["content"], model=body["model"]))

    @property
    def url(self) -> str:
        """The `base_url`."""
        return self.root + "/v1"

    def answer(self, body: Any) -> Any:
        return self.reply(body)


def completion(
    text: str | None,
    *,
    model: str = "test-model-2026",
    finish: str = "stop",
    tokens: tuple[int, int] = (10, 5),
    **message: Any,
) -> dict[str, Any]:
    """A chat completion; `message` are further fields of the message (`refusal`, `tool_calls`)."""
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "model": model,
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
        ],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)},
    }


def failed(status: int, message: str = "no", code: str | None = None, **headers: str) -> web.Response:
    """An error in OpenAI's form; `headers` with _ for - (`Retry_After="2"`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response({"error": {"message": message, "code": code}}, status=status, headers=named)
