"""Score bound for the ratio of two paired proportions (Nam and Blackwelder 2002; Tang, Tang and Chan 2003)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.stats.distributions import normal_cdf, normal_quantile, smallest
from evalkit.stats.inference import Sides

MOST = 1e6
"""A relative change beyond this is not looked for."""


@dataclass(frozen=True)
class RatioTail:
    """Bounds for P(a right) / P(b right) - 1, inverted from the score statistic of P(a right) - r P(b right) = 0.

    Attributes:
        both: cases that both sides have right; may be real, as may the others (sums of partial successes).
        gains: cases that only a has right.
        losses: cases that only b has right.
        n: cases, at least the sum of the three; both + losses is positive.
        sign: 1 for lower bounds of the relative change, -1 for lower bounds of its negative.
    """

    both: float
    gains: float
    losses: float
    n: float
    sign: int = 1

    def score(self, ratio: float) -> float:
        """Score statistic for a ratio >= 0; it falls as the ratio rises."""
        if ratio <= 0:
            return math.inf if self.both + self.gains > 0 else 0.0
        both, gains, losses = self._constrained(ratio)
        spread = gains + (1 - ratio) ** 2 * both + ratio * ratio * losses
        distance = self.gains - ratio * self.losses + (1 - ratio) * self.both
        if spread <= 0:
            return 0.0 if distance == 0 else math.copysign(math.inf, distance)
        return distance / math.sqrt(self.n * spread)

    def _constrained(self, r: float) -> tuple[float, float, float]:
        """The most likely shares (both, gains, losses) with gains + both = r (losses + both).

        Each is x / (n (1 + t c)) with its coefficient c in the constraint, c = 1 - r, 1 and -r; t in [-1, 1/r] is the
        root of -r(1-r) m t^2 + B t + C that keeps all of them positive, m the sum of the three counts.
        """
        a = -r * (1 - r) * (self.both + self.gains + self.losses)
        b = (1 - r) ** 2 * self.both + (1 - 2 * r) * self.gains - r * (2 - r) * self.losses
        c = (1 - r) * self.both + self.gains - r * self.losses
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        if b <= 0:  # the form that does not cancel
            t = 2 * c / (root - b) if root > b else 0.0
        else:
            t = -(b + root) / (2 * a) if a else math.copysign(math.inf, c)
        t = min(max(t, -1.0), 1 / r)
        both = self.both / (self.n * (1 + t * (1 - r)))
        gains = self.gains / (self.n * (1 + t)) if self.gains else 0.0
        if not self.losses:
            return both, max(gains, (r - 1) * both), max(0.0, (gains + (1 - r) * both) / r)
        losses = self.losses / (self.n * (1 - t * r)) if 1 - t * r > 0 else 0.0
        return both, gains if self.gains else max(0.0, r * losses - (1 - r) * both), losses

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        z = -normal_quantile(tail)
        if self.sign > 0:
            return smallest(lambda x: self.score(1 + x) <= z, -1.0, self._beyond(z))
        return -smallest(lambda x: self.score(1 + x) <= -z, -1.0, self._beyond(-z))

    def _beyond(self, z: float) -> float:
        """A relative change whose score is below z, or the largest looked for."""
        high = 1.0
        while high < MOST and self.score(1 + high) > z:
            high *= 2
        return high

    def p(self, line: float) -> float:
        """See `Tail`."""
        change = self.sign * line
        if change <= -1:
            return 0.0 if (self.sign > 0 and self.both + self.gains > 0) else 1.0
        return normal_cdf(-self.sign * self.score(1 + change))


def ratio_sides(both: float, gains: float, losses: float, n: float) -> Sides:
    """Both sides of the interval of P(a)/P(b) - 1."""
    return Sides(RatioTail(both, gains, losses, n), RatioTail(both, gains, losses, n, -1))
