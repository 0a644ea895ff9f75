"""What performance to expect without labels: confidences now, and how often such confidences were right before.

The reference's labelled rows are put in bins of confidence; current is a mixture of these bins, by its own shares. That
is a post-stratified estimate (Cochran 1977, 5A.9) of what is called confidence-based performance estimation. It holds
while a confidence is right as often as in the reference, which no unlabelled row can show; it does not where the
relation of inputs and labels itself changes (concept drift).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, column
from evalkit.stats.distributions import normal_quantile

__all__ = ["FEWEST_LABELLED", "Calibration", "Expected", "calibrate", "expected"]

FEWEST_LABELLED = 100
"""Labelled rows of the reference below which nothing is expected."""

_A_BIN = 50
_BINS = 40


class Calibration(NamedTuple):
    """The reference by confidence.

    Attributes:
        edges: (k - 1,) ascending; bin i holds confidences above edge i - 1, up to edge i.
        means: (k,) mean value of the labelled rows in each bin.
        variances: (k,) of a row's value in each bin, as if it had one more row of 0 and one of 1.
        rows: (k,) labelled rows.
        least, most: confidences that the reference has.
    """

    edges: tuple[float, ...]
    means: tuple[float, ...]
    variances: tuple[float, ...]
    rows: tuple[int, ...]
    least: float
    most: float


class Expected(NamedTuple):
    """What to expect of current.

    Attributes:
        point: mean value of its rows, failures included as 0.
        lo, hi: two-sided.
        se: standard error.
        n: rows.
        beyond: share of confidences outside the reference's: there it is a guess.
    """

    point: float
    lo: float
    hi: float
    se: float
    n: int
    beyond: float


def calibrate(confidence: npt.ArrayLike, values: npt.ArrayLike) -> Calibration | None:
    """How often confidences were right.

    Args:
        confidence: (n,) of labelled rows.
        values: (n,) in [0, 1]: 1 right, 0 wrong, or partial credit.

    Returns:
        None below 100 rows.

    Raises:
        ValueError: a number is not finite, or a value beyond [0, 1].
    """
    c, y = column(confidence, "confidence"), column(values)
    if len(c) != len(y) or (len(y) and (y.min() < 0 or y.max() > 1)):
        raise ValueError("a row has a confidence and a value in [0, 1]")
    if len(c) < FEWEST_LABELLED:
        return None
    k = min(_BINS, len(c) // _A_BIN)
    edges = np.unique(np.quantile(c, np.arange(1, k) / k, method="inverted_cdf"))
    edges = edges[edges < c.max()]
    at = np.searchsorted(edges, c, side="left")
    rows = np.bincount(at, minlength=len(edges) + 1)
    sums, squares = np.bincount(at, y, len(rows)), np.bincount(at, y * y, len(rows))
    # one row more of each keeps the variance of a bin without errors from being none
    variances = (squares + 1) / (rows + 2) - np.square((sums + 1) / (rows + 2))
    return Calibration(
        tuple(edges.tolist()),
        tuple((sums / np.maximum(rows, 1)).tolist()),
        tuple(variances.tolist()),
        tuple(rows.tolist()),
        float(c.min()),
        float(c.max()),
    )


def expected(known: Calibration, confidence: npt.ArrayLike, failed: int = 0, level: float = 0.95) -> Expected | None:
    """The mean value to expect of requests with these confidences; None where there are none.

    The interval is the normal one: for what the reference does not know of its bins, and for which requests came.

    Args:
        known: of the reference.
        confidence: (n,) of answered requests.
        failed: requests beside these that were not answered: value 0.
        level: of the interval.
    """
    c = column(confidence, "confidence")
    total = len(c) + failed
    if not total:
        return None
    at = np.searchsorted(np.asarray(known.edges), c, side="left")
    means: Array = np.asarray(known.means)
    shares = np.bincount(at, minlength=len(means)) / total
    point = float(shares @ means)
    learned = float(np.square(shares) @ (np.asarray(known.variances) / np.maximum(np.asarray(known.rows), 1)))
    came = max(0.0, float(shares @ means**2) - point * point) / total
    se = math.sqrt(learned + came)
    half = -normal_quantile((1 - level) / 2) * se
    beyond = float(((c < known.least) | (c > known.most)).mean()) if len(c) else 0.0
    return Expected(point, max(0.0, point - half), min(1.0, point + half), se, total, beyond)
