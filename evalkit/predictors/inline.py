"""A Python function given by the caller's own program: called in this process, in threads, or awaited."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from evalkit.core.protocols import Answer, Request
from evalkit.predictors import _child
from evalkit.predictors.inline_code import code_of
from evalkit.predictors.marks import MARK
from evalkit.predictors.rows import answer_of

T = TypeVar("T")
Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Inline:
    """`f(input) -> output`: sync, async, or marked `@evalkit.batch`; what it raises is a system failure.

    It means the same as the same function given as `python:module:function`, but for this: it shares this process, so
    that what dies takes the run along, and what hangs is left behind in its thread. Sync functions are called from
    several threads at once (`concurrency=1`: from one at a time). An unfinished run goes on only with the code that it
    began with, as far as `inline_code.code_of` can see.
    """

    function: Function

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The function's qualified name, and what its code is."""
        kind = type(self.function)
        name = getattr(self.function, "__qualname__", kind.__qualname__)
        module = getattr(self.function, "__module__", kind.__module__)
        return {"predictor": "inline", "target": f"{module}:{name}", "code": code_of(self.function)}

    @property
    def identity(self) -> dict[str, Any] | None:
        """Nothing pins a function's answers."""
        return None

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Calls the function."""
        size = getattr(self.function, MARK, None)
        if size is not None:
            yield _Batches(self.function, size)
        elif _is_async(self.function):
            yield lambda request: _awaited(self.function, request)
        else:
            yield lambda request: _in_thread(lambda: _answer(_child.timed(self.function, request.input)))


def _is_async(function: Function) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _answer(fields: dict[str, Any]) -> Answer:
    """By way of JSON, as from another process: what the function keeps and changes later is not the answer."""
    return answer_of(json.loads(_child.as_json({}, fields)))


async def _awaited(function: Function, request: Request) -> Answer:
    started = time.perf_counter()
    try:
        fields = _child.fields_of(await function(request.input))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the function raises is its answer
        fields = _child.raised(error)
    return _answer({"seconds": time.perf_counter() - started} | fields)


async def _in_thread(call: Callable[[], T]) -> T:
    """A call that cannot raise, in a thread of its own: one that hangs holds nothing up, not even the process's end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(value: T) -> None:
        if not done.done():
            done.set_result(value)

    def work() -> None:
        value = call()
        with suppress(RuntimeError):  # the loop is closed: the run ended without this answer
            loop.call_soon_threadsafe(settle, value)

    threading.Thread(target=copy_context().run, args=(work,), name="evalkit-function", daemon=True).start()
    return await done


class _Batches:
    """Requests that came together are one batch; the next is begun when it is answered."""

    def __init__(self, function: Callable[[list[Any]], Any], size: int) -> None:
        self.width = self._size = size
        self._function = function
        self._waiting: list[tuple[Request, asyncio.Future[Answer]]] = []
        self._asked: list[asyncio.Future[Answer]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Answer:
        """The answer, once the request's batch was answered."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        try:
            return await future
        except asyncio.CancelledError:
            if self._task is not None and self._asked and all(one.done() for one in self._asked):
                self._task.cancel()  # nobody waits for this batch any more: the next must not wait for it either
                self._task = asyncio.create_task(self._work())
            raise

    async def _work(self) -> None:
        while waiting := [(request, future) for request, future in self._waiting if not future.done()]:
            batch, self._waiting = waiting[: self._size], waiting[self._size :]
            self._asked = [future for _, future in batch]
            rows = [{"case_id": i, "repeat": 0, "input": request.input} for i, (request, _) in enumerate(batch)]
            found = _Collected()
            await _in_thread(lambda found=found, rows=rows: _child.answer_batch(found, self._function, rows))  # type: ignore[misc]
            for i, future in enumerate(self._asked):
                if not future.done():
                    future.set_result(found.answers[i])
        self._asked = []


class _Collected:
    """A batch's answers by position, in place of the pipe that a child process has."""

    def __init__(self) -> None:
        self.answers: dict[int, Answer] = {}

    def send(self, row: dict[str, Any]) -> None:
        """That a request was begun means nothing here."""

    def answer(self, row: dict[str, Any], fields: dict[str, Any]) -> None:
        """The answer to one input."""
        self.answers[row["case_id"]] = _answer(fields)
