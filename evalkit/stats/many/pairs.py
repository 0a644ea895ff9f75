"""All pairwise differences of several systems with simultaneous intervals: the bootstrap of the largest |t|."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.distributions import t_quantile

Matrix = Array
NOISE = 1e-12  # a spread below this share of the values is rounding
UNDEFINED = 0.1  # share of resamples without a value above which the rest no longer stand for all


class Pairs(NamedTuple):
    """What is known of every difference of m systems. NaN marks an interval that does not exist; `reason` says why.

    Attributes:
        point: (m, m) value of i minus value of j.
        lo, hi: (m, m) simultaneous interval: with probability `level`, all of them hold at once.
        p: (m, m) p-value of no difference, adjusted for all pairs (single-step); 1 where nothing can be shown.
        better: (m, m) True where i is shown better than j: the interval lies on the better side of 0.
        best: (m,) share of resamples in which a system is best; those that tie share it.
        reason: why some pairs have no interval, or None.
        method: how the intervals were made, in words.
        critical: the |t| that an interval is wide; NaN where no pair was decided by resampling.
        warnings: sentences to print beside the numbers.
    """

    point: Matrix
    lo: Matrix
    hi: Matrix
    p: Matrix
    better: npt.NDArray[np.bool_]
    best: Array
    reason: str | None
    method: str = "max-t bootstrap"
    critical: float = math.nan
    warnings: tuple[str, ...] = ()


class MaxT(NamedTuple):
    """The resampling distribution that simultaneous intervals are read from.

    Attributes:
        se: (m, m) bootstrap standard error of each difference; NaN where there is none.
        largest: (b,) largest |t| over the pairs in each resample, descending.
        units: independent units resampled; None: enough for the normal distribution.
    """

    se: Matrix
    largest: Array
    units: int | None

    def critical(self, alpha: float) -> float:
        """The |t| that the largest exceeds with probability alpha; infinite where there are too few resamples."""
        last = math.floor(alpha * (len(self.largest) + 1) + 1e-9) - 1
        if last < 0:
            return math.inf
        z = float(self.largest[last])
        if self.units is None:
            return z
        from scipy.special import log_ndtr, ndtr

        # In the far tail the upper probability is computed from its logarithm, as 1 - cdf would be 0.
        tail = float(ndtr(-z)) or math.exp(float(log_ndtr(-z)))
        return -t_quantile(self.units - 1, max(tail, 1e-300))

    def p(self, t: Array) -> Array:
        """Share of resamples whose largest |t| is at least each of these; never 0: so far resampling does not see."""
        from scipy.special import ndtri, stdtr

        if self.units is not None:
            t = -ndtri(np.maximum(stdtr(self.units - 1, -t), 1e-300))
        reached = len(self.largest) - np.searchsorted(self.largest[::-1], t)
        shares: Array = (1.0 + reached) / (len(self.largest) + 1)
        return shares


def all_pairs(replicates: Array, point: Array, *, higher: bool, level: float = 0.95, units: int | None = None) -> Pairs:
    """Simultaneous intervals of all differences from joint bootstrap replicates, by the largest studentised one.

    Each difference is divided by its own bootstrap standard error; the level-quantile of the largest over all pairs
    is the common critical value (Westfall and Young 1993, section 2.4; Hothorn, Bretz and Westfall 2008), and p-values
    are single-step: a pair is shown different exactly where its interval excludes 0. With `units`, standard errors
    are those of n - 1 and the normal score of the critical value is exchanged for Student's t with units - 1 degrees
    of freedom.

    A difference without spread (equal systems, a constant difference) has no interval: resampling cannot say how far
    it is from another sample. `compare_all` has bounds for that case; this function sees the replicates alone.

    Args:
        replicates: (b, m) values of m systems in joint resamples, NaN where undefined.
        point: (m,) values on the cases themselves, NaN where undefined.
        higher: whether higher values are better.
        level: of all intervals together.
        units: independent units (clusters, or cases) that were resampled.

    Raises:
        ValueError: shapes that do not belong together, fewer than 100 replicates, or a level not in (0, 1).
    """
    draws, values = np.asarray(replicates, np.float64), np.asarray(point, np.float64)
    if draws.ndim != 2 or values.shape != draws.shape[1:] or len(draws) < 100:
        raise ValueError(f"replicates are (b, m) with b >= 100 and point is (m,), not {draws.shape} and {values.shape}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level!r}; 0.95 is usual")
    every = ~np.eye(len(values), dtype=bool)
    found = max_t(draws, values, every, units)
    return concluded(found, values, draws, higher=higher, alpha=1.0 - level)


def max_t(draws: Array, values: Array, which: npt.NDArray[np.bool_], units: int | None) -> MaxT:
    """Standard errors of the pairs marked in (m, m) `which`, and the largest |t| among them in each resample."""
    b, m = draws.shape
    se = np.full((m, m), np.nan)
    largest = np.zeros(b)
    usable = np.isfinite(values) & (np.isnan(draws).mean(axis=0) <= UNDEFINED)
    inflate = math.sqrt(units / (units - 1)) if units is not None and units > 1 else 1.0
    scale = np.nanmax(np.abs(np.vstack([values, draws])), axis=0, initial=0.0)
    for i in range(m - 1):
        others = np.flatnonzero(which[i] & usable & (np.arange(m) > i)) if usable[i] else np.array([], np.intp)
        if not len(others):
            continue
        away = draws[:, [i]] - draws[:, others] - (values[i] - values[others])
        spread = inflate * np.sqrt(np.nanmean((away - np.nanmean(away, axis=0)) ** 2, axis=0))
        real = spread > NOISE * np.maximum(scale[i], scale[others])
        se[i, others[real]] = se[others[real], i] = spread[real]
        with np.errstate(invalid="ignore"):
            scores = np.abs(away[:, real]) / spread[real] * inflate
        np.maximum(largest, np.nan_to_num(scores).max(axis=1, initial=0.0), out=largest)
    return MaxT(se, np.sort(largest)[::-1], units)


def concluded(found: MaxT, values: Array, draws: Array, *, higher: bool, alpha: float, share: float = 1.0) -> Pairs:
    """Intervals and p-values of the pairs with a standard error, at `share` of the error that all may make."""
    m = len(values)
    gap = differences(values)
    critical = found.critical(alpha * share)
    lo, hi = gap - critical * found.se, gap + critical * found.se
    np.fill_diagonal(lo, 0.0)
    np.fill_diagonal(hi, 0.0)
    p = np.ones((m, m))
    known = np.isfinite(found.se)
    p[known] = np.minimum(1.0, found.p(np.abs(gap[known]) / found.se[known]) / share)
    better = lo > 0 if higher else hi < 0
    missing = ~known & ~np.eye(m, dtype=bool)
    reason = _reason(int(missing.sum()) // 2, m) if missing.any() else None
    width = critical if known.any() else math.nan
    return Pairs(gap, lo, hi, p, better, shares_best(draws, higher), reason, critical=width)


def differences(values: Array) -> Matrix:
    """(m, m) value of i minus value of j; what is rounding is 0."""
    gap: Matrix = values[:, None] - values[None, :]
    size = np.abs(values)
    gap[np.abs(gap) <= NOISE * np.maximum(size[:, None], size[None, :])] = 0.0
    return gap


def shares_best(draws: Array, higher: bool) -> Array:
    """(m,) share of resamples in which each is best; ties share, and an undefined value is not best."""
    signed = np.where(np.isnan(draws), -np.inf, draws if higher else -draws)
    top = signed.max(axis=1, keepdims=True)
    first = np.isfinite(top) & (signed >= top - NOISE * np.abs(np.where(np.isfinite(top), top, 0.0)))
    counted = first.sum(axis=1, keepdims=True)
    shares: Array = (first / np.maximum(counted, 1)).sum(axis=0) / max(1, int((counted > 0).sum()))
    return shares


def _reason(count: int, m: int) -> str:
    return (
        f"{count} of {m * (m - 1) // 2} pairs have no interval: their difference does not vary over resamples, "
        "or a value is undefined"
    )
