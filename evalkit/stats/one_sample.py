"""A mean or a ratio of one variant, with the interval that its kind of data allows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from evalkit.stats.bounded import finite_range, linear_mean
from evalkit.stats.clusters import (
    Array,
    Clusters,
    clusters_of,
    column,
    linearise,
    positive_weights,
    zero_one,
)
from evalkit.stats.inference import Inference, Sides, Summary, conclude, few_clusters, no_interval
from evalkit.stats.proportions import (
    KornGraubardTail,
    clopper_pearson,
    clustered_design,
    jeffreys,
    korn_graubard,
    wilson,
)
from evalkit.stats.student import linear_inference, single_unit

Method = Literal["auto", "wilson", "clopper-pearson", "jeffreys", "t", "cluster-t", "cr1", "korn-graubard", "bootstrap"]

EXACT_BELOW = 10.0  # n p (1-p) under which Wilson's lowest coverage (.904 at n = 10, p = .99) is worse than exact
DENOMINATOR_SPREAD = 0.2  # coefficient of variation above which a ratio is no longer near linear (Cochran 1977, 6.5)


def mean(
    values: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    method: Method = "auto",
    seed: int = 0,
    bounds: tuple[float, float] | None = None,
) -> Inference:
    """The mean of one number a case.

    Independent 0/1 values: Clopper-Pearson while n p(1-p) < 10, Wilson above. Clustered or weighted 0/1 values:
    Korn-Graubard. Other values: t, cluster-robust with clusters - 1 degrees of freedom (CR1), or with Satterthwaite's
    where they differ much in size (CR2); weighted means by linearisation. Groups of one case each count as independent,
    and are still reported as clusters.

    Values with bounds have intervals within them. Where fewer than ten clusters (cases) hold a value unlike the
    commonest, each end is the wider of t and Korn and Graubard's, as of a share: of all values with that mean, 0 and 1
    vary most (Hoeffding 1963). Where the estimate is skew, so is the end on its longer side.

    Args:
        values: (n,) finite floats. 0/1 data are recognised by value: a quantity with a unit whose values happen to be
            all 0 or 1 needs `method="t"`.
        groups: (n,) cluster ids, or None.
        weights: (n,) positive floats, or None.
        method: "auto", or a method by name; "cluster-t" chooses between CR1 and CR2, "cr1" does not.
        seed: for `method="bootstrap"` only.
        bounds: the range that values can take, for "auto" and "cluster-t"; None, or an infinite end: unknown.

    Raises:
        ValueError: for values that are not finite, shapes that differ, or a method that does not fit the data.
    """
    y = column(values)
    w = positive_weights(weights, len(y))
    clusters = clusters_of(groups, len(y))
    chosen = _choose(method, y, clusters, w is not None)
    span = finite_range(y, bounds)
    if len(y) == 0:
        return no_interval(Summary(None, 0, clusters.n_clusters), "there are no cases")
    if clusters.count == 1:
        point = float(np.average(y, weights=w))
        return no_interval(Summary(point, len(y), clusters.n_clusters), single_unit(clusters))
    if chosen == "bootstrap":
        from evalkit.stats import bootstrap

        mass = np.ones(len(y)) if w is None else w
        return bootstrap.statistic(np.column_stack([mass * y, mass]), _quotient, groups, seed=seed)
    if chosen in _INDEPENDENT:
        return _proportion(y, clusters, chosen)
    if chosen == "korn-graubard":
        return _clustered_proportion(y, w, clusters)
    within = span if method in ("auto", "cluster-t") else None
    return linear_mean(y, w, clusters, within, cr1_only=chosen == "cr1")


def ratio(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> Inference:
    """sum(numerator) / sum(denominator), with a linearised (cluster-robust, CR1) t interval.

    Args:
        numerator, denominator: (n,) finite floats; the denominators' sum is positive, or the ratio is undefined.
        groups: (n,) cluster ids, or None.
        weights: (n,) positive floats that multiply both, or None.

    Raises:
        ValueError: for values that are not finite or shapes that differ.
    """
    num, den = column(numerator, "numerator"), column(denominator, "denominator")
    if len(num) != len(den):
        raise ValueError(f"there are {len(num)} numerators and {len(den)} denominators")
    w = positive_weights(weights, len(num))
    if w is not None:
        num, den = w * num, w * den
    clusters = clusters_of(groups, len(num))
    total = float(den.sum())
    if total <= 0:
        why = "there are no cases" if len(num) == 0 else f"the denominators sum to {total:g}, so the ratio is undefined"
        return no_interval(Summary(None, len(num), clusters.n_clusters), why)
    if clusters.count == 1:
        return no_interval(Summary(float(num.sum()) / total, len(num), clusters.n_clusters), single_unit(clusters))
    line = linearise(num, den, clusters)
    summary = Summary(line.point, len(num), clusters.n_clusters, warnings=_unsteady(den, clusters))
    return linear_inference(line, clusters, summary)


_INDEPENDENT: dict[str, Callable[[float, float], Sides]] = {
    "wilson": wilson,
    "clopper-pearson": clopper_pearson,
    "jeffreys": jeffreys,
}


def _choose(method: Method, y: Array, clusters: Clusters, weighted: bool) -> str:
    """The method's name, "auto" resolved by the kind of data; refuses what does not fit.

    Raises:
        ValueError: if the name is unknown, or the method assumes what these data are not.
    """
    if method not in get_args(Method):
        raise ValueError(f"unknown method {method!r}; known are {', '.join(get_args(Method))}")
    binary, clustered = zero_one(y), clusters.codes is not None
    if method == "auto":
        if not binary:
            return "t"
        if clustered or weighted:
            return "korn-graubard"
        rarer = min(float(y.sum()), len(y) - float(y.sum()))
        return "clopper-pearson" if rarer * (len(y) - rarer) < EXACT_BELOW * len(y) else "wilson"
    if method in (*_INDEPENDENT, "korn-graubard") and not binary:
        raise ValueError(f"{method} is for values of 0 and 1 only; use 't', 'cluster-t' or 'auto'")
    if method in (*_INDEPENDENT, "t") and clustered:
        raise ValueError(f"{method} takes cases as independent, but they come in groups; use 'auto' or 'cluster-t'")
    if method in _INDEPENDENT and weighted:
        raise ValueError(f"{method} takes cases as equal, but they are weighted; use 'auto' or 'korn-graubard'")
    return method


def _proportion(y: Array, clusters: Clusters, method: str) -> Inference:
    """Independent 0/1 values of equal weight, by the method named."""
    n, k = len(y), float(y.sum())
    summary = Summary(k / n, n, clusters.n_clusters, float(n))
    return conclude(summary, method, _INDEPENDENT[method](k, float(n)))


def _quotient(totals: Array) -> Array:
    """First part over the second."""
    quotient: Array = totals[..., 0] / totals[..., 1]
    return quotient


def _clustered_proportion(y: Array, w: Array | None, clusters: Clusters) -> Inference:
    """Korn and Graubard (1998) with the rule for rare outcomes."""
    design = clustered_design(y, np.ones(len(y)) if w is None else w, clusters)
    tails = design.share, design.n_eff, design.df, design.cap
    summary = Summary(
        design.share,
        len(y),
        clusters.n_clusters,
        KornGraubardTail(*tails).n_eff(0.025),
        few_clusters(clusters.count) if clusters.codes is not None else (),
        design.effect,
    )
    return conclude(summary, "korn-graubard", korn_graubard(*tails))


def _unsteady(denominator: Array, clusters: Clusters) -> tuple[str, ...]:
    """A warning where the total denominator is itself so uncertain that linearisation is rough."""
    sums = clusters.sums(denominator)
    spread = math.sqrt(len(sums) * float(sums.var(ddof=1))) / float(sums.sum())
    if spread <= DENOMINATOR_SPREAD:
        return ()
    return (
        f"the denominator is uncertain by {spread:.0%}: the ratio's interval is rough above {DENOMINATOR_SPREAD:.0%}",
    )
