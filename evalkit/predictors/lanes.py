"""How requests share processes: one at a time in several, or many at once in one. Both find out who is to blame."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from evalkit.core.protocols import Answer, CallError, Request
from evalkit.predictors.inflight import Lost
from evalkit.predictors.worker import Program, Worker

MAX_STILLBORN = 5
MAX_CHILDREN = 4


class Lanes(Protocol):
    """What a session gives: `answer(request)`, and the same with the time counted by us."""

    width: int | None  # calls to keep in flight; None: as many as the caller likes

    async def __call__(self, request: Request) -> Answer: ...
    async def within(self, request: Request, limit: float | None) -> Answer: ...


class Serial:
    """Several processes, each with one request at a time: its hang or death is that request's own."""

    def __init__(self, workers: list[Worker]) -> None:
        self.width: int | None = len(workers)
        self._free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in reversed(workers):
            self._free.put_nowait(worker)

    async def __call__(self, request: Request) -> Answer:
        """The answer, however long it takes."""
        return await self.within(request, None)

    async def within(self, request: Request, limit: float | None) -> Answer:
        """The answer; waiting for a process, and for its start, does not count.

        Raises:
            TimeoutError: the system worked on it for longer than `limit` seconds.
            CallError: no process can be had.
        """
        worker = await self._free.get()
        try:
            return await _ask_alone(worker, request, limit)
        finally:
            self._free.put_nowait(worker)


class Shared:
    """One process with many requests at once. Who was there when it ended is asked again alone, in another."""

    def __init__(self, shared: Worker, alone: Worker, width: int | None = None) -> None:
        self.width = width
        self._shared, self._alone = shared, alone
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, request: Request) -> Answer:
        """The answer, however long it takes."""
        return await self.within(request, None)

    async def within(self, request: Request, limit: float | None) -> Answer:
        """The answer; waiting for a process, and for its start, does not count.

        Raises:
            TimeoutError: the system worked on it for longer than `limit` seconds.
            CallError: no process can be had.
        """
        await self._start(self._shared)
        try:
            answer = await self._shared.ask(request, limit)
        except Lost:
            async with self._one_at_a_time:
                await self._start(self._alone)
                answer = await _ask_alone(self._alone, request, limit)
        if not self._works() and answer.failure is not None and answer.failure.reason == "died":
            raise CallError("collateral", answer.failure.message, retry=True)
        return answer

    def _works(self) -> bool:
        """Whether a death can be the doing of a case: the program has answered something.

        Evalkit's own child has shown by its greeting that it works.
        """
        return self._shared.program.ours or bool(self._shared.n_answers + self._alone.n_answers)

    async def _start(self, worker: Worker) -> None:
        """Have a process, unless all that were started ended before they answered anything."""
        if not self._works() and self._shared.n_deaths + self._alone.n_deaths >= MAX_STILLBORN:
            message = f"{worker.program.name}: ended {MAX_STILLBORN} times before it answered anything"
            said = self._alone.overheard() or self._shared.overheard()
            raise CallError("start", message + said, fatal=True)
        await worker.start()


async def _ask_alone(worker: Worker, request: Request, limit: float | None) -> Answer:
    for _ in range(MAX_STILLBORN):
        await worker.start()
        try:
            return await worker.ask(request, limit)
        except Lost:  # it ended between two requests
            continue
    name = worker.program.name
    raise CallError("start", f"{name}: ended {MAX_STILLBORN} times before it could be asked", fatal=True)


@asynccontextmanager
async def shared_lane(program: Program) -> AsyncIterator[Lanes]:
    """Many requests at once in one process of a program that is not ours."""
    shared, alone = Worker(program), Worker(program)
    async with _closing([shared, alone]):
        await shared.start()
        yield Shared(shared, alone)


@asynccontextmanager
async def own_lanes(program: Program, concurrency: int) -> AsyncIterator[Lanes]:
    """As many of evalkit's own children as the function in them needs: it says itself whether it is sync or async."""
    first = Worker(program)
    workers = [first]
    async with _closing(workers):
        hello = await first.start()
        if hello["mode"] == "sync":
            more = min(concurrency, os.cpu_count() or 1, MAX_CHILDREN) - 1
            workers += [Worker(program) for _ in range(more)]
            yield Serial(workers)
        else:
            workers.append(Worker(program))
            # Two batches: one that is worked on, one that fills.
            yield Shared(first, workers[1], width=2 * hello["size"] if hello["mode"] == "batch" else None)


@asynccontextmanager
async def _closing(workers: list[Worker]) -> AsyncIterator[None]:
    grace = 0.0
    try:
        yield
        grace = workers[0].program.grace
    finally:
        await asyncio.gather(*(worker.close(grace) for worker in workers))
