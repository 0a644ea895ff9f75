"""Ridge logistic regression with one weight a judge, by Newton's method (iteratively reweighted least squares).

The log odds of label k are b_k + sum_j w_j x_ijk, where x_ijk says how far judge j speaks for k on item i. With two
labels and x = +-1/2 this is plain logistic regression; with more it is McFadden's conditional logit (McFadden 1974,
"Conditional logit analysis of qualitative choice behavior"), which keeps one weight a judge. The penalty is
ridge/2 sum_j w_j^2; intercepts carry none (as in sklearn, whose C is 1/ridge).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]

_STEPS, _SMALL = 200, 1e-12
_FLOOR = 1e-9  # ridge on intercepts: a label that a part of the data lacks would send its own to minus infinity


class Fit(NamedTuple):
    """A fitted stack.

    Attributes:
        weights: (J,) one a judge.
        intercepts: (K,) one a label, the first 0.
        ridge: the penalty.
    """

    weights: Array
    intercepts: Array
    ridge: float


def fit(said: npt.ArrayLike, truth: npt.ArrayLike, ridge: float, free: npt.ArrayLike | None = None) -> Fit:
    """Maximise sum log P(truth) - ridge/2 sum w^2.

    Args:
        said: (n, K, J) what each judge says for each label; 0 for all labels where it said nothing.
        truth: (n,) index of the right label.
        ridge: penalty on the weights, above 0.
        free: (K, B) intercepts as combinations of B free ones (`labels_alike` of two orders); None: one a label.

    Raises:
        ValueError: shapes that do not fit, or a ridge that is not above 0.
    """
    x, y = _checked(said, truth)
    if not ridge > 0:
        raise ValueError(f"ridge is above 0; got {ridge}")
    n, labels, judges = x.shape
    base = np.eye(labels)[:, 1:] if free is None else np.asarray(free, np.float64)
    design = np.concatenate([x, np.broadcast_to(base, (n, *base.shape))], axis=2)
    penalty = np.r_[np.full(judges, ridge), np.full(base.shape[1], _FLOOR)]
    found = _newton(design, np.eye(labels)[y], penalty)
    intercepts = base @ found[judges:]
    return Fit(found[:judges], intercepts - intercepts[0], float(ridge))


def probabilities(said: npt.ArrayLike, found: Fit) -> Array:
    """(n, K) probability of each label."""
    x = np.asarray(said, np.float64)
    chance: Array = special.softmax(x @ found.weights + found.intercepts, axis=1)
    return chance


def _newton(design: Array, target: Array, penalty: Array) -> Array:
    """The maximum; steps are halved until the objective rises, so that no start is too far."""
    theta = np.zeros(design.shape[2])
    value, gradient, information = _at(theta, design, target, penalty)
    for _ in range(_STEPS):
        step = np.linalg.solve(information, gradient)
        size = 1.0
        while True:
            trial = _at(theta + size * step, design, target, penalty)
            if trial[0] >= value - _SMALL * abs(value) or size < 1e-10:
                break
            size /= 2
        if trial[0] < value:  # nothing better to be found: rounding is all that is left
            break
        theta = theta + size * step
        value, gradient, information = trial
        if np.abs(step).max(initial=0.0) < 1e-10 * (1 + np.abs(theta).max(initial=0.0)):
            break
    return theta


def _at(theta: Array, design: Array, target: Array, penalty: Array) -> tuple[float, Array, Array]:
    """Penalised log likelihood, its gradient, and minus its Hessian."""
    log_chance = special.log_softmax(design @ theta, axis=1)
    chance = np.exp(log_chance)
    mean = np.einsum("nk,nkq->nq", chance, design)
    centred = design - mean[:, None, :]
    gradient = np.einsum("nk,nkq->q", target, centred) - penalty * theta
    weighted = (chance[:, :, None] * centred).reshape(-1, len(theta))
    information = weighted.T @ centred.reshape(-1, len(theta)) + np.diag(penalty)
    return float((target * log_chance).sum() - (penalty * theta**2).sum() / 2), gradient, information


def _checked(said: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.int64]]:
    x, y = np.asarray(said, np.float64), np.asarray(truth, np.int64)
    if x.ndim != 3 or y.shape != x.shape[:1]:
        raise ValueError(f"said is (items, labels, judges) and truth (items,); got {x.shape} and {y.shape}")
    if not np.isfinite(x).all():
        raise ValueError("said holds finite numbers")
    if len(y) and not (0 <= y.min() and y.max() < x.shape[1]):
        raise ValueError("truth holds indices of labels")
    return x, y
