"""Two systems on different cases, as independent samples: only where that is asked for, since pairing tells more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.core.comparison import Difference, MetricComparison
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.metric import ordered, shown_better, standing
from evalkit.engine.compare.two import read, shown
from evalkit.engine.compare.words import decisive, sentence
from evalkit.engine.hull import LEVEL, Found, View, hull
from evalkit.engine.reading import AGAINST, bounds, seen, value_of
from evalkit.engine.state import CaseParts
from evalkit.stats.inference import Inference
from evalkit.stats.many import letters, rank_intervals
from evalkit.stats.unpaired import mover, unpaired_difference


class Sample(NamedTuple):
    """One system on its own cases."""

    name: str
    numbers: Aggregator

    def parts(self, metric: str) -> CaseParts:
        """Of a metric."""
        return self.numbers.parts[metric, self.name]

    @property
    def weight(self) -> np.ndarray | None:
        """Of the cases."""
        return self.numbers.plan.cases.weight

    def alone(self, metric: str, view: View) -> Inference:
        """The value of a metric with its interval."""
        return self.numbers.alone(metric, self.name)(view)

    def values(self, metric: str, view: View) -> tuple[np.ndarray, np.ndarray | None]:
        """(n,) values of the cases under a metric that is a mean, and their groups."""
        one, groups = self.parts(metric), self.numbers.groups
        select = one.inside & one.scored if view == "scored" else one.inside
        return value_of(seen(one, view)[select]), None if groups is None else groups[select]


def compared_apart(metric: str, ours: Sample, theirs: Sample) -> MetricComparison:
    """One metric of two systems whose cases are independent samples.

    Args:
        metric: its id; both were scored by the same metrics.
        ours, theirs: the systems.
    """
    b = ours.numbers.bound[metric]
    higher = b.metric.better == "higher"
    names = [ours.name, theirs.name]
    estimates = [sample.numbers.estimate(metric, sample.name) for sample in (ours, theirs)]
    order = ordered([e.point for e in estimates], higher)
    row = _difference(metric, ours, theirs)
    better = shown_better(names, [row])
    marks, ranks = letters(better, order), rank_intervals(better)
    silent = ours.numbers.uncorrected(metric)
    rows = [standing(names[i], estimates[i], marks[i], ranks[i], None, silent) for i in order]
    clusters = [e.n_clusters for e in estimates]
    return MetricComparison(
        metric=metric,
        better=b.metric.better,
        unit=b.metric.unit,
        judge=b.judge,
        value_range=bounds(b),
        n=sum(e.n + e.n_unscored for e in estimates),
        n_clusters=None if None in clusters else sum(c for c in clusters if c is not None),
        simultaneous=False,
        method=row.method,
        systems=rows,
        differences=[row],
        decisive=decisive(rows),
        sentence=sentence(metric, rows, [row]),
        notes=list(dict.fromkeys(note for e in estimates for note in e.notes)),
    )


def _difference(metric: str, ours: Sample, theirs: Sample) -> Difference:
    found = read(_found(metric, ours, theirs))
    scored = [int((part.inside & part.scored).sum()) for part in (ours.parts(metric), theirs.parts(metric))]
    asked = [int(part.inside.sum()) for part in (ours.parts(metric), theirs.parts(metric))]
    higher = ours.numbers.bound[metric].metric.better == "higher"
    return Difference(
        a=ours.name,
        b=theirs.name,
        n=sum(scored),
        n_unscored=sum(asked) - sum(scored),
        point=found.point,
        lo=found.lo,
        hi=found.hi,
        level=LEVEL,
        simultaneous=False,
        p=found.p,
        shown=shown(found.lo, found.hi, higher) if found.bounded else None,
        method=found.method,
        reason=found.reason or (None if found.bounded else "what is unscored could have had any value"),
        uncorrected=ours.numbers.uncorrected(metric),
    )


def _found(metric: str, ours: Sample, theirs: Sample) -> Found:
    """The interval over both samples; unscored cases of one are at their worst while those of the other are at best."""
    a, b = ours.parts(metric), theirs.parts(metric)
    missing = int((a.inside & ~a.scored).sum() + (b.inside & ~b.scored).sum())
    least = min(int((a.inside & a.scored).sum()), int((b.inside & b.scored).sum()))

    bound = ours.numbers.bound[metric]
    plain = bound.metric.kind == "mean" and ours.weight is None and theirs.weight is None

    def infer(view: View) -> Inference:
        if not plain:
            return mover(ours.alone(metric, view), theirs.alone(metric, AGAINST[view]))
        (first, groups), (second, others) = ours.values(metric, view), theirs.values(metric, AGAINST[view])
        return unpaired_difference(first, second, groups, others, proportions=bounds(bound) == (0.0, 1.0))

    return hull(least, missing, infer, a.unbounded or b.unbounded, None)
