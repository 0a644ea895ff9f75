"""The distribution of a column in little room: values and how often they came, exact until they are too many.

Sketches merge, and say how far a rank read off them can be from the true one, so that a reference is read once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array

Counts = npt.NDArray[np.int64]

__all__ = ["Counts", "Moments", "Sketch", "merged", "merged_moments", "moments_of", "quantile", "sketch_of", "smaller"]

_LARGEST = float(np.finfo(np.float64).max)


class Sketch(NamedTuple):
    """Rows by value.

    Attributes:
        values: (k,) ascending, distinct, finite.
        counts: (k,) rows at each, positive.
        error: the number of rows at or below any x, read off `counts`, is within so many rows of the true one.
    """

    values: Array
    counts: Counts
    error: int = 0

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.counts.sum())


class Moments(NamedTuple):
    """Sums of the finite values that merge without loss (Chan, Golub, LeVeque 1979)."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0  # sum of squared deviations from the mean
    least: float | None = None
    most: float | None = None

    @property
    def sd(self) -> float | None:
        """Standard deviation with n - 1; None below two values."""
        return float(np.sqrt(self.squares / (self.n - 1))) if self.n > 1 else None


def sketch_of(values: npt.ArrayLike, capacity: int | None = None) -> Sketch:
    """The sketch of n values.

    Args:
        values: (n,) floats; an infinite one counts as the largest float of its sign.
        capacity: the most points kept, at least 10; None: all distinct values.

    Raises:
        ValueError: a value is NaN, or the capacity too small.
    """
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or np.isnan(x).any():
        raise ValueError("values is one number a row, shape (n,), without NaN: count missing ones apart")
    points, counts = np.unique(np.clip(x, -_LARGEST, _LARGEST) + 0.0, return_counts=True)
    return smaller(Sketch(points, counts.astype(np.int64)), capacity)


def merged(a: Sketch, b: Sketch, capacity: int | None = None) -> Sketch:
    """Both together; errors add up, and so does that of making it smaller."""
    points, place = np.unique(np.concatenate([a.values, b.values]), return_inverse=True)
    counts = np.zeros(len(points), np.int64)
    np.add.at(counts, place, np.concatenate([a.counts, b.counts]))
    return smaller(Sketch(points, counts, a.error + b.error), capacity)


def smaller(sketch: Sketch, capacity: int | None) -> Sketch:
    """At most `capacity` points: neighbours are counted together at one of them, often ones stay alone.

    A point that holds more rows than a bin stays exact, so that atoms (zeros, defaults) are never smeared.

    Raises:
        ValueError: a capacity below 10.
    """
    if capacity is not None and capacity < 10:
        raise ValueError(f"a sketch keeps at least 10 points, not {capacity}")
    if capacity is None or len(sketch.values) <= capacity:
        return sketch
    counts = sketch.counts
    room = -(-3 * sketch.n // capacity)  # rows of a bin: n / room bins, and two more around each heavy point
    ends = np.cumsum(counts)
    bins = (2 * ends - counts) // (2 * room)
    heavy = counts >= room
    starts = np.r_[True, (np.diff(bins) != 0) | heavy[1:] | heavy[:-1]]
    first = np.flatnonzero(starts)
    group = np.cumsum(starts) - 1
    begin = (ends - counts)[first]
    end = np.r_[begin[1:], ends[-1]]
    # the point in the middle of a bin's rows stands for all of it
    middle = np.searchsorted(ends, (begin + end + 1) // 2)
    off = np.maximum((ends - counts)[middle] - begin, end - ends[middle])
    totals = np.bincount(group, counts, len(first)).astype(np.int64)
    return Sketch(sketch.values[middle], totals, sketch.error + int(off.max(initial=0)))


def quantile(sketch: Sketch, q: float) -> float:
    """The smallest value with at least a share q of the rows at or below it; q in [0, 1], n > 0."""
    ends = np.cumsum(sketch.counts)
    return float(sketch.values[min(int(np.searchsorted(ends, q * ends[-1] * (1 - 1e-12))), len(ends) - 1)])


def moments_of(values: npt.ArrayLike) -> Moments:
    """Of the finite ones among (n,) values."""
    x = np.asarray(values, np.float64)
    x = np.sort(x[np.isfinite(x)])  # so that the order of rows changes nothing, not even the last digit
    if not len(x):
        return Moments()
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(x.mean())
        squares = float(np.square(x - mean).sum())
    if not (np.isfinite(mean) and np.isfinite(squares)):
        return Moments(0, 0.0, 0.0, float(x.min()), float(x.max()))  # beyond what floats can square
    return Moments(len(x), mean, squares, float(x.min()), float(x.max()))


def merged_moments(a: Moments, b: Moments) -> Moments:
    """Of both together."""
    n = a.n + b.n
    ends = [m for m in (a.least, b.least) if m is not None], [m for m in (a.most, b.most) if m is not None]
    least, most = min(ends[0], default=None), max(ends[1], default=None)
    if n == 0:
        return Moments(0, 0.0, 0.0, least, most)
    apart = b.mean - a.mean
    mean = a.mean + apart * (b.n / n)
    return Moments(n, mean, a.squares + b.squares + apart * apart * (a.n * b.n / n), least, most)
