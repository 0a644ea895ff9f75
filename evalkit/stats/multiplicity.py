"""p-values of many tests at once: Holm for what may block, Benjamini and Hochberg for what only explores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array


def holm(p: npt.ArrayLike) -> Array:
    """Holm's step-down adjustment (1979): the chance of any false alarm stays at alpha, whatever the dependence.

    Args:
        p: (m,) p-values.

    Returns:
        (m,) adjusted p-values in the same order, at most 1.

    Raises:
        ValueError: if a value is not in [0, 1].
    """
    values, order = _checked(p)
    m = len(values)
    adjusted = np.maximum.accumulate(values[order] * (m - np.arange(m)))
    return _restored(adjusted, order)


def benjamini_hochberg(p: npt.ArrayLike) -> Array:
    """Benjamini and Hochberg's step-up adjustment (1995): expected share of false discoveries, under independence or
    positive dependence.

    Args:
        p: (m,) p-values.

    Returns:
        (m,) adjusted p-values in the same order, at most 1.

    Raises:
        ValueError: if a value is not in [0, 1].
    """
    return _step_up(p, lambda m: 1.0)


def benjamini_yekutieli(p: npt.ArrayLike) -> Array:
    """Benjamini and Yekutieli's adjustment (2001): as Benjamini and Hochberg's, times sum 1/i; under any dependence.

    Args:
        p: (m,) p-values.

    Returns:
        (m,) adjusted p-values in the same order, at most 1.

    Raises:
        ValueError: if a value is not in [0, 1].
    """
    return _step_up(p, lambda m: float((1 / np.arange(1, m + 1)).sum()))


def _step_up(p: npt.ArrayLike, price: Callable[[int], float]) -> Array:
    """Both step-up adjustments: `price(m)` is what m tests cost beside their ranks."""
    values, order = _checked(p)
    m = len(values)
    adjusted = np.minimum.accumulate((values[order] * m * price(m) / np.arange(1, m + 1))[::-1])[::-1]
    return _restored(adjusted, order)


def _checked(p: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.intp]]:
    """(m,) p-values and their ascending order."""
    values = np.asarray(p, np.float64)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values are one row of numbers in [0, 1]; leave out tests that gave none")
    return values, np.argsort(values, kind="stable")


def _restored(adjusted: Array, order: npt.NDArray[np.intp]) -> Array:
    """Back to the order in which the p-values came."""
    out = np.empty_like(adjusted)
    out[order] = np.minimum(adjusted, 1.0)
    return out
