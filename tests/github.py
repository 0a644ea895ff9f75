"""A GitHub that knows comments of pull requests and nothing else, on loopback; for any process of this machine."""

from __future__ import annotations

import asyncio
import json
import threading
from types import TracebackType
from typing import Any, Self

from aiohttp import web


class FakeGitHub:
    """Comments of one repository. `refuse` is a status that every write gets; `answers` are statuses given first."""

    def __init__(self, token: str = "ghs_secret") -> None:
        self.token, self.refuse = token, 0
        self.answers: list[int] = []
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.port = 0
        self._started = threading.Event()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self.port}"

    def add(self, body: str, kind: str = "User") -> None:
        """A comment of someone."""
        self.comments.append({"id": 1000 + len(self.comments), "body": body, "user": {"type": kind}, "html_url": "u"})

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.calls.append((request.method, request.path_qs))
        if self.answers:
            return self._said(self.answers.pop(0))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._said(401)
        if request.method == "GET":
            size, page = int(request.query["per_page"]), int(request.query["page"])
            return web.json_response(self.comments[size * (page - 1) : size * page])
        if self.refuse:
            return self._said(self.refuse)
        body = json.loads(await request.read())["body"]
        if len(body) > 65_536:
            return self._said(422)
        if request.method == "POST":
            self.add(body, "Bot")
            return web.json_response(self.comments[-1], status=201)
        found = next(c for c in self.comments if request.path.endswith(f"/issues/comments/{c['id']}"))
        found["body"] = body
        return web.json_response(found)

    def _said(self, status: int) -> web.Response:
        headers = {"Location": "http://127.0.0.1:9/"} if status == 302 else {}
        said = f"Resource not accessible by integration ({self.token})"
        return web.json_response({"message": said}, status=status, headers=headers)
