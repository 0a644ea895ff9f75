"""Which right row each left row sees: sorts, counts and running maxima of whole columns, no loop over rows or keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.pipeline.features.asof_earliest import earliest_covering
from evalkit.pipeline.features.asof_order import before, in_order

__all__ = ["NONE", "Side", "ages", "match"]

NONE = -1
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Side:
    """Rows of one table without null keys and times.

    Attributes:
        key: whole numbers (n,), from 0, dense; equal where all key columns are.
        time: int64 or float64 (n,), in the unit of the other side.
        created: the same, when a row was known; None: at its time. Of the right side only.
    """

    key: Array
    time: Array
    created: Array | None = None

    def __len__(self) -> int:
        return len(self.key)


def match(left: Side, right: Side, direction: str, allow_equal: bool) -> Array:
    """Position of the right row that each left row sees, int64 (n_left,); NONE where there is none."""
    if not len(left) or not len(right):
        return np.full(len(left), NONE)
    if direction == "backward":
        return _backward(left, right, allow_equal)
    if direction == "forward":
        return _forward(left, right, allow_equal)
    earlier, later = _backward(left, right, allow_equal), _forward(left, right, allow_equal)
    # As pandas.merge_asof: of two that are as near, the earlier one.
    nearer = ages(left, right, earlier) <= ages(left, right, later)
    return np.where((earlier != NONE) & ((later == NONE) | nearer), earlier, later)


def ages(left: Side, right: Side, found: Array) -> Array:
    """How far the time of each match is from its left row, uint64 or float64 (n_left,); of NONE it means nothing."""
    here, there = left.time, right.time[found]
    if here.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # infinity has no distance from itself
            return np.where(here == there, 0.0, np.abs(here - there))
    far, near = np.maximum(here, there).view(np.uint64), np.minimum(here, there).view(np.uint64)
    age: Array = far - near  # unsigned, for two int64 may lie more than an int64 apart
    return age


def _backward(left: Side, right: Side, allow_equal: bool) -> Array:
    if right.created is None:
        return _last(left, right, allow_equal)
    # Event and creation are both past exactly when the later of the two is; the newest event of those is wanted.
    event = right.time if allow_equal else _next(right.time, up=True)
    known = Side(right.key, np.maximum(event, right.created))
    best_last = _by(right.created, right.time)
    best = _last(left, known, True, _ranks(best_last))
    return np.where(best == NONE, NONE, best_last[best])


def _forward(left: Side, right: Side, allow_equal: bool) -> Array:
    if right.created is not None:
        return _planned(left, right, right.created, allow_equal)
    # The mirror image, backwards: of equal times the first row, as pandas.merge_asof.
    mirrored = Side(right.key[::-1], _mirrored(right.time[::-1]))
    found = _last(Side(left.key, _mirrored(left.time)), mirrored, allow_equal)
    return np.where(found == NONE, NONE, len(right) - 1 - found)


def _planned(left: Side, right: Side, created: Array, allow_equal: bool) -> Array:
    """The next event of those that were created by the time of the left row.

    A right row is in sight of the left rows from its creation to its event: a run of them, in order of key and time.
    """
    event = right.time if allow_equal else _next(right.time, up=False)
    newest_first = _by(np.arange(len(right)), created)[::-1]
    best_first = _by(_ranks(newest_first), right.time)
    lefts = in_order(left.key, left.time)
    low = before(lefts, in_order(right.key, created), equal=False)
    high = before(lefts, in_order(right.key, event), equal=True)
    best = earliest_covering(low[best_first], high[best_first], len(left))
    found = np.full(len(left), NONE)
    found[lefts.order] = np.where(best == NONE, NONE, best_first[best])
    return found


def _last(left: Side, right: Side, equal: bool, rank: Array | None = None) -> Array:
    """For each left row the last right row of its key at or before its time (before, without `equal`).

    With `rank` (n_right,) it is the greatest rank among those instead, and what is given back is that rank.
    """
    lefts, rights = in_order(left.key, left.time), in_order(right.key, right.time)
    count = before(rights, lefts, equal, ordered=True)
    first = np.zeros(max(len(lefts.counts), len(rights.counts)), np.int64)  # place of a key's first right row
    sizes = rights.counts[: len(first)]
    np.cumsum(sizes[:-1], out=first[1 : len(sizes)])
    first[len(sizes) :] = len(right)
    some = count > np.repeat(first[: len(lefts.counts)], lefts.counts)
    values = rights.order if rank is None else _best_so_far(rights.order, rights.counts, rank)
    found = np.full(len(left), NONE)
    found[lefts.order] = np.where(some, values[count - 1], NONE)
    return found


def _best_so_far(order: Array, counts: Array, rank: Array) -> Array:
    """The greatest rank of a key up to each place of the order."""
    ahead = np.repeat(np.arange(len(counts)) * len(order), counts)  # a later key beats every rank of those before it
    best: Array = np.maximum.accumulate(ahead + rank[order]) - ahead
    return best


def _ranks(order: Array) -> Array:
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _by(minor: Array, major: Array) -> Array:
    """Stable order by `major`, then `minor`. Where `major` is in order, only its ties are sorted."""
    if not bool((major[1:] >= major[:-1]).all()):
        order = np.argsort(minor, kind="stable")
        return order[np.argsort(major[order], kind="stable")]
    tied = np.zeros(len(major) + 1, bool)
    tied[1:-1] = major[1:] == major[:-1]
    rows = np.flatnonzero(tied[1:] | tied[:-1])
    order = np.arange(len(major))
    order[rows] = rows[np.lexsort((minor[rows], major[rows]))]
    return order


def _mirrored(time: Array) -> Array:
    """Later is smaller; for integers by their bits, as -(-2**63) is no int64."""
    return -time if time.dtype.kind == "f" else ~time


def _next(time: Array, up: bool) -> Array:
    """The next time that can be written, after or before; the last one of all stays."""
    if time.dtype.kind == "f":
        return np.nextafter(time, np.inf if up else -np.inf)
    ends = np.iinfo(np.int64)
    return np.where(time == ends.max, ends.max, time + 1) if up else np.where(time == ends.min, ends.min, time - 1)
