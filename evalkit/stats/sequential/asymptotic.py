"""Asymptotic confidence sequences for means without bounds: the central limit theorem at all looks at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import column
from evalkit.stats.inference import Summary
from evalkit.stats.sequential.arms import Contrast
from evalkit.stats.sequential.sequence import Sequential, capped, p_of, sequential, silent

__all__ = ["LEAST", "TUNED_AT", "AsymptoticSide", "asymptotic", "asymptotic_mean", "asymptotic_of", "rho"]

LEAST = 50
"""Units of each sample before which nothing is said: normal theory needs some."""
TUNED_AT = 2_000
"""Units at which the sequence is narrowest, by default. Fixed before anything is seen."""


def rho(tuned_at: float = TUNED_AT, alpha: float = 0.05) -> float:
    """The scale of the mixture that makes the sequence narrowest after `tuned_at` units.

    rho^2 = (-2 log a + log(-2 log a + 1)) / t (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
    limit theory and asymptotic confidence sequences", Annals of Statistics 52:2613-2640, 2024, appendix B.2), with a
    the two-sided error, which is twice that of each side.
    """
    return math.sqrt((-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tuned_at)


@dataclass(frozen=True)
class AsymptoticSide:
    """The lower side: point - se sqrt(2 (t rho^2 + 1)/(t rho^2) log(1 + sqrt(t rho^2 + 1)/(2 tail))).

    The same paper, one-sided; its inverse is the e-value 2 (exp(z^2 t rho^2 / (2 (t rho^2 + 1))) - 1) /
    sqrt(t rho^2 + 1), z = (point - line) / se > 0, which is below the half-normal mixture of exp(l S - l^2 V / 2).

    Attributes:
        point: the estimate.
        se: its standard error now, positive.
        t: units until now.
        rho: scale of the mixture, per unit.
    """

    point: float
    se: float
    t: float
    rho: float

    @property
    def _mass(self) -> float:
        return self.t * self.rho**2

    def lower(self, tail: float) -> float:
        """See `Wealth`."""
        mass = self._mass
        reach = 2 * (mass + 1) / mass * math.log1p(math.sqrt(mass + 1) / (2 * tail))
        return self.point - self.se * math.sqrt(reach)

    def e(self, line: float) -> float:
        """See `Wealth`."""
        z, mass = (self.point - line) / self.se, self._mass
        if z <= 0:
            return 0.0
        power = z * z * mass / (2 * (mass + 1))
        scale = 2 / math.sqrt(mass + 1)
        return scale * math.expm1(power) if power < 600 else capped(power + math.log(scale))

    def p(self, line: float) -> float:
        """See `Wealth`."""
        return p_of(self.e(line))


def asymptotic(summary: Summary, se: float, t: float, scale: float, method: str = "asymptotic") -> Sequential:
    """A sequence from an estimate that is asymptotically a mean of t units; `scale` is `rho`."""
    point = summary.point or 0.0
    up, down = AsymptoticSide(point, se, t, scale), AsymptoticSide(-point, se, t, scale)
    return sequential(summary, f"{method} (confidence sequence)", up, down)


def asymptotic_mean(
    x: npt.ArrayLike, *, tuned_at: float = TUNED_AT, alpha: float = 0.05, least: int = LEAST
) -> Sequential:
    """The mean of independent values with a finite variance, such as paired differences, at all looks.

    Args:
        x: (n,) one value a unit.
        tuned_at: units at which it is narrowest; not to be chosen by what was seen.
        alpha: two-sided error for which it is narrowest there.
        least: units before which there is no interval.

    Raises:
        ValueError: a value is not finite.
    """
    values = column(x, "x")
    n = len(values)
    summary = Summary(float(values.mean()) if n else None, n)
    if n < least:
        return silent(summary, f"an asymptotic confidence sequence begins at {least} units, and there are {n}")
    se = float(values.std(ddof=1)) / math.sqrt(n)
    if se <= 1e-13 * float(np.abs(values).max(initial=0.0)):
        return silent(summary, "every unit has the same value, so the data do not tell how far others could lie")
    return asymptotic(summary, se, n, rho(tuned_at, alpha), "asymptotic")


def asymptotic_of(
    contrast: Contrast, *, tuned_at: float = TUNED_AT, alpha: float = 0.05, least: int = LEAST
) -> Sequential:
    """treatment - control of two samples of units (means, or ratios by the delta method), at all looks.

    The standard error is the larger of the arms' own and the pooled one: a small arm that has not met a rare or a very
    large value yet seems not to scatter, and at some look that happens (a third of all A/A streams of a share of .01
    with one unit in ten treated would be called different). With equal arms both are the same.

    Args:
        contrast: of the two arms as they are now; `tuned_at` counts units of both.
        tuned_at, alpha, least: as in `asymptotic_mean`; `least` is for each arm.
    """
    summary, units = contrast.summary, contrast.units
    if contrast.reason is not None:
        return silent(summary, contrast.reason)
    if min(units) < least:
        begins = f"an asymptotic confidence sequence begins at {least} units in each arm"
        return silent(summary, f"{begins}, and there are {units[0]} and {units[1]}")
    se = math.sqrt(max(contrast.variance, contrast.pooled))
    return asymptotic(summary, se, sum(units), rho(tuned_at, alpha), contrast.name)
