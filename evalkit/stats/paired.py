"""Two variants compared: on the same cases (paired), or as independent samples where that is asked for by name."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import (
    Array,
    Clusters,
    Linearised,
    clusters_of,
    column,
    cr1,
    fewest_differing,
    kish,
    linearise,
    negligible,
    positive_weights,
    robust,
    zero_one,
)
from evalkit.stats.distributions import beta_cdf, log_binomial_coefficient
from evalkit.stats.inference import Inference, Summary, conclude, few_clusters, no_interval
from evalkit.stats.leaning import guarded, leaning
from evalkit.stats.student import linear_inference, single_unit, student
from evalkit.stats.tango import scaled, tango
from evalkit.stats.unpaired import unpaired_difference

__all__ = ["difference", "mcnemar_midp", "ratio_difference", "sign_flip", "unpaired_difference"]


def difference(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    bounds: tuple[float, float] | None = None,
) -> Inference:
    """mean(a) - mean(b) over the same cases.

    Independent 0/1 values: Tango's score interval. Otherwise cluster-robust t (CR1, clusters - 1 degrees of freedom)
    where at least min(20, max(5, G/2)) of the G clusters have a non-zero mean difference (CR2 where sizes are very
    unequal), and else Tango's bound with each cluster as one case: n = G, gains and losses the sums of the positive and
    of the negative cluster means. Where clusters differ in size they count by size, and n is Kish's effective number of
    them, so that the interval stays about the point. Where differences lean to one side, the t bound on that side gives
    way to a score bound that is wider (`leaning`). Two variants that agree on every case are `identical`, with an
    interval where values are bounded.

    Args:
        a: (n,) finite values of the candidate.
        b: (n,) finite values of the baseline, same cases in the same order.
        groups: (n,) cluster ids, or None.
        weights: (n,) positive floats, or None.
        bounds: the range that values can take, either end of which may be infinite; None: [0, 1] if all lie in it, else
            unbounded.

    Raises:
        ValueError: for values that are not finite or beyond the bounds, or shapes that differ.
    """
    first, second = same_length(column(a, "a"), column(b, "b"))
    w = positive_weights(weights, len(first))
    clusters = clusters_of(groups, len(first))
    gap = first - second
    gap[np.abs(gap) <= 1e-14 * (np.abs(first) + np.abs(second))] = 0.0  # a difference in the last bit is none
    if len(gap) == 0:
        return no_interval(Summary(None, 0, clusters.n_clusters), "there are no cases")
    span = _span(first, second, bounds)
    summary = Summary(
        float(np.average(gap, weights=w)), len(gap), clusters.n_clusters, float(len(gap)), identical=not gap.any()
    )
    if clusters.count == 1:
        return no_interval(summary._replace(n_eff=None), single_unit(clusters))
    if clusters.codes is None and w is None and span == 1.0 and zero_one(first) and zero_one(second):
        return conclude(summary, "tango", tango(float((gap > 0).sum()), float((gap < 0).sum()), float(len(gap))))
    mass = np.ones(len(gap)) if w is None else w
    return _clustered_difference(gap, mass, clusters, summary, span)


def ratio_difference(
    num_a: npt.ArrayLike,
    den_a: npt.ArrayLike,
    num_b: npt.ArrayLike,
    den_b: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
) -> Inference:
    """sum(num_a)/sum(den_a) - sum(num_b)/sum(den_b) over the same cases: linearised, cluster-robust t (CR1).

    Args:
        num_a, den_a: (n,) numerators and denominators of the candidate.
        num_b, den_b: (n,) of the baseline.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: for values that are not finite or shapes that differ.
    """
    top_a, bottom_a = same_length(column(num_a, "num_a"), column(den_a, "den_a"))
    top_b, bottom_b = same_length(column(num_b, "num_b"), column(den_b, "den_b"))
    same_length(top_a, top_b)
    n = len(top_a)
    clusters = clusters_of(groups, n)
    same = bool((top_a == top_b).all() and (bottom_a == bottom_b).all())
    summary = Summary(None, n, clusters.n_clusters, identical=same and n > 0)
    if bottom_a.sum() <= 0 or bottom_b.sum() <= 0:
        return no_interval(summary, "a ratio is undefined: its denominators do not sum to a positive number")
    if clusters.count == 1:
        point = float(top_a.sum() / bottom_a.sum() - top_b.sum() / bottom_b.sum())
        return no_interval(summary._replace(point=point), single_unit(clusters))
    each = Clusters(None, n, False)
    ours, theirs = linearise(top_a, bottom_a, each), linearise(top_b, bottom_b, each)
    summary = summary._replace(point=ours.point - theirs.point)
    if same:
        return no_interval(summary, "the two are equal on every case")
    by_case = ours.influence - theirs.influence
    influence = clusters.sums(by_case)
    flat = negligible(cr1(influence), top_a / bottom_a.sum(), top_b / bottom_b.sum())
    shares = clusters.sums((bottom_a / bottom_a.sum() + bottom_b / bottom_b.sum()) / 2)
    known = shares if shares.min() >= 0 and shares.max() < 1 else None
    line = Linearised(ours.point - theirs.point, influence, cr1(influence), cr1(by_case), flat, known)
    return linear_inference(line, clusters, summary)


def mcnemar_midp(b: int, c: int, side: Literal["two-sided", "greater", "less"] = "two-sided") -> float:
    """McNemar's mid-p test that independent discordant cases fall on either side alike.

    Two-sided: 2 (P(X <= min(b, c)) - P(X = min(b, c))/2), X ~ Bin(b + c, 1/2) (Fagerland, Lydersen and Laake 2013).

    Args:
        b: cases that only the first variant has right.
        c: cases that only the second has right.
        side: "greater" asks whether b is larger than chance allows, "less" whether it is smaller.

    Raises:
        ValueError: if a count is negative.
    """
    if b < 0 or c < 0:
        raise ValueError(f"counts of discordant cases are not negative; got {b} and {c}")
    if side == "two-sided":
        return min(1.0, 2.0 * _midp_at_most(min(b, c), b + c))
    return _midp_at_most(c if side == "greater" else b, b + c)


def sign_flip(d: npt.ArrayLike, groups: npt.ArrayLike | None = None, *, seed: int, replicates: int = 10_000) -> float:
    """Two-sided p-value of the sign-flip permutation test that differences are symmetric about zero.

    The sign is flipped for a cluster at once. With up to 12 clusters that differ, all flips are enumerated; else the
    observed one counts among those drawn, so that p is at least 1/(replicates + 1). It tests zero only, never a margin.

    Args:
        d: (n,) paired differences.
        groups: (n,) cluster ids, or None.
        seed: from the content of the question.
        replicates: flips drawn.

    Raises:
        ValueError: for values that are not finite or shapes that differ.
    """
    gaps = column(d, "d")
    sums = clusters_of(groups, len(gaps)).sums(gaps)
    scale = float(np.abs(sums).max(initial=0.0)) or 1.0
    shares = np.round(np.abs(sums) / scale, 12)
    sizes, counts = np.unique(shares[shares > 0], return_counts=True)
    reached = abs(float(sums.sum())) / scale - 1e-9  # a flip that ties with the observed sum must not lose to rounding
    if counts.sum() <= 12:
        each = np.repeat(sizes, counts)
        flips = 1 - 2 * ((np.arange(1 << len(each))[:, None] >> np.arange(len(each))) & 1)
        return float((np.abs(flips @ each) >= reached).mean())
    rng = np.random.default_rng([seed, int(counts.sum())])
    step = max(1, (1 << 21) // len(sizes))
    hits = 0
    for start in range(0, replicates, step):
        rows = min(step, replicates - start)
        if len(sizes) == counts.sum():
            signs = 2 * rng.integers(2, size=(rows, len(sizes)), dtype=np.int8) - 1
        else:
            signs = 2 * rng.binomial(counts, 0.5, size=(rows, len(sizes))) - counts
        hits += int((np.abs(signs @ sizes) >= reached).sum())
    return (hits + 1) / (replicates + 1)


def _clustered_difference(
    gap: Array, mass: Array, clusters: Clusters, summary: Summary, span: float | None
) -> Inference:
    """Cluster-robust t where enough clusters differ, else Tango's bound over clusters, else words."""
    sizes, sums = clusters.sums(mass), clusters.sums(mass * gap)
    sums = np.where(np.abs(sums) <= 1e-12 * clusters.sums(mass * np.abs(gap)), 0.0, sums)  # rounding of what cancels
    differing = int(np.count_nonzero(sums))
    line = linearise(mass * gap, mass, clusters)
    least = fewest_differing(clusters.count)
    # counted by size, too, so that one huge cluster is not held steady by a crowd of tiny ones
    spread = span is None or kish(sizes[sums != 0]) >= max(5.0, least / 2) * (1 - 1e-9)
    if differing >= least and spread and not line.degenerate:
        found = linear_inference(line, clusters, summary)
        lean = None if span is None else leaning(line, sizes, sums, span)
        if lean is None or span is None or not (lean.down or lean.up):
            return found
        variance, df, _ = robust(line)
        sides = guarded(student(line.point, variance, df), line, lean, kish(sizes), span)
        return conclude(_kept(found), f"{found.method}, {'cluster-' if clusters.codes is not None else ''}tango", sides)
    if span is None:
        return no_interval(
            summary._replace(n_eff=None), _unbounded(summary, differing, clusters.count, line.degenerate)
        )
    n = kish(sizes)
    shares = sums / (span * float(sizes.sum())) * n
    name = "cluster-tango" if clusters.codes is not None else "tango"
    inner = tango(float(shares[shares > 0].sum()), float(-shares[shares < 0].sum()), n)
    warnings = few_clusters(clusters.count) if clusters.codes is not None else ()
    return conclude(summary._replace(n_eff=n, warnings=warnings), name, scaled(inner, span))


def _kept(found: Inference) -> Summary:
    """The descriptive fields of an inference."""
    return Summary(
        found.point, found.n, found.n_clusters, found.n_eff, found.warnings, found.design_effect, found.identical
    )


def _unbounded(summary: Summary, differing: int, count: int, constant: bool) -> str:
    """Why there is no interval for values without a known range."""
    if summary.identical:
        said = "the two are equal on every case"
    elif constant:
        return "the difference is the same everywhere, and without a known range of values its spread is not known"
    else:
        said = f"only {differing} of {count} differ"
    return f"{said}, and values without a known range allow no bound from so few (a declared range would)"


def same_length(a: Array, b: Array) -> tuple[Array, Array]:
    """Both, checked to be of one length."""
    if len(a) != len(b):
        raise ValueError(f"paired columns have one length, not {len(a)} and {len(b)}: compare the same cases")
    return a, b


def _span(a: Array, b: Array, bounds: tuple[float, float] | None) -> float | None:
    """Width of the range that values can take; None where there is no known one."""
    low, high = bounds or (0.0, 1.0)
    inside = min(a.min(), b.min()) >= low and max(a.max(), b.max()) <= high
    if bounds is not None and not (inside and low < high):
        raise ValueError(f"a value lies beyond the declared range [{low:g}, {high:g}], or the range is empty")
    return high - low if inside and np.isfinite(high - low) else None


def _midp_at_most(k: int, n: int) -> float:
    """P(X <= k) - P(X = k)/2 for X ~ Bin(n, 1/2)."""
    at_most = beta_cdf(n - k, k + 1, 0.5) if k < n else 1.0
    return at_most - 0.5 * math.exp(log_binomial_coefficient(n, k) - n * math.log(2.0))
