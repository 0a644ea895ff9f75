"""What a judge says by a rubric, as a number between 0 and 1; with several criteria, a view for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.metrics.base import Mean, Share, mean_scores, wrong_parameter
from evalkit.metrics.verdicts import Facts, Reader, RubricLike, check_labels, read_all

__all__ = ["RubricMetric"]


@dataclass(frozen=True)
class RubricMetric(Mean):
    """Mean value of the verdicts that a judge gives by a rubric.

    What the judge could not say (it refused, its reply held no verdict, the endpoint failed) is unscored with its
    reason. A rubric with several criteria gives a view for each: `ID.criterion`; with `after`, of what the judge saw.

    Attributes:
        rubric: a rubric's file relative to the suite, a name in the suite's `rubrics`, or one that comes with evalkit
            (`correctness`).
        judge: the name of a judge in the suite's `judges`.
        after: a metric of the suite that decides first: the judge is asked only about what it left open (answers that
            it could not read, gold that it could not use). None: the judge is asked about every answer.
        criterion: only this criterion of the rubric counts; None: the whole verdict.
        right, wrong: labels that count as 1 and as 0, any other is unscored; None: as the rubric says.
        labels: a file of human labels on these answers, by which the judge's errors are corrected.
    """

    rubric: str
    judge: str
    after: str | None = None
    criterion: str | None = None
    right: Sequence[str] | None = None
    wrong: Sequence[str] | None = None
    labels: str | None = None
    _facts: Facts | None = field(default=None, repr=False)

    name: ClassVar[str] = "rubric"
    needs: ClassVar[frozenset[str]] = frozenset({"output", "verdict"})
    rubric_kind: ClassVar[str] = "single"

    def __post_init__(self) -> None:
        for name in ("rubric", "judge"):
            if not isinstance(getattr(self, name), str):
                raise wrong_parameter(self.name, name, getattr(self, name), "a name (text)")
        if (self.right is None) != (self.wrong is None):
            missing = "right" if self.right is None else "wrong"
            raise wrong_parameter(self.name, missing, None, "given, because the other of `right` and `wrong` is")
        if self.right is not None:
            right, wrong = check_labels(self.name, self.right, self.wrong)
            object.__setattr__(self, "right", right)
            object.__setattr__(self, "wrong", wrong)
        if self.criterion is not None and (self.right is not None or not isinstance(self.criterion, str)):
            raise wrong_parameter(self.name, "criterion", self.criterion, "a criterion's name, without right and wrong")

    @staticmethod
    def examples() -> list[Example]:
        """What the judge said stands for the answer."""
        params = {"rubric": "correctness", "judge": "main"}
        best = {"label": "good", "value": 1.0, "points": {"tone": 1}}
        poor = {"label": "poor", "value": 0.25, "points": {"tone": 0.5}}
        return [
            Example(params, [("Paris", {"label": "correct", "value": 1}), ("Rome", {"label": "correct"})], [poor]),
            Example({**params, "criterion": "tone"}, [("Paris", best)], [poor]),
            Example({**params, "right": ["A"], "wrong": ["B"]}, [("x", {"label": "A", "value": 0})], [{"label": "B"}]),
        ]

    def with_rubric(self, rubric: RubricLike) -> Self:
        """The same metric, knowing its rubric's labels and criteria.

        Raises:
            InputError: the rubric has no such criterion, or not the labels that are named.
        """
        facts = Facts.of(rubric)
        where = f"metric {self.name}"
        if self.criterion is not None and self.criterion not in facts.criteria:
            names = ", ".join(facts.criteria) or "none"
            what = f"the rubric {rubric.id!r} has no criterion {self.criterion!r:.80}"
            raise InputError(what, where, f"Its criteria: {names}.")
        menu = [label for label, _ in facts.values]
        odd = next((label for label in (*(self.right or ()), *(self.wrong or ())) if label not in menu), None)
        if odd is not None:
            what = f"the rubric {rubric.id!r} has no label {odd!r:.80}"
            raise InputError(what, where, f"Its labels: {', '.join(menu)}.")
        return replace(self, _facts=facts)

    @cached_property
    def views(self) -> Mapping[str, Metric]:
        """One a criterion, where there are several."""
        criteria = self._facts.criteria if self._facts is not None and self.criterion is None else ()
        return {name: Share(name=name) for name in criteria} if len(criteria) > 1 else {}

    def score(self, batch: Batch) -> Scores:
        """The verdict's value in [0, 1], or the reason why there is none."""
        read = read_all(batch, Reader(self.right or (), self.wrong or (), self._facts, self.criterion))
        found = mean_scores(read.values, read.why, read.detail)
        if not self.views:
            return found
        own = {name: read_all(batch, Reader(facts=self._facts, criterion=name)) for name in self.views}
        views: dict[str, np.ndarray | Scores] = {name: mean_scores(one.values, one.why) for name, one in own.items()}
        return replace(found, views=views)
