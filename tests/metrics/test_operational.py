"""`answered`, `seconds`, `cost`: what is unknown has a reason and is never 0."""

from __future__ import annotations

import math

import pytest

from evalkit.metrics.operational import Answered, Cost, Seconds
from evalkit.metrics.testing import batch_of

NAN = math.nan


def test_answered_counts_failures_itself() -> None:
    batch = batch_of([None] * 3, ["x", None, None], failed=[False, True, False])
    found = Answered().score(batch)
    assert found.parts.tolist() == [[1, 1], [0, 1], [1, 1]]
    assert Answered().failed(batch) is None
    extremes = Answered().extremes(batch)
    assert extremes is not None
    assert (extremes.worst[0].tolist(), extremes.best[0].tolist()) == ([0, 1], [1, 1])


@pytest.mark.parametrize(
    ("metric", "reason"), [(Seconds(), "no seconds recorded"), (Cost(), "no cost recorded")], ids=["seconds", "cost"]
)
def test_an_unknown_measurement_is_unscored_with_its_reason(metric: Seconds | Cost, reason: str) -> None:
    known = [2.0, NAN, 0.0, math.inf, 4.0]
    batch = batch_of([None] * 5, ["x"] * 5, seconds=known, cost=known, failed=[False] * 4 + [True])
    found = metric.score(batch)
    assert [found.reasons[code] if code >= 0 else None for code in found.why] == [None, reason, None, reason, None]
    assert metric.combine(found.parts.sum(axis=0)) == 2.0
    assert metric.failed(batch) is None
    assert metric.extremes(batch) is None
    assert (metric.better, metric.value_range) == ("lower", (0.0, None))
    assert math.isnan(float(metric.combine(found.parts[:0].sum(axis=0))))


def test_units() -> None:
    assert (Answered().unit, Seconds().unit, Cost().unit) == ("share", "s", "USD")
