"""Bootstrap totals: sums of parts over resampled cases or clusters, with bounded memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array

BLOCK = 1 << 17  # indices held at once: few enough for the processor's cache, enough to hide the loop
THREADLESS, THREADLESS_VECTOR = 1 << 18, 9 << 10  # multiplications that a BLAS makes in one thread
DISTINCT_SHARE = 16  # one multinomial count costs about as much as this many gathered rows


class Distinct(NamedTuple):
    """The different rows of a table, sorted, and where each row went.

    Attributes:
        rows: (d, k) different rows.
        counts: (d,) how often each occurs.
        codes: (n,) index into rows.
    """

    rows: Array
    counts: npt.NDArray[np.intp]
    codes: npt.NDArray[np.intp]


def distinct(parts: Array) -> Distinct:
    """The different rows of (n, k) parts in lexicographic order, so that the order of cases plays no role."""
    codes = np.zeros(len(parts), np.intp)
    for values in parts.T:
        found, column = np.unique(values, return_inverse=True)
        if len(found) > 1:
            # made dense again after each column, so that the key never outgrows n * n
            _, codes = np.unique(codes * len(found) + column, return_inverse=True)
    count = int(codes.max(initial=-1)) + 1
    first = np.empty(count, np.intp)
    first[codes] = np.arange(len(parts))
    return Distinct(parts[first], np.bincount(codes, minlength=count), codes)


def totals(units: Array, seed: int, replicates: int) -> Array:
    """(replicates, k) sums over as many units as there are, drawn with replacement.

    The draws depend on the seed and on the number of units alone: statistics over the same clusters that share a seed
    share their draws, so that what is paired stays paired.

    Args:
        units: (count, k) parts summed within clusters, in the order of the sorted cluster ids.
        seed: from the content of the question.
        replicates: number of resamples.
    """
    count = len(units)
    rng = np.random.default_rng([seed, count])
    varying = (units != units[0]).any(axis=0)
    moving = np.ascontiguousarray(units[:, varying])
    sums = np.tile(count * units[0], (replicates, 1))  # what is the same everywhere needs no draw
    moved = np.empty((replicates, moving.shape[1]))
    step = max(1, BLOCK // count)
    weights = np.zeros((step, count))  # one buffer for all blocks: fresh pages cost as much as the arithmetic
    for start in range(0, replicates, step):
        rows = min(step, replicates - start)
        if step == 1:
            _often_of_many(rng, weights[0])
        else:
            weights[:rows] = _often(rng, count, rows)
        moved[start : start + rows] = _product(weights, moving)[:rows]
    sums[:, varying] = moved
    return sums


def _often(rng: np.random.Generator, count: int, rows: int) -> npt.NDArray[np.intp]:
    """(rows, count) how often each unit is drawn."""
    drawn = rng.integers(count, size=(rows, count))
    drawn += np.arange(0, rows * count, count)[:, None]  # one stretch of counters a replicate
    return np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)


def _often_of_many(rng: np.random.Generator, often: Array) -> None:
    """The same law for one replicate of many units, into (count,) floats: at half the random bits, and in cache.

    The units are stretches whose lengths are powers of two, at most 2^16. How many draws fall into each is multinomial,
    and within one, 16 random bits are a draw.
    """
    count = len(often)
    sizes = [1 << 16] * (count >> 16) + [1 << bit for bit in range(15, -1, -1) if count >> bit & 1]
    bits = np.frombuffer(rng.bytes(2 * count), "<u2")
    start = at = 0
    for size, drawn in zip(sizes, rng.multinomial(count, np.array(sizes) / count).tolist(), strict=True):
        often[start : start + size] = np.bincount(bits[at : at + drawn] & (size - 1), minlength=size)
        start, at = start + size, at + drawn


def _product(weights: Array, units: Array) -> Array:
    """weights @ units in pieces that a BLAS leaves to one thread: waiting for a second one costs more than it saves.

    OpenBLAS starts threads above 9,216 multiplications with a vector, and above 262,144 with a matrix.
    """
    count, width = units.shape
    step = max(1, (THREADLESS if width > 1 else THREADLESS_VECTOR) // (len(weights) * max(1, width)))
    product = np.zeros((len(weights), width))
    for start in range(0, count, step):
        product += weights[:, start : start + step] @ units[start : start + step]
    return product


def multinomial_totals(rows: Distinct, seed: int, replicates: int) -> Array:
    """The same law for independent cases with few different rows: how often each is drawn is multinomial."""
    n = int(rows.counts.sum())
    rng = np.random.default_rng([seed, n])
    drawn = rng.multinomial(n, rows.counts / n, size=replicates)
    sums: Array = drawn @ rows.rows
    return sums


def case_totals(rows: Distinct, parts: Array, seed: int, replicates: int) -> Array:
    """Bootstrap totals of independent cases by whichever of the two is cheaper; invariant to the order of cases."""
    if len(rows.rows) * DISTINCT_SHARE <= len(parts):
        return multinomial_totals(rows, seed, replicates)
    return totals(np.repeat(rows.rows, rows.counts, axis=0), seed, replicates)
