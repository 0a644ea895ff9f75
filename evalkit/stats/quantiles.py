"""A quantile, by the share of values below it (Woodruff 1952): exact for independent cases, ties and all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import begin, from_replicates, part_table, relative_change, too_few
from evalkit.stats.clusters import Array, Clusters, clusters_of, positive_weights
from evalkit.stats.inference import Inference, Sides, Summary, conclude, few_clusters, no_interval
from evalkit.stats.one_sample import Method, mean
from evalkit.stats.ranked import CELLS, FEWEST_REPLICATES, MOST_CELLS, Value, paired_percentiles


def quantile(
    values: npt.ArrayLike,
    q: float,
    point: float,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> Inference:
    """The q-quantile of one number a case.

    It is at least x where fewer than a share q of the values lie below x. So a line is tested by the share of values
    below it, with the method that shares have: Clopper-Pearson for independent cases, which gives the interval between
    order statistics; Korn-Graubard for clustered or weighted ones.

    Args:
        values: (n,) floats; infinite where all that is known is that a value is beyond (or below) all others.
        q: in (0, 1).
        point: the estimate itself.
        groups: (n,) cluster ids, or None.
        weights: (n,) positive, or None.

    Raises:
        ValueError: if q is not in (0, 1), a value is NaN, or the shapes differ.
    """
    if not 0.0 < q < 1.0:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q!r}; 0.5 is the median")
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or np.isnan(x).any():
        raise ValueError("values is one number a case, shape (n,), without NaN: leave unscored cases out")
    clusters = clusters_of(groups, len(x))
    warnings = few_clusters(clusters.count) if clusters.codes is not None and len(x) else ()
    summary = Summary(point if len(x) else None, len(x), clusters.n_clusters, warnings=warnings)
    if clusters.count < 2:
        return no_interval(summary, "there are no cases" if not len(x) else "one case, or one cluster, has no spread")
    each = positive_weights(weights, len(x))
    plain = clusters.codes is None and each is None
    tail = _OrderTail(x, q, groups, each, exact=plain)
    mirror = _OrderTail(-x, 1.0 - q, groups, each, exact=plain)
    ends = tail.lower(0.025), -mirror.lower(0.025)
    if np.isinf(x).any() and np.isinf(ends).any() and np.isfinite(x).any():
        return no_interval(summary, "so many values are unknown that they do not bound this quantile")
    if np.isinf(ends).any():
        return no_interval(summary, f"{len(x)} cases are too few to bound this quantile on both sides")
    return conclude(summary, "order statistics" if plain else "woodruff", Sides(tail, mirror))


def quantile_difference(
    parts_a: npt.ArrayLike,
    parts_b: npt.ArrayLike,
    order: tuple[int, float],
    value: Value,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
    relative: bool = False,
) -> Inference:
    """The difference (or relative change) of a quantile between two sides of the same cases: percentile bootstrap.

    Cases (clusters) are drawn whole, both sides together. There is an interval only where each side's own quantile has
    one between its order statistics. At the margin it passes at most as often as it may, also where a few slow cases
    are shared, where intervals put together out of the two sides' own do not (see `tests/simulation`).

    Args:
        parts_a, parts_b: (n, k) parts of candidate and baseline on the same rows.
        order: (which part, q).
        value: the quantile itself, from parts and weights.
        groups, weights, seed, replicates, relative: as in `ranked.paired_ranked`.

    Raises:
        ValueError: if parts or weights are NaN, or the shapes differ.
    """
    if not (np.isfinite(parts_a).all() and np.isfinite(parts_b).all()):
        reason = "an unscored case could have had any value, and a difference of quantiles takes a declared range"
        return no_interval(Summary(None, len(np.asarray(parts_a))), reason)
    a, b = part_table(parts_a), part_table(parts_b)
    for side in (a, b):
        alone = quantile(side[:, order[0]], order[1], 0.0, groups, weights)
        if alone.interval is None and len(a) and not np.array_equal(a, b):
            summary = Summary(None, len(a), alone.n_clusters, warnings=alone.warnings)
            return no_interval(summary, alone.reason or "no interval")
    clusters = clusters_of(groups, len(a))
    if clusters.codes is None and positive_weights(weights, len(a)) is None and len(a) and not np.array_equal(a, b):
        return _of_cases(
            np.column_stack([a[:, order[0]], b[:, order[0]]]), order[1], clusters, (seed, replicates, relative)
        )
    return paired_percentiles(a, b, value, groups, weights, seed=seed, replicates=replicates, relative=relative)


def _of_cases(pairs: Array, q: float, clusters: Clusters, draws: tuple[int, int, bool]) -> Inference:
    """`paired_percentiles` of independent cases of equal weight, (n, 2): resamples are partitioned, not sorted."""
    n, (seed, replicates, relative) = len(pairs), draws
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]  # the order of the cases plays no role
    columns, place = [np.ascontiguousarray(side) for side in pairs.T], q * n
    low = min(math.ceil(place - 1e-9), n) - 1
    high = min(low + 1, n - 1) if abs(place - round(place)) < 1e-9 else low

    def contrast(rows: npt.NDArray[np.intp]) -> Array:
        """(b, n) cases drawn -> (b,)."""
        sides = [np.partition(column[rows], sorted({low, high}), axis=1) for column in columns]
        ours, theirs = ((at[:, low] + at[:, high]) / 2 for at in sides)
        return relative_change(ours, theirs) if relative else np.asarray(ours - theirs)

    summary, shortage = begin(clusters, n, float(contrast(np.arange(n)[None])[0]))
    shortage = shortage or too_few(clusters)
    if shortage is not None:
        return no_interval(summary, shortage)
    rng = np.random.default_rng([seed, n])
    replicates = max(min(replicates, MOST_CELLS // n), min(replicates, FEWEST_REPLICATES))
    step = max(1, CELLS // n)
    sizes = [min(step, replicates - start) for start in range(0, replicates, step)]
    drawn = np.concatenate([contrast(rng.integers(n, size=(size, n))) for size in sizes])
    return from_replicates(summary, drawn, np.array([np.nan]), None)


@dataclass(frozen=True, eq=False)
class _OrderTail:
    """See `inference.Tail`.

    Attributes:
        values: (n,) floats.
        q: the quantile.
        groups, weights: as given.
        exact: independent cases of equal weight.
    """

    values: Array
    q: float
    groups: npt.ArrayLike | None
    weights: Array | None
    exact: bool

    def p(self, line: float) -> float:
        """P-value for "fewer than q lie below the line"."""
        return self._p(int((self.values < line).sum()), line)

    @lru_cache(maxsize=256)  # noqa: B019  (a tail lives as long as its estimate)
    def _p(self, below: int, line: float) -> float:
        if below == 0:
            line = float(self.values.min())
        marked = (self.values < line).astype(float)
        method: Method = "clopper-pearson" if self.exact else "korn-graubard"
        found = mean(marked, self.groups, self.weights, method=method)
        return 1.0 if found.p_below is None else found.p_below(self.q)

    def lower(self, tail: float) -> float:
        """The largest value whose p-value is at most the tail; minus infinity where there is none."""
        at = np.unique(self.values)
        low, high = -1, len(at) - 1  # p grows along the values: the answer is in [low, high]
        while low < high:
            middle = (low + high + 1) // 2
            if self.p(float(at[middle])) <= tail:
                low = middle
            else:
                high = middle - 1
        return float(at[low]) if low >= 0 else -np.inf
