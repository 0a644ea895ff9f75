"""People as a judge: labels that are there already. A missing one is "not labelled yet", never a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

from evalkit.core.digest import digest_of
from evalkit.core.protocols import Answer, Request

NOT_YET = "not labelled yet"
SPLIT = "people are split"
OTHER_ANSWER = "labelled for another answer"


class Said(NamedTuple):
    """What people said of one answer.

    Attributes:
        label: strict majority, or None.
        votes: label -> people.
    """

    label: str | None
    votes: Mapping[str, int]


@dataclass(frozen=True)
class HumanJudge:
    """Labels by item and answer.

    Attributes:
        labels: `answer_key` of an item and its answer -> what people said.
        items: every item that the labels name.
        digest: of the labels.
        name: of the file, for the record.
        values: label -> number in [0, 1], of the rubric.
    """

    labels: Mapping[str, Said] = field(default_factory=dict)
    items: frozenset[str] = frozenset()
    digest: str = ""
    name: str = ""
    values: Mapping[str, float] | None = None

    offline: ClassVar[bool] = True

    @property
    def spec(self) -> dict[str, Any]:
        """The labels by their digest: other labels are another judge."""
        return {"judge": "human", "name": self.name, "labels": self.digest}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The spec: the labels' digest pins every verdict."""
        return self.spec

    def bound(self, rubric: Any) -> HumanJudge:
        """The same labels with the rubric's values."""
        return replace(self, values=dict(rubric.values))

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`, whose output is the label of exactly this answer to this item."""

        async def answer(request: Request) -> Answer:
            return Answer(output=self.verdict(request), cost=0.0)

        yield answer

    def verdict(self, request: Request) -> dict[str, Any]:
        """The label, or why there is none."""
        asked = request.input if isinstance(request.input, Mapping) else {}
        found = self.labels.get(answer_key(request.case_id, asked)) or self.labels.get(answer_key(request.case_id, {}))
        if found is None or not found.votes:
            other = found is None and request.case_id in self.items
            return {"label": None, "value": None, "why": OTHER_ANSWER if other else NOT_YET}
        if found.label is None:
            return {"label": None, "value": None, "why": SPLIT, "votes": dict(found.votes)}
        said: dict[str, Any] = {"label": found.label, "votes": dict(found.votes)}
        return said if self.values is None else said | {"value": self.values.get(found.label)}


def answer_key(item: str, row: Mapping[str, Any]) -> str:
    """What a label belongs to: the item, and the answer (or the two) where they are named."""
    return digest_of([item, {key: row[key] for key in ("output", "output_1", "output_2") if key in row}])
