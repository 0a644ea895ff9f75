"""Confidence sequences for means of bounded values, by betting: exact at any number of cases, for any distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, column
from evalkit.stats.distributions import smallest
from evalkit.stats.inference import Summary
from evalkit.stats.sequential.sequence import Sequential, capped, p_of, sequential, silent

__all__ = ["TRUNCATION", "Bets", "betting_mean", "betting_paired", "plug_in"]

TRUNCATION = 0.5
"""Share of what there is that a bet may lose at once (c in the paper)."""


@dataclass(frozen=True)
class Bets:
    """Capital of bettors who say that the mean is above a line: the mean of prod (1 + lambda (x - line)) over bettors.

    Each lambda is chosen before its value is seen and cut so that at most TRUNCATION of the capital can be lost, so
    capital is a supermartingale wherever the mean is at most the line (Waudby-Smith and Ramdas, "Estimating means of
    bounded random variables by betting", JRSS-B 86:1-27, 2024, theorem 3), and falls as the line rises.

    Attributes:
        values: (k,) what was seen; equal values under equal bets may share a place.
        counts: (k,) how often.
        stakes: (j, k) lambda of each bettor before it is cut, none negative.
        least: (k,) lowest value that could have been seen there.
        ends: of the mean.
        prior: (j,) capital that each bettor begins with; sums to 1.
    """

    values: Array
    counts: Array
    stakes: Array
    least: Array
    ends: tuple[float, float]
    prior: Array

    def log_e(self, line: float) -> float:
        """log of the capital."""
        room = line - self.least
        most = np.divide(TRUNCATION, room, out=np.full_like(room, np.inf), where=room > 0)
        gains = np.log1p(np.minimum(self.stakes, most) * (self.values - line)) @ self.counts
        top = float(gains.max())
        return top + math.log(float(self.prior @ np.exp(gains - top)))

    def e(self, line: float) -> float:
        """See `Wealth`."""
        return capped(self.log_e(line))

    def p(self, line: float) -> float:
        """See `Wealth`."""
        return p_of(self.e(line))

    def lower(self, tail: float) -> float:
        """See `Wealth`."""
        return smallest(lambda line: self.log_e(line) <= -math.log(tail), *self.ends)


def plug_in(x: Array, alpha: float) -> Array:
    """(n,) predictable bets: sqrt(2 log(2/alpha) / (s^2_{t-1} t log(t + 1))) with s^2 of what was seen before.

    The predictable plug-in of Waudby-Smith and Ramdas (2024, equation 26), for x in [0, 1].
    """
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    spread = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], spread[:-1]])
    bets: Array = np.sqrt(2 * math.log(2 / alpha) / (before * t * np.log(t + 1)))
    return bets


def betting_mean(x: npt.ArrayLike, bounds: tuple[float, float] = (0.0, 1.0), *, alpha: float = 0.05) -> Sequential:
    """The mean of bounded values in the order in which they came, at all looks: the hedged capital process.

    Valid for any distribution on the bounds, and for a mean that moves as long as the claim is about its conditional
    mean at each step.

    Args:
        x: (n,) values within the bounds, in order of time.
        bounds: of any value that could come.
        alpha: two-sided error that the bets are made for; the result holds at any level.

    Raises:
        ValueError: bounds that are none, or a value beyond them.
    """
    values, (low, high) = column(x, "x"), bounds
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"bounds are two finite numbers, the lower first, not {low} and {high}")
    if len(values) and not (values.min() >= low and values.max() <= high):
        worst = values.min() if values.min() < low else values.max()
        raise ValueError(f"{worst:g} is beyond the bounds {low:g} to {high:g}: betting needs all values within them")
    if not len(values):
        return silent(Summary(None, 0), "nothing was seen yet")
    stakes = plug_in((values - low) / (high - low), alpha) / (high - low)
    summary = Summary(float(values.mean()), len(values))
    return sequential(summary, "betting", _side(values, stakes, low, high), _side(-values, stakes, -high, -low))


def betting_paired(
    a: npt.ArrayLike, b: npt.ArrayLike, bounds: tuple[float, float] = (0.0, 1.0), *, alpha: float = 0.05
) -> Sequential:
    """mean(a - b) of pairs whose values lie within the bounds, in order of time.

    Raises:
        ValueError: as `betting_mean`, or samples of different length.
    """
    first, second = column(a, "a"), column(b, "b")
    if len(first) != len(second):
        raise ValueError(f"pairs have two values each, not {len(first)} and {len(second)}")
    width = bounds[1] - bounds[0]
    found = betting_mean(first - second, (-width, width), alpha=alpha)
    same = len(first) > 0 and bool((first == second).all())
    return found._replace(inference=found.inference._replace(identical=same))


def _side(values: Array, stakes: Array, low: float, high: float) -> Bets:
    n = len(values)
    return Bets(values, np.ones(n), stakes[None, :], np.full(n, low), (low, high), np.ones(1))
