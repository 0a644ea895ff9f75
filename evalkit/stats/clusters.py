"""Cases and the clusters they come in: checks, sums by cluster, and the cluster-robust variance of a ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def column(values: npt.ArrayLike, name: str = "values") -> Array:
    """(n,) finite floats.

    Raises:
        ValueError: if not one-dimensional, or a value is NaN or infinite.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} is one number a case, shape (n,), not {array.shape}")
    finite = np.isfinite(array)
    if not finite.all():
        row = int(np.argmin(finite))
        raise ValueError(f"{name}[{row}] is {array[row]}: leave unscored cases out and count them apart")
    return array


def positive_weights(weights: npt.ArrayLike | None, n: int) -> Array | None:
    """(n,) positive floats with mean 1, or None where they are all equal, which is no weighting at all.

    Raises:
        ValueError: if there are not n of them, or one is not positive.
    """
    if weights is None:
        return None
    array = column(weights, "weights")
    if len(array) != n:
        raise ValueError(f"there are {len(array)} weights for {n} cases")
    if n == 0 or array.min() == array.max() > 0:
        return None
    if array.min() <= 0:
        raise ValueError(f"weights are positive; one is {array.min()}: leave that case out instead")
    scaled: Array = array / array.mean()
    return scaled


def zero_one(values: Array) -> bool:
    """Whether all values are 0 or 1."""
    return bool(((values == 0) | (values == 1)).all())


def fewest_differing(count: int) -> float:
    """How many of so many clusters must differ between two variants for their spread to be believed: below it each
    cluster counts as one case. min(20, max(5, G/2)), found by simulation of differences that are all losses.
    """
    return min(20.0, max(5.0, count / 2))


@dataclass(frozen=True)
class Clusters:
    """Which case belongs to which cluster.

    Attributes:
        codes: (n,) ints in [0, count), in the order of the sorted cluster ids; None where each case stands alone.
        count: number of clusters (n where codes is None).
        declared: whether groups were given at all, even if each holds one case.
    """

    codes: npt.NDArray[np.intp] | None
    count: int
    declared: bool

    @property
    def n_clusters(self) -> int | None:
        """What an Inference reports."""
        return self.count if self.declared else None

    def sums(self, values: Array) -> Array:
        """(count,) sums of (n,) values within clusters."""
        if self.codes is None:
            return values
        sums: Array = np.bincount(self.codes, values, self.count).astype(np.float64, copy=False)
        return sums

    def touched(self, rows: npt.NDArray[np.bool_]) -> int:
        """How many clusters hold a case that is marked in the (n,) mask."""
        if self.codes is None:
            return int(rows.sum())
        return int(np.count_nonzero(np.bincount(self.codes[rows], minlength=self.count)))


def clusters_of(groups: npt.ArrayLike | None, n: int) -> Clusters:
    """Clusters from (n,) ids (ints, or anything that sorts), or none.

    Raises:
        ValueError: if there are not n ids.
    """
    if groups is None:
        return Clusters(None, n, False)
    ids = np.asarray(groups)
    if ids.shape != (n,):
        raise ValueError(f"groups has one id a case, shape ({n},), not {ids.shape}")
    found, codes = np.unique(ids, return_inverse=True)
    return Clusters(None if len(found) == n else codes.astype(np.intp), len(found), True)


class Linearised(NamedTuple):
    """A ratio of totals and its cluster-robust variance.

    Attributes:
        point: sum(numerator) / sum(denominator).
        influence: (count,) first-order contribution of each cluster to the error of the ratio; they sum to 0.
        variance: CR1 variance of the ratio.
        independent_variance: the same, were each case a cluster of its own.
        degenerate: the variance is rounding noise: every cluster has the same ratio.
        shares: (count,) of the total denominator in each cluster, none negative; None where there is no such share.
    """

    point: float
    influence: Array
    variance: float
    independent_variance: float
    degenerate: bool
    shares: Array | None = None


def linearise(numerator: Array, denominator: Array, clusters: Clusters) -> Linearised:
    """Taylor linearisation of a ratio of totals (Woodruff 1971), clustered; a mean has denominators 1.

    V = G/(G-1) sum_c (sum_{i in c} (num_i - R den_i))^2 / (sum den)^2, which for a mean is the CR1 variance that
    statsmodels gives for a regression on a constant (Miller 2024, arXiv 2411.00640, times G/(G-1)).
    Needs a non-zero total denominator and at least two clusters.
    """
    total = float(denominator.sum())
    point = float(numerator.sum()) / total
    numerator, expected = numerator / total, denominator * (point / total)
    by_case = numerator - expected
    influence = clusters.sums(by_case)
    variance = cr1(influence)
    shares = clusters.sums(denominator) / total
    return Linearised(
        point,
        influence,
        variance,
        cr1(by_case),
        negligible(variance, numerator, expected),
        shares if shares.min() >= 0 and shares.max() < 1 else None,
    )


def cr1(influence: Array) -> float:
    """Variance of a sum of independent influences that sum to about 0: G/(G-1) sum u^2."""
    count = len(influence)
    return count / (count - 1) * float(influence @ influence)


class BellMcCaffrey(NamedTuple):
    """A variance that is unbiased where clusters differ in size, and the degrees of freedom that it has.

    Attributes:
        variance: CR2.
        df: Satterthwaite's; clusters - 1 where all are of one size.
    """

    variance: float
    df: float


def cr2(influence: Array, shares: Array) -> BellMcCaffrey:
    """Bell and McCaffrey's CR2 (Survey Methodology 28:169-181, 2002) for an intercept, in closed form.

    With cluster sums S_c of residuals, total mass M and shares h_c = M_c / M, the working model (independent cases of
    variance 1/mass) gives S_c the variance M_c (1 - h_c). So V = sum_c u_c^2 / (1 - h_c) with u_c = S_c / M is unbiased
    under it, and its degrees of freedom are (tr W)^2 / tr(W^2), W_cd = (h_c [c = d] - h_c h_d) / sqrt((1 - h_c)
    (1 - h_d)): 1 / (sum h^2 + (sum q)^2 - sum q^2), q = h^2 / (1 - h).

    Args:
        influence: (count,) contribution of each cluster to the error of the estimate.
        shares: (count,) in [0, 1), summing to 1.
    """
    squares = shares**2
    tilt = squares / (1 - shares)
    spread = float(squares.sum()) + float(tilt.sum()) ** 2 - float(tilt @ tilt)
    return BellMcCaffrey(float((influence**2 / (1 - shares)).sum()), 1 / spread)


UNEVEN = 2 / 3
"""Share of clusters - 1 below which Satterthwaite's degrees of freedom say that sizes are very unequal."""
MANY = 100.0
"""Degrees of freedom from which CR1 and CR2 agree to about one percent."""


class Robust(NamedTuple):
    """The cluster-robust variance to use.

    Attributes:
        variance, df: of the estimate.
        name: "CR1" or "CR2".
    """

    variance: float
    df: float
    name: str


def robust(line: Linearised, below: float = UNEVEN) -> Robust:
    """CR1 with clusters - 1 degrees of freedom, or CR2 with Satterthwaite's where sizes are very unequal.

    Args:
        line: the estimate.
        below: share of clusters - 1 below which Satterthwaite's degrees of freedom call for CR2: 1 for any inequality,
            0 for never. With a hundred and more it does not matter, and CR1 stays.
    """
    plain = len(line.influence) - 1.0
    if line.shares is not None and below > 0:
        found = cr2(line.influence, line.shares)
        if found.df < min(below * plain, MANY) * (1 - 1e-9):
            return Robust(found.variance, found.df, "CR2")
    return Robust(line.variance, plain, "CR1")


def negligible(variance: float, *terms: Array) -> bool:
    """Whether a variance is no more than the rounding of the terms whose differences were summed."""
    return variance <= 1e-26 * sum(float(term @ term) for term in terms)


def kish(sizes: Array) -> float:
    """Kish's effective number of units with these weights: (sum w)^2 / sum w^2; 0 for none."""
    return float(sizes.sum()) ** 2 / float(sizes @ sizes) if len(sizes) else 0.0
