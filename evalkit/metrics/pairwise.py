"""A candidate's answer held against another one by a judge: won, tied or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
import pyarrow as pa

from evalkit.core.protocols import Batch, Example, Scores
from evalkit.core.tables import Column
from evalkit.metrics.base import Mean, mean_scores, over_one, require_gold, wrong_parameter
from evalkit.metrics.verdicts import Facts, Reader, read_all, verdicts_of

__all__ = ["Pairwise"]

PAIR = Facts("pair", (("1", 1.0), ("tie", 0.5), ("2", 0.0)))
"""What a label of a pair is worth, whatever its rubric: it names the winning answer, 1 being the candidate's."""


@dataclass(frozen=True)
class Pairwise(Mean):
    """Win rate against the baseline's answers (or the expected ones), a tie counting one half.

    The judge is shown both answers in both orders; where the order decides it is a tie, and counted. Two answers that
    are the same are a tie that nobody is asked about; a system that failed loses. Only candidates have a score.

    Attributes:
        judge: the name of a judge in the suite's `judges`.
        rubric: a rubric for pairs: a file relative to the suite, a name in the suite's `rubrics`, or one that comes
            with evalkit; None: `helpfulness`, where the judge is a model.
        against: the answer to compare with: that of the run's `baseline`, or the `expected` one.
        labels: a file of human labels on these pairs, by which the judge's errors are corrected.
    """

    judge: str
    rubric: str | None = None
    against: Literal["baseline", "expected"] = "baseline"
    labels: str | None = None

    name: ClassVar[str] = "pairwise"
    needs: ClassVar[frozenset[str]] = frozenset({"output", "verdict"})
    rubric_kind: ClassVar[str] = "pair"
    default_rubric: ClassVar[str] = "helpfulness"

    def __post_init__(self) -> None:
        if not isinstance(self.judge, str):
            raise wrong_parameter(self.name, "judge", self.judge, "a name (text)")
        if self.against not in ("baseline", "expected"):
            raise wrong_parameter(self.name, "against", self.against, "baseline or expected")

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Against expected answers, every case has one.

        Raises:
            InputError: names the first case that has none.
        """
        if self.against == "expected":
            require_gold(self.name, gold, ids, None)
        return self

    @staticmethod
    def examples() -> list[Example]:
        """What the judge said stands for the answer."""
        lost = [{"label": "2"}, {"label": "tie", "value": 0.5, "order_conflict": True}]
        won = [("Paris", {"label": "1", "value": 1, "order_conflict": False}), ("Rome", {"label": "1"})]
        return [
            Example({"judge": "main"}, won, lost),
            Example({"judge": "main", "rubric": "helpfulness", "against": "expected"}, won, lost),
        ]

    def score(self, batch: Batch) -> Scores:
        """1 for an answer that won, 0.5 for a tie, 0 for one that lost; or the reason why it is not known."""
        read = read_all(batch, Reader(facts=PAIR))
        conflict = np.full(len(batch), None, object)
        for row, verdict in enumerate(verdicts_of(batch)):
            if isinstance(verdict, dict) and isinstance(verdict.get("order_conflict"), bool):
                conflict[row] = verdict["order_conflict"]
        return mean_scores(read.values, read.why, read.detail | {"order_conflict": conflict})

    def failed(self, batch: Batch) -> np.ndarray | None:
        """A system that failed loses; where the other one failed too it is a tie."""
        verdicts = verdicts_of(batch)
        tied = [isinstance(v, dict) and v.get("rule") == "both_failed" for v in verdicts]
        return over_one(np.where(np.array(tied, bool), 0.5, 0.0))
