"""All systems under one metric: values, differences, letters, ranks, and what is decided."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.comparison import Difference, MetricComparison, Standing
from evalkit.core.nouns import Estimate
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.many import Differences, differences
from evalkit.engine.compare.words import decisive, sentence
from evalkit.engine.hull import LEVEL
from evalkit.engine.reading import bounds
from evalkit.stats.many import letters, rank_intervals


def compared(numbers: Aggregator, metric: str, names: Sequence[str]) -> MetricComparison:
    """The comparison of these systems under one metric.

    Args:
        numbers: over the cases that all have in common.
        metric: its id.
        names: two systems or more.
    """
    b = numbers.bound[metric]
    higher = b.metric.better == "higher"
    estimates = [numbers.estimate(metric, name) for name in names]
    found = differences(numbers, metric, names)
    order = ordered([e.point for e in estimates], higher)
    better = shown_better(names, found.rows)
    marks, ranks = letters(better, order), rank_intervals(better)
    silent = numbers.uncorrected(metric)
    rows = [standing(names[i], estimates[i], marks[i], ranks[i], found.best[i], silent) for i in order]
    inside = numbers.parts[metric, names[0]].inside
    return MetricComparison(
        metric=metric,
        better=b.metric.better,
        unit=b.metric.unit,
        value_range=bounds(b),
        n=int(inside.sum()),
        n_clusters=None if numbers.groups is None else len(np.unique(numbers.groups[inside])),
        level=LEVEL,
        simultaneous=len(names) > 2,
        method=found.method,
        replicates=found.replicates,
        seed=None if found.replicates is None else numbers.seed,
        judge=b.judge,
        systems=rows,
        differences=[_signed(row, estimates[0], found) for row in found.rows],
        decisive=decisive(rows),
        sentence=sentence(metric, rows, found.rows),
        notes=list(dict.fromkeys([*found.notes, *(note for e in estimates for note in e.notes)])),
    )


def standing(
    name: str, estimate: Estimate, mark: str, rank: np.ndarray, best: float | None, uncorrected: str | None = None
) -> Standing:
    """One system's value and rank as a row; `uncorrected` says of a judged metric why nothing corrects it."""
    judged = estimate.judge is not None and estimate.correction is None
    return Standing(
        name=name,
        n=estimate.n,
        n_unscored=estimate.n_unscored,
        point=estimate.point,
        lo=estimate.lo,
        hi=estimate.hi,
        level=estimate.level,
        method=estimate.method,
        reason=estimate.reason,
        letters=mark,
        rank_lo=int(rank[0]),
        rank_hi=int(rank[1]),
        p_best=best,
        correction=estimate.correction,
        uncorrected=(estimate.uncertified or uncorrected) if judged else None,
        signature=estimate.signature,
    )


def _signed(row: Difference, estimate: Estimate, found: Differences) -> Difference:
    """With all that the number is made of in one line."""
    head = estimate.signature.partition(f"|{estimate.variant}|")[0]
    how = f"{row.method}|level={row.level:g}|{'together' if row.simultaneous else 'alone'}"
    drawn = f"|replicates={found.replicates}" if found.replicates else ""
    tail = estimate.signature[estimate.signature.rfind("|repeats=") :] if "|repeats=" in estimate.signature else ""
    made = f"{head}|{row.a} - {row.b}|n={row.n}|unscored={row.n_unscored}|{how}{drawn}{tail}"
    return row.model_copy(update={"signature": made})


def ordered(points: Sequence[float | None], higher: bool) -> list[int]:
    """Places from the best value to the worst; those without a value last, ties as given."""
    sign = -1.0 if higher else 1.0
    return sorted(range(len(points)), key=lambda i: np.inf if points[i] is None else sign * float(points[i] or 0.0))


def shown_better(names: Sequence[str], rows: Sequence[Difference]) -> np.ndarray:
    """(m, m) True where i is shown better than j."""
    at = {name: i for i, name in enumerate(names)}
    better = np.zeros((len(names), len(names)), bool)
    for row in rows:
        i, j = at[row.a], at[row.b]
        better[i, j], better[j, i] = row.shown == "better", row.shown == "worse"
    return better
