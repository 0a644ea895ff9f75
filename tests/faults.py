"""What a model's endpoint does wrong, by declared shares: for tests and benchmarks of everything that asks models.

Which request meets which fault follows from its body, from how often that body was asked and from `seed`: the same in
every order and at every concurrency. A second try of the same question has luck of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from aiohttp import web

SHARES = (
    "rate_limited",  # 429, with Retry-After where `retry_after` says so
    "server_error",  # 500
    "malformed",  # 200, and a body that is no JSON
    "no_choices",  # 200, and JSON that is no completion
    "truncated",  # half of the promised bytes, then the connection closes
    "reset",  # the connection closes before any answer
    "hanging",  # nothing for `hang_seconds`
    "slow",  # the right answer, a few bytes at a time
    "garbage",  # a completion whose text is of no use
    "empty",  # a completion without text
    "cut_off",  # finish_reason length and half of the text
    "refused",  # a refusal
    "filtered",  # 400 with the code content_filter
    "too_long",  # 400 with the code context_length_exceeded
    "unsupported",  # 400 about response_format
    "bad_request",  # 400 about something else
    "wrong_model",  # the right answer, signed by another model
    "unauthorized",  # 401
    "forbidden",  # 403
    "not_found",  # 404
    "no_money",  # 429 with the code insufficient_quota
)


@dataclass(frozen=True)
class Faults:
    """Shares of requests in [0, 1], at most 1 together; the rest are answered.

    Attributes:
        latency: seconds before every answer, good or bad.
        jitter: share of `latency` that is added or taken away, drawn from the request.
        retry_after: what a 429 and a 500 say in Retry-After; None: no such header.
        hang_seconds: how long a hanging request hangs.
        pause, piece: seconds and bytes of a slow body.
        script: names of faults (or "ok") for the first requests, in order of arrival; the shares count after that.
        at_once: more requests than this in flight meet a 429.
        key: another key meets a 401.
        models: another model meets a 404.
        context: more characters than this in all messages meet the context length error.
        refuses_formats: response_format meets a 400 ("unsupported").
        seed: of all draws.
    """

    latency: float = 0.0
    jitter: float = 0.0
    rate_limited: float = 0.0
    server_error: float = 0.0
    malformed: float = 0.0
    no_choices: float = 0.0
    truncated: float = 0.0
    reset: float = 0.0
    hanging: float = 0.0
    slow: float = 0.0
    garbage: float = 0.0
    empty: float = 0.0
    cut_off: float = 0.0
    refused: float = 0.0
    filtered: float = 0.0
    too_long: float = 0.0
    unsupported: float = 0.0
    bad_request: float = 0.0
    wrong_model: float = 0.0
    unauthorized: float = 0.0
    forbidden: float = 0.0
    not_found: float = 0.0
    no_money: float = 0.0
    retry_after: float | str | None = 0
    hang_seconds: float = 60.0
    pause: float = 0.001
    piece: int = 64
    script: Sequence[str] = ()
    at_once: int | None = None
    key: str | None = None
    models: Sequence[str] | None = None
    context: int | None = None
    refuses_formats: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        shares = [getattr(self, name) for name in SHARES]
        assert all(0 <= share <= 1 for share in shares), "shares are in [0, 1]"
        assert sum(shares) <= 1 + 1e-9, "shares sum to at most 1"
        assert set(self.script) <= {"ok", *SHARES}, f"script names faults: {SHARES}"

    @classmethod
    def of(cls, row: dict[str, Any]) -> Faults:
        """From a JSON object; an unknown name is an error."""
        known = {field.name for field in fields(cls)}
        assert set(row) <= known, f"unknown: {sorted(set(row) - known)}"
        return cls(**row)

    def draw(self, text: bytes, nth: int, what: str = "fault") -> float:
        """A number in [0, 1) made of the request."""
        digest = hashlib.blake2b(f"{self.seed}/{what}/{nth}/".encode() + text, digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64

    def chosen(self, text: bytes, nth: int, arrival: int) -> str:
        """The fault that this request meets by script or by share; "ok": none."""
        if arrival < len(self.script):
            return self.script[arrival]
        drawn = self.draw(text, nth)
        for name in SHARES:
            drawn -= getattr(self, name)
            if drawn < 0:
                return name
        return "ok"

    def ruled(self, body: Any, key: str | None, in_flight: int) -> str | None:
        """The fault that follows from what is asked, whatever the shares."""
        if self.key is not None and key != f"Bearer {self.key}":
            return "unauthorized"
        if self.models is not None and body.get("model") not in self.models:
            return "not_found"
        if self.at_once is not None and in_flight > self.at_once:
            return "rate_limited"
        if self.context is not None and sum(len(str(m.get("content"))) for m in body["messages"]) > self.context:
            return "too_long"
        return "unsupported" if self.refuses_formats and "response_format" in body else None

    def seconds(self, text: bytes, nth: int) -> float:
        """How long this request waits for its answer."""
        return self.latency * (1 + self.jitter * (2 * self.draw(text, nth, "latency") - 1))


def refusing(fault: str, faults: Faults, model: str) -> web.Response | None:
    """The answer to a request that is turned away; None for faults of another kind."""
    wait = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
    said: dict[str, tuple[int, str, str | None, dict[str, str]]] = {
        "rate_limited": (429, "Rate limit reached for requests", "rate_limit_exceeded", wait),
        "server_error": (500, "The server had an error while processing your request", None, wait),
        "filtered": (400, "The prompt was filtered", "content_filter", {}),
        "too_long": (
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
            "context_length_exceeded",
            {},
        ),
        "unsupported": (400, "'response_format' of type 'json_schema' is not supported with this model.", None, {}),
        "bad_request": (400, "Invalid value for 'temperature'", "invalid_value", {}),
        "unauthorized": (401, "Incorrect API key provided", "invalid_api_key", {}),
        "forbidden": (403, "Your project has no access to this model", None, {}),
        "not_found": (404, f"The model {model!r} does not exist", "model_not_found", {}),
        "no_money": (429, "You exceeded your current quota", "insufficient_quota", {}),
    }
    if fault not in said:
        return None
    status, message, code, headers = said[fault]
    return web.json_response({"error": {"message": message, "code": code}}, status=status, headers=headers)


def spoiled(fault: str, row: Any) -> Any:
    """A right completion made wrong as the fault says."""
    choice = {**row["choices"][0]}
    message = {**choice["message"]}
    if fault == "garbage":
        message["content"] = "%PDF-1.4 \ufffd\u0000 as an AI { ] <verdict"
    elif fault == "empty":
        message["content"] = ""
    elif fault == "refused":
        message.update(content=None, refusal="I'm sorry, I can't help with that.")
    elif fault == "cut_off":
        text = message["content"] or ""
        message["content"], choice["finish_reason"] = text[: len(text) // 2], "length"
    elif fault == "wrong_model":
        row = {**row, "model": "another-model-2020"}
    elif fault == "no_choices":
        return {"id": "x", "choices": []}
    return {**row, "choices": [{**choice, "message": message}]}


async def sent_badly(fault: str, request: web.Request, row: Any, faults: Faults) -> web.StreamResponse | None:
    """Bytes that come late, in pieces, or not at all; None for faults of another kind."""
    data = json.dumps(row).encode()
    if fault == "malformed":
        return web.Response(body=data[: len(data) // 2] + b"<html>502 Bad Gateway", content_type="application/json")
    if fault == "hanging":
        await asyncio.sleep(faults.hang_seconds)
        return None
    if fault not in {"truncated", "reset", "slow"}:
        return None
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(data))})
    with contextlib.suppress(ConnectionError):
        if fault != "reset":
            await response.prepare(request)
        if fault == "truncated":
            await response.write(data[: len(data) // 2])
        elif fault == "slow":
            for start in range(0, len(data), faults.piece):
                await response.write(data[start : start + faults.piece])
                await asyncio.sleep(faults.pause)
            await response.write_eof()
            return response
    if request.transport is not None:
        request.transport.close()
    return response
