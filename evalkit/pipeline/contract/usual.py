"""What is usual, robustly: median and MAD, and how far something is from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["FEWEST", "Usual", "usual"]

FEWEST = 5  # values from which anything is called usual
_TO_SD = 1.4826  # MAD of a normal distribution times this is its standard deviation (Rousseeuw & Croux 1993)
_MEAN_TO_SD = 1.2533  # the same for the mean absolute deviation: sqrt(pi / 2)


class Usual(NamedTuple):
    """`median`, and `spread`, which is like a standard deviation."""

    median: float
    spread: float


def usual(values: Sequence[float] | np.ndarray[Any, Any]) -> Usual | None:
    """Median and 1.4826 x MAD; where more than half are the same, the mean absolute deviation instead of MAD.

    None: fewer than five values, or all the same.
    """
    found = np.asarray(values, float)
    found = found[np.isfinite(found)]
    if len(found) < FEWEST:
        return None
    median = float(np.median(found))
    away = np.abs(found - median)
    spread = _TO_SD * float(np.median(away)) or _MEAN_TO_SD * float(away.mean())
    return Usual(median, spread) if spread > 0 else None
