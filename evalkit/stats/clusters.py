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
    """

    point: float
    influence: Array
    variance: float
    independent_variance: float
    degenerate: bool


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
    return Linearised(point, influence, variance, cr1(by_case), negligible(variance, numerator, expected))


def cr1(influence: Array) -> float:
    """Variance of a sum of independent influences that sum to about 0: G/(G-1) sum u^2."""
    count = len(influence)
    return count / (count - 1) * float(influence @ influence)


def negligible(variance: float, *terms: Array) -> bool:
    """Whether a variance is no more than the rounding of the terms whose differences were summed."""
    return variance <= 1e-26 * sum(float(term @ term) for term in terms)


def kish(sizes: Array) -> float:
    """Kish's effective number of units with these weights: (sum w)^2 / sum w^2."""
    return float(sizes.sum()) ** 2 / float(sizes @ sizes)
