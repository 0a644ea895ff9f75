"""Kolmogorov and Smirnov's distance of two samples, and how often chance alone makes it as large, ties and all."""

from __future__ import annotations

import math

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.drift.samples import Samples, coarse
from evalkit.stats.drift.sketch import Counts

__all__ = ["FEW", "ks_distance", "ks_p"]

FEW = 500
"""Rows of the smaller sample up to which the permutation distribution itself is used."""

_BINS = 1_000


def ks_distance(samples: Samples) -> float:
    """max |F(x) - G(x)| of the two empirical distribution functions, in [0, 1]; 0 where a sample is empty."""
    n, m = samples.n, samples.m
    return _reach(samples) / (n * m) if n and m else 0.0


def ks_p(samples: Samples) -> float:
    """P(a distance as large | both samples are of one distribution), two-sided.

    Up to 500 rows of the smaller sample: exact, over all ways to deal the rows that came to two samples of these
    sizes. Ties are part of that, so it is right for counts and categories in order, too. Above: Smirnov's limit (1939).
    The distance is reduced by what the sketches can be off, so that a sketch never makes evidence.
    """
    if not samples.n or not samples.m:
        return 1.0
    if min(samples.n, samples.m) > FEW or samples.error:
        from scipy.special import kolmogorov

        distance = max(0.0, ks_distance(samples) - samples.error)
        return float(kolmogorov(math.sqrt(samples.effective) * distance))
    binned = coarse(samples, _BINS)
    n, m = binned.n, binned.m
    reach = _reach(binned)
    few, many = (n, m) if n <= m else (m, n)
    return _dealt(binned.a + binned.b, few, many, reach) if reach > 0 else 1.0


def _reach(samples: Samples) -> int:
    """n m times the distance: a whole number, so that ties are ties."""
    # python ints cannot overflow; (k,) of int64 could beyond 3e9 x 3e9 rows
    apart = np.abs(np.cumsum(samples.a) * samples.m - np.cumsum(samples.b) * samples.n)
    return int(apart.max(initial=0))


def _dealt(groups: Counts, few: int, many: int, reach: int) -> float:
    """1 - P(every tie group ends with the samples less than `reach` / (few many) apart), over all deals.

    Rows are dealt to the smaller sample one by one with probability few / (few + many), on condition that it gets
    `few` in the end: given the totals, that is a uniform deal. One pass keeps the probabilities of how many it has so
    far, and drops those that are too far apart (the recursion of Hodges 1957, over tie groups as in Schröer and
    Trenkler 1995).
    """
    total = few + many
    share = few / total
    alive: Array = np.ones(1)
    chances = {rows: _binomial(rows, share, few) for rows in np.unique(groups).tolist()}
    low = seen = 0  # `alive[i]`: the smaller sample has low + i of the rows seen
    for rows in groups.tolist():
        alive = np.convolve(alive, chances[rows])
        seen += rows
        first = max(low, (seen * few - reach) // total + 1)
        last = min(low + len(alive) - 1, few, -(-(seen * few + reach) // total) - 1)
        if last < first:
            return 1.0
        alive = alive[first - low : last - low + 1]
        low = first
    kept = float(alive[few - low]) if low <= few < low + len(alive) else 0.0
    return min(1.0, max(0.0, 1.0 - kept / _at(total, few, share)))


def _binomial(rows: int, share: float, most: int) -> Array:
    """P(k of them go to the smaller sample) for k = 0 .. min(rows, most)."""
    if rows == 1:
        return np.array([1.0 - share, share])
    from scipy.special import gammaln

    k = np.arange(min(rows, most) + 1)
    log = gammaln(rows + 1.0) - gammaln(k + 1.0) - gammaln(rows - k + 1.0)
    chance: Array = np.exp(log + k * math.log(share) + (rows - k) * math.log1p(-share))
    return chance


def _at(total: int, few: int, share: float) -> float:
    return float(_binomial(total, share, few)[few])
