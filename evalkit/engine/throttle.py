"""How many calls to one endpoint may be in flight: as many as it bears, found out while it is asked."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from evalkit.engine.rising import Rising

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[Any]]

_FEW = 4  # calls that make a round at least
_BEARABLE = 0.2  # share turned away up to which the window still grows: some endpoints do so at random
_MOST = 0.5  # share turned away above which all wait, not only the calls concerned


class Throttle:
    """A window of calls in flight, judged once a round (as many calls as the window is wide).

    Turned away (429): `W <- W (1 - share/2)`, in proportion to the share of the round, as DCTCP does (Alizadeh et al.
    2010, eq. 2, with gain 1); a window that halves at each 429 starves where 10 % are turned away at random. Otherwise
    it grows by a sixteenth of its ceiling a round. It starts at the ceiling. Rising latency: see `Rising`.
    """

    def __init__(self) -> None:
        """Nothing is known of the endpoint yet."""
        self.ceiling, self.limit, self.active = 0, 0.0, 0
        self._learned: float | None = None  # the window at the end of the calls before; None: the ceiling
        self._clock: Clock = time.monotonic
        self._sleep: Sleep = asyncio.sleep
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._epoch = 0
        self._until = 0.0  # all wait until then
        self._begin_round()
        self._rising = Rising()

    def begin(self, ceiling: int, clock: Clock, sleep: Sleep) -> None:
        """Calls begin, of a system that may be slower than the one before; what the endpoint bears is remembered."""
        self.ceiling, self._clock, self._sleep = ceiling, clock, sleep
        self.limit = float(ceiling) if self._learned is None else min(self._learned, float(ceiling))
        self._rising = Rising()
        self._begin_round()

    async def enter(self, room: Callable[[], int]) -> int | None:
        """Wait for a place; gives the epoch to hand to `ended`, or None when there will never be one.

        `room()`: a second bound on calls in flight, which may change between calls (money).
        """
        while True:
            if self._until and (wait := self._until - self._clock()) > 0:
                await self._sleep(wait)
                continue
            if self.active < min(int(self.limit), free := room()):
                self.active += 1
                return self._epoch
            if not self.active and free <= 0:
                self._wake(len(self._waiters))
                return None
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    def leave(self) -> None:
        """Give the place back."""
        self.active -= 1
        free = int(self.limit) - self.active
        # With nothing in flight nobody else would wake those who must learn that no money is left.
        self._wake(free if self.active else len(self._waiters))

    def spare(self, room: Callable[[], int]) -> bool:
        """Take a place beyond the window for a second request, at most a tenth of it, if there is money."""
        if self.active >= min(self.limit + max(1.0, self.limit / 10), room()):
            return False
        self.active += 1
        return True

    def answered(self, epoch: int, seconds: float) -> None:
        """A call that entered in `epoch` was answered after so long."""
        self._seconds.append(seconds)
        self._count(epoch)

    def turned_away(self, epoch: int, retry_after: float | None) -> None:
        """A call that entered in `epoch` was told that it was one too many."""
        if epoch == self._epoch:
            self._n_away += 1
            if retry_after is not None:
                self._waits.append(retry_after)
        self._count(epoch)

    def _count(self, epoch: int) -> None:
        if epoch != self._epoch:  # it entered a wider window, which has been narrowed since
            return
        self._n += 1
        if self._n >= max(_FEW, int(self.limit)):
            self._end_round()

    def _begin_round(self) -> None:
        self._n = self._n_away = 0
        self._waits: list[float] = []
        self._seconds: list[float] = []

    def _end_round(self) -> None:
        share, before = self._n_away / self._n, self.limit
        if share > _MOST and self._waits:
            self._until = self._clock() + median(self._waits)
        limit = before * (1 - share / 2)
        factor = self._rising.after(self._seconds, before)
        if factor != 1.0:
            limit *= factor
        elif share <= _BEARABLE and not self._rising.high:
            limit += max(1.0, self.ceiling / 16)
        self.limit = max(1.0, min(float(self.ceiling), limit))
        self._learned = None if self.limit >= self.ceiling else self.limit
        self._epoch += self.limit < before
        self._begin_round()
        self._wake(int(self.limit) - self.active)

    def _wake(self, count: int) -> None:
        while self._waiters and count > 0:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1
