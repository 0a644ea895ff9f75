"""How many units an experiment needs to show a lift, at one look and at all."""

from __future__ import annotations

import math
from typing import NamedTuple

from evalkit.stats.distributions import normal_quantile
from evalkit.stats.sequential.asymptotic import TUNED_AT, AsymptoticSide, rho

__all__ = ["Needed", "Spread", "needed"]

_MOST = 10**12


class Spread(NamedTuple):
    """What is compared.

    Attributes:
        control, treatment: standard deviation of a unit in each arm.
        share: of the treatment among the two.
    """

    control: float
    treatment: float
    share: float = 0.5

    @property
    def variance(self) -> float:
        """Of the difference of means, times the units of both arms."""
        return self.treatment**2 / self.share + self.control**2 / (1 - self.share)


class Needed(NamedTuple):
    """Units of both arms together.

    Attributes:
        fixed: at one look, with a horizon that is declared before.
        anytime: at all looks; with the same power an effect that is there is usually shown earlier.
    """

    fixed: int
    anytime: int


def needed(spread: Spread, lift: float, power: float = 0.8, alpha: float = 0.05) -> Needed:
    """The fewest units at which a lift of this size is shown with this power, by normal theory.

    fixed: variance (z_{1-alpha/2} + z_power)^2 / lift^2. anytime: the n at which the estimate is beyond the boundary of
    the confidence sequence with this power, which is a lower bound of the power by then.

    Args:
        spread: of the units.
        lift: absolute, not 0.
        power: in (0.5, 1).
        alpha: two-sided error.

    Raises:
        ValueError: a number is out of range, or no number of units is enough.
    """
    if not (0.5 <= power < 1 and 0 < alpha < 1 and lift and math.isfinite(lift)):
        raise ValueError("power is between 0.5 and 1, alpha between 0 and 1, and a lift is a number other than 0")
    unit = spread.variance / lift**2
    if not 0 < unit < _MOST:
        raise ValueError(f"a lift of {lift:g} cannot be shown with any number of units that there are")
    reach = normal_quantile(power)
    fixed = unit * (normal_quantile(1 - alpha / 2) + reach) ** 2
    lo, hi, scale = 2, _MOST * 1_000, rho(TUNED_AT, alpha)
    while lo < hi:
        n = (lo + hi) // 2
        boundary = -AsymptoticSide(0.0, 1.0, n, scale).lower(alpha / 2)
        if math.sqrt(n / unit) >= boundary + reach:
            hi = n
        else:
            lo = n + 1
    return Needed(math.ceil(fixed), lo)
