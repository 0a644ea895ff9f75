"""A judge that says what a script says: for tests, and for trying a suite without a key."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, CallError, Request


class Always(Mapping[str, str]):
    """The same label for every case."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __getitem__(self, key: str) -> str:
        return self.label

    def __iter__(self) -> Iterator[str]:
        return iter(("*",))

    def __len__(self) -> int:
        return 1


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

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any], base: Path) -> FakeJudge:
        """`fake:always:LABEL`, or `fake:FILE.json` with case id -> label; the file is relative to the suite.

        Raises:
            InputError: the file cannot be read or holds something else.
        """
        cost = options.get("cost")
        if rest.startswith("always:"):
            label = rest.removeprefix("always:")
            return cls(Always(label), name=rest, cost=cost)
        path = base / rest
        try:
            labels = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"the judge's file cannot be read: {error.strerror}", str(path)) from error
        except ValueError as error:
            raise InputError(f"the judge's file is not JSON: {error}", str(path)) from error
        if not isinstance(labels, dict) or not all(isinstance(label, str) for label in labels.values()):
            raise InputError("a judge's file maps case ids to labels (text)", str(path))
        return cls(labels, name=rest, cost=cost)

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
