"""Two arms of units compared: means, and ratios of totals by the delta method. A unit is the cluster of its rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Clusters, column, linearise
from evalkit.stats.inference import Inference, Summary, conclude, no_interval
from evalkit.stats.student import student

__all__ = ["Arm", "Contrast", "contrast", "welch"]


class Arm(NamedTuple):
    """The units of one arm.

    Attributes:
        values: (n,) one number a unit; of a ratio its numerators.
        over: (n,) denominators of a ratio; None: a mean.
    """

    values: npt.ArrayLike
    over: npt.ArrayLike | None = None


class Contrast(NamedTuple):
    """treatment - control, and how much it scatters.

    Attributes:
        summary: value and units.
        variance: of the difference.
        pooled: the same if units of both arms scatter alike; larger where the smaller arm has shown less scatter.
        df: Satterthwaite's degrees of freedom.
        units: of treatment and of control.
        name: "difference of means" or "difference of ratios".
        reason: why there is no variance, or None.
    """

    summary: Summary
    variance: float
    pooled: float
    df: float
    units: tuple[int, int]
    name: str
    reason: str | None = None


def contrast(treatment: Arm, control: Arm) -> Contrast:
    """The difference of two means or two ratios, its variance a / n_a + b / n_b.

    A ratio is sum(values) / sum(over); its variance by Taylor linearisation (the delta method; Deng, Knoblich and Lu,
    KDD 2018), with units as clusters of their rows.

    Raises:
        ValueError: a number is not finite, or shapes differ.
    """
    name = "difference of means" if treatment.over is None else "difference of ratios"
    sides = [_columns(arm) for arm in (treatment, control)]
    units = (len(sides[0][0]), len(sides[1][0]))
    summary = Summary(None, sum(units))
    for which, (_, over) in zip(("treatment", "control"), sides, strict=True):
        if not len(over) or not over.sum() > 0:
            what = "has no units" if not len(over) else "has nothing to divide by"
            return Contrast(summary, 0.0, 0.0, 1.0, units, name, f"the {which} {what}")
    points = [float(values.sum()) / float(over.sum()) for values, over in sides]
    summary = summary._replace(point=points[0] - points[1])
    if min(units) < 2:
        return Contrast(
            summary, 0.0, 0.0, 1.0, units, name, "an arm has a single unit, which does not tell how units vary"
        )
    lines = [linearise(values, over, Clusters(None, len(values), False)) for values, over in sides]
    if all(line.degenerate for line in lines):
        reason = "neither arm varies, so the data do not tell how far others could lie"
        return Contrast(summary, 0.0, 0.0, 1.0, units, name, reason)
    first, second = (line.variance for line in lines)
    variance = first + second
    df = 1 / ((first / variance) ** 2 / (units[0] - 1) + (second / variance) ** 2 / (units[1] - 1))
    each = (first * units[0] ** 2 + second * units[1] ** 2) / sum(units)
    return Contrast(summary, variance, each * (1 / units[0] + 1 / units[1]), df, units, name)


def welch(found: Contrast) -> Inference:
    """Welch's t interval of a contrast: for one look, at a horizon that was fixed before."""
    if found.reason is not None:
        return no_interval(found.summary, found.reason)
    method = "welch-t" if found.name.endswith("means") else "welch-t (delta method)"
    return conclude(found.summary, method, student(found.summary.point or 0.0, found.variance, found.df))


def _columns(arm: Arm) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    values = column(arm.values)
    over = np.ones(len(values)) if arm.over is None else column(arm.over, "over")
    if len(over) != len(values):
        raise ValueError(f"there are {len(over)} denominators for {len(values)} numerators")
    return values, over
