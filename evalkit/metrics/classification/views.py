"""The numbers of a classification as metrics of their own: what the engine calls views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from evalkit.core.protocols import Batch, Extremes
from evalkit.metrics.base import View, divide
from evalkit.metrics.classification.formulas import AVERAGES, BY_CLASS, SINGLE, counts_of
from evalkit.metrics.ranking import average_precision, roc_auc

__all__ = ["Area", "Count", "Reader"]


class Reader(Protocol):
    """What a view asks of its metric: how rows could have been."""

    @property
    def parts(self) -> tuple[str, ...]: ...
    def worst(self, batch: Batch, *, outer: bool) -> np.ndarray: ...
    def best(self, batch: Batch) -> np.ndarray: ...
    def gold_codes(self, batch: Batch) -> np.ndarray: ...


@dataclass(frozen=True)
class Count(View):
    """A formula over summed counts; of one class where `index` is given."""

    reader: Reader | None = None
    formula: str = ""
    index: int | None = None

    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"

    @property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the metric."""
        return self.reader.parts if self.reader else ()

    @property
    def unit(self) -> str:  # type: ignore[override]
        """A share, but for correlations."""
        return "" if self.formula in SINGLE else "share"

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """[0, 1]; of correlations [-1, 1]."""
        return (-1.0, 1.0) if self.formula in SINGLE else (0.0, 1.0)

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., 3 k + 1) sums -> (...) values."""
        return compute(self.formula, totals, self.index)

    def failed(self, batch: Batch) -> np.ndarray | None:
        """The reserved outcome."""
        return None if self.reader is None else self.reader.worst(batch, outer=False)

    def extremes(self, batch: Batch) -> Extremes | None:
        """Right, and wrong; where false positives hurt, one of every other class (an outer bound).

        None for correlations, which a wrong answer may also raise.
        """
        if self.reader is None or self.formula in SINGLE:
            return None
        outer = self.formula not in ("micro_f1", "balanced_accuracy", "recall")
        return Extremes(self.reader.worst(batch, outer=outer), self.reader.best(batch))


def compute(formula: str, totals: np.ndarray, index: int | None = None) -> np.ndarray:
    """A formula over (..., 3 k + 1) sums; by class, that of one."""
    if index is None:
        return (AVERAGES | SINGLE)[formula](counts_of(totals))
    sums = np.asarray(totals, float)
    one = np.concatenate([sums[..., 3 * index : 3 * index + 3], sums[..., -1:]], axis=-1)
    return BY_CLASS[formula](counts_of(one))[..., 0]


@dataclass(frozen=True)
class Area(View):
    """An area under a curve of the stated probability; with several classes the mean of each against the rest."""

    reader: Reader | None = None
    curve: str = "roc_auc"
    classes: tuple[Any, ...] = ()
    positive: int | None = None

    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"

    @property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """The probability of each class (of the positive one, where there are two), and which class is right."""
        return (*(f"p:{label}" for label in self.classes), "gold")

    def value(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The area; a class with nothing on one side of the curve is left out of the mean."""
        area = roc_auc if self.curve == "roc_auc" else average_precision
        gold = parts[:, -1]
        found = [area(np.column_stack([parts[:, i], gold == i]), weights) for i in range(len(self.classes))]
        values = np.stack(found, axis=-1)
        known = np.isfinite(values)
        return divide(np.where(known, values, 0.0).sum(-1), known.sum(-1))

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """No function of sums."""
        return np.full(np.shape(totals)[:-1], np.nan)

    def parts_of(self, stated: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """(n, k) probabilities, NaN where none was stated, and (n,) codes -> (n, k + 1); none is the worst place."""
        if self.positive is not None:
            codes = np.where(codes == self.positive, 0, 1)
        right = codes[:, None] == np.arange(len(self.classes))
        return np.column_stack([np.where(np.isfinite(stated), stated, np.where(right, -1.0, 2.0)), codes])

    def failed(self, batch: Batch) -> np.ndarray | None:
        """The worst place: below all where the class is right, above all where it is not."""
        if self.reader is None:
            return None
        codes = self.reader.gold_codes(batch)
        return self.parts_of(np.full((len(batch), len(self.classes)), np.nan), codes)

    def extremes(self, batch: Batch) -> Extremes | None:
        """The worst place and the best; None for precision and recall, which a row may raise by leaving a tie."""
        worst = self.failed(batch)
        if worst is None or self.curve != "roc_auc":
            return None
        return Extremes(worst, np.column_stack([1.0 - worst[:, :-1], worst[:, -1]]))
