"""Requests on their way to a shadow: sampled, in a queue that is bounded, a few at a time, and never waited for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from evalkit.core.texts import clip
from evalkit.core.traffic import Dropped, Said, Shadowed
from evalkit.pipeline.ab.assign import Assignment
from evalkit.pipeline.shadow.resting import Resting

__all__ = ["Mirror", "MirrorLimits"]

_AT_ONCE = 32  # rate times seconds (Little's law): 1,000 requests a second, about what a gateway serves, of 32 ms


@dataclass(frozen=True)
class MirrorLimits:
    """What bounds a shadow.

    Attributes:
        sample: share of the requests that it is asked, in [0, 1], by a hash of the request's id.
        seconds: that it may take.
        concurrency: requests that it works on at once.
        queue: requests that may wait for it; more are dropped and counted.
        flush: seconds between the rows that say how many were dropped.
    """

    sample: float = 1.0
    seconds: float = 10.0
    concurrency: int = _AT_ONCE
    queue: int = 1_000
    flush: float = 1.0


class Mirror:
    """Asks one shadow. `offer` takes microseconds whatever the shadow does; what it says is put by `put`.

    A shadow that hangs or dies again and again is left alone for 1, 2, 4, ... at most 60 s, and then asked one request
    until it answers: to start it over and over would take the machine from the users. What it is not asked meanwhile,
    what waits in the queue among it, is dropped and counted.

    Attributes:
        n_asked, n_failed, n_dropped: requests so far.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[str, Any], Awaitable[Said]],
        put: Callable[[Shadowed | Dropped], None],
        limits: MirrorLimits,
        clock: Callable[[], float],
        *,
        again: bool = False,
    ) -> None:
        """`clock` gives seconds since 1970; `again`: this is the champion, asked a second time."""
        self.name, self.limits, self.again = name, limits, again
        self._ask, self._put, self._clock = ask, put, clock
        share = limits.sample
        self._drawn = None if share == 1 else Assignment("shadow", {"asked": share, "left out": 1 - share})
        self._queue: deque[tuple[str, Any]] = deque()
        self._room = asyncio.Semaphore(0)
        self._tasks: list[asyncio.Task[None]] = []
        self._resting = Resting(lambda: asyncio.get_running_loop().time())
        self._untold = self._under_way = 0
        self.n_asked = self.n_failed = self.n_dropped = 0

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    def offer(self, request: str, given: Any) -> None:
        """A request that a user was answered; it is asked later, or dropped."""
        if self._drawn is not None and self._drawn.arm(request) == "left out":
            return
        if not self._takes():
            self._drop(1)
            return
        self._queue.append((request, given))
        self._room.release()

    def _takes(self) -> bool:
        waiting = len(self._queue)
        return waiting < self.limits.queue and self._resting.allows(waiting + self._under_way)

    def _drop(self, n: int) -> None:
        self.n_dropped += n
        self._untold += n

    def turn_to(self, name: str, ask: Callable[[str, Any], Awaitable[Said]]) -> None:
        """Another system from now on. What waits was answered by the one before, and is dropped."""
        self._drop(len(self._queue))
        self._flush()
        self._queue.clear()
        self.name, self._ask = name, ask
        self._resting.forget()

    async def __aenter__(self) -> Mirror:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._work()) for _ in range(self.limits.concurrency)]
        self._tasks.append(loop.create_task(self._tell()))
        return self

    async def __aexit__(self, *_: object) -> None:
        """What waits is dropped: the end is not held up by a shadow."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._drop(len(self._queue))
        self._queue.clear()
        self._flush()

    async def _work(self) -> None:
        while True:
            await self._room.acquire()
            if not self._queue:  # it was emptied meanwhile
                continue
            (request, given), name = self._queue.popleft(), self.name
            if self._resting.rests:
                self._drop(1)
                continue
            at = self._clock()
            self._under_way += 1
            try:
                said = await self._said(request, given)
            finally:
                self._under_way -= 1
            self.n_asked += 1
            self.n_failed += said.output is None
            self._put(Shadowed(request, at, name, said.output, said.failure, said.seconds))
            if name == self.name:
                self._resting.saw(said.reason if said.output is None else None)

    async def _said(self, request: str, given: Any) -> Said:
        limit = self.limits.seconds
        try:
            async with asyncio.timeout(limit):
                return await self._ask(request, given)
        except TimeoutError:
            return Said(None, f"no answer within {limit:g} s", limit, reason="timeout")
        except Exception as error:  # noqa: BLE001 - whatever a shadow does is its own failure
            return Said(None, clip(f"it raised {type(error).__name__}: {error}"), 0.0, reason="died")

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(self.limits.flush)
            self._flush()

    def _flush(self) -> None:
        if self._untold:
            self._put(Dropped(self._clock(), self.name, self._untold))
            self._untold = 0
