"""A judge that was given to an earlier run as an object: what it said is recorded, and it cannot be asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from evalkit.core.protocols import Answer, CallError, Request


@dataclass(frozen=True)
class GivenJudge:
    """Stands for the judge of that run: the same digest, so that its recorded verdicts are found.

    Attributes:
        spec, identity: of the judge that was given.
    """

    spec: dict[str, Any]
    identity: dict[str, Any] | None

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """A session whose every call fails as "not recorded"."""

        async def answer(request: Request) -> Answer:
            what = "the judge was given to that run from Python, and only what it said is recorded"
            raise CallError("not_recorded", what)

        yield answer
