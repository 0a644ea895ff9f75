"""Miettinen and Nurminen's score bound for two independent proportions (Statistics in Medicine 4:213-226, 1985)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.stats.distributions import normal_cdf, normal_quantile, smallest
from evalkit.stats.inference import Sides


@dataclass(frozen=True)
class ScoreTail:
    """Bounds for p_a - p_b.

    Attributes:
        successes_a, n_a: of the first sample; both may be real (effective numbers).
        successes_b, n_b: of the second.
    """

    successes_a: float
    n_a: float
    successes_b: float
    n_b: float

    def score(self, line: float) -> float:
        """Score statistic for p_a - p_b = line, in (-1, 1), with their factor n/(n - 1) on the variance."""
        total = self.n_a + self.n_b
        rate_b = self._rate_b(line)
        rate_a = min(max(rate_b + line, 0.0), 1.0)
        spread = (rate_a * (1 - rate_a) / self.n_a + rate_b * (1 - rate_b) / self.n_b) * total / (total - 1)
        distance = self.successes_a / self.n_a - self.successes_b / self.n_b - line
        if spread <= 0:
            return 0.0 if distance == 0 else math.copysign(math.inf, distance)
        return distance / math.sqrt(spread)

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        z = -normal_quantile(tail)
        return smallest(lambda line: self.score(line) <= z, -1.0, 1.0)

    def p(self, line: float) -> float:
        """See `Tail`."""
        if line <= -1:
            return 0.0 if line < -1 or self.successes_a > 0 or self.successes_b < self.n_b else 1.0
        return normal_cdf(-self.score(line)) if line < 1 else 1.0

    def _rate_b(self, line: float) -> float:
        """Maximum-likelihood p_b under the line: the root of their cubic, in trigonometric form (their equation 27)."""
        total, successes = self.n_a + self.n_b, self.successes_a + self.successes_b
        c3 = total
        c2 = (self.n_a + 2 * self.n_b) * line - total - successes
        c1 = (self.n_b * line - total - 2 * self.successes_b) * line + successes
        c0 = self.successes_b * line * (1 - line)
        third = c2 / (3 * c3)
        q = third**3 - c1 * c2 / (6 * c3**2) + c0 / (2 * c3)
        p = math.copysign(math.sqrt(max(third**2 - c1 / (3 * c3), 0.0)), q)
        ratio = min(max(q / p**3, -1.0), 1.0) if p else 0.0
        root = 2 * p * math.cos((math.pi + math.acos(ratio)) / 3) - third
        return min(max(root, 0.0, -line), 1.0, 1.0 - line)


def miettinen_nurminen(successes_a: float, n_a: float, successes_b: float, n_b: float) -> Sides:
    """Both sides of the score interval for p_a - p_b."""
    return Sides(ScoreTail(successes_a, n_a, successes_b, n_b), ScoreTail(successes_b, n_b, successes_a, n_a))
