"""`classification`: all the numbers of a confusion matrix from one pass over the answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Example, Extremes, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, Share, absent_rule, check_field, mean_scores, require_gold, wrong_parameter
from evalkit.metrics.classification.counts import MAX_CLASSES
from evalkit.metrics.classification.formulas import AVERAGES, BY_CLASS, SINGLE, UNPARSED
from evalkit.metrics.classification.labelled import Sets, label_sets, sets_of
from evalkit.metrics.classification.views import Area, Count, compute
from evalkit.metrics.labels import (
    NO_LABEL,
    check_labels,
    check_positive,
    encode,
    gold_labels,
    label_key,
    label_text,
    outside,
)
from evalkit.metrics.probability import distribution, share_of

__all__ = ["Classification"]

_HEADLINES = (*AVERAGES, *SINGLE)


@dataclass(frozen=True)
class Classification(PerCase):
    """Everything that a confusion matrix says, from one pass: macro F1 by default, and the rest as views.

    The value is `headline`; the views, in gates and reports `ID.view`, are

    - `accuracy` (Wilson or exact interval), `balanced_accuracy`, `macro_f1`, `micro_f1`, `weighted_f1`;
    - `mcc` (Matthews' correlation, for any number of classes) and `kappa` (Cohen's);
    - `precision:LABEL`, `recall:LABEL`, `f1:LABEL` of every class;
    - `unparsed`: the share of answers that are none of the classes;
    - with `probability`: `roc_auc` and `pr_auc` (average precision) of the stated probabilities, of the `positive`
      class, or with more than two classes the mean of each class against the rest.

    Where gold is a list of classes a case (several labels, or none), the views are `sample_f1` and `subset_accuracy` (a
    mean over cases), the averages, and precision, recall and F1 of every class. A case whose gold and answer are both
    empty has F1 1.

    Conventions. The classes are declared or come from gold, never from answers. An answer that is none of them, of
    the wrong type, or absent is the reserved outcome `__unparsed__`: it costs the recall of the class that was right,
    and adds no class; among the stated probabilities it takes the worst place. A class that is never answered has
    precision 0 in averages, and none as a number of its own; a class without gold in the rows at hand (a slice) is left
    out of averages. With one class a case micro F1 is accuracy: `__unparsed__` is pooled, too. `mcc` and `kappa` of
    constant gold and answers have no value. Unscored cases have no bounds in `mcc`, `kappa` and `pr_auc`, which a worse
    answer may raise: a gate on them is inconclusive while there are any, unless it says `unscored: missing_at_random`.

    Attributes:
        field: the key of `expected` and of the output that holds the class; None: the values themselves.
        labels: the classes; from gold where they are not declared.
        headline: the number that stands for the metric: macro_f1, micro_f1, weighted_f1, balanced_accuracy, mcc, kappa.
        probability: the key of the output that holds the probability of `positive`, or an object from class to
            probability that adds up to 1; "" means the output itself. Without it there are no areas. Where the
            output has no class at `field` (or is the probability itself), the answer is the most probable class.
        positive: with `probability` and two classes, the class whose probability is stated; true or 1 where gold is
            true/false or 0/1.
    """

    labels: Sequence[Any] | None = None
    headline: str = "macro_f1"
    probability: str | None = None
    positive: Any = None
    multi: bool = dataclasses.field(default=False, init=False)

    name: ClassVar[str] = "classification"
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"

    @staticmethod
    def examples() -> list[Example]:
        """One class a case, several, and stated probabilities."""
        pairs = [("spam", "spam"), ("ham", "ham"), ("eggs", "eggs")]
        sure = [({"late": late}, {"late": late, "p": float(late)}) for late in (True, False)]
        return [
            Example({}, pairs, ["bacon", None, ["spam"]]),
            Example({"headline": "mcc", "field": "late", "probability": "p"}, sure, [{"late": "yes"}, {}, "no"]),
            Example({}, [(["red", "blue"], ["blue", "red"]), (["green"], ["green"])], [["black"], "red", None]),
        ]

    def __post_init__(self) -> None:
        check_field(self.name, self.field)
        if self.headline not in _HEADLINES:
            wanted = f"one of {', '.join(_HEADLINES)}; every other number is a view (a gate on `ID.accuracy`)"
            raise wrong_parameter(self.name, "headline", self.headline, wanted)
        if self.labels is not None:
            object.__setattr__(self, "labels", check_labels(self.name, self.labels))
        if self.probability is not None and not isinstance(self.probability, str):
            raise wrong_parameter(self.name, "probability", self.probability, 'a key of the output (text), or ""')
        check_positive(self.name, self.positive)
        if self.positive is not None and self.probability is None:
            what = "positive is the class whose probability is stated, and there is no probability"
            raise InputError(what, f"metric {self.name}", "Add `probability`, or gate on a view like `f1:LABEL`")

    # ------------------------------------------------------------------------------------------------------- binding

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Fix the classes, and whether a case has one or several.

        Raises:
            InputError: a gold that is no class (or list of classes) or not a declared one, too many classes, or two
                classes and no `positive` where a probability is stated.
        """
        values = require_gold(self.name, gold, ids, self.field)
        multi = any(type(value) is list for value in values)
        several = label_sets(values, ids, self.labels, self.field) if multi else None
        classes = gold_labels(self.name, gold, ids, self.field, self.labels) if several is None else several
        where = f"metric {self.name}"
        if len(classes) > MAX_CLASSES:
            what = f"gold has {len(classes):,} classes, and counts are kept for at most {MAX_CLASSES}"
            raise InputError(what, where, "Use the metric accuracy, or another field")
        if multi and self.headline in SINGLE:
            raise InputError(f"headline is {self.headline}, which is of one class a case; gold has lists", where)
        if multi and self.probability is not None:
            raise InputError("probability is of one class a case; gold has lists", where, "Leave it out")
        bound = dataclasses.replace(self, labels=tuple(classes) or None, positive=self._which(classes))
        object.__setattr__(bound, "multi", multi)
        return bound

    def _which(self, classes: Sequence[Any]) -> Any:
        """The class whose probability is stated."""
        keys = [label_key(label) for label in classes]
        if self.probability is None or not classes:
            return self.positive
        if self.positive is not None:
            if label_key(self.positive) not in keys:
                what = f"no case has the class positive: {self.positive!r}; gold has {classes[:8]!r}"
                raise InputError(what, f"metric {self.name}", "Name one of these, or declare `labels`")
            return self.positive
        if len(keys) > 2:
            return None
        positive = True if {*keys} <= {"true", "false"} else 1 if {*keys} <= {"0", "1"} else None
        if positive is None:
            what = f"needs positive: which of {classes!r} is the stated probability of"
            raise InputError(what, f"metric {self.name}", f"Add positive: {classes[-1]!r}")
        return positive

    @property
    def classes(self) -> Sequence[Any]:
        """The classes, once bound."""
        return self.labels or ()

    @property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """tp, fp, fn of each class in turn, then the answers outside the classes."""
        names = [f"{part}:{label_text(label)}" for label in self.classes for part in ("tp", "fp", "fn")]
        return (*names, f"fp:{UNPARSED}")

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """[0, 1]; of correlations [-1, 1]."""
        return (-1.0, 1.0) if self.headline in SINGLE else (0.0, 1.0)

    @property
    def unit(self) -> str:  # type: ignore[override]
        """A share, but for correlations."""
        return "" if self.headline in SINGLE else "share"

    @cached_property
    def views(self) -> Mapping[str, Metric]:
        """See the class."""
        whole = ("sample_f1", "subset_accuracy") if self.multi else ("accuracy",)
        found: dict[str, Metric] = {name: Share(name) for name in whole}
        found |= {name: Count(name, self, name) for name in (*AVERAGES, *(() if self.multi else SINGLE))}
        found |= {area.name: area for area in self._areas}
        texts = [label_text(label) for label in self.classes]
        for i, label in enumerate(self.classes):
            text = texts[i] if texts.count(texts[i]) == 1 else str(label_key(label))
            found |= {f"{formula}:{text}": Count(f"{formula}:{text}", self, formula, i) for formula in BY_CLASS}
        found["unparsed"] = Share("unparsed", "lower")
        return found

    @cached_property
    def _areas(self) -> tuple[Area, ...]:
        if self.probability is None or not self.classes:
            return ()
        at = None if self.positive is None else int(encode([self.positive], self.classes)[0])
        stated = tuple(map(label_text, self.classes)) if at is None else (label_text(self.positive),)
        return tuple(Area(curve, self, curve, stated, at) for curve in ("roc_auc", "pr_auc"))

    # ------------------------------------------------------------------------------------------------------- scoring

    def score(self, batch: Batch) -> Scores:
        """Counts of each row; rule right, wrong, not_a_class, missing_field or failed (several labels: partly, too)."""
        return self._score_sets(batch) if self.multi else self._score_one(batch)

    def _score_one(self, batch: Batch) -> Scores:
        gold = self.gold_codes(batch)
        stated = self._stated(batch)
        output = batch.output.values(self.field)
        answer = self._answers(batch, output, stated)
        right, known = gold == answer, answer >= 0
        rules = np.where(right, "right", np.where(known, "wrong", "not_a_class")).astype(object)
        for row in np.flatnonzero(~known).tolist():
            if output[row] is MISSING:
                rules[row] = absent_rule(bool(batch.failed[row]))
        why = [None if code >= 0 else outside() for code in gold.tolist()]
        rules[gold < 0] = None
        found = Scores.build(self._counts(gold, answer), why, {"rule": rules})
        views: dict[str, Any] = {
            "accuracy": mean_scores(right & (gold >= 0)).parts,
            "unparsed": mean_scores(~known).parts,
        }
        views |= {area.name: area.parts_of(stated, gold) for area in self._areas}
        return dataclasses.replace(found, views=views)

    def _counts(self, gold: np.ndarray, answer: np.ndarray) -> np.ndarray:
        """(n, 3 k + 1) counts of one class a row; NO_LABEL answers are outside; rows without gold count nothing."""
        counts = np.zeros((len(gold), len(self.classes), 3))
        rows = np.arange(len(gold))
        here = gold >= 0
        right, wrong = (gold == answer) & here, (gold != answer) & here
        counts[rows[right], gold[right], 0] = 1
        counts[rows[wrong], gold[wrong], 2] = 1
        false = wrong & (answer >= 0)
        counts[rows[false], answer[false], 1] = 1
        return np.column_stack([counts.reshape(len(gold), 3 * len(self.classes)), wrong & (answer < 0)]).astype(float)

    def gold_codes(self, batch: Batch) -> np.ndarray:
        """(n,) index of the right class, NO_LABEL where gold is none."""
        return encode(batch.gold.values(self.field), self.classes)

    def _answers(self, batch: Batch, output: Sequence[Any], stated: np.ndarray) -> np.ndarray:
        """(n,) index of the class answered; the most probable one where only probabilities are."""
        codes = encode(output, self.classes)
        if self.probability is None:
            return codes
        whole = batch.output.values()
        silent = [
            value is MISSING or (self.field is None and self._holds(all_))
            for value, all_ in zip(output, whole, strict=True)
        ]
        rows = np.flatnonzero(np.array(silent, bool) & np.isfinite(stated).all(axis=1))
        codes[rows] = self._most_probable(stated[rows])
        return codes

    def _holds(self, output: Any) -> bool:
        """Whether an output without `field` is the probabilities, and no class."""
        return self.probability == "" or type(output) is dict

    def _most_probable(self, stated: np.ndarray) -> np.ndarray:
        """(n,) codes; NO_LABEL for a tie."""
        if self.positive is None:
            best = np.argmax(stated, axis=1)
            tied = (stated == stated.max(axis=1, keepdims=True)).sum(axis=1) > 1
            return np.where(tied, NO_LABEL, best)
        at = int(encode([self.positive], self.classes)[0])
        others = [i for i in range(len(self.classes)) if i != at]
        other = others[0] if len(others) == 1 else NO_LABEL
        share = stated[:, 0]
        return np.where(share > 0.5, at, np.where(share < 0.5, other, NO_LABEL))

    def _stated(self, batch: Batch) -> np.ndarray:
        """(n, k) probabilities (of the positive class alone, where it is named), NaN where they are none."""
        if not self._areas:
            return np.empty((len(batch), 0))
        names = self._areas[0].classes
        found = np.full((len(batch), len(names)), np.nan)
        for row, value in enumerate(batch.output.values(self.probability or None)):
            shares = distribution(value)
            if shares is not None:
                found[row] = [shares.get(name, 0.0) for name in names]
            elif self.positive is not None and (share := share_of(value)) is not None:
                found[row] = share
        return found

    def _score_sets(self, batch: Batch) -> Scores:
        sets = sets_of(batch, self.field, self.classes)
        rules = np.array(sets.rules(batch), object)
        why = [None if known else outside() for known in sets.known]
        found = Scores.build(sets.counts(), why, {"rule": rules})
        views = {
            "sample_f1": mean_scores(sets.f1()).parts,
            "subset_accuracy": mean_scores(sets.exact()).parts,
            "unparsed": mean_scores(~sets.answered).parts,
        }
        return dataclasses.replace(found, views=views)

    # ------------------------------------------------------------------------------------------ what could have been

    def worst(self, batch: Batch, *, outer: bool) -> np.ndarray:
        """(n, 3 k + 1) counts of no answer; `outer`: and one false positive of every class that is not right."""
        if self.multi:
            counts = Sets.silent(sets_of(batch, self.field, self.classes)).counts()
        else:
            counts = self._counts(self.gold_codes(batch), np.full(len(batch), NO_LABEL))
        if outer:
            counts[:, 1:-1:3] = (counts[:, 2:-1:3] == 0) & (self._here(batch))[:, None]
        return counts

    def _here(self, batch: Batch) -> np.ndarray:
        """(n,) rows whose gold is among the classes."""
        return sets_of(batch, self.field, self.classes).known if self.multi else self.gold_codes(batch) >= 0

    def best(self, batch: Batch) -> np.ndarray:
        """(n, 3 k + 1) counts of the right answer."""
        if self.multi:
            return sets_of(batch, self.field, self.classes).right().counts()
        gold = self.gold_codes(batch)
        return self._counts(gold, gold)

    def failed(self, batch: Batch) -> np.ndarray:
        """The reserved outcome: a false negative of the right class."""
        return self.worst(batch, outer=False)

    def extremes(self, batch: Batch) -> Extremes | None:
        """Those of the headline."""
        return Count(self.headline, self, self.headline).extremes(batch)

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., 3 k + 1) summed counts -> (...) values of the headline."""
        return compute(self.headline, totals)
