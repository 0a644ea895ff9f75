"""Probabilities: Brier score and log loss, for one class or for all of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Example, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, absent_rule, mean_scores, wrong_parameter
from evalkit.metrics.labels import check_labels, check_positive, gold_labels, label_key, label_text, outside

__all__ = ["EPSILON", "Brier", "LogLoss", "Probability", "distribution", "share_of"]

EPSILON: Final = 1e-15
"""Log loss reads a smaller probability as this one, so that being wrong and sure costs 34.5 and not infinity."""

SUM_TOLERANCE: Final = 1e-3
"""How far from 1 the probabilities of all classes may add up."""


@dataclass(frozen=True)
class Probability(PerCase):
    """Base of losses of a stated probability; lower is better, an answer without a usable one has the worst loss.

    The answer is a number (the probability of `positive`) or an object from class to probability that adds up to 1.
    With two classes, or with `positive`, only the probability of `positive` counts; otherwise those of all classes.

    Attributes:
        field: the key of `expected` that holds the right class.
        probability: the key of the output that holds the number or the object; None: the output itself is it.
        positive: the class whose probability is stated; true or 1 where gold is true/false or 0/1.
        labels: the classes; from gold where they are not declared.
    """

    probability: str | None = None
    positive: Any = None
    labels: Sequence[Any] | None = None

    better: ClassVar[Better] = "lower"
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.probability is not None and not isinstance(self.probability, str):
            raise wrong_parameter(self.name, "probability", self.probability, "a key of the output (text)")
        check_positive(self.name, self.positive)
        if self.labels is not None:
            object.__setattr__(self, "labels", check_labels(self.name, self.labels))

    @staticmethod
    def examples() -> list[Example]:
        """The probability of one class, and those of all classes."""
        everyone = [(label, {label: 1.0}) for label in ("a", "b", "c")]
        return [
            Example({}, [(True, 1.0), (False, 0)], [0.5, "likely", 1.5]),
            Example(
                {"positive": "a", "labels": ["a", "b"], "probability": "p"}, [("a", {"p": 1}), ("b", {"p": 0})], [{}]
            ),
            Example({"labels": ["a", "b", "c"]}, everyone, [{"a": 0.4, "b": 0.3, "c": 0.3}, {"a": 2}, None]),
        ]

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Fix the classes and which one the stated probability is of.

        Raises:
            InputError: a gold that is no class; two classes and no `positive`; a `positive` that is none of them.
        """
        classes = gold_labels(self.name, gold, ids, self.field, self.labels)
        keys = {label_key(label): label for label in classes}
        positive = self.positive
        if positive is None and len(keys) <= 2:
            positive = True if keys.keys() <= {"true", "false"} else 1 if keys.keys() <= {"0", "1"} else None
            if positive is None and classes:
                what = f"needs positive: which of {classes!r} is the stated probability of"
                raise InputError(what, where=f"metric {self.name}", remedy=f"Add positive: {classes[-1]!r}")
        elif positive is not None and classes and label_key(positive) not in keys:
            what = f"no case has the class positive: {positive!r}; gold has {', '.join(map(repr, classes[:8]))}"
            raise InputError(what, where=f"metric {self.name}", remedy="Name one of these, or declare `labels`")
        return dataclasses.replace(self, positive=positive, labels=tuple(classes) or None)

    def score(self, batch: Batch) -> Scores:
        """The loss of each row with rule scored; the worst with rule not_a_probability, missing_field or failed."""
        gold = [label_key(value) for value in batch.gold.values(self.field)]
        known = None if self.labels is None else {label_key(label) for label in self.labels}
        rules: list[str | None] = []
        losses, why = np.full(len(gold), self._ceiling), [None if _known(key, known) else outside() for key in gold]
        for row, stated in enumerate(batch.output.values(self.probability)):
            key = gold[row]
            if key is None or why[row] is not None:
                rules.append(None)
            elif stated is MISSING:
                rules.append(absent_rule(bool(batch.failed[row])))
            elif (loss := self._loss(key, stated)) is None:
                rules.append("not_a_probability")
            else:
                losses[row] = loss
                rules.append("scored")
        return mean_scores(losses, why if any(why) else None, {"rule": rules})

    @property
    def _ceiling(self) -> float:
        ceiling = self.value_range[1]
        return math.inf if ceiling is None else ceiling

    def _loss(self, key: str, stated: Any) -> float | None:
        """The loss of what was stated when `key` is right; None when that is no probability."""
        if self.positive is None:
            shares = distribution(stated)
            return None if shares is None else self._of_all(shares, key.removeprefix('"'))
        p = distribution(stated) if type(stated) is dict else share_of(stated)
        if p is None:
            return None
        share = p.get(label_text(self.positive), 0.0) if isinstance(p, Mapping) else p
        return self._of_one(share, key == label_key(self.positive))

    def _of_one(self, p: float, right: bool) -> float:
        raise TypeError(f"{type(self).__name__} does not define _of_one")

    def _of_all(self, shares: Mapping[str, float], right: str) -> float:
        raise TypeError(f"{type(self).__name__} does not define _of_all")


def _known(key: str | None, classes: set[str | None] | None) -> bool:
    return key is not None and (classes is None or key in classes)


def share_of(value: Any) -> float | None:
    """A probability out of a JSON value; None for anything but a number in [0, 1]."""
    return float(value) if type(value) in (int, float) and 0 <= value <= 1 else None


def distribution(value: Any) -> dict[str, float] | None:
    """Class -> probability out of a JSON value; None unless they are probabilities that add up to 1."""
    if type(value) is not dict:
        return None
    shares = {key.strip(): share_of(item) for key, item in value.items()}
    found = {key: share for key, share in shares.items() if share is not None}
    usable = len(found) == len(value) and abs(math.fsum(found.values()) - 1) <= SUM_TOLERANCE
    return found if usable else None


@dataclass(frozen=True)
class Brier(Probability):
    """Mean squared error of the probability: (p - y)^2 in [0, 1] for one class.

    For all classes the sum over them, in [0, 2] (Brier 1950, eq. 2), so twice the other where there are two.
    """

    name: ClassVar[str] = "brier"

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """0 to 1 for one class, 0 to 2 for all of them."""
        return (0.0, 1.0) if self.positive is not None else (0.0, 2.0)

    def _of_one(self, p: float, right: bool) -> float:
        return (p - right) ** 2

    def _of_all(self, shares: Mapping[str, float], right: str) -> float:
        miss = (1 - shares.get(right, 0.0)) ** 2
        return min(2.0, miss + math.fsum(p * p for name, p in shares.items() if name != right))


@dataclass(frozen=True)
class LogLoss(Probability):
    """Mean of -ln(the probability of what was right), a probability below 1e-15 read as that."""

    name: ClassVar[str] = "log_loss"
    unit: ClassVar[str] = "nats"

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """0 to -ln(EPSILON) = 34.54."""
        return (0.0, -math.log(EPSILON))

    def _of_one(self, p: float, right: bool) -> float:
        return abs(math.log(max(p if right else 1 - p, EPSILON)))

    def _of_all(self, shares: Mapping[str, float], right: str) -> float:
        return abs(math.log(max(shares.get(right, 0.0), EPSILON)))
