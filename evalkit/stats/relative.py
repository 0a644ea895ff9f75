"""How much a candidate differs from a baseline, as a share of the baseline's own value: mean(a)/mean(b) - 1, paired.

A relative change above x is the statement mean(a) - (1 + x) mean(b) > 0, which is tested as it stands, so that the
baseline's own uncertainty counts (Fieller 1954); the interval is its inversion.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import NOT_POSITIVE
from evalkit.stats.clusters import (
    Array,
    Clusters,
    clusters_of,
    column,
    fewest_differing,
    kish,
    positive_weights,
    zero_one,
)
from evalkit.stats.inference import Inference, Sides, Summary, conclude, few_clusters, no_interval
from evalkit.stats.one_sample import Method, mean
from evalkit.stats.paired import ratio_difference, same_length
from evalkit.stats.student import single_unit
from evalkit.stats.tang import MOST, ratio_sides

UNSURE = "the baseline's value is not shown to be above 0, so a share of it says nothing"


def relative_difference(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    bounds: tuple[float, float] | None = None,
) -> Inference:
    """mean(a) / mean(b) - 1 over the same cases.

    Independent 0/1 values: the score interval of the ratio of paired proportions (Tang, Tang and Chan 2003). Otherwise
    cluster-robust t of a - r b where at least min(20, max(5, G/2)) of the G clusters differ between a and b, and else,
    for values that cannot be negative and have a known largest one, the score bound with each cluster as one case.

    Args:
        a: (n,) finite values of the candidate.
        b: (n,) finite values of the baseline, same cases in the same order.
        groups: (n,) cluster ids, or None.
        weights: (n,) positive floats, or None.
        bounds: the range that values can take, ends may be infinite; None: [0, 1] if all lie in it, else unbounded.

    Raises:
        ValueError: for values that are not finite, or shapes that differ.
    """
    first, second = same_length(column(a, "a"), column(b, "b"))
    w = positive_weights(weights, len(first))
    clusters = clusters_of(groups, len(first))
    summary = Summary(None, len(first), clusters.n_clusters, identical=bool(len(first) and (first == second).all()))
    if not len(first):
        return no_interval(summary, "there are no cases")
    base = float(np.average(second, weights=w))
    if base <= 0:
        return no_interval(summary, NOT_POSITIVE)
    summary = summary._replace(point=float(np.average(first, weights=w)) / base - 1, n_eff=float(len(first)))
    if clusters.count == 1:
        return no_interval(summary._replace(n_eff=None), single_unit(clusters))
    top = _largest(first, second, bounds)
    if clusters.codes is None and w is None and top == 1.0 and zero_one(first) and zero_one(second):
        both, gains = float(first @ second), float(first @ (1 - second))
        return conclude(summary, "ratio-score", ratio_sides(both, gains, float(second.sum()) - both, float(len(first))))
    mass = np.ones(len(first)) if w is None else w
    gaps = clusters.sums(mass * (first - second))
    differing = int((np.abs(gaps) > 1e-12 * clusters.sums(mass * (np.abs(first) + np.abs(second)))).sum())
    if differing >= fewest_differing(clusters.count):
        method: Method = "t" if clusters.codes is None else "cluster-t"
        return _inverted(summary, lambda r: mean(first - r * second, groups, weights, method=method), base)
    if top is None:
        said = (
            "the two are equal on every case" if summary.identical else f"only {differing} of {clusters.count} differ"
        )
        more = "values without a known range from 0 up allow no bound from so few (a declared range would)"
        return no_interval(summary._replace(n_eff=None), f"{said}, and {more}")
    return _each_one_case(
        summary, (clusters.sums(mass), clusters.sums(mass * first), clusters.sums(mass * second)), top, clusters
    )


def relative_ratio(
    num_a: npt.ArrayLike,
    den_a: npt.ArrayLike,
    num_b: npt.ArrayLike,
    den_b: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
) -> Inference:
    """(sum(num_a)/sum(den_a)) / (sum(num_b)/sum(den_b)) - 1 over the same cases: linearised, cluster-robust t.

    Args:
        num_a, den_a: (n,) numerators and denominators of the candidate.
        num_b, den_b: (n,) of the baseline.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: for values that are not finite or shapes that differ.
    """
    whole = ratio_difference(num_a, den_a, num_b, den_b, groups)
    top, bottom = column(num_b, "num_b"), column(den_b, "den_b")
    if whole.point is None:
        return whole
    base = float(top.sum() / bottom.sum())
    summary = Summary(None, whole.n, whole.n_clusters, whole.n_eff, whole.warnings, identical=whole.identical)
    if base <= 0:
        return no_interval(summary, NOT_POSITIVE)
    summary = summary._replace(point=whole.point / base)
    if whole.interval is None:
        return no_interval(summary, whole.reason or "no interval")
    return _inverted(summary, lambda r: ratio_difference(num_a, den_a, r * top, bottom, groups), base)


@dataclass(frozen=True, eq=False)
class _FiellerTail:
    """See `inference.Tail`: the relative change above whose lines the contrast a - r b is no longer shown positive.

    The half-width of a t interval of a - r b is the root of a quadratic in r, which three of its values give; the
    bounds are the roots of (mean(a) - r mean(b))^2 = half-width^2 (Fieller 1954).

    Attributes:
        contrast: r -> Inference of mean(a) - r mean(b).
        means: of a and b.
        sign: 1 for the change itself, -1 for its negative.
    """

    contrast: Callable[[float], Inference]
    means: tuple[float, float]
    sign: int = 1

    def p(self, line: float) -> float:
        """See `Tail`."""
        found = self.contrast(1 + self.sign * line)
        p = found.p_above if self.sign > 0 else found.p_below
        return 1.0 if p is None else p(0.0)  # None: the contrast is the same everywhere, so its spread is not known

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        (a, b), scale = self.means, self.means[0] / self.means[1] or 1.0
        at = np.array([0.4, 0.9, 1.7]) * scale
        square, slope, start = np.polyfit(at, [self._half(r, tail) ** 2 for r in at], 2)
        lead, middle = b * b - square, a * b + slope / 2
        root = math.sqrt(max(middle * middle - lead * (a * a - start), 0.0))
        if lead <= 0:
            return -1.0 if self.sign > 0 else -MOST
        return float(self.sign * ((middle - self.sign * root) / lead - 1))

    def _half(self, r: float, tail: float) -> float:
        """Half the width of the interval of a - r b; 0 where it is the same everywhere."""
        found = self.contrast(r)
        if found.interval is None:
            return 0.0
        lo, hi = found.interval(1 - 2 * tail)
        return (hi - lo) / 2


def _inverted(summary: Summary, contrast: Callable[[float], Inference], base: float) -> Inference:
    """The inversion, where the baseline itself is shown to be above 0 at the level that is displayed."""
    point = summary.point or 0.0
    like, other = contrast(0.4 * (1 + point) or 0.4), contrast(1e6 * (1 + abs(point)))
    if like.interval is None:
        return no_interval(summary._replace(n_eff=None), like.reason or "no interval")
    if other.p_below is None or other.p_below(0.0) > 0.025:
        return no_interval(summary._replace(n_eff=None), UNSURE)
    means = (base * (1 + point), base)
    summary = summary._replace(n_clusters=like.n_clusters, warnings=like.warnings)
    return conclude(
        summary, f"{like.method}, ratio", Sides(_FiellerTail(contrast, means), _FiellerTail(contrast, means, -1))
    )


def _each_one_case(summary: Summary, sums: tuple[Array, Array, Array], top: float, clusters: Clusters) -> Inference:
    """The score bound with every cluster as one case, of which a and b hold their shares of the largest value."""
    sizes, ours, theirs = sums
    n = kish(sizes)
    scale = n / (top * float(sizes.sum()))
    both = float(np.minimum(ours, theirs).sum()) * scale
    gains, losses = float(ours.sum()) * scale - both, float(theirs.sum()) * scale - both
    clustered = clusters.codes is not None
    warnings = few_clusters(clusters.count) if clustered else ()
    name = "cluster-ratio-score" if clustered else "ratio-score"
    return conclude(
        summary._replace(n_eff=n, warnings=warnings), name, ratio_sides(both, max(gains, 0.0), max(losses, 0.0), n)
    )


def _largest(a: Array, b: Array, bounds: tuple[float, float] | None) -> float | None:
    """The largest value that there can be, where none is negative; None where it is not known."""
    low, high = bounds or (0.0, 1.0)
    inside = min(a.min(), b.min()) >= low and max(a.max(), b.max()) <= high
    return high if inside and low >= 0 and math.isfinite(high) else None
