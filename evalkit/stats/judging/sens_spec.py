"""How often a judge finds what people call positive, and how often it leaves alone what they do not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.inference import Inference
from evalkit.stats.judging.shares import share

Mask = npt.NDArray[np.bool_]


class ErrorRates(NamedTuple):
    """Verdicts against labels of one class.

    Attributes:
        tp, fp, tn, fn: items; "positive" is what the judge says, "true" that people say it too.
        sensitivity: tp / (tp + fn); None where people call nothing positive.
        specificity: tn / (tn + fp); None where people call everything positive.
    """

    tp: int
    fp: int
    tn: int
    fn: int
    sensitivity: Inference | None
    specificity: Inference | None


def error_rates(human: npt.ArrayLike, judge: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> ErrorRates:
    """Sensitivity and specificity with Wilson's intervals, clustered ones where groups are given.

    Args:
        human: (n,) bool, whether people call the item positive.
        judge: (n,) bool, whether the judge does.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: shapes that differ.
    """
    truth, said = np.asarray(human, bool), np.asarray(judge, bool)
    if truth.shape != said.shape or truth.ndim != 1:
        raise ValueError(f"labels {truth.shape} and verdicts {said.shape} are one an item")
    ids = None if groups is None else np.asarray(groups)
    return ErrorRates(
        int((truth & said).sum()),
        int((~truth & said).sum()),
        int((~truth & ~said).sum()),
        int((truth & ~said).sum()),
        _within(truth, said, ids),
        _within(~truth, ~said, ids),
    )


def _within(rows: Mask, right: Mask, groups: npt.NDArray[np.generic] | None) -> Inference | None:
    if not rows.any():
        return None
    return share(right[rows], None if groups is None else groups[rows])
