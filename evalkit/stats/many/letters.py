"""Which systems cannot be told apart: compact letters, and the ranks that are still possible."""

from __future__ import annotations

import string
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

MOST_COLUMNS = 2_000  # of the insert step: an adversarial pattern of differences has exponentially many
ALPHABET = string.ascii_letters + "".join(chr(code) for code in range(0x100, 0x250))


def letters(better: npt.ArrayLike, order: npt.ArrayLike) -> list[str]:
    """Compact letters: two systems share a letter exactly where neither is shown better than the other.

    Insert and absorb (Piepho 2004, J. Comput. Graph. Stat. 13, 456-466), then letters that separate nothing are
    dropped. A system's letters ascend; "a" belongs to the first of the order.

    Args:
        better: (m, m) True where i is shown better than j.
        order: (m,) the systems' indices from best to worst.

    Returns:
        (m,) strings, in the order of the rows of `better`.

    Raises:
        ValueError: shapes that do not belong together, or an order that is no permutation.
    """
    shown, rank = _square(better), np.asarray(order, np.intp)
    m = len(shown)
    if rank.shape != (m,) or sorted(rank.tolist()) != list(range(m)):
        raise ValueError(f"order names each of the {m} systems once, from best to worst, not {rank.tolist()!r}")
    apart = (shown | shown.T)[np.ix_(rank, rank)]
    columns = _without_spare(_inserted(apart) or list(_grown(apart)), apart)
    columns.sort(key=sorted)
    if len(columns) > len(ALPHABET):
        raise ValueError(f"{len(columns)} groups are more than there are letters for; compare fewer systems")
    named = ["".join(ALPHABET[at] for at, column in enumerate(columns) if i in column) for i in range(m)]
    back = np.argsort(rank)
    return [named[at] for at in back]


def rank_intervals(better: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """(m, 2) best and worst rank that each system may have: 1 + how many are shown better, m - how many shown worse.

    Args:
        better: (m, m) True where i is shown better than j.

    Raises:
        ValueError: if it is not square.
    """
    shown = _square(better)
    return np.column_stack([1 + shown.sum(axis=0), len(shown) - shown.sum(axis=1)]).astype(np.intp)


def _square(better: npt.ArrayLike) -> Mask:
    shown = np.asarray(better, bool)
    if shown.ndim != 2 or shown.shape[0] != shown.shape[1]:
        raise ValueError(f"better is a matrix (m, m) over the systems, not {shown.shape}")
    return shown


Column = frozenset[int]


def _inserted(apart: Mask) -> list[Column] | None:
    """The insert-and-absorb step: largest groups in which no two are apart; None where there are too many."""
    columns = [frozenset(range(len(apart)))]
    for i, j in np.argwhere(np.triu(apart)):
        split: set[Column] = set()
        for column in columns:
            split |= {column - {int(i)}, column - {int(j)}} if i in column and j in column else {column}
        if len(split) > MOST_COLUMNS:
            return None
        columns = _absorbed(split)
    return columns


def _absorbed(columns: set[Column]) -> list[Column]:
    """Without columns that another holds."""
    kept: list[Column] = []
    for column in sorted(columns, key=len, reverse=True):
        if not any(column <= other for other in kept):
            kept.append(column)
    return kept


def _grown(apart: Mask) -> Iterator[Column]:
    """Groups that cover every pair that is not apart: each grown from the first pair that is left, by whoever brings
    most pairs that are left."""
    left = ~apart
    while left.any():
        i, j = np.argwhere(left)[0]
        inside = np.zeros(len(apart), bool)
        inside[[i, j]] = True
        while (may := ~inside & ~apart[inside].any(axis=0)).any():
            inside[np.argmax(np.where(may, left[inside].sum(axis=0), -1))] = True
        group = np.flatnonzero(inside)
        left[np.ix_(group, group)] = False
        yield frozenset(group.tolist())


def _without_spare(columns: list[Column], apart: Mask) -> list[Column]:
    """Without columns whose pairs all stand together in another one, smallest first."""
    together = np.zeros(apart.shape, int)
    for column in columns:
        together[np.ix_(sorted(column), sorted(column))] += 1
    kept = []
    for column in sorted(columns, key=len):
        inside = np.ix_(sorted(column), sorted(column))
        if (together[inside] > 1).all():
            together[inside] -= 1
        else:
            kept.append(column)
    return kept
