"""The one-sided p-values of the interval methods, for thousands of data sets at once: what simulations of gates need.

Every function has a scalar twin (`proportions`, `tango`, `student`) whose p-values it returns; the tests hold the two
together. Shapes broadcast; `above` is the p-value for "the truth is above the line", `below` its mirror image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array

EXACT_BELOW = 10.0  # n p (1-p) under which the exact interval is used, as `one_sample` does


class Tails(NamedTuple):
    """One-sided p-values of many data sets, NaN where there is none.

    Attributes:
        above, below: (b,) for "truth > line" and "truth < line".
    """

    above: Array
    below: Array


def proportion_tails(k: Array, n: Array, line: float) -> Tails:
    """Of k successes in n independent cases: Clopper-Pearson while n p (1-p) < 10, Wilson above."""
    exact = k * (n - k) < EXACT_BELOW * n
    return Tails(
        np.where(exact, _exact(k, n, line), _wilson(k, n, line)),
        np.where(exact, _exact(n - k, n, 1 - line), _wilson(n - k, n, 1 - line)),
    )


def exact_tails(k: Array, n: Array, line: float) -> Tails:
    """Clopper and Pearson's p-values; k and n may be real."""
    return Tails(_exact(k, n, line), _exact(n - k, n, 1 - line))


def tango_tails(gains: Array, losses: Array, n: Array, line: float) -> Tails:
    """Tango's p-values (1998, equation 13) for P(only a right) - P(only b right), |line| < 1."""
    return Tails(_tango(gains, losses, n, line), _tango(losses, gains, n, -line))


def ratio_tails(both: Array, gains: Array, losses: Array, n: Array, ratio: float) -> Tails:
    """The score test's p-values (Tang, Tang and Chan 2003) for P(a right) / P(b right): those of `tang.RatioTail`."""
    from scipy.special import ndtr

    if ratio <= 0:
        above = np.where(both + gains > 0, 0.0, 1.0)
        return Tails(above, np.ones_like(above))
    score = _ratio_score(both, gains, losses, n, ratio)
    return Tails(ndtr(-score), ndtr(score))


def student_tails(point: Array, se: Array, df: Array, line: float | Array) -> Tails:
    """Student's t p-values; NaN where the standard error is 0."""
    from scipy.special import stdtr

    with np.errstate(all="ignore"):
        t = np.where(se > 0, (line - point) / se, np.nan)
        known = np.maximum(df, 1.0)
        return Tails(stdtr(known, t), stdtr(known, -t))


def normal_tails(point: Array, se: Array, line: float | Array) -> Tails:
    """Normal p-values; NaN where the standard error is 0."""
    from scipy.special import ndtr

    with np.errstate(all="ignore"):
        z = np.where(se > 0, (line - point) / se, np.nan)
    return Tails(ndtr(z), ndtr(-z))


def korn_graubard_tails(share: Array, n_design: Array, df: Array, cap: Array, line: float) -> Tails:
    """Korn and Graubard's p-values (1998), by bisection over the normal score of the tail."""
    return Tails(
        _korn_graubard(share, (n_design, df, cap), line), _korn_graubard(1 - share, (n_design, df, cap), 1 - line)
    )


def _exact(k: Array, n: Array, line: float) -> Array:
    """Of P(Bin(n, line) >= k): "truth > line"."""
    from scipy.special import betainc

    if line < 0:
        return np.zeros(np.broadcast(k, n).shape)
    if line >= 1:
        return np.ones(np.broadcast(k, n).shape)
    with np.errstate(all="ignore"):
        p = betainc(np.maximum(k, 1e-300), n - k + 1, line)
    found: Array = np.where(k > 0, p, 1.0)
    return found


def _wilson(k: Array, n: Array, line: float) -> Array:
    from scipy.special import ndtr

    if line < 0:
        return np.zeros(np.broadcast(k, n).shape)
    if line >= 1:
        return np.ones(np.broadcast(k, n).shape)
    with np.errstate(all="ignore"):
        p = ndtr((line - k / n) / np.sqrt(line * (1 - line) / n))
    found: Array = np.where(k > 0, p, 1.0)
    return found


def _ratio_score(both: Array, gains: Array, losses: Array, n: Array, r: float) -> Array:
    """See `tang.RatioTail.score` and what it says of the root."""
    a = -r * (1 - r) * (both + gains + losses)
    b = (1 - r) ** 2 * both + (1 - 2 * r) * gains - r * (2 - r) * losses
    c = (1 - r) * both + gains - r * losses
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))
    with np.errstate(all="ignore"):
        near = np.where(root > b, 2 * c / (root - b), 0.0)
        far = np.where(a != 0, -(b + root) / (2 * a), np.copysign(np.inf, c))
        t = np.clip(np.where(b <= 0, near, far), -1.0, 1 / r)
        q_both = np.where(both > 0, both / (n * (1 + t * (1 - r))), 0.0)
        q_gains = np.where(gains > 0, gains / (n * (1 + t)), 0.0)
        q_losses = np.where((losses > 0) & (1 - t * r > 0), losses / (n * (1 - t * r)), 0.0)
        lost = losses > 0
        found_gains = np.where(
            lost,
            np.where(gains > 0, q_gains, np.maximum(0.0, r * q_losses - (1 - r) * q_both)),
            np.maximum(q_gains, (r - 1) * q_both),
        )
        found_losses = np.where(lost, q_losses, np.maximum(0.0, (q_gains + (1 - r) * q_both) / r))
        spread = found_gains + (1 - r) ** 2 * q_both + r * r * found_losses
        score: Array = np.where(spread > 0, c / np.sqrt(n * spread), np.where(c == 0, 0.0, np.sign(c) * np.inf))
    return score


def _tango(gains: Array, losses: Array, n: Array, line: float) -> Array:
    from scipy.special import ndtr

    if not -1 < line < 1:
        return np.full(np.broadcast(gains, losses, n).shape, 0.0 if line <= -1 else 1.0)
    a = 2 * n
    b = line * (2 * n - gains + losses) - gains - losses
    c = -losses * line * (1 - line)
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))
    with np.errstate(all="ignore"):
        q = np.where(b > 0, -2 * c / (b + root), (root - b) / (2 * a))
        q = np.maximum(np.nan_to_num(q), max(-line, 0.0))
        distance = gains - losses - n * line
        spread = n * (2 * q + line * (1 - line))
        score = np.where(
            spread > 0, distance / np.sqrt(spread), np.where(distance == 0, 0.0, np.sign(distance) * np.inf)
        )
    p: Array = ndtr(-score)
    return p


def _korn_graubard(share: Array, design: tuple[Array, Array, Array], line: float) -> Array:
    from scipy.special import betainc, ndtr, ndtri, stdtrit

    n_design, df, cap = design
    shape = np.broadcast(share, n_design, df, cap).shape
    if line < 0:
        return np.zeros(shape)
    if line >= 1:
        return np.ones(shape)

    def reached(score: Array) -> npt.NDArray[np.bool_]:
        """Whether the lower bound of this tail is at or above the line."""
        tail = ndtr(score)
        near = np.minimum(tail, 0.499)
        n = np.minimum(n_design * (ndtri(near) / stdtrit(df, near)) ** 2, cap)
        with np.errstate(all="ignore"):
            beyond = betainc(np.maximum(n * share, 1e-300), n - n * share + 1, line)
        held: npt.NDArray[np.bool_] = beyond <= tail
        return held

    lo, hi = np.full(shape, -8.0), np.full(shape, 8.0)
    for _ in range(40):
        middle = 0.5 * (lo + hi)
        there = reached(middle)
        lo, hi = np.where(there, lo, middle), np.where(there, middle, hi)
    p: Array = np.where(share == 0, 1.0, ndtr(hi))
    return p


def holm_rows(p: Array) -> Array:
    """Holm's adjustment (1979) of each row of (b, m) p-values at once."""
    order = np.argsort(p, axis=1, kind="stable")
    m = p.shape[1]
    ordered = np.take_along_axis(p, order, 1) * (m - np.arange(m))
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(np.maximum.accumulate(ordered, axis=1), 1.0), 1)
    return adjusted
