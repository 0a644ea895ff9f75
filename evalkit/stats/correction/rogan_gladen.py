"""Rates corrected by a judge's known sensitivity and specificity: Rogan and Gladen, with Lee et al.'s interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.stats.correction.tails import WithinTail, by_scan, z_of
from evalkit.stats.inference import Inference, Sides, Summary, conclude, no_interval

CHANCE = "the judge is not shown to be better than chance (sensitivity + specificity - 1 is not clear of 0)"


class Errors(NamedTuple):
    """What a judge gets right, from a calibration set.

    Attributes:
        specificity, sensitivity: in [0, 1]: q0 and q1 of Lee et al.
        m0, m1: items that people called negative and positive, positive numbers.
    """

    specificity: float
    sensitivity: float
    m0: float
    m1: float

    @classmethod
    def of_counts(cls, tp: float, fp: float, tn: float, fn: float) -> Errors:
        """From a confusion table.

        Raises:
            ValueError: one of the two classes has no item.
        """
        if tn + fp <= 0 or tp + fn <= 0:
            raise ValueError("the labels are of one class, so sensitivity or specificity is not known")
        return cls(tn / (tn + fp), tp / (tp + fn), tn + fp, tp + fn)

    @property
    def gain(self) -> float:
        """J = q0 + q1 - 1: 1 for a perfect judge, 0 for chance."""
        return self.specificity + self.sensitivity - 1

    @property
    def smoothed(self) -> Errors:
        """q~ = (m q + 1)/(m + 2), m~ = m + 2."""
        q0 = (self.m0 * self.specificity + 1) / (self.m0 + 2)
        q1 = (self.m1 * self.sensitivity + 1) / (self.m1 + 2)
        return Errors(q0, q1, self.m0 + 2, self.m1 + 2)

    @property
    def variances(self) -> tuple[float, float]:
        """q(1 - q)/m of specificity and of sensitivity."""
        q0, q1 = self.specificity, self.sensitivity
        return q0 * (1 - q0) / self.m0, q1 * (1 - q1) / self.m1


@dataclass(frozen=True)
class LeeTail:
    """Lower bound of Lee et al. 2025 (arXiv 2511.21140, equations 8 to 10), unclipped.

    Attributes:
        share: p, the judge's rate.
        n: items (or their effective number) that it judged.
        errors: of the judge.
    """

    share: float
    n: float
    errors: Errors

    def end(self, z: float) -> float:
        """theta~ + dtheta - z SE; the upper bound for a negative z."""
        q = self.errors.smoothed
        v0, v1 = q.variances
        n, p = self.n + z * z, (self.n * self.share + z * z / 2) / (self.n + z * z)
        theta = (p + q.specificity - 1) / q.gain
        shift = 2 * z * z * (theta * v1 - (1 - theta) * v0)
        se = math.sqrt(p * (1 - p) / n + (1 - theta) ** 2 * v0 + theta**2 * v1) / q.gain
        return theta + shift - z * se

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return self.end(z_of(tail))

    def p(self, line: float) -> float:
        """See `Tail`."""
        return by_scan(self, line)


@dataclass(frozen=True)
class LeeMirror:
    """The upper bound of a `LeeTail`, as the lower one of 1 - theta.

    Attributes:
        tail: of theta.
    """

    tail: LeeTail

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return 1 - self.tail.end(-z_of(tail))

    def p(self, line: float) -> float:
        """See `Tail`."""
        return by_scan(self, line)


def rogan_gladen(share: float, n: float, errors: Errors, items: int | None = None) -> Inference:
    """(p + q0 - 1)/(q0 + q1 - 1), clipped to [0, 1].

    Args:
        share: p, the judge's rate on items without labels.
        n: those items, or the number of independent ones that they are worth.
        errors: of the judge, on other items than these.
        items: how many there were; None: n.
    """
    count = round(n) if items is None else items
    if errors.gain <= 0 or errors.smoothed.gain <= 0:
        return no_interval(Summary(None, count), CHANCE)
    point = min(max((share + errors.specificity - 1) / errors.gain, 0.0), 1.0)
    summary = Summary(point, count, None, n)
    if not clear(errors):
        return no_interval(summary, CHANCE)
    tail = LeeTail(share, n, errors)
    return conclude(
        summary, "rogan-gladen (Lee)", Sides(WithinTail(tail, 0.0, 1.0), WithinTail(LeeMirror(tail), 0.0, 1.0), 1.0)
    )


def clear(errors: Errors) -> bool:
    """Whether J is beyond 0 by two of its standard errors: else a ratio over it has no interval (Fieller)."""
    q = errors.smoothed
    return q.gain > 2 * math.sqrt(sum(q.variances))


@dataclass(frozen=True)
class DifferenceTail:
    """Lower bound of (p_A - p_B)/J: the paired interval of the judge's difference, and J's own uncertainty.

    delta~ = d/J~; the distance from d to its bound is z times its standard error, to which |delta| SE(J) is added in
    squares (Zou and Donner's recovery of variances); delta + 2 z^2 (v0 + v1) delta as in Lee et al.

    Attributes:
        judged: the judge's paired difference, with an interval.
        errors: of the judge.
        sign: -1 for the mirror image.
    """

    judged: Inference
    errors: Errors
    sign: float = 1.0

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        q, z = self.errors.smoothed, z_of(tail)
        seen = self.sign * float(self.judged.point or 0.0)
        delta, spread = seen / q.gain, sum(q.variances)
        away = (seen - self._bound(tail)) / q.gain
        half = math.copysign(math.hypot(away, z * delta * math.sqrt(spread) / q.gain), z)
        # drawn towards 0 only for a bound that is further out by it
        shift = 2 * z * z * spread * delta
        return delta - half + (shift if z > 0 and shift < 0 else 0.0)

    def p(self, line: float) -> float:
        """See `Tail`."""
        return by_scan(self, line)

    def _bound(self, tail: float) -> float:
        """The lower end for the judge's own difference, at tails on either side of one half."""
        if self.judged.interval is None:
            return float("nan")
        near = min(max(tail, 1e-300), 1 - 1e-16)
        if near < 0.5:
            lo, hi = self.judged.interval(1 - 2 * max(near, 1e-16))
            return lo if self.sign > 0 else -hi
        if near == 0.5:
            return self.sign * float(self.judged.point or 0.0)
        lo, hi = self.judged.interval(2 * near - 1)
        return hi if self.sign > 0 else -lo


def rogan_gladen_difference(judged: Inference, errors: Errors) -> Inference:
    """(p_A - p_B)/J of two systems that one judge with the same errors judged on the same cases.

    Args:
        judged: `paired.difference` of the judge's verdicts on the two.
        errors: of the judge.
    """
    summary = Summary(None, judged.n, judged.n_clusters, judged.n_eff, judged.warnings, identical=judged.identical)
    if errors.gain <= 0 or errors.smoothed.gain <= 0:
        return no_interval(summary, CHANCE)
    summary = summary._replace(point=min(max((judged.point or 0.0) / errors.gain, -1.0), 1.0))
    if judged.interval is None or judged.point is None:
        return no_interval(summary, judged.reason or "there is no difference to correct")
    if not clear(errors):
        return no_interval(summary, CHANCE)
    sides = Sides(
        WithinTail(DifferenceTail(judged, errors), -1.0, 1.0),
        WithinTail(DifferenceTail(judged, errors, -1.0), -1.0, 1.0),
    )
    return conclude(summary, "rogan-gladen", sides)
