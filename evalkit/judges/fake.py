"""A judge that says what a script says: for tests, and for trying a suite without a key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.protocols import Answer, CallError, Request


@dataclass(frozen=True)
class FakeJudge:
    """Labels by case id, else by a rule, else none at all: then the case stays unscored (`no_label`).

    Attributes:
        labels: case id -> label.
        rule: (the rendered question) -> label, for cases that `labels` does not name.
        name: tells two fakes apart; part of the identity.
        cost: US dollars a verdict.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    rule: Callable[[Any], str] | None = None
    name: str = "fake"
    cost: float | None = None

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for; a rule is code and only named."""
        rule = None if self.rule is None else getattr(self.rule, "__qualname__", type(self.rule).__name__)
        return {"judge": "fake", "name": self.name, "labels": dict(self.labels), "rule": rule}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The labels pin the answers; a rule does not."""
        return self.spec if self.rule is None else None

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`, whose output is `{"label": ...}`."""

        async def answer(request: Request) -> Answer:
            label = self.labels.get(request.case_id)
            if label is None and self.rule is not None:
                label = self.rule(request.input)
            if label is None:
                raise CallError("no_label", f"the fake judge has no label for case {request.case_id!r}")
            return Answer(output={"label": label}, cost=self.cost)

        yield answer
