"""The metric `set_match`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, Share, absent_rule, broken_gold, over_one, require_gold, wrong_parameter
from evalkit.metrics.numeric.profiles import profile
from evalkit.metrics.text.normalize import DEFAULT_STEPS, check_steps
from evalkit.metrics.text.sets.decide import SetDecision, Sets, gold_items
from evalkit.metrics.text.sets.match import ELEMENTS, Element

__all__ = ["SCORES", "SetMatch"]

Measure = Literal["f1", "precision", "recall", "exact"]
SCORES: Final = ("f1", "precision", "recall", "exact")

_NO_GOLD: Final = "gold is no list of items"
_GOLD_TOO_LONG: Final = "gold has more items than can be compared"


@dataclass(frozen=True)
class SetMatch(PerCase):
    """How well the items of each answer match the items of gold, one to one; the mean over cases.

    Gold is a list, or a text of items; an item of gold may be a list of acceptable forms. The answer is a list, or a
    text that holds a JSON list, bullets or lines, or items between semicolons or commas and "and"; a separator that
    stands inside a gold item ("Smith, John") separates nothing, nor does the comma of 1,577. As many items as possible
    are paired (optimal assignment). Rule: all, partial, none; refusal, unparsed, too_many, too_long or not_a_list score
    0. Two empty sets are equal (1); where only one of them is empty, every number is 0. Views: f1, precision, recall,
    exact. At most 1,000 items, 200 where they are numbers or have several forms.

    Attributes:
        element: how items are compared: `text` after normalisation, `numeric` as numbers under a profile, `exact` as
            JSON values.
        normalize: steps for items that are text, as for `text`.
        profile: of numbers: finance, exact, strict or lenient, as for `numeric`.
        order: items count only where they keep the order of gold (longest common subsequence).
        duplicates: an item that stands twice counts twice; false: each item counts once.
        measure: which number the metric itself is: f1, precision, recall or exact.
    """

    element: Element = "text"
    normalize: tuple[str, ...] = DEFAULT_STEPS
    profile: str = "finance"
    order: bool = False
    duplicates: bool = True
    measure: Measure = "f1"

    name: ClassVar[str] = "set_match"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.element not in ELEMENTS:
            raise wrong_parameter(self.name, "element", self.element, "text, numeric or exact")
        if self.measure not in SCORES:
            raise wrong_parameter(self.name, "measure", self.measure, "f1, precision, recall or exact")
        for name in ("order", "duplicates"):
            if not isinstance(getattr(self, name), bool):
                raise wrong_parameter(self.name, name, getattr(self, name), "true or false")
        object.__setattr__(self, "normalize", check_steps(self.name, self.normalize))
        try:
            profile(self.profile)
        except InputError as error:
            raise InputError(error.what, f"metric {self.name}", error.remedy) from error

    @property
    def views(self) -> Mapping[str, Metric]:
        """f1, precision, recall and exact, from one pass."""
        return {name: Share(name) for name in SCORES}

    @property
    def sets(self) -> Sets:
        """What decides one pair under these parameters."""
        return Sets(self.element, self.normalize, self.profile, self.order, self.duplicates)

    def bind(self, gold: Column, ids: pa.Array) -> SetMatch:
        """Every gold is a list of items, or a text of them, and not too long.

        Raises:
            InputError: names the first case for which that does not hold.
        """
        sets = self.sets
        for row, value in enumerate(require_gold(self.name, gold, ids, self.field)):
            items = gold_items(value)
            if items is None:
                raise broken_gold(self.name, str(ids[row]), self.field, value, "a list, or a text of items")
            if len(items) > sets.most(items):
                what = f"gold has {len(items)} items, and {self.name} compares at most {sets.most(items)}"
                raise InputError(what, where=f"case {ids[row]}", remedy="Split the case, or compare a part of it")
        return self

    def score(self, batch: Batch) -> Scores:
        """A number in [0, 1] with rule, matched, missed and extra; its other views beside it."""
        sets = self.sets
        found: list[SetDecision] = []
        why: list[str | None] = [None] * len(batch)
        for row, (value, output) in enumerate(
            zip(batch.gold.values(self.field), batch.output.values(self.field), strict=True)
        ):
            items = gold_items(value)
            if items is None or len(items) > sets.most(items):
                why[row] = _NO_GOLD if items is None else _GOLD_TOO_LONG
                found.append(SetDecision("unscored"))
            elif output is MISSING:
                found.append(SetDecision(absent_rule(bool(batch.failed[row]))))
            else:
                found.append(sets.decide(items, output))
        return _scores(found, why, self.measure)

    @staticmethod
    def examples() -> list[Example]:
        """Names in any order; numbers; a ranking."""
        return [
            Example(
                {}, [(["Retail", "Cloud"], "Cloud and Retail"), (["Smith, John"], "- Smith, John")], ["Energy", ""]
            ),
            Example({"element": "numeric"}, [([1577, "-32%"], "$1,577; -32.82%")], ["1,578 and 5"]),
            Example({"order": True, "measure": "exact"}, [(["a", "b"], '["a", "b"]')], ["b, a"]),
        ]


def _scores(found: list[SetDecision], why: list[str | None], measure: str) -> Scores:
    values = {name: np.array([getattr(decision, name) for decision in found], float) for name in SCORES}
    detail: dict[str, Any] = {
        "rule": [None if reason else decision.rule for decision, reason in zip(found, why, strict=True)]
    }
    for name in ("matched", "missed", "extra"):
        column = [[item[:_SHOWN] for item in getattr(decision, name)[:_SHOWN]] or None for decision in found]
        if any(column):
            detail[name] = column
    scores = Scores.build(over_one(values[measure]), why, detail)
    views = {name: over_one(column, scores.why < 0) for name, column in values.items()}
    return Scores(scores.parts, scores.why, scores.reasons, scores.detail, views)


_SHOWN: Final = 100
"""Items of a row, and characters of an item, that are kept in the detail."""
