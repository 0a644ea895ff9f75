"""Do a judge's probabilities mean what they say? Brier score, calibration error, and its value by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats import bootstrap
from evalkit.stats.clusters import Array
from evalkit.stats.inference import Inference, Sides, conclude, no_interval
from evalkit.stats.one_sample import mean
from evalkit.stats.student import StudentTail

BINS = 10
LEVEL = 0.05
"""Of the test that decides whether exact probabilities could have shown the error."""


class Bin(NamedTuple):
    """Items whose probability lies in (lo, hi]; the first bin holds 0 too."""

    lo: float
    hi: float
    n: int
    mean_probability: float | None
    share_right: float | None


class Chance(NamedTuple):
    """The calibration error that these many items would show were the probabilities exact.

    Attributes:
        mean: expected error. upper: its 95 % point. p: chance of an error at least as large as that found.
    """

    mean: float
    upper: float
    p: float


class Probability(NamedTuple):
    """What probabilities are worth.

    Attributes:
        n: items.
        brier: mean of (probability - right)^2.
        ece: expected calibration error with ten equal bins.
        ece_equal_mass: the same with bins of (nearly) equal numbers of items.
        chance: what an exact judge would show.
        mean_probability, share_right: over all items; their difference is over- or underconfidence.
        bins: for a reliability plot.
    """

    n: int
    brier: Inference
    ece: Inference
    ece_equal_mass: float
    chance: Chance
    mean_probability: float
    share_right: float
    bins: tuple[Bin, ...]


def probability(
    stated: npt.ArrayLike, right: npt.ArrayLike, groups: npt.ArrayLike | None = None, *, seed: int
) -> Probability:
    """Score stated probabilities of being right against being right.

    Args:
        stated: (n,) in [0, 1], n at least 1.
        right: (n,) 0 or 1.
        groups: (n,) cluster ids, or None.
        seed: from the content of the question.

    Raises:
        ValueError: shapes that differ, no items, or values out of range.
    """
    p, y = checked(stated, right)
    places = equal_width(p)
    chance = _by_chance(p, places, error(p, y, places), seed)
    return Probability(
        len(p),
        mean((p - y) ** 2, groups, bounds=(0.0, 1.0), method="cluster-t" if groups is not None else "t"),
        _ece(p, y, places, groups, seed, by_chance=chance.p > LEVEL),
        error(p, y, equal_mass(p)),
        chance,
        float(p.mean()),
        float(y.mean()),
        _reliability(p, y, places),
    )


def checked(stated: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Array, Array]:
    """Both columns as floats.

    Raises:
        ValueError: as `probability`.
    """
    p, y = np.asarray(stated, np.float64), np.asarray(right, np.float64)
    if p.ndim != 1 or p.shape != y.shape or not len(p):
        raise ValueError(f"probabilities and outcomes are one an item, not {p.shape} and {y.shape}")
    if not ((p >= 0) & (p <= 1)).all() or not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("probabilities lie between 0 and 1, and an outcome is 0 or 1")
    return p, y


def equal_width(p: Array, bins: int = BINS) -> npt.NDArray[np.intp]:
    """(n,) bin of each probability: (k/bins, (k + 1)/bins], with 0 in the first.

    A probability that is an edge but for rounding (1 - .7 is .30000000000000004) is that edge.
    """
    edges = np.arange(1, bins) / bins + 1e-12
    found: npt.NDArray[np.intp] = np.searchsorted(edges, p, side="left")
    return found


def equal_mass(p: Array, bins: int = BINS) -> npt.NDArray[np.intp]:
    """(n,) bin of each probability, bounded by quantiles; equal probabilities share a bin."""
    edges = np.quantile(p, np.arange(1, bins) / bins)
    found: npt.NDArray[np.intp] = np.searchsorted(edges, p, side="left")
    return found


def error(p: Array, y: Array, places: npt.NDArray[np.intp]) -> float:
    """sum over bins of (share of items) x |mean probability - share right| (Naeini et al. 2015)."""
    return float(np.abs(np.bincount(places, p - y)).sum() / len(p))


def _ece(
    p: Array, y: Array, places: npt.NDArray[np.intp], groups: npt.ArrayLike | None, seed: int, *, by_chance: bool
) -> Inference:
    """An error is never below 0, so that it lies above the truth as resamples lie above it.

    The interval reaches from the value without that bias, less t standard errors, to the value as it is and t standard
    errors; from 0 where exact probabilities could have shown it.
    """
    # Bins without an item say nothing and cost time.
    used, dense = np.unique(places, return_inverse=True)
    width = len(used)
    parts = np.zeros((len(p), width + 1))
    parts[np.arange(len(p)), dense] = p - y
    parts[:, width] = 1.0

    def combine(sums: Array) -> Array:
        found: Array = np.abs(sums[..., :width]).sum(axis=-1) / sums[..., width]
        return found

    resampled = bootstrap.Resampled([parts], groups, seed=seed, replicates=2_000)
    point = float(combine(parts.sum(axis=0)))
    summary, reason = bootstrap.begin(resampled.clusters, len(p), point)
    reason = reason or bootstrap.too_few(resampled.clusters)
    drawn = combine(resampled.sums) if reason is None else np.zeros(1)
    if reason is None and np.ptp(drawn) <= 1e-12:
        reason = "every resample gives the same value, so the spread is not known"
    if reason is not None:
        return no_interval(summary, reason)
    se, df = float(drawn.std()), resampled.clusters.count - 1.0
    bias = max(0.0, float(drawn.mean()) - point)
    below = _FromZero() if by_chance else StudentTail(point - bias, se, df)
    return conclude(summary, "bootstrap-t", Sides(below, StudentTail(-point, se, df)))


@dataclass(frozen=True)
class _FromZero:
    """The lower side of an error that exact probabilities could have shown: nothing above 0 is shown."""

    def lower(self, tail: float) -> float:
        """See `evalkit.stats.inference.Tail`."""
        return 0.0

    def p(self, line: float) -> float:
        """See `evalkit.stats.inference.Tail`."""
        return 1.0 if line >= 0 else 0.0


def _by_chance(p: Array, places: npt.NDArray[np.intp], found: float, seed: int, draws: int = 1_000) -> Chance:
    rng = np.random.default_rng([seed, len(p)])
    totals = np.zeros(draws)
    for place in np.unique(places):
        each = p[places == place]
        totals += np.abs(each.sum() - _successes(rng, each, draws))
    simulated = totals / len(p)
    # The observed one is counted among the draws, so that p is never 0.
    reached = int((simulated >= found - 1e-12).sum())
    return Chance(float(simulated.mean()), float(np.quantile(simulated, 0.95)), (reached + 1) / (draws + 1))


def _successes(rng: np.random.Generator, each: Array, draws: int, block: int = 1 << 20) -> Array:
    """(draws,) sums of independent 0/1 with probabilities `each`, in bounded memory."""
    found = np.zeros(draws)
    step = max(1, block // draws)
    for start in range(0, len(each), step):
        part = each[start : start + step]
        found += (rng.random((draws, len(part))) < part).sum(axis=1)
    return found


def _reliability(p: Array, y: Array, places: npt.NDArray[np.intp]) -> tuple[Bin, ...]:
    counts = np.bincount(places, minlength=BINS)
    stated, seen = (np.bincount(places, values, minlength=BINS) for values in (p, y))
    return tuple(
        Bin(
            k / BINS,
            (k + 1) / BINS,
            int(counts[k]),
            float(stated[k] / counts[k]) if counts[k] else None,
            float(seen[k] / counts[k]) if counts[k] else None,
        )
        for k in range(BINS)
    )
