"""Power of a one-sided test before anything is measured: any one of cases, power and distance from the other two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from evalkit.stats.distributions import normal_cdf, normal_quantile, t_quantile

Kind = Literal["proportion", "paired", "mean"]

MOST_CASES = 10**9


@dataclass(frozen=True)
class Design:
    """What is measured, and how much its cases scatter.

    Attributes:
        kind: "proportion" (a share of cases against a line), "paired" (the difference of two systems on the same 0/1
            cases), "mean" (of one number a case, or of paired differences).
        p: of a proportion: its true value, in (0, 1).
        discordance: of pairs: the share of cases on which exactly one of the two is right, in (0, 1].
        sd: of a mean: standard deviation of the cases, positive.
        clusters: groups that the cases come in, evenly; None: independent.
        icc: intraclass correlation within them, in [0, 1].
    """

    kind: Kind
    p: float | None = None
    discordance: float | None = None
    sd: float | None = None
    clusters: int | None = None
    icc: float = 0.0

    def variance(self, drop: float = 0.0) -> float:
        """Of one case; of pairs it is discordance - drop^2 (the variance of a difference of -1, 0 or 1).

        Raises:
            ValueError: what the kind needs is missing or out of range.
        """
        if self.kind == "proportion":
            p = _within("p", self.p, 0, 1)
            return p * (1 - p)
        if self.kind == "paired":
            share = _within("discordance", self.discordance, 0, 1, closed=True)
            if abs(drop) > share:
                raise ValueError(f"a drop of {drop:g} takes at least as many discordant cases, not {share:g}")
            return max(share - drop * drop, 1e-12)
        return _within("sd", self.sd, 0, math.inf) ** 2

    def se(self, n: float, drop: float = 0.0) -> float:
        """Standard error over n cases: sqrt(variance (1/n + icc (1/clusters - 1/n)))."""
        share = 1 / n
        if self.clusters is not None:
            if self.clusters < 2:
                raise ValueError(f"clusters is {self.clusters}; a single cluster has no standard error")
            share += _within("icc", self.icc, 0, 1, closed=True) * max(1 / self.clusters - share, 0.0)
        return math.sqrt(self.variance(drop) * share)

    def df(self, n: float) -> float:
        """Degrees of freedom: clusters - 1; of a mean n - 1; of independent shares there are no such (infinite)."""
        if self.clusters is not None:
            return self.clusters - 1.0
        return max(n - 1.0, 1.0) if self.kind == "mean" else math.inf


def power_at(design: Design, n: float, distance: float, alpha: float = 0.05, drop: float = 0.0) -> float:
    """Chance that a one-sided test at alpha shows the truth to be beyond a line that lies `distance` away.

    Normal for shares; Student's non-central t where the spread is estimated (means, clusters), as in Cohen (1988).

    Raises:
        ValueError: an argument is out of range.
    """
    _check(alpha, n)
    se, df = design.se(n, drop), design.df(n)
    shift = distance / se
    if math.isinf(df):
        return normal_cdf(shift - normal_quantile(1 - alpha))
    from scipy.special import nctdtr

    return float(1 - nctdtr(df, shift, t_quantile(df, 1 - alpha)))


def cases_for(
    design: Design, distance: float, power: float = 0.8, alpha: float = 0.05, drop: float = 0.0
) -> int | None:
    """The fewest cases with this power; None: no number is enough (with few clusters their own spread remains).

    Raises:
        ValueError: an argument is out of range, or the distance is not positive.
    """
    _check_power(power)
    if not distance > 0:
        raise ValueError("the truth is not beyond the line, so no number of cases shows that it is")
    lo, hi = design.clusters or 2, MOST_CASES
    if power_at(design, hi, distance, alpha, drop) < power:
        return None
    while lo < hi:
        middle = (lo + hi) // 2
        if power_at(design, middle, distance, alpha, drop) >= power:
            hi = middle
        else:
            lo = middle + 1
    return hi


def distance_for(design: Design, n: float, power: float = 0.8, alpha: float = 0.05, drop: float = 0.0) -> float:
    """The smallest distance between truth and line that is shown with this power.

    Raises:
        ValueError: an argument is out of range.
    """
    _check_power(power)
    se = design.se(n, drop)
    lo, hi = 0.0, se
    while power_at(design, n, hi, alpha, drop) < power:
        hi *= 2
    for _ in range(80):
        middle = 0.5 * (lo + hi)
        lo, hi = (lo, middle) if power_at(design, n, middle, alpha, drop) >= power else (middle, hi)
    return hi


def _within(name: str, value: float | None, low: float, high: float, *, closed: bool = False) -> float:
    if value is None:
        raise ValueError(f"{name} is not given")
    if not (low < value < high or (closed and value in (low, high))):
        span = "above 0 and finite" if math.isinf(high) else f"between {low:g} and {high:g}"
        raise ValueError(f"{name} is {value:g}, not {span}")
    return value


def _check(alpha: float, n: float) -> None:
    _within("alpha", alpha, 0, 0.5)
    if not 2 <= n <= MOST_CASES:
        raise ValueError(f"n is {n:g}, not a number of cases from 2 to {MOST_CASES:,}")


def _check_power(power: float) -> None:
    if not 0.5 <= power < 1:
        raise ValueError(f"power is {power:g}, not between 0.5 and 1")
