"""A gateway without a socket: systems that are written here, the real log, and requests as ASGI messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.gateway.asgi import Gateway
from evalkit.app.gateway.hosts import Host
from evalkit.app.gateway.log import Log
from evalkit.app.gateway.settings import Limits
from evalkit.app.gateway.state import Arm, State
from evalkit.app.gateway.threads import called
from evalkit.core.traffic import Said
from evalkit.stores.traffic import SqliteTraffic


class Calls:
    """A host that calls a function where it stands, and remembers its inputs."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function, self.seen = function, list[Any]()

    async def ask(self, request: str, given: Any) -> Said:
        self.seen.append(given)
        return called(self.function, given)._replace(seconds=0.003)


class Got(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


@asynccontextmanager
async def gateway(
    folder: Path,
    champion: Host | None = None,
    canary: Host | None = None,
    weight: float = 0.0,
    limits: Limits | None = None,
) -> AsyncIterator[Gateway]:
    """Open, with the log in `folder`."""
    good = champion or Calls(lambda x: {"y": x["x"] * 2})
    async with Log(SqliteTraffic(folder, clock=lambda: 1e9)) as log:
        arm = Arm("old", "champion", "python:m:f", good)
        other = None if canary is None else Arm("new", "canary", "python:m:g", canary)
        yield Gateway(State(arm, other, weight, "salt", log, limits or Limits(), lambda: 1e9))


async def send(
    gateway: Gateway,
    path: str,
    body: Any = None,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Got:
    """One request; `body` is bytes, pieces of bytes, or what is made JSON. None: a GET."""
    pieces = (
        [b""] if body is None else body if isinstance(body, list) and body and isinstance(body[0], bytes) else [body]
    )
    pieces = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in pieces]
    said = {k.lower().encode(): v.encode() for k, v in (headers or {}).items()}
    said.setdefault(b"content-length", str(sum(map(len, pieces))).encode())
    scope = {"type": "http", "method": method or ("GET" if body is None else "POST"), "path": path}
    scope["headers"] = list(said.items())  # type: ignore[assignment]
    messages = [{"type": "http.request", "body": one, "more_body": i + 1 < len(pieces)} for i, one in enumerate(pieces)]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def sending(message: Any) -> None:
        sent.append(message)

    await gateway(scope, receive, sending)
    start, rest = sent
    names = {k.decode(): v.decode() for k, v in start["headers"]}
    text = rest["body"].decode()
    return Got(
        start["status"], names, json.loads(text) if names["content-type"].startswith("application/json") else text
    )
