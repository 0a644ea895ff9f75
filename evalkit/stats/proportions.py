"""Bounds for one proportion: Wilson, Clopper-Pearson, Jeffreys, and Korn-Graubard for clustered or weighted cases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evalkit.stats.clusters import Array, Clusters, kish, linearise, robust
from evalkit.stats.distributions import (
    beta_cdf,
    beta_quantile,
    normal_cdf,
    normal_quantile,
    smallest,
    t_quantile,
)
from evalkit.stats.inference import Sides

FEWEST_TELLING = 10  # clusters that must hold the rarer outcome for their spread to be believed


@dataclass(frozen=True)
class WilsonTail:
    """Wilson's score bound (1927): the line p0 where (p - p0)/sqrt(p0(1 - p0)/n) is the normal quantile.

    Attributes:
        k: successes.
        n: cases.
    """

    k: float
    n: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        if self.k == 0:
            return 0.0
        z = -normal_quantile(tail)
        share, zz = self.k / self.n, z * z / self.n
        half = z / math.sqrt(self.n) * math.sqrt(share * (1 - share) + zz / 4)
        return min(max((share + zz / 2 - half) / (1 + zz), 0.0), 1.0)

    def p(self, line: float) -> float:
        """See `Tail`."""
        if line < 0 or (line == 0 and self.k > 0):
            return 0.0
        if self.k == 0 or line >= 1:
            return 1.0
        return normal_cdf((line - self.k / self.n) / (math.sqrt(line) * math.sqrt((1 - line) / self.n)))


@dataclass(frozen=True)
class ExactTail:
    """Clopper and Pearson's bound (1934): the p0 where P(Bin(n, p0) >= k) is the tail. k and n may be real.

    Attributes:
        k: successes.
        n: cases.
    """

    k: float
    n: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return beta_quantile(self.k, self.n - self.k + 1, tail) if self.k > 0 else 0.0

    def p(self, line: float) -> float:
        """See `Tail`."""
        if line < 0:
            return 0.0
        return beta_cdf(self.k, self.n - self.k + 1, line) if self.k > 0 and line < 1 else 1.0


@dataclass(frozen=True)
class JeffreysTail:
    """Quantile of Beta(k + 1/2, n - k + 1/2), the posterior under Jeffreys' prior; p is its mass below the line.

    Attributes:
        k: successes.
        n: cases.
    """

    k: float
    n: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return beta_quantile(self.k + 0.5, self.n - self.k + 0.5, tail)

    def p(self, line: float) -> float:
        """See `Tail`."""
        return beta_cdf(self.k + 0.5, self.n - self.k + 0.5, line)


@dataclass(frozen=True)
class KornGraubardTail:
    """Korn and Graubard's bound (1998): Clopper-Pearson on (n_eff p, n_eff), n_eff = p(1-p)/V x (z / t_df)^2.

    The effective size depends on the tail through z/t, so the p-value is found by inverting the bound.

    Attributes:
        share: the estimated proportion p.
        n_design: p(1-p)/V, the effective size before the correction for degrees of freedom; inf where V is 0.
        df: clusters - 1.
        cap: the most that n_eff may be (inf for none): with few clusters that say anything, each counts as one case.
    """

    share: float
    n_design: float
    df: float
    cap: float

    def n_eff(self, tail: float) -> float:
        """Effective number of cases for a bound with this one-sided error."""
        # z/t has a limit at one half, where both quantiles vanish; beyond it the bound is on the other side
        near = min(tail, 0.499)
        return min(self.n_design * (normal_quantile(near) / t_quantile(self.df, near)) ** 2, self.cap)

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        n = self.n_eff(tail)
        return ExactTail(n * self.share, n).lower(tail)

    def p(self, line: float) -> float:
        """See `Tail`."""
        if line < 0:
            return 0.0
        if self.share == 0 or line >= 1:
            return 1.0
        # bisection over the normal score of the tail keeps relative precision in small p-values
        return normal_cdf(smallest(lambda score: self.lower(normal_cdf(score)) >= line, -37.0, 37.0))


def wilson(k: float, n: float) -> Sides:
    """Both sides of Wilson's interval for k successes in n cases."""
    return Sides(WilsonTail(k, n), WilsonTail(n - k, n), 1.0)


def clopper_pearson(k: float, n: float) -> Sides:
    """Both sides of the exact interval."""
    return Sides(ExactTail(k, n), ExactTail(n - k, n), 1.0)


def jeffreys(k: float, n: float) -> Sides:
    """Both sides of the equal-tailed Jeffreys interval."""
    return Sides(JeffreysTail(k, n), JeffreysTail(n - k, n), 1.0)


def korn_graubard(share: float, n_design: float, df: float, cap: float) -> Sides:
    """Both sides of the Korn-Graubard interval."""
    return Sides(KornGraubardTail(share, n_design, df, cap), KornGraubardTail(1 - share, n_design, df, cap), 1.0)


class Design(NamedTuple):
    """What clusters and weights leave of the information in values between 0 and 1.

    Attributes:
        share: the (weighted) proportion.
        n_eff: share (1 - share) / V; inf where V is 0.
        cap: the most that n_eff may be: Kish's number of clusters where too few tell, else inf.
        effect: V over its value for independent cases; None where V is 0 or cases are not clustered.
        df: degrees of freedom of V.
    """

    share: float
    n_eff: float
    cap: float
    effect: float | None
    df: float


def clustered_design(y: Array, mass: Array, clusters: Clusters) -> Design:
    """Effective sizes for values in [0, 1] with weights `mass`, by the rule for rare outcomes.

    Where fewer than ten clusters hold a case of the rarer outcome, or nearly all clusters have one and the same mean,
    the spread between clusters is not known, and each counts as one case: n_eff <= (sum m_c)^2 / sum m_c^2. Clusters of
    very unequal sizes have V = CR2, and those ten are counted by size.
    """
    line = linearise(mass * y, mass, clusters)
    share = min(max(line.point, 0.0), 1.0)
    sizes = clusters.sums(mass)
    variance, df, name = robust(line)
    little = telling(y, mass, clusters, by_size=name == "CR2") < FEWEST_TELLING
    cap = kish(sizes) if little or _alike(clusters, clusters.sums(mass * y) / sizes) else math.inf
    if line.degenerate:
        return Design(share, math.inf, cap, None, df)
    effect = line.variance / line.independent_variance if clusters.codes is not None else None
    return Design(share, share * (1 - share) / variance, cap, effect, df)


def telling(y: Array, mass: Array, clusters: Clusters, *, by_size: bool = False) -> float:
    """How many clusters hold a case unlike the commonest value (of 0/1 values: the rarer outcome).

    Args:
        y: (n,) values.
        mass: (n,) weights.
        clusters: of the cases.
        by_size: count them as Kish's effective number.
    """
    values, codes = np.unique(y, return_inverse=True)
    if len(values) == 1:
        return 0.0
    often = np.bincount(codes, mass)
    unlike = codes != len(often) - 1 - int(np.argmax(often[::-1]))
    if not by_size:
        return float(clusters.touched(unlike))
    sizes = clusters.sums(mass)
    return kish(sizes[unlike] if clusters.codes is None else sizes[np.unique(clusters.codes[unlike])])


def _alike(clusters: Clusters, means: Array) -> bool:
    """Whether nearly all clusters have one and the same mean."""
    if clusters.codes is None:
        return False
    # such as two orders of one item judged by position: every cluster is half right, and the variance is 0
    _, alike = np.unique(np.round(means, 12), return_counts=True)
    return clusters.count - int(alike.max()) < min(FEWEST_TELLING, clusters.count / 4)
