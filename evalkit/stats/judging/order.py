"""Does a judge of pairs name the same winner when the two outputs change places?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.inference import Inference
from evalkit.stats.judging.shares import share

FIRST, SECOND = 0, 1
"""Codes of the two outputs; any other code is another verdict, such as a tie."""


class Order(NamedTuple):
    """Consistency between the two orders, and which way the inconsistent items lean.

    Attributes:
        n: items with a verdict in both orders.
        consistency: share of them with one winner.
        conflicts: the others.
        first_both, second_both: conflicts where what was shown first (second) won in both orders. The rest of the
            conflicts has a tie in one order.
        first_share: first_both / conflicts; None without conflicts.
        p: exact two-sided binomial test that first_both and second_both are equally likely; None without either.
    """

    n: int
    consistency: Inference
    conflicts: int
    first_both: int
    second_both: int
    first_share: Inference | None
    p: float | None


def order(as_is: npt.ArrayLike, swapped: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Order:
    """Compare verdicts, which name winners, between the orders. The test takes conflicts, not all calls.

    Args:
        as_is: (n,) codes of the winner with output 1 shown first: 0 for output 1, 1 for output 2, others for the rest.
        swapped: (n,) the same with output 2 shown first.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: shapes that differ.
    """
    one, two = np.asarray(as_is), np.asarray(swapped)
    if one.shape != two.shape or one.ndim != 1:
        raise ValueError(f"verdicts in both orders are one an item, not {one.shape} and {two.shape}")
    same = one == two
    first = (one == FIRST) & (two == SECOND)
    second = (one == SECOND) & (two == FIRST)
    apart = ~same
    ids = None if groups is None else np.asarray(groups)
    return Order(
        len(one),
        share(same, ids),
        int(apart.sum()),
        int(first.sum()),
        int(second.sum()),
        share(first[apart], None if ids is None else ids[apart]) if apart.any() else None,
        sign_test(int(first.sum()), int(second.sum())),
    )


def sign_test(one: int, other: int) -> float | None:
    """Exact two-sided binomial p-value for one and other being equally likely (McNemar's exact test); None for 0, 0.

    Args:
        one, other: counts.
    """
    n = one + other
    if n == 0:
        return None
    from scipy.special import bdtr

    return min(1.0, 2.0 * float(bdtr(min(one, other), n, 0.5)))
