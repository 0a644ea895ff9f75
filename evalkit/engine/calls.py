"""How systems and judges are asked: what of it is recorded already, and whether they may be asked at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.protocols import Answer, CallError, Journal, LivePredictor, Request, Store
from evalkit.engine.runner import CallPolicy


@dataclass(frozen=True)
class Calls:
    """How calls are made: what cannot change a number.

    Attributes:
        policy: concurrency, retries, budget.
        fresh: neither the cache nor an unfinished journal is used.
        replay: no call is made; what is not recorded is unscored ("not recorded").
        known: answers to start from, e.g. the good ones of an earlier run.
    """

    policy: CallPolicy = field(default_factory=CallPolicy)
    fresh: bool = False
    replay: bool = False
    known: Mapping[str, Mapping[tuple[str, int], Answer]] = field(default_factory=dict)


def open_journal(store: Store, key: str, calls: Calls, name: str) -> Journal:
    """The journal of these calls; `fresh` empties it first, and what is known already comes with it."""
    journal: Journal = store.journal(key)
    if calls.fresh:
        journal.close(done=True)
        journal = store.journal(key)
    known = calls.known.get(name)
    return Known(journal, known) if known else journal


@dataclass(frozen=True)
class Known:
    """A journal that already knows some answers; its own come first."""

    journal: Journal
    answers: Mapping[tuple[str, int], Answer]

    @property
    def dropped(self) -> int:
        """Torn rows of the journal."""
        return self.journal.dropped

    def load(self) -> dict[tuple[str, int], Answer]:
        """Answers by (case id, repeat)."""
        return {**self.answers, **self.journal.load()}

    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None:
        """Make these durable."""
        self.journal.append(rows)

    def close(self, *, done: bool = False) -> None:
        """Release the journal; `done` removes it."""
        self.journal.close(done=done)


@dataclass(frozen=True)
class ReplayOnly:
    """A system that may not be asked: only what the journal or the cache holds is an answer."""

    predictor: LivePredictor

    @property
    def spec(self) -> dict[str, Any]:
        """As the system's own."""
        return self.predictor.spec

    @property
    def identity(self) -> dict[str, Any] | None:
        """As the system's own."""
        return self.predictor.identity

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """A session whose every call fails as "not recorded"."""

        async def answer(request: Request) -> Answer:
            raise CallError("not_recorded", f"no recorded answer for case {request.case_id!r}, and calls are forbidden")

        yield answer
