"""Many noisy estimates of one kind, drawn towards their mean by as much as their noise explains."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.distributions import normal_cdf


def shrunk(points: npt.ArrayLike, errors: npt.ArrayLike) -> Array:
    """Empirical Bayes means of k estimates with known standard errors: for display, not for inference.

    The variance between them is DerSimonian and Laird's (1986, eq. 8): tau^2 = max(0, (Q - (k - 1))/(S1 - S2/S1)), with
    weights w = 1/se^2, S1 = sum w, S2 = sum w^2, Q = sum w (x - mean_w)^2. Each estimate becomes
    (tau^2 x + se^2 mean)/(tau^2 + se^2), the mean weighted by 1/(tau^2 + se^2).

    Args:
        points: (k,) finite estimates.
        errors: (k,) positive standard errors.

    Returns:
        (k,) estimates, between the points and their mean.

    Raises:
        ValueError: shapes that differ, or an error that is not positive.
    """
    x, se = np.asarray(points, np.float64), np.asarray(errors, np.float64)
    if x.shape != se.shape or x.ndim != 1 or not (se > 0).all() or not np.isfinite(x).all():
        raise ValueError("shrinking takes one row of finite estimates and as many positive standard errors")
    if len(x) < 3:
        return x.copy()
    w = 1.0 / se**2
    centre = np.average(x, weights=w)
    excess = float((w * (x - centre) ** 2).sum()) - (len(x) - 1)
    between = max(0.0, excess / float(w.sum() - (w**2).sum() / w.sum()))
    mean = np.average(x, weights=1.0 / (between + se**2))
    found: Array = (between * x + se**2 * mean) / (between + se**2)
    return found


def unlike(points: npt.ArrayLike, errors: npt.ArrayLike) -> Array:
    """Two-sided normal p-values of each of k disjoint slices against the precision-weighted mean of the others.

    Args:
        points: (k,) finite estimates, k at least 2.
        errors: (k,) positive standard errors.

    Returns:
        (k,) p-values, not adjusted for how many there are.
    """
    x, variances = np.asarray(points, np.float64), np.asarray(errors, np.float64) ** 2
    weights = 1.0 / variances
    rest = weights.sum() - weights
    others = (weights @ x - weights * x) / rest
    scores = np.abs(x - others) / np.sqrt(variances + 1.0 / rest)
    return np.array([min(1.0, 2 * normal_cdf(-float(z))) for z in scores])
