"""Of the intervals that cover each place, the first in a list: all at once, by halving blocks of powers of two."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["earliest_covering"]

Array = np.ndarray[Any, Any]


def earliest_covering(low: Array, high: Array, places: int) -> Array:
    """The smallest i with low[i] <= place < high[i], int64 (places,); -1 where no interval covers the place.

    An interval is the union of two blocks of a power of two. Each block keeps its smallest i and hands it down to its
    halves: the sparse table for range minima (Bender & Farach-Colton 2000) the other way round.

    Args:
        low, high: int64 (n,), within 0 .. places; empty where low >= high.
        places: how many there are.
    """
    index = np.flatnonzero(high > low)
    size = high[index] - low[index]
    level_of = np.frexp(size.astype(np.float64))[1] - 1  # floor(log2(size)), exact below 2**53
    none = len(low)
    best = np.full(places, none, np.int64)  # of the block that starts here, of the level at hand
    for level in range(int(level_of.max(initial=0)), -1, -1):
        mine = index[level_of == level]
        width = 1 << level
        np.minimum.at(best, low[mine], mine)
        np.minimum.at(best, high[mine] - width, mine)
        if level:
            half = width >> 1
            whole = best.copy()
            np.minimum(best[half:], whole[:-half], out=best[half:])
    return np.where(best == none, -1, best)
