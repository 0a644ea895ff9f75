"""CUPED: less scatter by what was known of a unit before the experiment, where the arms were alike in it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy.typing as npt

from evalkit.stats.clusters import Array, column
from evalkit.stats.sequential.arms import Arm, contrast
from evalkit.stats.sequential.asymptotic import asymptotic_of

__all__ = ["BALANCE", "Adjusted", "cuped"]

BALANCE = 0.01
"""p-value of a difference before the experiment at or below which nothing is adjusted."""


class Adjusted(NamedTuple):
    """The outcomes of two arms, adjusted.

    Attributes:
        treatment, control: (n,) outcomes with what was known before taken out; as given where `reason` is not None.
        theta: what a unit of the covariate was worth.
        correlation: of outcome and covariate within the arms; the standard error shrinks to sqrt(1 - correlation^2).
        p_balance: anytime-valid p-value of "the arms were alike before"; None with too few units.
        reason: why nothing was adjusted, or None.
    """

    treatment: Array
    control: Array
    theta: float
    correlation: float
    p_balance: float | None
    reason: str | None


def cuped(treatment: tuple[npt.ArrayLike, npt.ArrayLike], control: tuple[npt.ArrayLike, npt.ArrayLike]) -> Adjusted:
    """y - theta (x - mean x), theta = Cov(y, x) / Var(x) within the arms (Deng, Xu, Kohavi and Walker, WSDM 2013).

    x must not be touched by the treatment: rows before a unit's first exposure. Arms that differ in x already are not
    adjusted: that difference is no effect, and the assignment or the log is in doubt.

    Args:
        treatment, control: ((n,) outcomes, (n,) covariates) of each arm.

    Raises:
        ValueError: a number is not finite.
    """
    (y_t, x_t), (y_c, x_c) = ((column(y), column(x, "x")) for y, x in (treatment, control))
    found = asymptotic_of(contrast(Arm(x_t), Arm(x_c)))
    p = None
    if found.inference.p_above is not None and found.inference.p_below is not None:
        p = min(1.0, 2 * min(found.inference.p_above(0.0), found.inference.p_below(0.0)))
    sxx, sxy, syy = _within([(y_t, x_t), (y_c, x_c)])
    theta = sxy / sxx if sxx > 0 else 0.0
    correlation = sxy / (math.sqrt(sxx) * math.sqrt(syy)) if sxx > 0 and syy > 0 else 0.0
    reason = None
    if p is None:
        reason = f"the arms cannot be compared before the experiment: {found.inference.reason}"
    elif p <= BALANCE:
        reason = f"the arms differed before the experiment (p {p:.2g}), so the split or the log is in doubt"
    if reason is not None:
        return Adjusted(y_t, y_c, theta, correlation, p, reason)
    middle = (x_t.sum() + x_c.sum()) / (len(x_t) + len(x_c))
    return Adjusted(y_t - theta * (x_t - middle), y_c - theta * (x_c - middle), theta, correlation, p, None)


def _within(arms: list[tuple[Array, Array]]) -> tuple[float, float, float]:
    """Sums of squares and products around the means of each arm: of x, of x and y, of y."""
    centred = [(y - y.mean(), x - x.mean()) for y, x in arms if len(y)]
    return (
        sum(float(x @ x) for _, x in centred),
        sum(float(x @ y) for y, x in centred),
        sum(float(y @ y) for y, _ in centred),
    )
