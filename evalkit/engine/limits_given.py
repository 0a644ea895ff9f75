"""The limits that a judge names in a suite file or a spec text, read and checked."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from evalkit.core.errors import InputError

_WEEK = 604_800.0


class _Limit(NamedTuple):
    read: Callable[[Any], Any]  # gives the value, or raises ValueError
    must: str  # what a value must be


def read_limits(limits: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The limits that are given, by the name of the policy's field.

    Raises:
        InputError: a limit that there is not, or a value that it cannot have.
    """
    found = {}
    for name, value in limits.items():
        if name not in LIMITS:
            close = difflib.get_close_matches(str(name), LIMITS, 1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise InputError(f"there is no limit {name!r}", where, f"{hint}Limits: {', '.join(LIMITS)}.")
        if value is None:
            continue
        try:
            found[name] = LIMITS[name].read(value)
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"{name} is {str(value)[:80]!r}, not {LIMITS[name].must}", where) from None
    return found


def _number(most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        found = float(value)
        if isinstance(value, bool) or not 0 < found <= most or math.isinf(found):
            raise ValueError
        return found

    return read


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        found = float(value)
        if isinstance(value, bool) or not least <= found <= most or found != int(found):
            raise ValueError
        return int(found)

    return read


def _hedge(value: Any) -> Any:
    if value is False or value in ("off", "none"):
        return None
    return "auto" if value in ("auto", True) else _number(_WEEK)(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 2_000:
        raise ValueError
    return value


LIMITS: Mapping[str, _Limit] = {
    "timeout": _Limit(_number(_WEEK), "a number of seconds above 0, at most 604,800"),
    "retries": _Limit(_whole(0, 100), "a whole number from 0 to 100"),
    "requests_per_minute": _Limit(_number(math.inf), "a number above 0"),
    "tokens_per_minute": _Limit(_number(math.inf), "a number above 0"),
    "hedge": _Limit(_hedge, '"auto", or a number of seconds above 0, or false'),
    "concurrency": _Limit(_whole(1, 10_000), "a whole number from 1 to 10,000"),
    "max_cost": _Limit(_number(math.inf), "a number of US dollars above 0"),
    "endpoint": _Limit(_text, "a name"),
}
"""What a judge may bound, by the name of the policy's field."""
