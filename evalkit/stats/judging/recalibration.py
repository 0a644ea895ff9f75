"""Maps from stated probabilities to ones that mean what they say: Platt's, the beta family, isotonic regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.judging.probability import checked, equal_width, error

Method = Literal["platt", "beta", "isotonic"]
FEWEST_ISOTONIC = 200
"""Labels from which on isotonic regression is no longer mostly noise."""
CLIP = 1e-6
FOLDS = 5


class Recalibration(NamedTuple):
    """A fitted map.

    Attributes:
        method: how it was fitted.
        parameters: (slope, intercept) of the logit for Platt; (a, b, c) for beta; () for isotonic.
        apply: (n,) stated probabilities -> (n,) recalibrated ones.
    """

    method: Method
    parameters: tuple[float, ...]
    apply: Callable[[npt.ArrayLike], Array]


class Tried(NamedTuple):
    """How probabilities would score after recalibration, each by a map that was fitted without it."""

    method: Method
    brier: float
    ece: float
    parameters: tuple[float, ...]


def recalibrate(stated: npt.ArrayLike, right: npt.ArrayLike, method: Method | None = None) -> Recalibration:
    """Fit a map.

    Platt (1999): logit q = slope logit p + intercept, by maximum likelihood. Beta (Kull, Silva Filho and Flach 2017):
    logit q = a log p - b log(1 - p) + c with a, b >= 0. Isotonic (Zadrozny and Elkan 2002): the nearest non-decreasing
    step function, linear in between. Probabilities are first kept 1e-6 away from 0 and 1.

    Args:
        stated: (n,) in [0, 1].
        right: (n,) 0 or 1.
        method: None: Platt below 200 labels, isotonic from there on.

    Raises:
        ValueError: shapes that differ, no items, or values out of range.
    """
    p, y = checked(stated, right)
    chosen = method or ("platt" if len(p) < FEWEST_ISOTONIC else "isotonic")
    if chosen == "isotonic":
        return _isotonic(p, y)
    return _platt(p, y) if chosen == "platt" else _beta(p, y)


def cross_fitted(stated: npt.ArrayLike, right: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Tried | None:
    """Scores after recalibration by five folds of whole groups; None where a fold leaves one outcome alone.

    Args:
        stated, right: as `recalibrate`.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: as `recalibrate`.
    """
    p, y = checked(stated, right)
    ids = np.arange(len(p)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    folds = ids % FOLDS
    if min(y.sum(), len(y) - y.sum()) < FOLDS or len(np.unique(folds)) < FOLDS:
        return None
    after = np.empty(len(p))
    whole = recalibrate(p, y)
    for fold in range(FOLDS):
        held = folds == fold
        if len(np.unique(y[~held])) < 2:
            return None
        after[held] = recalibrate(p[~held], y[~held], whole.method).apply(p[held])
    return Tried(whole.method, float(np.mean((after - y) ** 2)), error(after, y, equal_width(after)), whole.parameters)


def _clipped(p: npt.ArrayLike) -> Array:
    found: Array = np.clip(np.asarray(p, np.float64), CLIP, 1 - CLIP)
    return found


def _logistic(design: Array, y: Array) -> Array:
    """Maximum likelihood by Newton's method, a whiff of a penalty (1e-10) keeping separable data finite."""
    weights = np.zeros(design.shape[1])
    ridge = 1e-10 * np.eye(design.shape[1])
    for _ in range(100):
        q = _sigmoid(design @ weights)
        gradient = design.T @ (y - q) - ridge @ weights
        hessian = (design * (q * (1 - q))[:, None]).T @ design + ridge
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        scale = max(1.0, float(np.abs(step).max()) / 5.0)  # far steps overshoot where q is near 0 or 1
        weights = weights + step / scale
        if np.abs(step).max() < 1e-12 * max(1.0, np.abs(weights).max()):
            break
    return weights


def _sigmoid(x: Array) -> Array:
    from scipy.special import expit

    found: Array = expit(x)
    return found


def _platt(p: Array, y: Array) -> Recalibration:
    def design(stated: npt.ArrayLike) -> Array:
        q = _clipped(stated)
        return np.column_stack([np.log(q) - np.log1p(-q), np.ones(len(q))])

    weights = _logistic(design(p), y)
    return Recalibration(
        "platt", (float(weights[0]), float(weights[1])), lambda stated: _sigmoid(design(stated) @ weights)
    )


def _beta(p: Array, y: Array) -> Recalibration:
    def design(stated: npt.ArrayLike) -> Array:
        q = _clipped(stated)
        return np.column_stack([np.log(q), -np.log1p(-q), np.ones(len(q))])

    columns = [0, 1, 2]
    weights = _logistic(design(p), y)
    if (weights[:2] < 0).any():  # the map must not fall: the negative one is left out (Kull et al. 2017, section 4.1)
        columns = [1, 2] if weights[0] < 0 else [0, 2]
        weights = _logistic(design(p)[:, columns], y)
    full = np.zeros(3)
    full[columns] = weights
    return Recalibration(
        "beta",
        (float(full[0]), float(full[1]), float(full[2])),
        lambda stated: _sigmoid(design(stated) @ full),
    )


def _isotonic(p: Array, y: Array) -> Recalibration:
    """Pools adjacent violators over the distinct probabilities."""
    values, codes = np.unique(p, return_inverse=True)
    mass = np.bincount(codes).astype(np.float64)
    level = np.bincount(codes, y) / mass
    blocks: list[tuple[float, float, int]] = []  # value, mass, number of distinct probabilities
    for value, weight in zip(level.tolist(), mass.tolist(), strict=True):
        merged, total, count = value, weight, 1
        while blocks and blocks[-1][0] >= merged:
            before, much, many = blocks.pop()
            merged = (before * much + merged * total) / (much + total)
            total, count = total + much, count + many
        blocks.append((merged, total, count))
    fitted = np.repeat([block[0] for block in blocks], [block[2] for block in blocks])

    def apply(stated: npt.ArrayLike) -> Array:
        found: Array = np.interp(np.asarray(stated, np.float64), values, fitted)
        return found

    return Recalibration("isotonic", (), apply)
