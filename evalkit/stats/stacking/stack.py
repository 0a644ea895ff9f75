"""Weights of a panel: ridge by cross-validation, accuracy by cross-fitting, and how the judges' errors go along.

Stacking: Wolpert 1992, "Stacked generalization". Log-odds weights log(q/(1 - q)) would assume independent errors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.stacking.fit import Fit, fit, probabilities
from evalkit.stats.stacking.folds import folds

Array = npt.NDArray[np.float64]

RIDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Penalties that are tried."""
FOLDS = 5
_LEAST = 1e-12


class Stacked(NamedTuple):
    """What stacking found.

    Attributes:
        fit: on all items, with the ridge that cross-validation chose.
        chance: (n, K) cross-fitted probabilities: of each item by a stack that saw neither it nor its cluster, whose
            ridge was chosen without it too.
        losses: mean cross-validated log loss of each of `RIDGES`, on all items.
        fold: (n,) fold of each item.
    """

    fit: Fit
    chance: Array
    losses: tuple[float, ...]
    fold: npt.NDArray[np.int64]


def stack(
    said: npt.ArrayLike,
    truth: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    seed: int,
    free: npt.ArrayLike | None = None,
) -> Stacked:
    """Weights from all items, and what such weights say of items that they have not seen.

    Args:
        said: (n, K, J), see `fit`.
        truth: (n,) index of the right label.
        groups: (n,) cluster of each item, at least two.
        seed: of the folds, made of content.
        free: see `fit`.

    Raises:
        ValueError: shapes that do not fit, or fewer than two clusters.
    """
    x, y, of = np.asarray(said, np.float64), np.asarray(truth, np.int64), np.asarray(groups)
    fold = folds(of, min(FOLDS, len(np.unique(of))), seed)
    chance = np.full(x.shape[:2], np.nan)
    for k in range(fold.max() + 1):
        inside = fold != k
        ridge = _ridge(x[inside], y[inside], of[inside], seed, free)[0]
        chance[~inside] = probabilities(x[~inside], fit(x[inside], y[inside], ridge, free))
    ridge, losses = _ridge(x, y, of, seed, free)
    return Stacked(fit(x, y, ridge, free), chance, losses, fold)


def error_correlation(wrong: npt.ArrayLike) -> Array:
    """(J, J) Pearson (phi) correlation of the errors of each two judges, over the items that both answered.

    Args:
        wrong: (n, J) 1 wrong, 0 right, NaN no answer.

    NaN where a judge of the two is never or always wrong there. Independent judges lie near 0; at 1 a second judge
    adds nothing.
    """
    bad = np.asarray(wrong, np.float64)
    known = np.isfinite(bad)
    found = np.full((bad.shape[1],) * 2, np.nan)
    for a in range(bad.shape[1]):
        for b in range(bad.shape[1]):
            both = known[:, a] & known[:, b]
            one, two = bad[both, a], bad[both, b]
            if both.sum() > 1 and np.ptp(one) > 0 and np.ptp(two) > 0:
                found[a, b] = np.corrcoef(one, two)[0, 1]
    return found


def _ridge(
    x: Array, y: npt.NDArray[np.int64], groups: npt.NDArray[np.generic], seed: int, free: npt.ArrayLike | None
) -> tuple[float, tuple[float, ...]]:
    """The ridge of least cross-validated log loss (of equal ones the larger), and the loss of each."""
    count = min(FOLDS, len(np.unique(groups)))
    if count < 2:
        return RIDGES[-1], ()
    fold = folds(groups, count, seed + 1)
    losses = tuple(_loss(x, y, fold, ridge, free) for ridge in RIDGES)
    best = min(range(len(RIDGES)), key=lambda i: (losses[i], -RIDGES[i]))
    return RIDGES[best], losses


def _loss(
    x: Array, y: npt.NDArray[np.int64], fold: npt.NDArray[np.int64], ridge: float, free: npt.ArrayLike | None
) -> float:
    lost = np.empty(len(y))
    for k in range(fold.max() + 1):
        out = fold == k
        chance = probabilities(x[out], fit(x[~out], y[~out], ridge, free))
        lost[out] = -np.log(np.maximum(chance[np.arange(out.sum()), y[out]], _LEAST))
    return float(lost.mean())
