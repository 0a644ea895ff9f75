"""Reading findings: a certificate is a file, so nothing in it is taken to be what its name says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from evalkit.report.text import clip

__all__ = ["Fig", "entries", "figure", "figure_in", "items", "number", "part", "text", "texts", "whole", "within"]

_FAR = 1e12
"""A number beyond this is no finding, and no axis can show it beside others."""
LONG = 300


class Fig(NamedTuple):
    """A number as a finding has it; `point` None: there is none, and `reason` may say why."""

    point: float | None
    lo: float | None
    hi: float | None
    n: int | None
    method: str
    reason: str

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return self.lo is not None and self.hi is not None


def number(given: Any) -> float | None:
    """A finite number of a size that can be shown, or None."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        found = float(given)
    except OverflowError:
        return None
    return found if math.isfinite(found) and abs(found) <= _FAR else None


def within(given: Any, lo: float = 0.0, hi: float = 1.0) -> float | None:
    """A number from lo to hi, such as a p-value, or None."""
    found = number(given)
    return found if found is not None and lo <= found <= hi else None


def whole(given: Any) -> int | None:
    """A count from 0 on, or None."""
    found = number(given)
    return int(found) if found is not None and found >= 0 and found.is_integer() else None


def text(given: Any, limit: int = LONG) -> str:
    """A text, clipped; empty for what is none."""
    return clip(given, limit) if isinstance(given, str) else ""


def texts(given: Any, most: int = 20, limit: int = LONG) -> list[str]:
    """The texts of a list."""
    return [clip(one, limit) for one in given[:most] if isinstance(one, str)] if isinstance(given, list) else []


def part(given: Any, *names: str) -> dict[str, Any]:
    """A dictionary inside others; empty where there is none."""
    for name in names:
        given = given.get(name) if isinstance(given, dict) else None
    return given if isinstance(given, dict) else {}


def items(given: Any, most: int = 60) -> list[tuple[str, Any]]:
    """The first entries of a dictionary, their names clipped."""
    return [(clip(str(k), 80), v) for k, v in list(given.items())[:most]] if isinstance(given, dict) else []


def entries(given: Any, most: int = 60) -> Iterator[dict[str, Any]]:
    """The dictionaries in a list."""
    yield from (one for one in (given[:most] if isinstance(given, list) else []) if isinstance(one, dict))


def figure(given: Any, bounds: tuple[float, float] | None = None) -> Fig | None:
    """{point, lo, hi, n, method, reason}; an interval that does not hold its point, or what is out of bounds, is none.

    Args:
        given: as a finding has it.
        bounds: of what is measured.
    """
    if not isinstance(given, dict):
        return None
    at, lo, hi = (number(given.get(name)) for name in ("point", "lo", "hi"))
    if at is not None and bounds is not None and not bounds[0] <= at <= bounds[1]:
        at = None
    if at is None or lo is None or hi is None or not lo <= at + 1e-9 or not at <= hi + 1e-9:
        lo = hi = None
    return Fig(at, lo, hi, whole(given.get("n")), text(given.get("method"), 80), text(given.get("reason")))


def figure_in(given: Any, *names: str, bounds: tuple[float, float] | None = None) -> Fig | None:
    """The figure under the last name; None where there is none with a value."""
    found = figure(part(given, *names[:-1]).get(names[-1]), bounds)
    return found if found is not None and found.point is not None else None
