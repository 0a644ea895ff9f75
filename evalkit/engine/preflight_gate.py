"""A gate as a simulation sees it, what it reads of simulated runs, and what is done to their candidate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.state import BoundMetric
from evalkit.stats.clusters import Array
from evalkit.stats.vectorised import Tails

Found = tuple[Array, Array, Tails]
"""Point, standard error and p-values of many runs."""


class Question(NamedTuple):
    """A gate over the known cases.

    Attributes:
        gate, b: the gate and its metric.
        use: (m,) bool: its cases.
        line: what its estimate is held against.
        up: whether the truth has to lie above the line.
        binary: a share of cases.
        factor: what the baseline is multiplied by: 1, or 1 -/+ a relative margin (the line is then 0).
    """

    gate: Gate
    b: BoundMetric
    use: np.ndarray
    line: float
    up: bool
    binary: bool
    factor: float = 1.0

    @property
    def linear(self) -> bool:
        """Whether the metric is a mean of one number a case."""
        return self.b.metric.kind == "mean" and self.b.ranked is None

    @property
    def span(self) -> float | None:
        """Width of the range of values; None: unbounded."""
        low, high = self.b.metric.value_range
        return None if low is None or high is None else high - low


class Seen(NamedTuple):
    """What a gate reads of simulated runs, one number a run.

    Attributes:
        point, se: the estimate and its standard error (NaN: none).
        p_pass, p_fail: one-sided p-values for beyond the line and for the wrong side; NaN where there is no interval.
        n: scored cases.
    """

    point: Array
    se: Array
    p_pass: Array
    p_fail: Array
    n: Array


class Change(NamedTuple):
    """What is done to the candidate of every simulated run.

    Attributes:
        by: the true change of the metric, in its units.
        unscored: share of its cases that are unscored, and then at their worst.
    """

    by: float = 0.0
    unscored: float = 0.0


NO_CHANGE = Change()
