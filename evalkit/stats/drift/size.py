"""How far two samples are apart, with an interval: what evidence does not say."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evalkit.stats.distributions import normal_quantile
from evalkit.stats.drift.categories import total_variation
from evalkit.stats.drift.kolmogorov import ks_distance
from evalkit.stats.drift.samples import Samples
from evalkit.stats.drift.sketch import Counts, Moments, Sketch, quantile

__all__ = ["Effect", "Moved", "distance", "moved", "variation"]


class Effect(NamedTuple):
    """A distance in [0, 1] and its two-sided interval."""

    point: float
    lo: float
    hi: float


class Moved(NamedTuple):
    """How far the values moved, in their own unit and in that of the reference's spread.

    Attributes:
        by: Wasserstein's distance, the mean way from reference to current; None where it is beyond floats.
        relative: the same over `scale`; None where the reference has no spread (a constant), or `by` is None.
        scale: "iqr"; "sd" where the middle half of the reference is one value; "none" for a constant reference.
    """

    by: float | None
    relative: float | None
    scale: str


def distance(samples: Samples, alpha: float = 0.05) -> Effect:
    """Kolmogorov-Smirnov distance; coverage is at least 1 - alpha.

    Upper end: at the x where the true distance lies, the two shares below x are binomial with a variance of at most
    1/4 each, and the observed maximum is at least what is seen there. Lower end: the observed maximum exceeds the true
    one by at most the largest deviation anywhere, Kolmogorov's (the inequality of Dvoretzky, Kiefer and Wolfowitz with
    Massart's constant 1990, in its limit, for two samples).
    """
    from scipy.special import kolmogi

    point, size = ks_distance(samples), samples.effective
    if not size:
        return Effect(point, 0.0, 1.0)
    low = point - float(kolmogi(alpha / 2)) / math.sqrt(size) - samples.error
    return Effect(point, max(0.0, low), min(1.0, point + _upward(size, alpha) + samples.error))


def variation(a: Counts, b: Counts, alpha: float = 0.05) -> Effect:
    """Total variation; coverage is at least 1 - alpha.

    Upper end as for `distance`: the true set of categories in which the samples differ most has binomial shares. Lower
    end: the observed value is on average above the true one by at most half of the categories' standard errors, and
    above its average by at most McDiarmid's bound (1989).
    """
    point, n, m = total_variation(a, b), float(a.sum()), float(b.sum())
    if not n or not m:
        return Effect(point, 0.0, 1.0)
    size = n * m / (n + m)
    p, q = a / n, b / m
    upward = float(np.sqrt(p * (1 - p) / n + q * (1 - q) / m).sum()) / 2
    low = point - upward - math.sqrt(math.log(2 / alpha) / (2 * size))
    return Effect(point, max(0.0, low), min(1.0, point + _upward(size, alpha)))


def _upward(size: float, alpha: float) -> float:
    return -normal_quantile(alpha / 2) / 2 / math.sqrt(size)


def moved(samples: Samples, reference: Sketch, moments: Moments) -> Moved:
    """Wasserstein's distance, over the interquartile range of the reference.

    Args:
        samples: both.
        reference: for its quartiles.
        moments: of the reference, for its standard deviation where the quartiles are one value.
    """
    if not samples.n or not samples.m:
        return Moved(None, None, "none")
    apart = np.abs(np.cumsum(samples.a) / samples.n - np.cumsum(samples.b) / samples.m)[:-1]
    with np.errstate(over="ignore", invalid="ignore"):
        by = float((apart * np.diff(samples.values)).sum())
    if not math.isfinite(by):
        return Moved(None, None, "none")
    with np.errstate(over="ignore"):
        iqr = quantile(reference, 0.75) - quantile(reference, 0.25)
    if iqr > 0 and math.isfinite(iqr):
        return Moved(by, by / iqr, "iqr")
    sd = moments.sd
    return Moved(by, by / sd, "sd") if sd else Moved(by, None, "none")
