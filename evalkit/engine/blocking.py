"""Async inside, one public form outside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


def run_blocking(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, also where an event loop is already running (a notebook): then in a thread.

    An interrupt (Ctrl-C) cancels the coroutine, waits until it has cleaned up, and is raised again.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        found: list[T] = []
        asyncio.run(_into(found, start))
        return found[0]
    return _Threaded(start).result()


async def _into(found: list[T], start: Callable[[], Coroutine[Any, Any, T]]) -> None:
    # Not as the task's result: when it ends, asyncio makes a text of the task, result and all, for a message that
    # nobody reads; of 100,000 answers that takes seconds.
    found.append(await start())


class _Threaded(Generic[T]):
    """A coroutine on a loop of its own in a thread of its own."""

    def __init__(self, start: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._start = start
        self._value: T | None = None
        self._error: BaseException | None = None
        self._cancel: Callable[[], object] | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._run,), name="evalkit-calls")

    def result(self) -> T:
        self._thread.start()
        try:
            self._thread.join()
        except BaseException:
            self._ready.wait()
            if self._cancel is not None:
                self._cancel()
            self._thread.join()
            raise
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    def _run(self) -> None:
        try:
            asyncio.run(self._watched())
        except BaseException as error:  # noqa: BLE001 - raised again by `result`, in the thread that asked
            self._error = error
        finally:
            self._ready.set()

    async def _watched(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def cancel() -> None:
            if not loop.is_closed() and task is not None:
                loop.call_soon_threadsafe(task.cancel)

        self._cancel = cancel
        self._ready.set()
        self._value = await self._start()
