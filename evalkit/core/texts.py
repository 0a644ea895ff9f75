"""Texts from outside: strict JSON, and what is shown of a long one."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable
from math import isfinite
from typing import Any, NoReturn

MAX_MESSAGE = 2_000  # characters of a failure's message


class NotFinite(ValueError):
    """NaN or an infinity, which JSON does not have."""


def _refuse(token: str) -> NoReturn:
    raise NotFinite(f"{token} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def parse(text: str | bytes) -> Any:
    """Strict JSON.

    Raises:
        ValueError: it is not JSON (NotFinite where NaN or an infinity is the reason), or not UTF-8.
    """
    try:
        return _decode(text if isinstance(text, str) else text.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def clip(text: str, limit: int = MAX_MESSAGE) -> str:
    """At most `limit` characters: the head and the tail of a longer text. Lone surrogates are written out."""
    if len(text) > limit:
        text = f"{text[: limit // 2]} ... {text[-limit // 2 :]}"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def json_value(value: Any, odd: Callable[[float], Any] = str) -> Any:
    """A value of Python as JSON has it: times as ISO 8601, bytes as base64, what else JSON has no form for as its text.

    Args:
        odd: makes a value of a float that is NaN or infinite.
    """
    if isinstance(value, float):
        return value if isfinite(value) else odd(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dict):
        return {str(key): json_value(item, odd) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item, odd) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
