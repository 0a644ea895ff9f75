"""The few distribution functions that intervals need, typed, on scalars; scipy.special is imported on first use."""

from __future__ import annotations

import math
from collections.abc import Callable


def normal_cdf(x: float) -> float:
    """P(Z <= x) for a standard normal Z."""
    from scipy.special import ndtr

    return float(ndtr(x))


def normal_quantile(tail: float) -> float:
    """The x with P(Z <= x) = tail; -inf and inf at tail 0 and 1."""
    from scipy.special import ndtri

    return float(ndtri(tail))


def t_cdf(df: float, x: float) -> float:
    """P(T <= x) for Student's t with df degrees of freedom (a positive real)."""
    from scipy.special import stdtr

    return float(stdtr(df, x))


def t_quantile(df: float, tail: float) -> float:
    """The x with P(T <= x) = tail."""
    from scipy.special import stdtrit

    return float(stdtrit(df, tail))


def beta_cdf(a: float, b: float, x: float) -> float:
    """P(X <= x) for X ~ Beta(a, b), a and b positive; x beyond [0, 1] gives 0 or 1."""
    from scipy.special import betainc

    return float(betainc(a, b, min(max(x, 0.0), 1.0)))


def beta_quantile(a: float, b: float, tail: float) -> float:
    """The x with P(X <= x) = tail for X ~ Beta(a, b)."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, tail))


def log_binomial_coefficient(n: float, k: float) -> float:
    """log of n over k."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def smallest(holds: Callable[[float], bool], lo: float, hi: float) -> float:
    """The smallest x in [lo, hi] where a condition holds that, once true, stays true; hi where it never does.

    Bisection to the last bit that changes the answer: intervals and p-values that are inverted from one another agree
    only as far as the root is exact.
    """
    if holds(lo):
        return lo
    while True:
        middle = 0.5 * (lo + hi)
        if not lo < middle < hi:
            return hi
        if holds(middle):
            hi = middle
        else:
            lo = middle
