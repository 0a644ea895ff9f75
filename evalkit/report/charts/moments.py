"""Ticks of a time axis at full hours and midnights, as many as there is room for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from evalkit.report.charts.svg import text_width

__all__ = ["clock_ticks"]

_HOUR, _DAY = 3600, 86400
_STEPS = (60, 300, 900, 1800, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR)
_DAYS = (1, 2, 5, 10, 20, 50, 100)
_GAP = 12.0


def clock_ticks(first: datetime, last: datetime, room: float) -> list[tuple[float, str]]:
    """Ticks between two moments, in the time zone of the first.

    Args:
        first, last: the ends of the axis, `first` before `last`.
        room: pixels between them.

    Returns:
        (share of the way from first to last, label): `2026-03-17` at midnight, else `14:00`; the first one says its
        day. Empty where fewer than two have room.
    """
    last = last.astimezone(first.tzinfo) if first.tzinfo else last
    span = (last - first).total_seconds()
    steps = [*_STEPS, *(days * _DAY for days in _DAYS)]
    for step in steps:
        if span / step > room / 30:
            continue
        found = _labelled(_places(first, last, step))
        if len(found) < 2:
            return []
        at = [((moment - first).total_seconds() / span, label) for moment, label in found]
        if _fits([(share * room, label) for share, label in at]):
            return at
    return []


def _places(first: datetime, last: datetime, step: int) -> list[datetime]:
    """Whole multiples of the step since the midnight before `first`."""
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    k = math.ceil((first - midnight).total_seconds() / step)
    found = []
    while (moment := midnight + timedelta(seconds=k * step)) <= last:
        found.append(moment)
        k += 1
    return found


def _labelled(moments: Sequence[datetime]) -> list[tuple[datetime, str]]:
    def label(i: int, moment: datetime) -> str:
        if moment.hour == moment.minute == 0:
            return f"{moment:%Y-%m-%d}"
        return f"{moment:%H:%M}" if i else f"{moment:%Y-%m-%d %H:%M}"

    return [(moment, label(i, moment)) for i, moment in enumerate(moments)]


def _fits(at: Sequence[tuple[float, str]]) -> bool:
    ends = [(x - text_width(label, 11) / 2, x + text_width(label, 11) / 2) for x, label in at]
    return all(a[1] + _GAP <= b[0] for a, b in itertools.pairwise(ends))
