"""A judge that was given to an earlier run as an object: what it said is recorded, and it cannot be asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from evalkit.core.protocols import Answer, CallError, Request


@dataclass(frozen=True)
class GivenJudge:
    """Stands for the judge of that run: it has its digest, and its settled verdicts stand for its calls.

    Attributes:
        spec, identity: of the judge that was given, before it was bound to a rubric.
        digests: metric id -> digest of the judge as that metric asked it.
        digest: of the judge as the metric asks it; None: it was never asked for this metric.
    """

    spec: dict[str, Any]
    identity: dict[str, Any] | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    digest: str | None = None

    settled: ClassVar[bool] = True
    """How many calls a verdict took, and how they were settled, is known to the judge alone."""

    def of(self, metric: str) -> GivenJudge:
        """The judge as a metric asked it."""
        return replace(self, digest=self.digests.get(metric))

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """A session whose every call fails as "not recorded"."""

        async def answer(request: Request) -> Answer:
            what = "the judge was given to that run from Python, and only what it said is recorded"
            raise CallError("not_recorded", what)

        yield answer
