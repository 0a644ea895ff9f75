"""Differences by slice: explored, adjusted for how many are looked at, and drawn towards their mean for display."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from evalkit.core.comparison import SliceDifference
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.common import Pair
from evalkit.engine.compare.two import Read, counted, read, shown
from evalkit.stats.multiplicity import benjamini_hochberg
from evalkit.stats.shrinkage import shrunk

SMALL = 20  # cases below which a slice is shown and not judged
ALPHA = 0.05
MOST_RESAMPLED = 40  # slices of a metric that takes a bootstrap for each


def slices(numbers: Aggregator, metric: str, pairs: Sequence[Pair], names: Sequence[str]) -> list[SliceDifference]:
    """Every value of the tags for every pair, the strongest evidence first.

    Args:
        numbers: over the cases that all have in common.
        metric: its id.
        pairs: which differences.
        names: tags; none: all that the cases have.
    """
    every = list(numbers.slices(names))
    if numbers.bound[metric].metric.kind == "general":
        every = every[: max(1, MOST_RESAMPLED // max(1, len(pairs)))]
    found = [_difference(numbers, metric, pair, tags) for tags in every for pair in pairs]
    found = [row for row in found if row.n or row.n_unscored]
    return sorted(_shrunk(_adjusted(found, numbers, metric)), key=_evidence)


def _difference(numbers: Aggregator, metric: str, pair: Pair, tags: dict[str, str]) -> SliceDifference:
    n, missing = counted(numbers, metric, pair, tags)
    paired = numbers.pair(metric, pair, tags)
    found: Read = read(paired.found)
    a, b = (numbers.estimate(metric, name, tags).point for name in pair)
    return SliceDifference(
        metric=metric,
        slice=tags,
        a=pair[0],
        b=pair[1],
        n=n,
        n_unscored=missing,
        value_a=a,
        value_b=b,
        point=found.point,
        lo=found.lo,
        hi=found.hi,
        p=found.p if found.bounded else None,
        judged=n >= SMALL,
        reason=found.reason or (None if found.bounded else "what is unscored could have had any value"),
        corrected=paired.correction is not None,
    )


def _adjusted(rows: list[SliceDifference], numbers: Aggregator, metric: str) -> list[SliceDifference]:
    """With `q` over the slices that are judged, and what it shows."""
    at = [i for i, row in enumerate(rows) if row.judged and row.p is not None]
    q = dict(zip(at, benjamini_hochberg([rows[i].p or 0.0 for i in at]).tolist(), strict=True))
    higher = numbers.bound[metric].metric.better == "higher"
    return [_judged(row, q.get(i), higher) for i, row in enumerate(rows)]


def _judged(row: SliceDifference, q: float | None, higher: bool) -> SliceDifference:
    told = shown(row.lo, row.hi, higher) if q is not None and q <= ALPHA else None
    return row.model_copy(update={"q": q, "shown": told})


def _shrunk(rows: list[SliceDifference]) -> Iterable[SliceDifference]:
    """With `shrunk`, among the values of one tag for one pair."""

    def family(row: SliceDifference) -> tuple[tuple[str, ...], str, str]:
        return tuple(row.slice), row.a, row.b

    for _, group in groupby(sorted(rows, key=family), family):
        mine = list(group)
        known = [i for i, row in enumerate(mine) if _error(row) > 0 and row.point is not None]
        drawn = shrunk([mine[i].point or 0.0 for i in known], [_error(mine[i]) for i in known])
        to = dict(zip(known, drawn.tolist(), strict=True))
        yield from (row.model_copy(update={"shrunk": to.get(i)}) for i, row in enumerate(mine))


def _error(row: SliceDifference) -> float:
    """A standard error, read off the interval."""
    return 0.0 if row.lo is None or row.hi is None else float(row.hi - row.lo) / (2 * 1.959964)


def _evidence(row: SliceDifference) -> tuple[bool, float, float, str]:
    """Judged before not judged, small p before large, many cases before few."""
    return not row.judged, np.inf if row.p is None else row.p, -row.n, str(row.slice)
