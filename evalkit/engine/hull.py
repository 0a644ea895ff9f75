"""The interval of a number some of whose cases are unscored: the hull over their worst and best values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from evalkit.core.nouns import Gate, Tail
from evalkit.stats.inference import Inference

LEVEL, ALPHA = 0.95, 0.05

View = Literal["scored", "worst", "best"]
"""The scored cases alone; all cases, the unscored ones at their worst; the same at their best."""


class Found(NamedTuple):
    """What was inferred: on the scored cases, and the views whose hull is the interval."""

    complete: Inference | None
    views: list[Inference]
    n_missing: int
    note: str = ""

    def method(self) -> str:
        """The name of the method, and how unscored cases were treated."""
        if self.complete is None:
            return "none"
        return f"{self.complete.method} ({self.n_missing} unscored: {self.note})" if self.note else self.complete.method

    def interval(self, level: float) -> tuple[float | None, float | None, str | None]:
        """The hull at `level`, or None, None and the reason."""
        if self.complete is None:
            return None, None, "no case was scored"
        if not self.views:
            return None, None, f"{self.n_missing} unscored cases could have had any value: this metric has no bounds"
        ends = [view.interval(level) if view.interval else None for view in self.views]
        known = [end for end in ends if end is not None]
        if len(known) < len(self.views):
            return None, None, next(v.reason for v in self.views if v.interval is None) or "no interval"
        return min(lo for lo, _ in known), max(hi for _, hi in known), None

    def tail(self, line: float, census: bool, alpha: float = ALPHA) -> Tail:
        """The one-sided evidence about a line; for a census the range of the observed value itself."""
        if census:
            points = [view.point for view in self.views if view.point is not None]
            known = all(map(math.isfinite, points)) and bool(points)
            lo, hi = (min(points), max(points)) if known else (None, None)
            return Tail(line=line, p_above=None, p_below=None, lo=lo, hi=hi)
        lo, hi, _ = self.interval(1 - 2 * alpha)
        if lo is None or hi is None:
            return Tail(line=line, p_above=None, p_below=None, lo=None, hi=None)
        above = max(view.p_above(line) for view in self.views if view.p_above)
        below = max(view.p_below(line) for view in self.views if view.p_below)
        return Tail(line=line, p_above=_clip(above), p_below=_clip(below), lo=lo, hi=hi)


def hull(
    n_scored: int, n_missing: int, infer: Callable[[View], Inference], unbounded: bool, gate: Gate | None
) -> Found:
    """Infer on the scored cases, and on all cases with the unscored ones at their worst and at their best.

    Args:
        n_scored, n_missing: cases with and without a score.
        infer: a view -> Inference; asked only for what is needed.
        unbounded: an unscored case could have had any value.
        gate: whose `unscored` policy holds; without one, what has no bounds is shown for the scored cases, marked.
    """
    if not n_scored:
        return Found(None, [], n_missing)
    complete = infer("scored")
    if not n_missing:
        return Found(complete, [complete], 0)
    if gate is not None and gate.unscored == "missing_at_random":
        return Found(complete, [complete], n_missing, "missing at random, declared")
    if unbounded:
        return Found(complete, [] if gate else [complete], n_missing, "no bounds" if gate else "scored cases only")
    return Found(complete, [complete, infer("worst"), infer("best")], n_missing, "bounds")


def gate_line(gate: Gate, better: str) -> float:
    """The value that the estimate is held against: the bound itself, or the margin turned against the candidate."""
    if gate.at_least is not None:
        return gate.at_least
    if gate.at_most is not None:
        return gate.at_most
    margin = gate.allowed  # of a relative change: a share
    return (-margin if better == "higher" else margin) + 0.0


def _clip(p: float) -> float:
    return min(1.0, max(0.0, p))
