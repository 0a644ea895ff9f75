"""Mann and Whitney's test: whether values of one sample tend to be larger. It sees small shifts before KS does."""

from __future__ import annotations

import math

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.drift.dealing import MOST, dealt_p
from evalkit.stats.drift.kolmogorov import FEW
from evalkit.stats.drift.samples import Samples, coarse
from evalkit.stats.drift.sketch import Counts

__all__ = ["mann_whitney_p", "superiority"]

_SKEWED = 0.15  # of the rank sum: beyond it the normal tail at 1/1000 is off by a third
_FEW_VALUES = 20
_BINS = 64


def superiority(samples: Samples) -> float:
    """P(current > reference) + P(equal) / 2; 0.5 where a sample is empty."""
    n, m = samples.n, samples.m
    if not n or not m:
        return 0.5
    below = np.cumsum(samples.a) - samples.a
    return float((samples.b * (below + samples.a / 2)).sum()) / (n * m)


def mann_whitney_p(samples: Samples, seed: int, most: int = MOST, beats: float = 1.0) -> float:
    """Two-sided p-value of P(current > reference) + P(equal) / 2 = 1/2.

    The normal limit with the variance of ties and Mann and Whitney's continuity correction (1947), where it holds: the
    rank sum of so many rows is not skewed (heavy ties: nine zeros in ten), and a smaller sample of up to 500 rows has
    more than 20 different values. Else rows are dealt again, in at most 64 bins of neighbouring values. Of sketches
    always the limit, with the largest variance that ties allow, less what the sketches can be off.

    Args:
        samples: side by side.
        seed: of the deals.
        most: deals.
        beats: evidence from another test: where no deal can show more, none is made, and the answer is 1.
    """
    n, m = samples.n, samples.m
    if not n or not m or len(samples.values) < 2:
        return 1.0
    few = min(n, m)
    rows = samples.a + samples.b
    odd = abs(_skew(rows, few)) > _SKEWED or (few <= FEW and len(rows) <= _FEW_VALUES)
    if odd and not samples.error:
        return _dealt(coarse(samples, _BINS), seed, most) if beats * (most + 1) > 1 else 1.0
    total = float(n + m)
    ties = 0.0 if samples.error else float((rows.astype(np.float64) ** 3 - rows).sum())
    variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))
    off = abs(superiority(samples) - 0.5) - samples.error
    z = max(0.0, off * n * m - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2.0))


def _scores(rows: Counts) -> Array:
    """(k,) midranks, centred."""
    scores: Array = np.cumsum(rows) - rows / 2.0 - rows.sum() / 2.0
    return scores


def _skew(rows: Counts, few: int) -> float:
    """Of the rank sum of `few` rows drawn without replacement (Cochran 1977, sampling from finite populations)."""
    total = float(rows.sum())
    scores, weight = _scores(rows), rows / total
    second = float((weight * scores**2).sum())
    third = float((weight * scores**3).sum())
    if second <= 0 or total <= 2 or few >= total:
        return 0.0
    drawn = (total - 2 * few) / (total - 2) * math.sqrt((total - 1) / (few * (total - few)))
    return float(third / second**1.5 * drawn)


def _dealt(samples: Samples, seed: int, most: int) -> float:
    rows = samples.a + samples.b
    scores = _scores(rows)
    smaller = samples.a if samples.n <= samples.m else samples.b

    def off(counts: Counts) -> Array:
        away: Array = np.abs(counts @ scores)
        return away

    return dealt_p(off, float(off(smaller)), int(smaller.sum()), rows, seed, most)
