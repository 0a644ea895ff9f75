"""How many cases would decide: one-sided normal power from a standard error already seen (Miller 2024, section 5)."""

from __future__ import annotations

import math

from evalkit.stats.distributions import normal_quantile


def needed_n(se: float, n: int, margin_distance: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Cases (in the same mix of clusters and repeats) for a one-sided test at alpha to pass with this power.

    n' = n ((z_{1-alpha} + z_{power}) se / distance)^2. For a two-sided test give half its alpha.

    Args:
        se: standard error of the estimate over n cases.
        n: those cases.
        margin_distance: how far the truth is taken to lie on the passing side of the line, in the estimate's units:
            under no change, the margin.
        power: probability of passing that is wanted.
        alpha: one-sided error.

    Raises:
        ValueError: if no number of cases would do (the distance is not positive), or an argument is out of range.
    """
    if not margin_distance > 0:
        raise ValueError(
            f"at a distance of {margin_distance:g} from the line no number of cases suffices: "
            "widen the margin or move the line"
        )
    if not (se > 0 and n > 0):
        raise ValueError(f"a standard error and a number of cases are positive; got {se!r} and {n!r}")
    # a hair below, so that what was exactly enough is not rounded up by the last bit
    return max(1, math.ceil(n * (_reach(power, alpha) * se / margin_distance) ** 2 * (1 - 1e-12)))


def min_detectable(se: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest distance from the line that a one-sided test at alpha detects with this power: (z + z) se.

    Raises:
        ValueError: if an argument is out of range.
    """
    if not se > 0:
        raise ValueError(f"a standard error is positive; got {se!r}")
    return _reach(power, alpha) * se


def implied_se(interval: tuple[float, float], level: float) -> float:
    """The standard error that a normal interval of this width would have; for methods that have none of their own.

    Raises:
        ValueError: if the level is not in (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level!r}")
    return (interval[1] - interval[0]) / (2 * normal_quantile((1 + level) / 2))


def _reach(power: float, alpha: float) -> float:
    """How many standard errors the truth must lie from the line."""
    if not (0 < alpha < 0.5 <= power < 1):
        raise ValueError(f"alpha lies in (0, 0.5) and power in [0.5, 1); got {alpha!r} and {power!r}")
    return normal_quantile(1 - alpha) + normal_quantile(power)
