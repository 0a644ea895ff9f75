"""Ticks of a time axis: at full hours and midnights, never more than there is room for."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from evalkit.report.charts.moments import clock_ticks
from evalkit.report.charts.svg import text_width

FIRST = datetime.fromisoformat("2026-03-16T21:30:00+00:00")


def test_days_stand_at_midnight_and_hours_say_their_day_once() -> None:
    days = clock_ticks(FIRST, FIRST + timedelta(hours=84), 330)
    assert [label for _, label in days] == ["2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20"]
    assert days[0][0] == pytest.approx(2.5 / 84)
    hours = clock_ticks(FIRST, FIRST + timedelta(hours=1), 400)
    assert [label for _, label in hours][:2] == ["2026-03-16 21:30", "21:45"]


@pytest.mark.parametrize("seconds", [1, 90, 7_000, 90_000, 900_000, 90_000_000])
@pytest.mark.parametrize("room", [40, 290, 1100])
def test_labels_never_meet(seconds: int, room: int) -> None:
    found = clock_ticks(FIRST, FIRST + timedelta(seconds=seconds), room)
    ends = [
        (share * room - text_width(label, 11) / 2, share * room + text_width(label, 11) / 2) for share, label in found
    ]
    assert all(a[1] < b[0] for a, b in itertools.pairwise(ends))
    assert all(0 <= share <= 1 for share, _ in found)
    assert len(found) != 1
