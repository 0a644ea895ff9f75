"""Categories: chi-square, dealt again where the table is sparse, and total variation."""

from __future__ import annotations

import math

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.drift.dealing import MOST, dealt_p
from evalkit.stats.drift.sketch import Counts

__all__ = ["chi_square_p", "total_variation"]

_SPARSE = 10.0  # rows expected in a cell: below, the limit is not trusted at 1/1000
_CELLS = 200
_SINGLE = 0.05  # of alpha in sparse tables: for single cells, whose evidence has no end as that of deals has


def total_variation(a: Counts, b: Counts) -> float:
    """Half of the sum of |p - q| over all categories, in [0, 1]; 0 where a sample is empty."""
    if not a.sum() or not b.sum():
        return 0.0
    return float(np.abs(a / a.sum() - b / b.sum()).sum() / 2)


def chi_square_p(a: Counts, b: Counts, seed: int, most: int = MOST) -> float:
    """P(Pearson's chi-square as large | both samples are of one distribution).

    The limit where at least ten rows are expected in each cell; else rows are dealt again, which shows no less than
    1 / (`most` + 1), and a twentieth of alpha goes to the bound of the cell that is furthest off, which shows anything.
    Of more than 200 categories the rarest (in both samples together) are counted as one.

    Args:
        a, b: (k,) rows of reference and current by category.
        seed: of the deals.
        most: deals.
    """
    rows = a + b
    keep = rows > 0
    a, b, rows = _lumped(a[keep], b[keep])
    n, m = float(a.sum()), float(b.sum())
    if not n or not m or len(rows) < 2:
        return 1.0
    smaller = a if n <= m else b
    expected = rows * (min(n, m) / (n + m))

    def chi(counts: Counts) -> Array:
        # of a 2 x k table with these margins: both rows' terms are multiples of the smaller sample's
        away: Array = (np.square(counts - expected) / expected).sum(axis=-1) * ((n + m) / max(n, m))
        return away

    if expected.min() < _SPARSE:
        single = _single_p(smaller, rows) / _SINGLE
        if single * (most + 1) <= 1:  # no deal shows more
            return single
        dealt = dealt_p(chi, float(chi(smaller)), int(smaller.sum()), rows, seed, most) / (1 - _SINGLE)
        return min(1.0, single, dealt)
    from scipy.special import chdtrc

    return float(chdtrc(len(rows) - 1, float(chi(smaller))))


def _single_p(counts: Counts, rows: Counts) -> float:
    """A bound of P(some cell as far from its expectation, on its side), over all deals.

    Hoeffding's (1963, theorem 1, which his theorem 4 carries over to draws without replacement) on the cell as a share
    of the sample and on the sample as a share of the cell, whichever is smaller; times two sides of each cell.
    """
    size, total = float(counts.sum()), float(rows.sum())
    of_sample = size * _divergence(counts / size, rows / total)
    of_cell = rows * _divergence(counts / rows, np.full(len(rows), size / total))
    return min(1.0, 2 * len(rows) * math.exp(-float(np.maximum(of_sample, of_cell).max())))


def _divergence(p: Array, q: Array) -> Array:
    """Kullback and Leibler's, of two coins each, in nats."""
    from scipy.special import rel_entr

    apart: Array = rel_entr(p, q) + rel_entr(1 - p, 1 - q)
    return apart


def _lumped(a: Counts, b: Counts) -> tuple[Counts, Counts, Counts]:
    rows = a + b
    if len(rows) > _CELLS:
        order = np.argsort(-rows, kind="stable")
        a, b = (np.r_[side[order[: _CELLS - 1]], side[order[_CELLS - 1 :]].sum()] for side in (a, b))
        rows = a + b
    return a, b, rows
