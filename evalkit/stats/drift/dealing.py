"""p-values by dealing the rows that came again and again: seeded, and longer only where it matters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.drift.sketch import Counts

__all__ = ["FIRST", "MOST", "dealt_p"]

FIRST = 2_000
"""Deals that are always made."""

_ENOUGH = 20
MOST = 20_000
"""Deals at most: a p-value from them is at least 1 / 20,001, which 200 columns leave evident."""


def dealt_p(
    statistic: Callable[[Counts], Array], observed: float, size: int, rows: Counts, seed: int, most: int = MOST
) -> float:
    """P(statistic as large as observed), over deals of `rows` to a sample of so many.

    As many deals as the answer needs (Besag and Clifford 1991): 2,000, and on to `most` where fewer than 20 of them
    reached the observed one.

    Args:
        statistic: (..., k) counts of the smaller sample by group -> (...) values, large where the samples differ.
        observed: its value of the rows as they came.
        size: rows of the smaller sample.
        rows: (k,) rows of both samples.
        seed: of the deals.
        most: deals.
    """
    rng = np.random.default_rng(seed)
    least = observed * (1 - 1e-9) - 1e-12  # sums in another order are the same value
    reached = done = 0
    batch = FIRST
    while done < most and reached < _ENOUGH:
        now = min(batch, most - done)
        deals = rng.multivariate_hypergeometric(rows, size, size=now, method="marginals")
        reached += int((statistic(deals) >= least).sum())
        done += now
        batch = 9_000
    return (1 + reached) / (1 + done)
