"""One pair on its own: the contrast that a gate would read, with what it shows."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.core.comparison import Difference, Shown
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.common import Pair
from evalkit.engine.hull import LEVEL, Found
from evalkit.engine.state import where


class Read(NamedTuple):
    """A paired inference as numbers."""

    point: float | None
    lo: float | None
    hi: float | None
    p: float | None
    reason: str | None
    identical: bool
    method: str
    bounded: bool  # False: unscored cases could have had any value, and the interval is without them


def read(found: Found, level: float = LEVEL) -> Read:
    """The interval of a paired inference at a level, and its two-sided p-value of no difference."""
    lo, hi, reason = found.interval(level)
    first = found.complete
    bounded = not found.n_missing or len(found.views) > 1
    return Read(
        None if first is None else first.point,
        lo,
        hi,
        two_sided(found),
        reason,
        bool(first and first.identical and not found.n_missing),
        found.method(),
        bounded,
    )


def two_sided(found: Found) -> float | None:
    """2 min(p above 0, p below 0), each the largest over the views."""
    above = [view.p_above(0.0) for view in found.views if view.p_above is not None]
    below = [view.p_below(0.0) for view in found.views if view.p_below is not None]
    if not above or not below or len(above) < len(found.views):
        return None
    return min(1.0, 2.0 * min(max(above), max(below)))


def shown(lo: float | None, hi: float | None, higher: bool) -> Shown | None:
    """What an interval of a - b shows of a."""
    if lo is None or hi is None or lo <= 0.0 <= hi:
        return None
    return "better" if (lo > 0) == higher else "worse"


def counted(numbers: Aggregator, metric: str, pair: Pair, tags: dict[str, str] | None = None) -> tuple[int, int]:
    """Cases that both have scored, and cases that one has not."""
    a, b = (numbers.parts[metric, name] for name in pair)
    inside = a.inside & b.inside & where(numbers.plan.cases, tags)
    n = int((inside & a.scored & b.scored).sum())
    return n, int(inside.sum()) - n


def contrasted(numbers: Aggregator, metric: str, pair: Pair, level: float = LEVEL, adjusted: int = 1) -> Difference:
    """The difference of a pair; `adjusted` for that many pairs (Bonferroni) where they are to hold together."""
    paired = numbers.pair(metric, pair)
    found = read(paired.found, 1 - (1 - level) / adjusted)
    n, missing = counted(numbers, metric, pair)
    higher = numbers.bound[metric].metric.better == "higher"
    return Difference(
        a=pair[0],
        b=pair[1],
        n=n,
        n_unscored=missing,
        point=found.point,
        lo=found.lo,
        hi=found.hi,
        level=level,
        simultaneous=adjusted > 1,
        p=None if found.p is None else min(1.0, adjusted * found.p),
        shown=shown(found.lo, found.hi, higher) if found.bounded else None,
        identical=found.identical,
        method=found.method,
        reason=found.reason or (None if found.bounded else "what is unscored could have had any value"),
        correction=paired.correction,
        uncorrected=paired.uncorrected,
    )
