"""ASGI, as little of it as is needed: a body that comes in time and is not too long, and an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from evalkit.app.gateway.settings import Limits
from evalkit.core.texts import clip, parse

__all__ = [
    "Answered",
    "Receive",
    "Refused",
    "Scope",
    "Send",
    "as_json",
    "body_of",
    "json_answer",
    "parsed",
    "send_answer",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # json.dumps makes a new one each time
_JSON = (b"content-type", b"application/json")
_SAFE = (b"x-content-type-options", b"nosniff")


class Answered(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (_JSON,)


class Refused(Exception):
    """A request that is not served: status, a sentence for its sender, more headers."""

    def __init__(self, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers

    @property
    def answered(self) -> Answered:
        """As an answer."""
        body = json.dumps({"error": clip(self.sentence, 500)}).encode()
        return Answered(self.status, body, (_JSON, *self.headers))


class Gone(Exception):
    """The client went away before its request was whole."""


def json_answer(value: Any, status: int = 200) -> Answered:
    """A JSON answer."""
    return Answered(status, json.dumps(value, separators=(",", ":"), allow_nan=False).encode())


def parsed(body: bytes) -> Any:
    """The JSON of a body.

    Raises:
        Refused: 400.
    """
    try:
        return parse(body)
    except ValueError as error:
        raise Refused(400, f"the body is not JSON: {error}") from None


def as_json(value: Any, where: str = "") -> str:
    """A part of a body as JSON again.

    Raises:
        Refused: 400, it holds a number such as 1e999, of which Python made an infinity.
    """
    try:
        return _encode(value)
    except ValueError:
        raise Refused(400, f"{where}a number is too large") from None


async def body_of(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """The whole body.

    Raises:
        Refused: 400 where its length is no number, 408 where it takes too long, 413 where it is too long.
        Gone: it never came.
    """
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not said.isdigit():
        raise Refused(400, "the header Content-Length is not a number")
    if int(said) > limits.body:
        raise _too_long(limits)
    first = await _received(receive, limits)
    body = bytes(first.get("body", b""))
    _check(body, limits)
    if not first.get("more_body"):  # nearly always
        return body
    return await _rest(bytearray(body), receive, limits)


async def _rest(body: bytearray, receive: Receive, limits: Limits) -> bytes:
    try:
        async with asyncio.timeout(limits.body_seconds):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                _check(body, limits)
                more = bool(message.get("more_body"))
    except TimeoutError:
        raise _too_slow(limits) from None
    return bytes(body)


async def _received(receive: Receive, limits: Limits) -> MutableMapping[str, Any]:
    try:
        async with asyncio.timeout(limits.body_seconds):
            message = await receive()
    except TimeoutError:
        raise _too_slow(limits) from None
    if message["type"] == "http.disconnect":
        raise Gone
    return message


def _check(body: bytes | bytearray, limits: Limits) -> None:
    if len(body) > limits.body:
        raise _too_long(limits)


def _too_long(limits: Limits) -> Refused:
    return Refused(413, f"the body has more than {limits.body:,} bytes", (b"connection", b"close"))


def _too_slow(limits: Limits) -> Refused:
    return Refused(408, f"the body did not come within {limits.body_seconds:g} s", (b"connection", b"close"))


async def send_answer(send: Send, found: Answered) -> None:
    """Send it."""
    headers = [*found.headers, _SAFE, (b"content-length", b"%d" % len(found.body))]
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})
