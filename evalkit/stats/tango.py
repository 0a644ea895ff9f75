"""Tango's score bound for the difference of two paired proportions (Statistics in Medicine 17:891-908, 1998)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.stats.distributions import normal_cdf, normal_quantile, smallest, t_cdf, t_quantile
from evalkit.stats.inference import Sides, Tail


@dataclass(frozen=True)
class TangoTail:
    """Bounds for P(only a right) - P(only b right), inverted from the score statistic.

    Attributes:
        gains: cases that only the first side has right; may be real (sums of partial gains).
        losses: cases that only the second side has right.
        n: cases, at least gains + losses.
    """

    gains: float
    losses: float
    n: float

    def score(self, line: float) -> float:
        """Score statistic for difference = line, in (-1, 1): Tango's equation 13; it falls as the line rises.

        The nuisance q = P(only b right) is its maximum-likelihood value under the line: the larger root of
        2n q^2 + (line (2n - gains + losses) - gains - losses) q - losses line (1 - line) = 0.
        """
        a = 2 * self.n
        b = line * (2 * self.n - self.gains + self.losses) - self.gains - self.losses
        c = -self.losses * line * (1 - line)
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        q = -2 * c / (b + root) if b > 0 else (root - b) / (2 * a)  # the form that does not cancel
        q = max(q, -line, 0.0)
        distance = self.gains - self.losses - self.n * line
        spread = self.n * (2 * q + line * (1 - line))
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
            return 0.0 if line < -1 or self.losses < self.n else 1.0
        return normal_cdf(-self.score(line)) if line < 1 else 1.0


@dataclass(frozen=True)
class DesignTangoTail:
    """Tango's bound on an effective number of cases, as Korn and Graubard (1998) have it for one proportion.

    n_eff = (gains + losses - (gains - losses)^2) / V x (z / t_df)^2 at each tail.

    Attributes:
        gains, losses: as shares of all cases.
        n_design: the effective number of cases before the correction for degrees of freedom.
        df: of V.
        cap: the most that n_eff may be; inf for none.
    """

    gains: float
    losses: float
    n_design: float
    df: float
    cap: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        near = min(tail, 0.499)
        n = min(self.n_design * (normal_quantile(near) / t_quantile(self.df, near)) ** 2, self.cap)
        return TangoTail(n * self.gains, n * self.losses, n).lower(tail)

    def p(self, line: float) -> float:
        """See `Tail`; the score grows with the root of n_eff, so that z cancels and t remains."""
        if not -1 < line < 1:
            return TangoTail(self.gains, self.losses, 1.0).p(line)
        score = TangoTail(self.gains, self.losses, 1.0).score(line)
        return max(
            t_cdf(self.df, -score * math.sqrt(self.n_design)),
            normal_cdf(-score * math.sqrt(self.cap)) if math.isfinite(self.cap) else 0.0,
        )


@dataclass(frozen=True)
class WiderTail:
    """The more cautious of two bounds.

    Attributes:
        one, other: bounds for one quantity.
    """

    one: Tail
    other: Tail

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return min(self.one.lower(tail), self.other.lower(tail))

    def p(self, line: float) -> float:
        """See `Tail`."""
        return max(self.one.p(line), self.other.p(line))


def tango(gains: float, losses: float, n: float) -> Sides:
    """Both sides of Tango's interval; never of width zero, even without a gain or a loss."""
    return Sides(TangoTail(gains, losses, n), TangoTail(losses, gains, n))


@dataclass(frozen=True)
class ScaledTail:
    """A bound on another unit of measurement.

    Attributes:
        unit: the bound of the quantity divided by `factor`.
        factor: positive.
    """

    unit: Tail
    factor: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return self.factor * self.unit.lower(tail)

    def p(self, line: float) -> float:
        """See `Tail`."""
        return self.unit.p(line / self.factor)


def scaled(sides: Sides, factor: float) -> Sides:
    """The same interval in units `factor` times as fine; only for intervals that are mirrored about 0."""
    if factor == 1.0:
        return sides
    return Sides(ScaledTail(sides.tail, factor), ScaledTail(sides.mirror, factor))
