"""A judge's verdict as a metric: right, wrong, or unscored when the judge gave no usable label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from evalkit.core.protocols import Batch, Example, Scores
from evalkit.metrics.base import Mean, mean_scores
from evalkit.metrics.verdicts import RIGHT, WRONG, Reader, check_labels, read_all

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged(Mean):
    """Share of answers that the judge calls right.

    Attributes:
        judge: the name of a judge in the suite's `judges`.
        after: a metric of the suite that decides first: the judge is asked only about what it left open (answers that
            it could not read, gold that it could not use). None: the judge is asked about every answer.
        right, wrong: labels of the judge's menu; any other label leaves the case unscored.
        rubric: what a model judges by: a file relative to the suite, a name in the suite's `rubrics`, or one that comes
            with evalkit; None: `correctness`, where the judge is a model.
        labels: a file of human labels on these answers, by which the judge's errors are corrected.
    """

    judge: str
    after: str | None = None
    right: Sequence[str] = field(default=RIGHT)
    wrong: Sequence[str] = field(default=WRONG)
    rubric: str | None = None
    labels: str | None = None

    name: ClassVar[str] = "judged"
    needs: ClassVar[frozenset[str]] = frozenset({"output", "verdict"})
    rubric_kind: ClassVar[str] = "single"
    default_rubric: ClassVar[str] = "correctness"

    def __post_init__(self) -> None:
        right, wrong = check_labels(self.name, self.right, self.wrong)
        object.__setattr__(self, "right", right)
        object.__setattr__(self, "wrong", wrong)

    @staticmethod
    def examples() -> list[Example]:
        """What the judge said stands for the answer."""
        right = [("Paris", {"label": "correct"}), ("Rome", {"label": "yes"})]
        return [
            Example({"judge": "main"}, right, [{"label": "wrong"}, {"label": "no"}]),
            Example({"judge": "main", "right": ["A"], "wrong": ["B", "C"]}, [("x", {"label": "A"})], [{"label": "C"}]),
        ]

    def score(self, batch: Batch) -> Scores:
        """1 for a right label, 0 for a wrong one; no verdict or an off-menu label is a reason."""
        read = read_all(batch, Reader(self.right, self.wrong))
        return mean_scores(read.values, read.why, read.detail)
