"""Rows in the order of (key, time), and how many rows of one table come before each row of another in that order."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Ordered", "before", "in_order"]

Array = np.ndarray[Any, Any]
_LARGEST = 2**62


class Ordered(NamedTuple):
    """Rows of one table by (key, time, position).

    Attributes:
        order: int64 (n,): position of the row at each place.
        counts: int64 (keys,): rows of each key.
        grouped: int64 (n,): as `order`, of positions in the order of time alone.
        times: (n,): in order of time.
    """

    order: Array
    counts: Array
    grouped: Array
    times: Array


def in_order(key: Array, time: Array) -> Ordered:
    """Sort rows by key, then time; equal ones stay as they are.

    Args:
        key: whole numbers (n,), from 0, dense. time: int64 or float64 (n,).
    """
    by_time = None if bool((time[1:] >= time[:-1]).all()) else np.argsort(time, kind="stable")
    keys = key if by_time is None else key[by_time]
    grouped = _radix(keys)
    counts = np.bincount(key)
    if by_time is None:
        return Ordered(grouped, counts, grouped, time)
    return Ordered(by_time[grouped], counts, grouped, time[by_time])


def before(one: Ordered, other: Ordered, equal: bool, ordered: bool = False) -> Array:
    """For each row of `other`, how many rows of `one` come before it by (key, time): int64 (n_other,).

    Args:
        equal: rows of `one` with the same key and time are before.
        ordered: give counts by the places of `other`, not by the positions of its rows.
    """
    ours, theirs, width, equal = _places(one.times, other.times, max(len(one.counts), len(other.counts)), equal)
    counted = _smaller(
        _composed(ours[one.grouped], one.counts, width), _composed(theirs[other.grouped], other.counts, width), equal
    )
    if ordered:
        return counted
    found = np.empty(len(counted), np.int64)
    found[other.order] = counted
    return found


def _places(one: Array, other: Array, keys: int, equal: bool) -> tuple[Array, Array, int, bool]:
    """Times as small whole numbers, so that key and time fit into one: two sorted columns, a bound above both, `equal`.

    Where the times reach too far for that, a time of `one` becomes its place, and one of `other` the count of those
    before it.
    """
    if one.dtype.kind == "i" and len(one) and len(other):
        low = min(int(one[0]), int(other[0]))
        width = max(int(one[-1]), int(other[-1])) - low + 1
        if width * keys < _LARGEST:
            return one - low, other - low, width, equal
    return np.arange(len(one)), _smaller(one, other, equal), len(one) + 1, False


def _composed(places: Array, counts: Array, width: int) -> Array:
    composed: Array = np.repeat(np.arange(len(counts)) * width, counts)
    composed += places
    return composed


def _smaller(one: Array, other: Array, equal: bool) -> Array:
    """How many values of `one` are smaller than each of `other` (or equal), both sorted.

    A stable sort of one behind the other merges the two runs: several times faster than as many binary searches.
    """
    both = np.concatenate((one, other) if equal else (other, one))
    order = np.argsort(both, kind="stable")
    places = np.flatnonzero(order >= len(one) if equal else order < len(other))
    places -= np.arange(len(other))
    return places


def _radix(key: Array) -> Array:
    """Stable order of whole numbers from 0: 16 bits at a time, for which numpy has a radix sort."""
    most = int(key.max(initial=0))
    order = np.argsort(key.astype(np.uint16, copy=False), kind="stable") if most else np.arange(len(key))
    for shift in range(16, most.bit_length(), 16):
        digits = (key >> shift).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return order
