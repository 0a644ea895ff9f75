"""Bounds of corrected numbers: Student's t with the first term of an Edgeworth expansion, and ends of the range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.stats.distributions import normal_cdf, normal_quantile, smallest, t_quantile
from evalkit.stats.inference import Tail


@dataclass(frozen=True)
class SkewTail:
    """Lower bound `point - t se`, moved down where the estimate's distribution has its longer tail there.

    The one-sided error of a t bound is of the order of the estimate's skewness; Hall (1992, The Bootstrap and Edgeworth
    Expansion, section 3.9) corrects it by skew (2 t^2 + 1)/6 standard errors. Pseudo-labels move the estimate
    towards the middle already, and what they moved it by is taken off. The bound is never moved up.

    Attributes:
        point: the estimate.
        se: its standard error, positive.
        df: degrees of freedom.
        third: third central moment of the estimate over its variance.
        moved: how far pseudo-labels moved the estimate; negative is down.
    """

    point: float
    se: float
    df: float
    third: float = 0.0
    moved: float = 0.0

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        t = -t_quantile(self.df, tail)
        return self.point - t * self.se + min(0.0, self.third * (2 * max(t, 0.0) ** 2 + 1) / 6 - min(self.moved, 0.0))

    def p(self, line: float) -> float:
        """See `Tail`."""
        return by_search(self, line)


@dataclass(frozen=True)
class WithinTail:
    """A bound inside the range of the parameter: at its lower end it says nothing, and beyond its upper end nothing is.

    Attributes:
        inner: the bound.
        low, high: the range.
    """

    inner: Tail
    low: float
    high: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return min(max(self.inner.lower(tail), self.low), self.high)

    def p(self, line: float) -> float:
        """See `Tail`."""
        if line < self.low:
            return 0.0
        return 1.0 if line >= self.high else self.inner.p(line)


def by_search(tail: Tail, line: float) -> float:
    """The smallest tail whose lower bound reaches the line, by bisection over its normal score."""
    return normal_cdf(smallest(lambda score: tail.lower(normal_cdf(score)) >= line, -8.2, 8.2))


def by_scan(tail: Tail, line: float) -> float:
    """The same for a bound that turns back at very small tails, as one with a shift of z squared does.

    The p-value is that of the first tail, counted down from one half upwards in z, whose bound lies short of the line.
    """
    scores = np.linspace(8.0, -8.0, 161)
    reached = next((i for i, z in enumerate(scores) if tail.lower(normal_cdf(float(z))) < line), len(scores))
    if reached in (0, len(scores)):
        return normal_cdf(float(scores[min(reached, len(scores) - 1)]))
    low, high = float(scores[reached]), float(scores[reached - 1])
    return normal_cdf(smallest(lambda score: tail.lower(normal_cdf(score)) >= line, low, high))


def z_of(tail: float) -> float:
    """Normal quantile of a one-sided error: positive below one half."""
    return -normal_quantile(tail)
