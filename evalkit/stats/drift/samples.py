"""Two samples of one column on the values of both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.drift.sketch import Counts, Sketch

__all__ = ["Samples", "coarse", "side_by_side"]


class Samples(NamedTuple):
    """Counts of reference and current.

    Attributes:
        values: (k,) ascending.
        a, b: (k,) rows of reference and current at each value.
        error: what the ranks of both can be off, as a share: the difference of the two distribution functions is
            within it of the true one.
    """

    values: Array
    a: Counts
    b: Counts
    error: float = 0.0

    @property
    def n(self) -> int:
        """Rows of the reference."""
        return int(self.a.sum())

    @property
    def m(self) -> int:
        """Rows of current."""
        return int(self.b.sum())

    @property
    def effective(self) -> float:
        """n m / (n + m): the size of one sample that is as informative about the difference."""
        n, m = float(self.n), float(self.m)
        return n * m / (n + m) if n + m else 0.0


def side_by_side(a: Sketch, b: Sketch) -> Samples:
    """Reference and current on one grid."""
    values, place = np.unique(np.concatenate([a.values, b.values]), return_inverse=True)
    counts = np.zeros((2, len(values)), np.int64)
    k = len(a.values)
    counts[0, place[:k]] = a.counts
    counts[1, place[k:]] = b.counts
    error = sum(side.error / side.n for side in (a, b) if side.n)
    return Samples(values, counts[0], counts[1], error)


def coarse(samples: Samples, most: int) -> Samples:
    """The same rows in at most about `most` bins of like size, heavy values alone.

    The bins depend on both samples together only, so that what is tested on them keeps its level under permutation.
    """
    if len(samples.values) <= most:
        return samples
    both = samples.a + samples.b
    room = -(-3 * int(both.sum()) // most)
    ends = np.cumsum(both)
    heavy = both >= room
    starts = np.r_[True, (np.diff((2 * ends - both) // (2 * room)) != 0) | heavy[1:] | heavy[:-1]]
    first = np.flatnonzero(starts)
    return Samples(
        samples.values[first], np.add.reduceat(samples.a, first), np.add.reduceat(samples.b, first), samples.error
    )
