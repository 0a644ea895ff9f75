"""Rates corrected by a judge's known sensitivity and specificity: Rogan and Gladen, with Lee et al.'s interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.stats.correction.tails import WithinTail, by_scan, z_of
from evalkit.stats.distributions import smallest
from evalkit.stats.inference import Inference, Sides, Summary, conclude, no_interval
from evalkit.stats.proportions import clopper_pearson

CHANCE = "the judge is not shown to be better than chance (sensitivity + specificity - 1 is not clear of 0)"

FOREIGN_AT = 0.05
"""Error of a bound that lies beyond 0 or 1: no rate fits what the judge said, and there would be no width."""


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
    if tail.lower(FOREIGN_AT) >= 1 or LeeMirror(tail).lower(FOREIGN_AT) >= 1:
        tail = LeeTail(_possible(share, n, errors.smoothed), n, errors)
    return conclude(
        summary, "rogan-gladen (Lee)", Sides(WithinTail(tail, 0.0, 1.0), WithinTail(LeeMirror(tail), 0.0, 1.0), 1.0)
    )


def _possible(share: float, n: float, errors: Errors) -> float:
    """The judge's rate that is nearest to a share and that its errors allow: that of a rate of 0 or of 1.

    Beyond these Lee's bounds say that the errors are other ones here, not that the rate is known for certain.
    """
    z = z_of(FOREIGN_AT)
    end = min(max(share, 1 - errors.specificity), errors.sensitivity)
    return min(max((end * (n + z * z) - z * z / 2) / n, 0.0), 1.0)


def clear(errors: Errors) -> bool:
    """Whether J is beyond 0 by two of its standard errors: else a ratio over it has no interval (Fieller)."""
    q = errors.smoothed
    return q.gain > 2 * math.sqrt(sum(q.variances))


def effective_n(rate: float, width: float, n: float, level: float = 0.95) -> float:
    """How many independent items have Clopper and Pearson's interval of this width about this rate; at most n.

    Args:
        rate: in [0, 1].
        width: of the interval, positive.
        n: items that there were.
        level: of the interval.
    """

    def narrow(items: float) -> bool:
        lo, hi = clopper_pearson(rate * items, items).interval(level)
        return hi - lo <= width

    return n if not narrow(n) else max(1.0, smallest(narrow, 1.0, n))


@dataclass(frozen=True)
class WidenedTail:
    """Lower bound of a mean of corrected values, with the uncertainty of the errors that corrected them.

    The distance from the point to its own bound is z times a standard error, to which that of the errors is added in
    squares (Zou and Donner 2008, recovery of variances).

    Attributes:
        inner: the mean with an interval, as if the errors were known.
        scale: that it is multiplied by.
        se: standard error from the uncertainty of sensitivity and specificity.
        shift: of the centre, in units of z^2; used only where it moves the bound outwards.
        sign: -1 for the mirror image.
    """

    inner: Inference
    scale: float
    se: float
    shift: float = 0.0
    sign: float = 1.0

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        z = z_of(tail)
        seen = self.sign * float(self.inner.point or 0.0)
        half = math.copysign(math.hypot((seen - self._bound(tail)) * self.scale, z * self.se), z)
        outwards = min(0.0, self.sign * self.shift) * z * z if z > 0 else 0.0
        return seen * self.scale - half + outwards

    def p(self, line: float) -> float:
        """See `Tail`."""
        return by_scan(self, line)

    def _bound(self, tail: float) -> float:
        """The lower end of the inner interval, at tails on either side of one half."""
        if self.inner.interval is None:
            return float("nan")
        if abs(tail - 0.5) < 1e-12:
            return self.sign * float(self.inner.point or 0.0)
        lo, hi = self.inner.interval(abs(1 - 2 * min(max(tail, 1e-15), 1 - 1e-15)))
        below, above = (lo, hi) if self.sign > 0 else (-hi, -lo)
        return below if tail < 0.5 else above


def rogan_gladen_difference(judged: Inference, errors: Errors) -> Inference:
    """(p_A - p_B)/J of two systems that one judge with the same errors judged on the same cases.

    Args:
        judged: `paired.difference` of the judge's verdicts on the two.
        errors: of the judge.
    """
    if errors.gain <= 0 or errors.smoothed.gain <= 0 or not clear(errors):
        return no_interval(_kept(judged), CHANCE)
    q = errors.smoothed
    delta, spread = (judged.point or 0.0) / q.gain, sum(q.variances)
    point = None if judged.point is None else judged.point / errors.gain
    se = abs(delta) * math.sqrt(spread) / q.gain
    return _widened(judged, point, (1 / q.gain, se, 2 * spread * delta), (-1.0, 1.0))


def rogan_gladen_mixed(
    values: Inference, moved: tuple[float, float], errors: Errors, bounds: tuple[float, float]
) -> Inference:
    """A mean, or a paired difference, of values of which a judge's were corrected one by one and rules' were not.

    Args:
        values: the inference on them, (f + q0 - 1)/J for verdicts, with the smoothed errors.
        moved: derivatives of it by q0 and q1, times J.
        errors: of the judge.
        bounds: range of the mean.
    """
    if errors.gain <= 0 or errors.smoothed.gain <= 0 or not clear(errors):
        return no_interval(_kept(values), CHANCE)
    q = errors.smoothed
    v0, v1 = q.variances
    se = math.sqrt(moved[0] ** 2 * v0 + moved[1] ** 2 * v1) / q.gain
    return _widened(values, values.point, (1.0, se, 0.0), bounds)


def _kept(of: Inference) -> Summary:
    return Summary(None, of.n, of.n_clusters, None, of.warnings, identical=of.identical)


def _widened(
    inner: Inference, point: float | None, by: tuple[float, float, float], bounds: tuple[float, float]
) -> Inference:
    low, high = bounds
    summary = _kept(inner)._replace(point=None if point is None else min(max(point, low), high))
    if inner.interval is None or inner.point is None:
        return no_interval(summary, inner.reason or "there is nothing to correct")
    sides = Sides(
        WithinTail(WidenedTail(inner, *by), low, high), WithinTail(WidenedTail(inner, *by, -1.0), -high, -low)
    )
    return conclude(summary, "rogan-gladen", sides)
