"""Pairwise comparisons as arrays, and what their graph says before any model is fitted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array

Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


class Comparisons(NamedTuple):
    """n comparisons of two of m systems.

    Attributes:
        first, second: (n,) which systems were compared, ints in [0, m).
        outcome: (n,) 1 where the first was preferred, -1 where the second was, 0 for a tie.
        n_systems: m.
        item: (n,) what was asked, as anything that sorts: verdicts on one item are one cluster. None: independent.
        covariate: (n,) finite, antisymmetric in the two systems (their difference in length, say); None: there is none.
    """

    first: Ints
    second: Ints
    outcome: npt.NDArray[np.int8]
    n_systems: int
    item: npt.NDArray[np.generic] | None = None
    covariate: Array | None = None


def checked(given: Comparisons) -> Comparisons:
    """The same as arrays of the right kind.

    Raises:
        ValueError: shapes that differ, a system compared with itself or out of range, no row, an unknown outcome.
    """
    first, second = np.asarray(given.first, np.intp), np.asarray(given.second, np.intp)
    outcome = np.asarray(given.outcome, np.int8)
    optional = [column for column in (given.item, given.covariate) if column is not None]
    if first.ndim != 1 or not len(first) or any(np.shape(c) != first.shape for c in (second, outcome, *optional)):
        raise ValueError("comparisons are columns of one length, with at least one row")
    both = np.concatenate([first, second])
    if both.min() < 0 or both.max() >= given.n_systems or (first == second).any():
        raise ValueError(f"a comparison is of two different systems in [0, {given.n_systems})")
    if not np.isin(outcome, (-1, 0, 1)).all():
        raise ValueError("an outcome is 1 (first), -1 (second) or 0 (tie)")
    covariate = None if given.covariate is None else np.asarray(given.covariate, np.float64)
    if covariate is not None and not np.isfinite(covariate).all():
        raise ValueError("the covariate holds NaN or infinity")
    return Comparisons(first, second, outcome, given.n_systems, given.item, covariate)


def wins(of: Comparisons, *, ties: float = 0.5) -> Array:
    """(m, m) how often i was preferred to j; a tie counts as `ties` of one each way."""
    m = of.n_systems
    won, lost, tied = of.outcome == 1, of.outcome == -1, ties * (of.outcome == 0)
    ahead = np.bincount(of.first * m + of.second, won + tied, m * m)
    behind = np.bincount(of.second * m + of.first, lost + tied, m * m)
    return (ahead + behind).astype(np.float64).reshape(m, m)


def groups_of(linked: Mask) -> list[list[int]]:
    """Systems that reach one another both ways along links (m, m), in the order of their first member."""
    reach: Mask = linked | np.eye(len(linked), dtype=np.bool_)
    while True:
        further: Mask = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
        if (further == reach).all():
            break
        reach = further
    mutual = reach & reach.T
    found, seen = [], set[int]()
    for i in range(len(linked)):
        if i not in seen:
            members = [int(j) for j in np.flatnonzero(mutual[i])]
            seen |= set(members)
            found.append(members)
    return found


def one_sided(won: Array) -> tuple[list[list[int]], list[list[int]]]:
    """Groups that never lost a point to the rest, and groups that never took one from it.

    Where there is any, the likelihood has no maximum: their strengths would be infinite (Ford 1957). That most systems
    never won against a few is said of the few alone.
    """
    groups = groups_of(won > 0)
    unbeaten, beaten = [], []
    for members in groups:
        if 2 * len(members) > len(won):
            continue
        inside = np.isin(np.arange(len(won)), members)
        if not won[~inside][:, inside].any():
            unbeaten.append(members)
        if not won[inside][:, ~inside].any():
            beaten.append(members)
    return unbeaten, beaten


def cycles(won: Array) -> tuple[int, int]:
    """(intransitive triples, triples of which every pair was compared and has a winner by majority)."""
    ahead = (won > won.T).astype(np.float64)
    decided = ahead + ahead.T
    return round(float(np.trace(ahead @ ahead @ ahead)) / 3), round(float(np.trace(decided @ decided @ decided)) / 6)
