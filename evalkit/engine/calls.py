"""How systems and judges are asked: what of it is recorded already, and whether they may be asked at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evalkit.core.protocols import Answer, Cache, CallError, Journal, LivePredictor, Request, Store
from evalkit.engine.budget import Budget
from evalkit.engine.runner import CallPolicy

Recorded = dict[str, dict[tuple[str, int], Answer]]
"""Answers by what they are kept under (a variant, or metric, variant and judge), then by case id and repeat."""


@dataclass(frozen=True)
class Calls:
    """How calls are made: what cannot change a number.

    Attributes:
        policy: concurrency, retries, budget.
        fresh: neither the cache nor an unfinished journal answers anything; what comes replaces what they held.
        replay: no call is made; what is not recorded is unscored ("not recorded").
        known: answers to start from, e.g. the good ones of an earlier run.
        unsettled: judges are asked again where what they said, though recorded, holds no verdict.
    """

    policy: CallPolicy = field(default_factory=CallPolicy)
    fresh: bool = False
    replay: bool = False
    known: Mapping[str, Mapping[tuple[str, int], Answer]] = field(default_factory=dict)
    unsettled: bool = False

    @cached_property
    def budget(self) -> Budget:
        """One for the whole run: what one system has cost, the next can no longer spend."""
        return Budget(self.policy.budget)


def open_journal(store: Store, key: str, calls: Calls) -> Journal:
    """The journal of these calls: `fresh` empties it first, `replay` leaves it to the run that it belongs to."""
    journal: Journal = store.journal(key)
    if calls.fresh:
        journal.close(done=True)
        journal = store.journal(key)
    return Kept(journal) if calls.replay else journal


def open_cache(store: Store, calls: Calls) -> Cache:
    """The answers of other runs; with `fresh` they are only replaced."""
    cache: Cache = store.cache()
    return WriteOnly(cache) if calls.fresh else cache


@dataclass(frozen=True)
class Kept:
    """A journal that is only looked at: it stays, so that the run that began it can go on."""

    journal: Journal

    @property
    def dropped(self) -> int:
        """Torn rows of the journal."""
        return self.journal.dropped

    def load(self) -> dict[tuple[str, int], Answer]:
        """Answers by (case id, repeat)."""
        return self.journal.load()

    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None:
        """Make these durable."""
        self.journal.append(rows)

    def close(self, *, done: bool = False) -> None:
        """Release the journal; it is never removed."""
        self.journal.close(done=False)


@dataclass(frozen=True)
class WriteOnly:
    """A cache that is never asked, but learns what comes."""

    cache: Cache

    def get(self, key: str) -> Answer | None:
        """Nothing."""
        return None

    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Nothing."""
        return {}

    def put(self, rows: Sequence[tuple[str, Answer]]) -> None:
        """Keep answers; a key that is there already is replaced."""
        self.cache.put(rows)

    def labelled(self, labels: Mapping[str, Any]) -> Cache:
        """The same, with what people look its entries up by, where the cache keeps such a thing."""
        labelled = getattr(self.cache, "labelled", None)
        return self if labelled is None else WriteOnly(labelled(labels))

    def note_use(self, keys: Sequence[str], n_asked: int, n_found: int) -> None:
        """Which entries a run used, where the cache keeps such a thing."""
        note = getattr(self.cache, "note_use", None)
        if note is not None:
            note(keys, n_asked, n_found)


@dataclass(frozen=True)
class VerdictsOnly(WriteOnly):
    """A judge's cache of which only the verdicts are used: what was refused or cut off is asked again."""

    def get(self, key: str) -> Answer | None:
        """The answer, if it is a verdict."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are verdicts."""
        return {key: answer for key, answer in self.cache.get_many(keys).items() if _is_verdict(answer)}

    def labelled(self, labels: Mapping[str, Any]) -> Cache:
        """The same, with what people look its entries up by, where the cache keeps such a thing."""
        labelled = getattr(self.cache, "labelled", None)
        return self if labelled is None else VerdictsOnly(labelled(labels))


def _is_verdict(answer: Answer) -> bool:
    said = answer.output
    return not isinstance(said, dict) or said.get("label") is not None or said.get("why") is None


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
