"""One attempt at a time, as the endpoint, the clock and the money allow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from evalkit.core.protocols import Answer, CallError
from evalkit.engine.attempt import attempt
from evalkit.engine.budget import Budget
from evalkit.engine.endpoints import Endpoint
from evalkit.engine.hedge import Outcome, hedged
from evalkit.engine.latencies import Latencies
from evalkit.engine.limits import CallPolicy
from evalkit.engine.turn import Turn

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[Any]]


class Asker:
    """Asks, within the limits that are shared, and tells them what came of it.

    Attributes:
        n_calls, n_retries: attempts made; attempts beyond the first of each request.
    """

    def __init__(self, policy: CallPolicy, budget: Budget, endpoint: Endpoint, clock: Clock, sleep: Sleep) -> None:
        self.n_calls = self.n_retries = 0
        self._policy, self._budget, self._clock, self._sleep = policy, budget, clock, sleep
        self._throttle, self._pace, self._latencies = endpoint.throttle, endpoint.pace, Latencies()
        self._paced = policy.requests_per_minute is not None or policy.tokens_per_minute is not None

    async def once(self, answer: Any, turn: Turn, stopped: Callable[[], bool]) -> Outcome | None:
        """The next attempt of a turn.

        Args:
            answer: what the predictor's session gave.
            turn: the request, with what failed so far.
            stopped: asked once there is a place: whether nothing more may begin.

        Returns:
            What came of it; None where it was not made: there is no money left, or the run was stopped meanwhile.
        """
        throttle = self._throttle
        epoch = await throttle.enter(self._budget.room)
        if epoch is None:
            return None
        try:
            entry = await self._wait_for_pace() if self._paced else None
            if stopped():
                return None
            self.n_calls += 1
            self.n_retries += turn.n > 0
            turn.n += 1
            started = self._clock()
            outcome = await self._outcome(answer, turn)
            self._learn(outcome, epoch, self._clock() - started)
            if self._paced:
                self._pace.ended(entry, outcome)
            return outcome
        finally:
            throttle.leave()

    async def _outcome(self, answer: Any, turn: Turn) -> Outcome:
        """One attempt, or two where the first is slow; all that was made is charged."""
        policy, clock = self._policy, self._clock
        limit = self._limit(turn)
        after = self._hedge_after(limit) if policy.hedge is not None else None
        if after is None:
            outcome = await attempt(answer, turn.request, policy, clock, limit)
            self._budget.charge(outcome)
            return outcome
        places = 0

        def another() -> bool:
            nonlocal places
            places = int(self._throttle.spare(self._budget.room))
            self.n_calls += places
            return places > 0

        try:
            outcome, beside = await hedged(lambda: attempt(answer, turn.request, policy, clock, limit), after, another)
        finally:
            for _ in range(places):
                self._throttle.leave()
        self._budget.charge(outcome)
        for other in beside:
            self._budget.charge(other)
            turn.paid += other.cost or 0.0
        return outcome

    def _limit(self, turn: Turn) -> float | None:
        """Seconds for the next attempt: retries do not take the whole timeout again."""
        timeout, now = self._policy.timeout, self._clock()
        turn.begun = now if turn.begun is None else turn.begun
        if turn.hung:
            return self._latencies.patience(timeout)
        if timeout is None or not self._policy.judging:
            return timeout
        return max(timeout / 2, timeout - (now - turn.begun))

    async def _wait_for_pace(self) -> Any:
        policy = self._policy
        wait, entry = self._pace.begin(self._clock(), policy.requests_per_minute, policy.tokens_per_minute)
        if wait > 0:
            await self._sleep(wait)
        return entry

    def _hedge_after(self, limit: float | None) -> float | None:
        """Seconds after which a second request begins; None: never."""
        hedge = self._policy.hedge
        after = self._latencies.quantile(0.95) if hedge == "auto" else hedge
        return None if after is None or (limit is not None and after >= limit) else after

    def _learn(self, outcome: Outcome, epoch: int, seconds: float) -> None:
        if isinstance(outcome, CallError):
            if outcome.reason == "rate_limited":
                wait = outcome.retry_after
                # a wait that is too long for one call ends that call, and is none for all
                patient = wait is not None and wait <= self._policy.backoff.patience
                self._throttle.turned_away(epoch, wait if patient else None)
        elif isinstance(outcome, Answer) and (outcome.failure is None or outcome.failure.reason != "timeout"):
            self._throttle.answered(epoch, seconds)
            self._latencies.add(seconds)
