"""The metric `choice`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Literal

import numpy as np
import pyarrow as pa

from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import (
    PerCase,
    Share,
    absent_rule,
    broken_gold,
    mean_scores,
    over_one,
    require_gold,
    wrong_parameter,
)
from evalkit.metrics.text.choice.extract import EXTRACTORS, Chosen, choose
from evalkit.metrics.text.choice.options import MAX_OPTIONS, Options, labels_for, options_of

__all__ = ["Choice", "read_choice"]

_NO_CHOICES: Final = "the case has no list of choices"
_NOT_ONE: Final = "gold is none of the choices"
_FEWEST: Final = 4


@dataclass(frozen=True)
class Choice(PerCase):
    """Share of multiple-choice answers that choose the right option.

    Gold is a label ("C"), an index, or the text of an option. The choice is read by extractors in this order; the rule
    of a right answer names the one that found it: `bare` (the answer, or its last line, is the label), `boxed` (the
    last \\\\boxed{}), `anchored` (the last "answer is (C)", "Antwort: C", "答案是C" ...), `leading` ("C) ..."), `cued`
    ("option C", "C is correct"), `option_text` (the answer is or states the text of one option). Reasoning blocks are
    left out; the article "a" and the pronoun "I" are no choices; "A or B" is `ambiguous`. A wrong choice has the rule
    `different`; no choice has ambiguous, refusal, unparsed, empty or not_text, and is wrong too. The view `unparsed`
    is the share of the latter.

    Attributes:
        choices: the option texts, when they are the same for all cases; or the key of `input` that holds them: a list
            of texts, an object {label: text}, or {"text": [...], "label": [...]}. None: only labels are known.
        labels: `letters` (A, B, ...), `numbers` (1, 2, ...), or a list of labels.
        count: how many options there are, where `choices` are not given; None: as many as gold needs, at least 4.
        first_index: what the first option is called, where gold is an index: 0 or 1. A number that is a label is one.
    """

    choices: Sequence[str] | str | None = None
    labels: Literal["letters", "numbers"] | Sequence[str] = "letters"
    count: int | None = None
    first_index: int = 0

    name: ClassVar[str] = "choice"

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.labels, list | tuple):
            object.__setattr__(self, "labels", tuple(self.labels))
        if not _are_labels(self.labels):
            wanted = f"letters, numbers, or a list of 1 to {MAX_OPTIONS} different labels (texts)"
            raise wrong_parameter(self.name, "labels", self.labels, wanted)
        if isinstance(self.choices, list | tuple):
            object.__setattr__(self, "choices", tuple(self.choices))
        if not (self.choices is None or isinstance(self.choices, str) or options_of(self.choices, self.labels)):
            wanted = f"a list of 1 to {MAX_OPTIONS} option texts with a label each, or a key of `input`"
            raise wrong_parameter(self.name, "choices", self.choices, wanted)
        if self.count is not None and (type(self.count) is not int or not 2 <= self.count <= MAX_OPTIONS):
            raise wrong_parameter(self.name, "count", self.count, f"a number from 2 to {MAX_OPTIONS}")
        if self.first_index not in (0, 1) or isinstance(self.first_index, bool):
            raise wrong_parameter(self.name, "first_index", self.first_index, "0 or 1")

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]
        """Gold and output; input too where it holds the choices."""
        return frozenset({"gold", "output"} | ({"input"} if isinstance(self.choices, str) else set()))

    @property
    def views(self) -> Mapping[str, Metric]:
        """`unparsed`: the share of answers in which no choice could be read."""
        return {"unparsed": Share("unparsed", "lower")}

    def bind(self, gold: Column, ids: pa.Array) -> Choice:
        """Every gold is a label, an index or a text; and one of the options, where they are known by now.

        Raises:
            InputError: names the first case for which that does not hold.
        """
        values = require_gold(self.name, gold, ids, self.field)
        for row, value in enumerate(values):
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise broken_gold(self.name, str(ids[row]), self.field, value, "a label, an index or an option's text")
        if isinstance(self.choices, str):
            return self
        bound = self if self.choices or self.count else replace(self, count=self._needed(values))
        options = bound._fixed()
        for row, value in enumerate(values):
            if options.gold(value, self.first_index) is None:
                shown = ", ".join(options.labels)
                raise broken_gold(self.name, str(ids[row]), self.field, value, f"one of the options {shown}")
        return bound

    def _needed(self, values: Sequence[Any]) -> int:
        """As many options as gold needs, at least 4; all labels where they are listed."""
        if isinstance(self.labels, tuple):
            return len(self.labels)
        every = Options(labels_for(self.labels, MAX_OPTIONS))
        found = [every.gold(value, self.first_index) for value in values]
        return max([_FEWEST, *(every.labels.index(label) + 1 for label in found if label is not None)])

    def _fixed(self) -> Options:
        """The options of every case."""
        if self.choices is not None and not isinstance(self.choices, str):
            options = options_of(self.choices, self.labels)
            if options is not None:
                return options
        n = len(self.labels) if isinstance(self.labels, tuple) else self.count or _FEWEST
        return Options(labels_for(self.labels, n))

    def score(self, batch: Batch) -> Scores:
        """1 or 0 with rule, chosen, and read (by which extractor); unscored where gold is none of the choices."""
        golds, outputs = batch.gold.values(self.field), batch.output.values(self.field)
        every: list[Options | None] = [None if isinstance(self.choices, str) else self._fixed()] * len(batch)
        if isinstance(self.choices, str):
            every = [options_of(value, self.labels) for value in batch.input.values(self.choices)]
        known: dict[tuple[str, Options], Chosen] = {}
        found: list[Chosen] = []
        why: list[str | None] = [None] * len(batch)
        right: list[str | None] = [None] * len(batch)
        for row, (value, output, options) in enumerate(zip(golds, outputs, every, strict=True)):
            right[row] = None if options is None else options.gold(value, self.first_index)
            why[row] = _NO_CHOICES if options is None else _NOT_ONE if right[row] is None else None
            if output is MISSING:
                found.append(Chosen(None, absent_rule(bool(batch.failed[row]))))
            elif options is None or not isinstance(output, str):
                found.append(Chosen(None, "not_text") if options is None else read_choice(output, options))
            else:
                pair = (output, options)
                found.append(known.get(pair) or known.setdefault(pair, read_choice(output, options)))
        return _scores(found, right, why)

    @staticmethod
    def examples() -> list[Example]:
        """Letters; option texts in the input; indices."""
        return [
            Example({}, [("C", "The answer is (C)."), ("A", "A")], ["B", "The answer is A or C.", "I cannot tell."]),
            Example(
                {"choices": "options"},
                [("Paris", "It is Paris."), ("B", "B) Paris"), (1, "Answer: B")],
                ["London", "Paris or London"],
                input={"options": ["London", "Paris"]},
            ),
            Example({"labels": "numbers", "count": 3}, [(2, "2"), ("3", "Answer: 3")], ["1", "2 or 3"]),
        ]


def read_choice(output: Any, options: Options) -> Chosen:
    """The choice in an answer of any JSON type: text, or a whole number that is a label."""
    if isinstance(output, str):
        return choose(output, options)
    if isinstance(output, int) and not isinstance(output, bool) and -(10**9) < output < 10**9:
        return Chosen(str(output), "bare", str(output)) if str(output) in options.labels else Chosen(None, "unparsed")
    return Chosen(None, "not_text")


def _scores(found: list[Chosen], right: list[str | None], why: list[str | None]) -> Scores:
    ok = [chosen.label is not None and chosen.label == label for chosen, label in zip(found, right, strict=True)]
    detail = {
        "rule": [
            None if reason else chosen.rule if good or chosen.label is None else "different"
            for chosen, good, reason in zip(found, ok, why, strict=True)
        ],
        "chosen": [chosen.label for chosen in found],
        "read": [chosen.rule if chosen.rule in EXTRACTORS else None for chosen in found],
    }
    scores = mean_scores(ok, why if any(why) else None, detail)
    unread = np.fromiter((chosen.label is None for chosen in found), float, len(found))
    return replace(scores, views={"unparsed": over_one(unread, scores.why < 0)})


def _are_labels(labels: Any) -> bool:
    if labels in ("letters", "numbers"):
        return True
    if not isinstance(labels, tuple) or not 1 <= len(labels) <= MAX_OPTIONS:
        return False
    texts = [label for label in labels if isinstance(label, str) and label.strip() == label and label]
    return len({label.casefold() for label in texts}) == len(labels)
