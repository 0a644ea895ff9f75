"""The interval of a coefficient: BCa over resampled items, or the jackknife's t where items are few."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evalkit.stats.agreement.coefficients import Summed
from evalkit.stats.bca import correction, sides
from evalkit.stats.bootstrap import FEWEST_UNITS
from evalkit.stats.clusters import Array
from evalkit.stats.distributions import t_quantile
from evalkit.stats.resampling import Distinct, case_totals, distinct, totals

FEWEST_JACKKNIFED = 8
MOST_UNDEFINED = 0.1
MOST_CELLS, FEWEST_REPLICATES = 500_000, 1_000  # sums drawn in all; a wide table has fewer replicates


class Coefficient(NamedTuple):
    """One figure with its interval; None where it does not exist, and why. `method` made the interval."""

    point: float | None
    lo: float | None
    hi: float | None
    reason: str | None = None
    method: str = "none"


class Effort(NamedTuple):
    """How an interval is made: seed of the draws, two-sided level, number of resamples."""

    seed: int
    level: float
    replicates: int


def missing(reason: str, point: float | None = None) -> Coefficient:
    """No value, or no interval, and why."""
    return Coefficient(point, None, None, reason)


def coefficient(of: Summed, effort: Effort, shortage: str | None) -> Coefficient:
    """The value over all items, and its interval unless there is a shortage."""
    total = of.parts.sum(axis=0)
    with np.errstate(all="ignore"):
        point = float(of.combine(total))
    if not math.isfinite(point):
        return missing("every rating is the same value, so nothing could have differed")
    if shortage is not None:
        return missing(shortage, point)
    units = _units(of)
    with np.errstate(all="ignore"):
        without = of.combine(total - units.rows)
    if units.counts.sum() < FEWEST_UNITS:
        return _jackknife(point, without, units.counts.astype(np.float64), effort)
    with np.errstate(all="ignore"):
        replicates = min(effort.replicates, max(FEWEST_REPLICATES, MOST_CELLS // of.parts.shape[1]))
        drawn = of.combine(
            totals(units.rows, effort.seed, replicates)
            if of.groups is not None
            else case_totals(units, of.parts, effort.seed, replicates)
        )
    known = drawn[np.isfinite(drawn)]
    if len(known) < (1 - MOST_UNDEFINED) * len(drawn) or np.ptp(known) <= 1e-12:
        return missing("it is undefined, or always the same, in resamples of the items", point)
    constants = correction(known, point, without, units.counts.astype(np.float64))
    bounds = sides(known, *constants) if constants.usable else sides(known)
    lo, hi = bounds.interval(effort.level)
    return Coefficient(point, float(lo), float(hi), None, "bootstrap" if not constants.usable else "bootstrap-bca")


def _units(of: Summed) -> Distinct:
    """What is resampled and left out: items by kind, or each group as one."""
    if of.groups is None:
        return distinct(of.parts)
    _, codes = np.unique(of.groups, return_inverse=True)
    sums = np.column_stack([np.bincount(codes, column).astype(np.float64) for column in of.parts.T])
    return Distinct(sums, np.ones(len(sums), np.intp), np.arange(len(sums)))


def _jackknife(point: float, without: Array, counts: Array, effort: Effort) -> Coefficient:
    """Student's t with n - 1 degrees of freedom around the value (Efron and Stein 1981), no further than 1."""
    n = float(counts.sum())
    if n < FEWEST_JACKKNIFED:
        return missing(f"an interval takes {FEWEST_JACKKNIFED} items with two ratings; there are {n:.0f}", point)
    if not np.isfinite(without).all():
        return missing("without one of the items it is undefined", point)
    away = without - np.average(without, weights=counts)
    se = math.sqrt((n - 1) / n * float(counts @ away**2))
    if se <= 1e-12:
        return missing("it is the same without any of the items, so its spread is not known", point)
    half = -t_quantile(n - 1, (1 - effort.level) / 2) * se
    return Coefficient(point, point - half, min(1.0, point + half), None, "jackknife-t")
