"""Judges that give numbers: do they rank as people do, at which level, and are they too high or too low?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.inference import Inference
from evalkit.stats.paired import difference


class Ranked(NamedTuple):
    """Rank correlation at one level; None where either side never varies.

    Attributes:
        spearman, kendall: Spearman's rho and Kendall's tau-b.
        n: points that were correlated; documents, for a mean of correlations.
    """

    spearman: float | None
    kendall: float | None
    n: int


class Scores(NamedTuple):
    """Numbers of a judge beside numbers of people.

    Attributes:
        n: items.
        bias: mean of judge - human, in points.
        rmse: root of the mean squared difference, in points.
        pooled: over all items. by_document: mean over groups of the correlation within. by_system: of the systems'
            means. None where there are no groups, or no systems.
    """

    n: int
    bias: Inference
    rmse: float
    pooled: Ranked
    by_document: Ranked | None
    by_system: Ranked | None


def scores(
    human: npt.ArrayLike,
    judge: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    systems: npt.ArrayLike | None = None,
) -> Scores:
    """Compare numbers; the three levels of correlation answer different questions and are never mixed.

    Args:
        human, judge: (n,) finite numbers.
        groups: (n,) document of each item, or None.
        systems: (n,) who answered, or None.

    Raises:
        ValueError: shapes that differ, or values that are not finite.
    """
    truth, said = np.asarray(human, np.float64), np.asarray(judge, np.float64)
    if truth.shape != said.shape or truth.ndim != 1:
        raise ValueError(f"labels {truth.shape} and verdicts {said.shape} are one an item")
    return Scores(
        len(truth),
        difference(said, truth, groups, bounds=(-np.inf, np.inf)),
        float(np.sqrt(np.mean((said - truth) ** 2))) if len(truth) else 0.0,
        _ranked(truth, said),
        None if groups is None else _within(truth, said, np.asarray(groups)),
        None if systems is None else _of_means(truth, said, np.asarray(systems)),
    )


def _ranked(x: Array, y: Array) -> Ranked:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Ranked(None, None, len(x))
    from scipy.stats import kendalltau, spearmanr

    return Ranked(float(spearmanr(x, y).statistic), float(kendalltau(x, y).statistic), len(x))


def _within(x: Array, y: Array, groups: npt.NDArray[np.generic]) -> Ranked | None:
    found = [_ranked(x[groups == one], y[groups == one]) for one in np.unique(groups)]
    rho = [one.spearman for one in found if one.spearman is not None]
    tau = [one.kendall for one in found if one.kendall is not None]
    if not rho:
        return None
    return Ranked(float(np.mean(rho)), float(np.mean(tau)), len(rho))


def _of_means(x: Array, y: Array, systems: npt.NDArray[np.generic]) -> Ranked:
    _, codes = np.unique(systems, return_inverse=True)
    n = np.bincount(codes)
    return _ranked(np.bincount(codes, x) / n, np.bincount(codes, y) / n)
