"""Bounds from bootstrap replicates: BCa (Efron 1987), and percentiles as its special case."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.distributions import normal_cdf, normal_quantile
from evalkit.stats.inference import Sides


@dataclass(frozen=True)
class BootstrapTail:
    """The quantile of the replicates at Phi(z0 + (z0 + z)/(1 - a (z0 + z))), z the normal quantile of the tail.

    Efron (1987), equation 3.9 of Efron and Tibshirani (1993, section 14.3). With z0 = a = 0 it is the percentile bound.

    Attributes:
        ordered: (replicates,) ascending.
        bias: z0, the normal score of the share of replicates below the estimate.
        acceleration: a, a sixth of the skewness of the influences.
    """

    ordered: Array
    bias: float
    acceleration: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        place = normal_cdf(self._adjusted(normal_quantile(tail))) * (len(self.ordered) - 1)
        below = min(int(place), len(self.ordered) - 2)
        low, high = float(self.ordered[below]), float(self.ordered[below + 1])
        return low + (high - low) * (place - below)

    def p(self, line: float) -> float:
        """See `Tail`; never below 1/(replicates + 1), which is as far as resampling sees."""
        last = len(self.ordered) - 1
        if line > self.ordered[last]:
            return 1.0
        after = int(np.searchsorted(self.ordered, line))
        place = 0.0
        if after > 0:
            low, high = float(self.ordered[after - 1]), float(self.ordered[after])
            place = (after - 1 + (line - low) / (high - low)) / last
        return max(normal_cdf(self._tail_score(place)), 1.0 / (last + 2))

    def mirrored(self) -> BootstrapTail:
        """The same for the negated statistic."""
        return BootstrapTail(-self.ordered[::-1], -self.bias, -self.acceleration)

    def _adjusted(self, z: float) -> float:
        """From the normal score of the tail to that of the quantile."""
        w = z + self.bias
        rest = 1.0 - self.acceleration * w
        return w / rest + self.bias if rest > 0 else math.copysign(math.inf, w)

    def _tail_score(self, place: float) -> float:
        """The inverse of `_adjusted` at the normal score of a quantile."""
        w = normal_quantile(place) - self.bias
        if math.isinf(w):
            limit = 1.0 / self.acceleration if self.acceleration and (w > 0) == (self.acceleration > 0) else w
            return limit - self.bias
        rest = 1.0 + self.acceleration * w
        return w / rest - self.bias if rest > 0 else math.copysign(math.inf, w)


class Correction(NamedTuple):
    """BCa's two constants."""

    bias: float
    acceleration: float

    @property
    def usable(self) -> bool:
        """Whether both are finite."""
        return math.isfinite(self.bias) and math.isfinite(self.acceleration)


def correction(replicates: Array, point: float, jackknife: Array, counts: Array | None = None) -> Correction:
    """BCa's constants from (b,) replicates and the estimate with each unit left out.

    Replicates that tie with the estimate count half, so that rounding does not decide on which side they fall.

    Args:
        replicates: (b,) finite.
        point: the estimate.
        jackknife: (u,) estimates without one unit of each kind; may hold NaN, which makes the result unusable.
        counts: (u,) how many units are of each kind; None for one each.
    """
    slack = 1e-12 * max(abs(point), float(np.abs(replicates).max()))
    below = np.count_nonzero(replicates < point - slack)
    tied = np.count_nonzero(np.abs(replicates - point) <= slack)
    weights = np.ones(len(jackknife)) if counts is None else counts
    away = np.average(jackknife, weights=weights) - jackknife
    squares = float(weights @ away**2)
    skew = float(weights @ away**3) / (6.0 * squares**1.5) if squares > 0 else math.nan
    return Correction(normal_quantile((below + 0.5 * tied) / len(replicates)), skew)


def sides(replicates: Array, bias: float = 0.0, acceleration: float = 0.0) -> Sides:
    """Both sides of a bootstrap interval."""
    tail = BootstrapTail(np.sort(replicates), bias, acceleration)
    return Sides(tail, tail.mirrored())
