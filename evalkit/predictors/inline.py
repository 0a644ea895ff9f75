"""A Python function given by the caller's own program: called in this process, in threads, or awaited."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, Request


@dataclass(frozen=True)
class Inline:
    """`f(input) -> output`, sync or async; what it raises is a system failure.

    A hang cannot be ended from outside in the same process: give `python:module:function` for code that may hang.
    """

    function: Callable[[Any], Any]

    @property
    def spec(self) -> dict[str, Any]:
        """The function's qualified name."""
        name = getattr(self.function, "__qualname__", type(self.function).__name__)
        return {"inline": f"{getattr(self.function, '__module__', '')}:{name}"}

    @property
    def identity(self) -> dict[str, Any] | None:
        """Nothing pins a function's answers."""
        return None

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Calls the function; sync ones in a thread, so that the loop goes on."""
        is_async = inspect.iscoroutinefunction(self.function)

        async def answer(request: Request) -> Answer:
            started = time.perf_counter()
            try:
                if is_async:
                    output = await self.function(request.input)
                else:
                    output = await asyncio.to_thread(self.function, request.input)
            except Exception as error:  # noqa: BLE001 - whatever the system raises is its answer
                failure = Failure(kind="system", reason="raised", message=f"{type(error).__name__}: {error}"[:2000])
                return Answer(failure=failure, seconds=time.perf_counter() - started)
            return Answer(output, seconds=time.perf_counter() - started)

        yield answer
