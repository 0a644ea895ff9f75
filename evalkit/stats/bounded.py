"""Means of values that are not all 0 or 1: Student's t, kept inside the range of the values where one is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.stats.clusters import UNEVEN, Array, Clusters, kish, linearise, robust
from evalkit.stats.inference import Inference, Sides, Summary, Tail, conclude, few_clusters
from evalkit.stats.leaning import SKEW
from evalkit.stats.proportions import FEWEST_TELLING, Design, KornGraubardTail, clustered_design, telling
from evalkit.stats.student import linear_inference, student
from evalkit.stats.tango import WiderTail

Range = tuple[float, float]


@dataclass(frozen=True)
class ShiftedTail:
    """A bound on another scale.

    Attributes:
        unit: the bound of the quantity before it was multiplied by `factor` and `shift` was added.
        factor: positive.
        shift: any.
    """

    unit: Tail
    factor: float
    shift: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return self.shift + self.factor * self.unit.lower(tail)

    def p(self, line: float) -> float:
        """See `Tail`."""
        return self.unit.p((line - self.shift) / self.factor)


@dataclass(frozen=True)
class FlooredTail:
    """A bound of what cannot lie below a floor.

    Attributes:
        inner: the bound.
        floor: the least that the truth can be.
    """

    inner: Tail
    floor: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return max(self.floor, self.inner.lower(tail))

    def p(self, line: float) -> float:
        """See `Tail`."""
        return self.inner.p(line) if line >= self.floor else 0.0


def finite_range(y: Array, bounds: Range | None) -> Range | None:
    """The range, where it is one with two finite ends.

    Raises:
        ValueError: if it is empty, or a value lies beyond it.
    """
    if bounds is None:
        return None
    low, high = bounds
    slack = 1e-9 * (high - low) if np.isfinite(high - low) else 0.0
    if not low < high or (len(y) and (y.min() < low - slack or y.max() > high + slack)):
        raise ValueError(f"a value lies beyond the declared range [{low:g}, {high:g}], or the range is empty")
    return bounds if np.isfinite(high - low) else None


def linear_mean(
    y: Array, w: Array | None, clusters: Clusters, span: Range | None = None, *, cr1_only: bool = False
) -> Inference:
    """The mean of at least two clusters (cases).

    Args:
        y: (n,) finite values.
        w: (n,) positive weights, or None.
        clusters: of the cases.
        span: the range of the values, or None: t, or no interval where every cluster has the same value.
        cr1_only: never CR2.
    """
    mass = np.ones(len(y)) if w is None else w
    line = linearise(mass * y, mass, clusters)
    below = 0.0 if cr1_only else UNEVEN
    found = linear_inference(line, clusters, Summary(line.point, len(y), clusters.n_clusters), below)
    if w is not None and found.interval is not None:
        found = found._replace(n_eff=kish(w))
    if span is None:
        return found
    low, width = span[0], span[1] - span[0]
    unit = np.clip((y - low) / width, 0.0, 1.0)
    design = clustered_design(unit, mass, clusters)
    share = _share(design, low, width)
    if found.interval is None:
        summary = _summary(found, clusters)._replace(n_eff=_n_eff(design), design_effect=design.effect)
        return conclude(summary, "korn-graubard", share)
    variance, df, _ = robust(line, below)
    inner = student(line.point, variance, df)
    skew = float((line.influence**3).sum()) / float(line.influence @ line.influence) ** 1.5
    few = telling(unit, mass, clusters) < FEWEST_TELLING
    tail: Tail = WiderTail(inner.tail, share.tail) if few or skew < -SKEW else inner.tail
    mirror: Tail = WiderTail(inner.mirror, _turned(share)) if few or skew > SKEW else inner.mirror
    guarded = few or abs(skew) > SKEW
    return conclude(
        _summary(found, clusters),
        f"{found.method}, korn-graubard" if guarded else found.method,
        Sides(FlooredTail(tail, low), FlooredTail(mirror, -span[1])),
    )


def _share(design: Design, low: float, width: float) -> Sides:
    """Korn and Graubard's bounds in the units of the values."""
    rest = design.n_eff, design.df, design.cap
    tail, mirror = (KornGraubardTail(share, *rest) for share in (design.share, 1 - design.share))
    return Sides(ShiftedTail(tail, width, low), ShiftedTail(mirror, width, 0.0), low + width)


def _turned(share: Sides) -> Tail:
    """The mirror of bounds about their axis, for a mirror about 0."""
    return ShiftedTail(share.mirror, 1.0, -share.axis)


def _n_eff(design: Design) -> float:
    return KornGraubardTail(design.share, design.n_eff, design.df, design.cap).n_eff(0.025)


def _summary(found: Inference, clusters: Clusters) -> Summary:
    """The descriptive fields of an inference."""
    warnings = found.warnings or (few_clusters(clusters.count) if clusters.codes is not None else ())
    return Summary(found.point, found.n, found.n_clusters, found.n_eff, warnings, found.design_effect, found.identical)
