"""Values of hostile or careless logs as JSON that can be stored: finite, valid Unicode, printable ids."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from evalkit.core.digest import canonical_json
from evalkit.core.tables import json_texts

_DEEP = 100
_DIGITS = re.compile("([0-9]+)")


def texts(values: Sequence[Any]) -> pa.Array:
    """Canonical JSON texts, null for None; what JSON cannot hold is written as text."""
    try:
        return json_texts(values, None)
    except (ValueError, RecursionError):
        return json_texts([storable(value) for value in values], None)


def storable(value: Any) -> Any:
    """The value, where JSON can hold it, else the nearest thing that it can."""
    try:
        canonical_json(value)
    except (ValueError, RecursionError):
        return _nearest(value, 0)
    return value


def _nearest(value: Any, depth: int) -> Any:
    if depth > _DEEP:
        return "(nested too deeply)"
    if isinstance(value, dict):
        return {plain(str(key)): _nearest(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_nearest(item, depth + 1) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int):
        return value
    return plain(value if isinstance(value, str) else str(value))


def plain(text: str) -> str:
    """Text without halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")


def printable(text: str) -> str:
    """Text for an id or a name: control characters are spelt out."""
    return "".join(ch if ch.isprintable() else f"\\u{ord(ch):04x}" for ch in text)


def natural(text: str) -> tuple[list[tuple[int, str]], str]:
    """The key by which texts are sorted with their numbers in order: s2 before s10."""
    parts = _DIGITS.split(text)
    numbers = [part.lstrip("0") if at % 2 else part for at, part in enumerate(parts)]
    return [(len(part) if at % 2 else 0, part) for at, part in enumerate(numbers)], text


def short(value: Any) -> str | None:
    """A fact as the text of a tag or group; None where it is no plain value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else None
    if isinstance(value, str | int):
        return printable(plain(str(value)))[:200] if not isinstance(value, int) or abs(value) < 10**18 else None
    return None
