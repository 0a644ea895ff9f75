"""The row that every system speaks: `{"case_id", "input"}` goes out, `{"case_id", "output", ...}` comes back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, Request
from evalkit.core.texts import clip, parse


def request_row(request: Request) -> dict[str, Any]:
    """What a system is sent."""
    return {
        "case_id": request.case_id,
        "input": request.input,
        "repeat": request.repeat,
        "seed": request.seed,
    }


def request_line(request: Request) -> bytes:
    """The same as one line of ASCII JSON (any reader can decode it)."""
    return json.dumps(request_row(request), separators=(",", ":"), allow_nan=False).encode() + b"\n"


def system(reason: str, message: str, **rest: Any) -> Answer:
    """An answer that is a failure of the system under test."""
    return Answer(failure=Failure(kind="system", reason=reason, message=clip(message)), **rest)


def failure_of(value: Any) -> Failure | None:
    """A `failure` cell: null, a reason, or {kind, reason, message}. The kind is `system` unless it says otherwise.

    Raises:
        ValueError: it is none of these.
    """
    if value is None:
        return None
    if isinstance(value, str) and value:
        return Failure(kind="system", reason=clip(value, 200))
    if isinstance(value, Mapping) and set(value) <= {"kind", "reason", "message"}:
        kind, reason, message = value.get("kind", "system"), value.get("reason", "failed"), value.get("message") or ""
        if kind in {"system", "harness"} and isinstance(reason, str) and isinstance(message, str):
            return Failure(kind=kind, reason=clip(reason or "failed", 200), message=clip(message))
    raise ValueError('failure is null, a reason, or {"kind": "system" or "harness", "reason", "message"}')


ANSWER_KEYS = frozenset(
    {"output", "failure", "seconds", "cost", "confidence", "tokens_in", "tokens_out", "model", "trace", "repeat"}
)
"""What an answer may say, beside the case that it is for."""


def answer_of(row: Mapping[str, Any]) -> Answer:
    """The answer in a row that a system sent; a row that breaks the form is the system failure `unparseable`."""
    try:
        failure = failure_of(row.get("failure"))
        extras: dict[str, Any] = {
            "seconds": _number(row, "seconds", math.inf),
            "cost": _number(row, "cost", math.inf),
            "confidence": _number(row, "confidence", 1.0),
            "tokens_in": _count(row, "tokens_in"),
            "tokens_out": _count(row, "tokens_out"),
            "model": _text(row, "model"),
            "trace": row.get("trace"),
        }
    except ValueError as error:
        return system("unparseable", f"the system's answer cannot be used: {error}")
    return Answer(output=None if failure else row.get("output"), failure=failure, **extras)


def _number(row: Mapping[str, Any], key: str, most: float) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value <= most) or value == math.inf:
        bound = "a number from 0 up" if most == math.inf else f"a number from 0 to {most:g}"
        raise ValueError(f"{key} is {value!r}, not {bound}")
    return float(value)


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{key} is {value!r}, not a whole number from 0 up")
    return value


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is {value!r}, not a text")
    return value


_CASE_ID = re.compile(rb'"case_id"\s*:\s*("(?:[^"\\]|\\.)*")')


def case_id_in(head: bytes) -> str | None:
    """The case id in a piece of a row that is too long to read whole."""
    match = _CASE_ID.search(head)
    if match is None:
        return None
    try:
        value = parse(match.group(1))
    except ValueError:
        return None
    return value if isinstance(value, str) else None
