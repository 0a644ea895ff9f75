"""All differences of three systems or more under one metric, holding together; unscored cases at worst and best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evalkit.core.comparison import Difference
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.common import Pair, bounds_of, pairs_of
from evalkit.engine.compare.two import contrasted, counted, shown
from evalkit.engine.hull import LEVEL
from evalkit.engine.state import CaseParts
from evalkit.stats.bootstrap import FEWEST_UNITS
from evalkit.stats.clusters import clusters_of
from evalkit.stats.many import Candidates, Pairs, compare_all, replicate_values
from evalkit.stats.many.pairs import shares_best

REPLICATES = 10_000


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
        rows = [contrasted(numbers, metric, pair, adjusted=len(pairs_of(names))) for pair in pairs_of(names)]
        method = rows[0].method if len(rows) == 1 else "pairwise intervals, Bonferroni"
        note = "the probability of being best is not told of a statistic of ranks"
        return Differences(rows, [None] * len(names), method, None, [note])
    joint = _Joint(numbers, metric, names)
    if len(names) == 2:
        row = contrasted(numbers, metric, (names[0], names[1]))
        return Differences([row], joint.best(), row.method, joint.replicates, joint.notes())
    if not joint.rows.any():
        return Differences([_none(joint, pair) for pair in pairs_of(names)], [None] * len(names), "none", None, [])
    return _together(joint)


class _Joint:
    """The parts of all systems on the cases that all have scored, and on all cases with the others filled in."""

    def __init__(self, numbers: Aggregator, metric: str, names: Sequence[str]) -> None:
        self.numbers, self.metric, self.names = numbers, metric, list(names)
        self.b = numbers.bound[metric]
        self.each: list[CaseParts] = [numbers.parts[metric, name] for name in names]
        self.inside = self.each[0].inside
        self.rows = self.inside & np.logical_and.reduce([one.scored for one in self.each])
        self.higher = self.b.metric.better == "higher"

    @property
    def missing(self) -> int:
        """Cases that some system has unscored."""
        return int(self.inside.sum() - self.rows.sum())

    @property
    def unbounded(self) -> bool:
        """Whether what is unscored could have had any value."""
        return bool(self.missing) and any(one.unbounded for one in self.each)

    @property
    def replicates(self) -> int | None:
        """Resamples drawn; None where there is nothing to draw from."""
        return REPLICATES if self.rows.any() else None

    def tables(self, arrays: list[np.ndarray], select: np.ndarray) -> list[np.ndarray]:
        """Parts of the selected cases, times their weights."""
        weight = self.numbers.plan.cases.weight
        return [a[select] if weight is None else a[select] * weight[select][:, None] for a in arrays]

    def compared(self, arrays: list[np.ndarray], select: np.ndarray) -> Pairs:
        """`compare_all` over these arrays."""
        groups = self.numbers.groups
        kind = self.b.metric.kind
        candidates = Candidates(
            self.tables(arrays, select),
            self.b.metric.combine,
            None if groups is None else groups[select],
            kind,
            (bounds_of(self.b) or (-np.inf, np.inf)) if kind == "mean" else None,
        )
        return compare_all(candidates, seed=self.numbers.seed, higher=self.higher, level=LEVEL, replicates=REPLICATES)

    def best(self) -> list[float | None]:
        """Share of resamples in which each is best, over the cases that all have scored."""
        if not self.rows.any() or self.few:
            return [None] * len(self.names)
        draws = replicate_values(
            self.tables([one.parts for one in self.each], self.rows),
            self.b.metric.combine,
            self.groups,
            seed=self.numbers.seed,
            replicates=REPLICATES,
        )
        return shares(shares_best(draws, self.higher))

    @property
    def few(self) -> bool:
        """Whether there are too few independent units for resampling to say who is best."""
        return clusters_of(self.groups, int(self.rows.sum())).count < FEWEST_UNITS

    @property
    def groups(self) -> np.ndarray | None:
        """Clusters of the cases that all have scored."""
        return None if self.numbers.groups is None else self.numbers.groups[self.rows]

    def notes(self) -> list[str]:
        """What to say of few and of unscored cases."""
        if self.few:
            unit = "cases" if self.numbers.groups is None else "clusters"
            said = f"below {FEWEST_UNITS} {unit} resampling does not tell how probable it is that a system is best"
            return [said, *self._open()]
        return self._open()

    def _open(self) -> list[str]:
        if not self.missing:
            return []
        said = f"{self.missing:,} of {int(self.inside.sum()):,} cases are unscored for some system"
        if self.unbounded:
            return [f"{said}, and could have had any value: nothing is shown"]
        return [f"{said}: intervals hold them at their worst and best, the probability of being best leaves them out"]


def shares(found: np.ndarray) -> list[float | None]:
    """As plain numbers; all 0 where no system has a value in any resample."""
    known = float(found.sum()) > 0
    return [round(float(share), 6) if known else None for share in found]


def _together(joint: _Joint) -> Differences:
    complete = joint.compared([one.parts for one in joint.each], joint.rows)
    filled = _filled(joint) if joint.missing and not joint.unbounded else None
    rows = [_difference(joint, complete, filled, at) for at in _places(len(joint.names))]
    notes = [*joint.notes(), *complete.warnings, *([complete.reason] if complete.reason else [])]
    best: list[float | None] = [None] * len(joint.names) if joint.few else shares(complete.best)
    return Differences(rows, best, complete.method, REPLICATES, notes)


def _places(m: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(m) for j in range(i + 1, m)]


class _Filled(NamedTuple):
    """All systems with what is unscored at its worst (`low`) and best (`high`): their places in one comparison."""

    pairs: Pairs
    low: list[int]
    high: list[int]


def _filled(joint: _Joint) -> _Filled:
    """Systems without an unscored case stand once, the others twice; all differences hold together."""
    arrays: list[np.ndarray] = []
    low, high = [], []
    for one in joint.each:
        low.append(len(arrays))
        arrays.append(one.worst)
        if len(one.open) and bool(joint.inside[one.open].any()):
            arrays.append(one.best)
        high.append(len(arrays) - 1)
    return _Filled(joint.compared(arrays, joint.inside), low, high)


def _difference(joint: _Joint, complete: Pairs, filled: _Filled | None, at: tuple[int, int]) -> Difference:
    """The hull of a pair over the views of its unscored cases."""
    i, j = at
    pair = joint.names[i], joint.names[j]
    views = [(complete, i, j)]
    if filled is not None:
        views += [(filled.pairs, filled.low[i], filled.high[j]), (filled.pairs, filled.high[i], filled.low[j])]
    known = all(np.isfinite(v.lo[x, y]) and np.isfinite(v.hi[x, y]) for v, x, y in views)
    lo = min(float(v.lo[x, y]) for v, x, y in views) if known else None
    hi = max(float(v.hi[x, y]) for v, x, y in views) if known else None
    n, missing = counted(joint.numbers, joint.metric, pair)
    point = _finite(complete.point[i, j])
    return Difference(
        a=pair[0],
        b=pair[1],
        n=n,
        n_unscored=missing,
        point=point,
        lo=lo,
        hi=hi,
        level=LEVEL,
        simultaneous=True,
        p=_p(views, point) if known else None,
        shown=None if joint.unbounded else shown(lo, hi, joint.higher),
        identical=not missing and _same(joint, pair),
        method=complete.method,
        reason=_reason(joint, known, complete.reason),
    )


def _p(views: list[tuple[Pairs, int, int]], point: float | None) -> float | None:
    """The largest adjusted p-value over the views; one that points the other way shows nothing."""
    if point is None:
        return None
    sign = 1.0 if point >= 0 else -1.0
    return max(float(v.p[x, y]) if sign * float(v.point[x, y]) > 0 or len(views) == 1 else 1.0 for v, x, y in views)


def _reason(joint: _Joint, known: bool, why: str | None) -> str | None:
    if not known:
        # Where all pairs lack an interval for one reason, the count before it says nothing of this pair.
        return (why or "a value is undefined").rpartition("no interval: ")[2] if ";" not in (why or "") else why
    return "what is unscored could have had any value" if joint.unbounded else None


def _same(joint: _Joint, pair: Pair) -> bool:
    """The same answers on every case: looked at only where the scores are the same."""
    a, b = (joint.numbers.parts[joint.metric, name] for name in pair)
    if not np.array_equal(a.parts[joint.rows], b.parts[joint.rows]):
        return False
    found = joint.numbers.paired(joint.metric, pair).complete
    return bool(found and found.identical)


def _none(joint: _Joint, pair: Pair) -> Difference:
    n, missing = counted(joint.numbers, joint.metric, pair)
    reason = "no case was scored for all systems" if joint.inside.any() else "no case belongs to this metric"
    return Difference(
        a=pair[0], b=pair[1], n=n, n_unscored=missing, point=None, lo=None, hi=None, simultaneous=True, reason=reason
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
