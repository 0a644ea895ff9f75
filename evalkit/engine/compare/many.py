"""All differences of three systems or more under one metric, holding together; unscored cases at worst and best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evalkit.core.comparison import Difference
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.common import Pair, pairs_of
from evalkit.engine.compare.joint import REPLICATES, Joint, View, seen, shares
from evalkit.engine.compare.two import contrasted, counted, shown
from evalkit.engine.hull import LEVEL


class Differences(NamedTuple):
    """Every pair, and what resampling says of who is best."""

    rows: list[Difference]
    best: list[float | None]
    method: str
    replicates: int | None
    notes: list[str]


def differences(numbers: Aggregator, metric: str, names: Sequence[str]) -> Differences:
    """The differences of all pairs: one contrast for two systems, simultaneous intervals for more."""
    b = numbers.bound[metric]
    if b.ranked is not None:
        return _pairwise(numbers, metric, names, "of a statistic of ranks")
    if b.judge is not None and any(numbers.pair(metric, pair).correction for pair in pairs_of(names)):
        return _pairwise(numbers, metric, names, "of numbers that are corrected for a judge's errors")
    joint = Joint(numbers, metric, names)
    if len(names) == 2:
        row = contrasted(numbers, metric, (names[0], names[1]))
        return Differences([row], joint.best(), row.method, joint.replicates, joint.notes())
    return _together(joint)


def _pairwise(numbers: Aggregator, metric: str, names: Sequence[str], what: str) -> Differences:
    """Each pair on its own, at a level with which all hold together."""
    pairs = pairs_of(names)
    rows = [contrasted(numbers, metric, pair, adjusted=len(pairs)) for pair in pairs]
    method = rows[0].method if len(rows) == 1 else "pairwise intervals, Bonferroni"
    note = f"the probability of being best is not told {what}"
    return Differences(rows, [None] * len(names), method, None, [note])


def _together(every: Joint) -> Differences:
    """Systems without a score stand apart, so that they take nothing from the others."""
    names = [n for n, one in zip(every.names, every.each, strict=True) if (one.inside & one.scored).any()]
    without = [name for name in every.names if name not in names]
    if len(names) < 2:
        pairs = pairs_of(every.names)
        reasons = [_shortage(every, without, pair) for pair in pairs]
        rows = [_none(every, pair, reason) for pair, reason in zip(pairs, reasons, strict=True)]
        return Differences(rows, [None] * len(every.names), "none", None, [])
    joint = every if not without else Joint(every.numbers, every.metric, names)
    looked, at = seen(joint), {name: i for i, name in enumerate(names)}
    rows = []
    for a, b in pairs_of(every.names):
        views = looked.of(at[a], at[b]) if a in at and b in at else []
        reason = _shortage(every, without, (a, b))
        rows.append(_difference(joint, views, (at[a], at[b])) if views else _none(every, (a, b), reason))
    best: dict[str, float | None] = {}
    if looked.complete is not None and not joint.few:
        best = dict(zip(names, shares(looked.complete.best), strict=True))
    notes = [*joint.notes(), *looked.said(), *(f"{name} has no score on any case" for name in without)]
    return Differences(rows, [best.get(name) for name in every.names], looked.method(), REPLICATES, notes)


def _shortage(every: Joint, without: Sequence[str], pair: Pair) -> str:
    if not every.inside.any():
        return "no case belongs to this metric"
    lacking = [name for name in pair if name in without]
    return f"{lacking[0]} has no score on any case" if lacking else "no case was scored for all systems"


def _difference(joint: Joint, views: list[View], at: tuple[int, int]) -> Difference:
    """The hull of a pair over the views of its unscored cases."""
    pair = joint.names[at[0]], joint.names[at[1]]
    known = all(np.isfinite(v.lo[x, y]) and np.isfinite(v.hi[x, y]) for v, x, y in views)
    lo = min(float(v.lo[x, y]) for v, x, y in views) if known else None
    hi = max(float(v.hi[x, y]) for v, x, y in views) if known else None
    missing = 0 if all(i in joint.whole for i in at) else joint.missing
    first = views[0]
    point = _finite(first.pairs.point[first.i, first.j])
    open_ = bool(missing) and joint.unbounded
    return Difference(
        a=pair[0],
        b=pair[1],
        n=int(joint.inside.sum()) - missing,
        n_unscored=missing,
        point=point,
        lo=lo,
        hi=hi,
        level=LEVEL,
        simultaneous=True,
        p=_p(views, point) if known else None,
        shown=None if open_ else shown(lo, hi, joint.higher),
        identical=not missing and _same(joint, pair),
        method=first.pairs.method,
        reason=_reason(known, first.pairs.reason, open_),
        uncorrected=joint.numbers.pair(joint.metric, pair).uncorrected if joint.b.judge else None,
    )


def _p(views: list[View], point: float | None) -> float | None:
    """The largest adjusted p-value over the views; one that points the other way shows nothing."""
    if point is None:
        return None
    sign = 1.0 if point >= 0 else -1.0
    return max(float(v.p[x, y]) if sign * float(v.point[x, y]) > 0 or len(views) == 1 else 1.0 for v, x, y in views)


def _reason(known: bool, why: str | None, open_: bool) -> str | None:
    if not known:
        # Where all pairs lack an interval for one reason, the count before it says nothing of this pair.
        return (why or "a value is undefined").rpartition("no interval: ")[2] if ";" not in (why or "") else why
    return "what is unscored could have had any value" if open_ else None


def _same(joint: Joint, pair: Pair) -> bool:
    """The same answers on every case: looked at only where the scores are the same."""
    a, b = (joint.numbers.parts[joint.metric, name] for name in pair)
    if not np.array_equal(a.parts[joint.rows], b.parts[joint.rows]):
        return False
    found = joint.numbers.paired(joint.metric, pair).complete
    return bool(found and found.identical)


def _none(joint: Joint, pair: Pair, reason: str) -> Difference:
    n, missing = counted(joint.numbers, joint.metric, pair)
    return Difference(
        a=pair[0], b=pair[1], n=n, n_unscored=missing, point=None, lo=None, hi=None, simultaneous=True, reason=reason
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
