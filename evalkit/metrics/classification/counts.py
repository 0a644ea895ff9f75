"""Precision, recall and F1 out of counts that add up: one number each.

The classes are declared or come from gold, never from answers. An answer outside them, and none at all, is a reserved
outcome: it costs the recall of the class that was right, and adds no class and no false positive.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Example, Extremes, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, absent_rule, check_field, divide, wrong_parameter
from evalkit.metrics.labels import NO_LABEL, check_labels, check_positive, encode, gold_labels, label_key, outside

__all__ = ["F1", "MAX_CLASSES", "Precision", "Recall"]

MAX_CLASSES: Final = 200
"""Classes that are counted one by one: three numbers each, for every row."""


@dataclass(frozen=True)
class _Counts(PerCase):
    """Base of metrics over (tp, fp, fn) of one class, of all classes pooled, or of each class.

    Attributes:
        positive: the class to find; all others are the rest.
        average: over the classes of gold: macro (each class counts the same), weighted (by its number of cases), micro
            (pooled: with one class a case, that is accuracy when every answer is one of the classes).
        labels: the classes; from gold where they are not declared. A class without gold in the rows at hand is left
            out of macro.
    """

    positive: Any = None
    average: Literal["macro", "micro", "weighted"] | None = None
    labels: Sequence[Any] | None = None

    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"
    better: ClassVar[Better] = "higher"

    def __post_init__(self) -> None:
        check_field(self.name, self.field)
        if self.average not in (None, "macro", "micro", "weighted"):
            raise wrong_parameter(self.name, "average", self.average, "macro, micro or weighted")
        if (self.positive is None) == (self.average is None):
            what = "needs positive (the class to find), or average: macro, micro or weighted"
            raise InputError(f"{what}; exactly one of the two", where=f"metric {self.name}")
        check_positive(self.name, self.positive)
        if self.labels is not None:
            object.__setattr__(self, "labels", check_labels(self.name, self.labels))

    @staticmethod
    def examples() -> list[Example]:
        """One class to find, and the average over all of them."""
        pairs = [(label, label) for label in ("a", "b", "c", "b")]
        return [
            Example({"positive": "a", "labels": ["a", "b", "c"]}, pairs, ["not a class", None]),
            Example({"average": "macro"}, pairs, ["not a class", None, 7]),
            Example({"average": "micro", "labels": ["a", "b", "c"]}, pairs, ["not a class"]),
            Example({"average": "weighted", "field": "x"}, [({"x": g}, {"x": g}) for g, _ in pairs], [{"x": "d"}, "b"]),
        ]

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Fix the classes.

        Raises:
            InputError: a gold that is no class or not a declared one, or a `positive` that is none of them.
        """
        classes = gold_labels(self.name, gold, ids, self.field, self.labels)
        keys = {label_key(label) for label in classes}
        if self.positive is not None and classes and label_key(self.positive) not in keys:
            shown = ", ".join(map(repr, classes[:8]))
            remedy = "Name one of these, or declare `labels`"
            what = f"no case has the class positive: {self.positive!r}; gold has {shown}"
            raise InputError(what, where=f"metric {self.name}", remedy=remedy)
        if self.average in ("macro", "weighted") and len(classes) > MAX_CLASSES:
            what = f"gold has {len(classes)} classes, and {self.average} keeps counts for at most {MAX_CLASSES}"
            raise InputError(what, where=f"metric {self.name}", remedy="Use average: micro, or another field")
        return dataclasses.replace(self, labels=tuple(classes) or None)

    @property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """tp, fp, fn; of each class in turn for macro and weighted."""
        if self.average in ("macro", "weighted"):
            return tuple(f"{part}:{label}" for label in self._classes for part in _PARTS)
        return _PARTS

    @property
    def _classes(self) -> Sequence[Any]:
        return self.labels or ()

    @property
    def _k(self) -> int:
        """How many triples of counts a row has."""
        return len(self._classes) if self.average in ("macro", "weighted") else 1

    def _codes(self, column: Column) -> np.ndarray:
        """(n,) index into the triples; NO_LABEL outside the classes; with `positive` 1 is the rest."""
        values = column.values(self.field)
        if self.positive is None:
            return encode(values, self._classes)
        positive = label_key(self.positive)
        keys = [label_key(value) for value in values]
        return np.fromiter((NO_LABEL if k is None else int(k != positive) for k in keys), np.int64, len(keys))

    def score(self, batch: Batch) -> Scores:
        """Counts of each row: rule tp, fp, fn or tn with `positive`, else right, wrong, or outside the classes."""
        gold, answer = self._codes(batch.gold), self._codes(batch.output)
        parts = self._count(gold, answer)
        why = [outside() if code == NO_LABEL else None for code in gold.tolist()] if (gold == NO_LABEL).any() else None
        rules = self._rules(batch, gold, answer)
        if why is None:
            return Scores(parts, np.full(len(batch), -1, np.int32), (), {"rule": rules})
        return Scores.build(parts, why, {"rule": rules})

    def _count(self, gold: np.ndarray, answer: np.ndarray) -> np.ndarray:
        """(n, 3 k) counts; an answer NO_LABEL adds only a false negative."""
        counts = np.zeros((len(gold), self._k, 3))
        rows = np.arange(len(gold))
        if self.positive is not None:
            counts[rows, 0, 0] = (gold == 0) & (answer == 0)
            counts[rows, 0, 1] = (gold == 1) & (answer == 0)
            counts[rows, 0, 2] = (gold == 0) & (answer != 0)
            return counts.reshape(len(gold), 3)
        pooled = self.average == "micro"
        right, wrong = (gold == answer) & (gold >= 0), (gold != answer) & (gold >= 0)
        false = wrong & (answer >= 0)
        counts[rows[right], 0 if pooled else gold[right], 0] = 1
        counts[rows[false], 0 if pooled else answer[false], 1] = 1
        counts[rows[wrong], 0 if pooled else gold[wrong], 2] = 1
        return counts.reshape(len(gold), 3 * self._k)

    def _rules(self, batch: Batch, gold: np.ndarray, answer: np.ndarray) -> np.ndarray:
        if self.positive is not None:
            names = np.array([["tp", "fn"], ["fp", "tn"]], object)
            rules = np.where(answer >= 0, names[np.maximum(gold, 0), np.maximum(answer, 0)], "not_a_class")
        else:
            rules = np.where(answer < 0, "not_a_class", np.where(gold == answer, "right", "wrong")).astype(object)
        rules[gold == NO_LABEL] = None
        output = batch.output.values(self.field)
        for row in np.flatnonzero((answer < 0) & (gold >= 0)).tolist():
            if output[row] is MISSING:
                rules[row] = absent_rule(bool(batch.failed[row]))
        return rules

    def failed(self, batch: Batch) -> np.ndarray:
        """The reserved outcome: a false negative of the right class."""
        return self._count(self._codes(batch.gold), np.full(len(batch), NO_LABEL))

    def extremes(self, batch: Batch) -> Extremes:
        """Best: right. Worst: a false negative, and a false positive of every other class.

        Only one of those false positives can be real; which one hurts most depends on the other rows, so with more
        than two classes the worst is an outer bound.
        """
        gold = self._codes(batch.gold)
        worst, best = self._count(gold, np.full(len(batch), NO_LABEL)), self._count(gold, gold)
        if self.positive is not None:
            worst[gold == 1, 1] = 1
        elif self.average == "micro":
            worst[:, 1] = (len(self._classes) > 1) & (gold >= 0)
        else:
            others = np.arange(self._k) != gold[:, None]
            worst[:, 1::3] = others & (gold >= 0)[:, None]
        return Extremes(worst, best)

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., 3 k) summed counts -> (...) values; NaN where no class has what the metric divides by."""
        triples = np.asarray(totals, float).reshape(*totals.shape[:-1], -1, 3)
        tp, fp, fn = triples[..., 0], triples[..., 1], triples[..., 2]
        if self.average not in ("macro", "weighted"):
            return divide(*self._fraction(tp[..., 0], fp[..., 0], fn[..., 0]))
        support = tp + fn
        values = np.nan_to_num(divide(*self._fraction(tp, fp, fn)))  # a class that is never answered has precision 0
        weights = support if self.average == "weighted" else (support > 0).astype(float)
        return divide((values * weights).sum(-1), weights.sum(-1))

    @staticmethod
    def _fraction(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numerator and denominator of one class."""
        raise TypeError("a metric over counts defines _fraction")


_PARTS: Final = ("tp", "fp", "fn")


@dataclass(frozen=True)
class Precision(_Counts):
    """tp / (tp + fp): of what was called the class, how much is."""

    name: ClassVar[str] = "precision"

    @staticmethod
    def _fraction(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return tp, tp + fp


@dataclass(frozen=True)
class Recall(_Counts):
    """tp / (tp + fn): of what is the class, how much was found."""

    name: ClassVar[str] = "recall"

    @staticmethod
    def _fraction(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return tp, tp + fn


@dataclass(frozen=True)
class F1(_Counts):
    """2 tp / (2 tp + fp + fn): the harmonic mean of precision and recall."""

    name: ClassVar[str] = "f1"

    @staticmethod
    def _fraction(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 2 * tp, 2 * tp + fp + fn
