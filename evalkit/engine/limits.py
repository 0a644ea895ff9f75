"""What bounds the calls of a run: how many at once, how long, how often, how dear, and when to give up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, CallError
from evalkit.engine.retry import Backoff


@dataclass(frozen=True)
class CallPolicy:
    """The limits of one run's calls.

    Attributes:
        concurrency: most calls in flight (>= 1); fewer while an endpoint says that it is too many.
        timeout: seconds that one attempt may take; None is no limit.
        retries: further attempts after a harness error that may pass (>= 0).
        backoff: how long to wait before each of them.
        max_output_bytes: a longer output (as UTF-8 JSON) is the system failure `too_large`.
        budget: US dollars that this run's calls may cost; None is no limit.
        max_failures: stop after this many harness failures in a row.
        max_outage: stop after this many seconds of nothing but failed attempts.
        same_failures: stop when each of the first so many calls failed in the very same way.
    """

    concurrency: int = 8
    timeout: float | None = 60.0
    retries: int = 4
    backoff: Backoff = field(default_factory=Backoff)
    max_output_bytes: int = 10_000_000
    budget: float | None = None
    max_failures: int = 20
    max_outage: float = 30.0
    same_failures: int = 50


class Throttle:
    """How many calls may be in flight: additive increase on success, halved when the endpoint says "too many"."""

    def __init__(self, ceiling: int, room: Callable[[], int]) -> None:
        """`room()`: a second bound on calls in flight, which may change between calls (money)."""
        self.limit, self.ceiling, self.active = float(ceiling), ceiling, 0
        self._room = room
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._epoch = 0

    async def enter(self) -> int | None:
        """Wait for a place; gives the epoch to hand to `halve`, or None when there will never be one."""
        while self.active >= min(int(self.limit), room := self._room()):
            if not self.active and room <= 0:
                self._wake(len(self._waiters))
                return None
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        self.active += 1
        return self._epoch

    def leave(self) -> None:
        """Give the place back."""
        self.active -= 1
        free = min(int(self.limit), self._room()) - self.active
        # With nothing in flight nobody else would wake those who must learn that no money is left.
        self._wake(max(free, 0 if self.active else len(self._waiters)))

    def grow(self) -> None:
        """A call succeeded: one more place per round of calls."""
        self.limit = min(float(self.ceiling), self.limit + 1.0 / self.limit)

    def halve(self, epoch: int) -> None:
        """A call that entered in `epoch` was turned away. The calls of one round count once."""
        if epoch == self._epoch:
            self._epoch += 1
            self.limit = max(1.0, self.limit / 2)

    def _wake(self, count: int) -> None:
        while self._waiters and count > 0:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1


class Budget:
    """A ceiling that holds: a call starts only if it fits even at the price of the dearest call seen so far.

    Until one call has named its cost, calls go one at a time. Attempts that may have been worked on but named no cost
    (a timeout, a server error) are counted at the dearest price seen.
    """

    _MAY_HAVE_COST = frozenset({"timeout", "server_error", "collateral"})

    def __init__(self, ceiling: float | None) -> None:
        self.ceiling, self.spent = ceiling, 0.0
        self._dearest: float | None = None

    def begin(self) -> None:
        """Another system is asked next: what is spent stays spent, but its prices are not known yet."""
        self._dearest = None

    def already(self, costs: Iterable[float]) -> None:
        """What earlier attempts at this run have cost."""
        for cost in costs:
            self.spent += cost
            self._dearest = max(cost, self._dearest or 0.0)

    def room(self) -> int:
        """How many calls may be in flight now."""
        if self.ceiling is None or self._dearest == 0:
            return 1 << 30
        if self._dearest is None:
            return 1 if self.ceiling > self.spent else 0
        # A hundredth of a cent of slack: sums of prices are not exact.
        return int((self.ceiling - self.spent + 1e-9) / self._dearest)

    def charge(self, outcome: Answer | CallError) -> None:
        """Count one attempt, whatever came of it."""
        cost = outcome.cost if isinstance(outcome, Answer) else None
        if cost is not None:
            self.spent += cost
            self._dearest = max(cost, self._dearest or 0.0)
        elif self._reason(outcome) in self._MAY_HAVE_COST:
            self.spent += self._dearest or 0.0

    def unpriced(self, answer: Answer) -> bool:
        """Whether this answer makes the ceiling impossible to keep."""
        return self.ceiling is not None and answer.failure is None and answer.cost is None

    @staticmethod
    def _reason(outcome: Answer | CallError) -> str | None:
        if isinstance(outcome, CallError):
            return outcome.reason
        return outcome.failure.reason if outcome.failure else None


class Circuit:
    """Notices that calling on is pointless, and says so in one sentence."""

    _MIN_ATTEMPTS = 5

    def __init__(self, policy: CallPolicy, clock: Callable[[], float]) -> None:
        self._policy, self._clock = policy, clock
        self._in_a_row = self._attempts = 0
        self._since: float | None = None

    def attempt_failed(self, error: CallError) -> str | None:
        """An attempt failed (it may be tried again). A sentence when the endpoint has been down for too long."""
        if error.reason in {"rate_limited", "collateral"}:  # an endpoint that says "wait" is not down
            return None
        now = self._clock()
        self._since = now if self._since is None else self._since
        self._attempts += 1
        if now - self._since < self._policy.max_outage or self._attempts < self._MIN_ATTEMPTS:
            return None
        return f"endpoint down after {now - self._since:.0f} s of failures ({error.reason}: {error.message})"

    def call_failed(self, failure: Failure) -> str | None:
        """A call ended as a harness failure. A sentence when that happened too often in a row."""
        self._in_a_row += 1
        if self._in_a_row < self._policy.max_failures:
            return None
        return f"endpoint down after {self._in_a_row} failures in a row ({failure.reason}: {failure.message})"

    def succeeded(self) -> None:
        """The system answered (well or badly)."""
        self._in_a_row = self._attempts = 0
        self._since = None
