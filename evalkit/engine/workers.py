"""The workers of a run: each takes a request, asks, and takes the next, until none is left or no more may be asked."""

from __future__ import annotations

import asyncio
import dataclasses
import heapq
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from evalkit.core.protocols import Answer, CallError, LivePredictor, Request
from evalkit.engine.asking import Asker, Clock, Sleep
from evalkit.engine.budget import Budget
from evalkit.engine.circuit import Circuit
from evalkit.engine.endpoints import Endpoint
from evalkit.engine.ledger import Ledger
from evalkit.engine.limits import CallPolicy
from evalkit.engine.turn import Turn
from evalkit.engine.uniform import Uniform

NOT_AN_OUTAGE = frozenset({"not_recorded"})
_UNPRICED = (
    "a budget was given, but the answers name no cost, so it cannot be kept; name prices "
    "(openai:MODEL?prices=FILE) or answer with a cost (0 where nothing is paid)"
)


class _Halt(Exception):
    """Ends the run at once: calls in flight are cancelled."""


class Workers:
    """The state of one `run_calls`.

    Attributes:
        asker: makes the attempts, and counts them.
        reason, sentence: why the run ended early: a short name and a sentence; None when it did not.
    """

    def __init__(
        self, policy: CallPolicy, ledger: Ledger, budget: Budget, endpoint: Endpoint, clock: Clock, sleep: Sleep
    ) -> None:
        self.asker = Asker(policy, budget, endpoint, clock, sleep)
        self.reason, self.sentence = "", ""
        self._policy, self._ledger, self._budget, self._clock, self._sleep = policy, ledger, budget, clock, sleep
        self._throttle = endpoint.throttle
        self._circuit = Circuit(policy.max_failures, policy.max_outage, clock)
        self._uniform = Uniform(policy.same_failures, 0)
        self._todo: Iterator[Request] = iter(())
        self._all_begun = False
        self._parked: list[tuple[float, int, Turn]] = []  # a heap: what waits for its next attempt, without a worker
        self._number = itertools.count()

    async def ask(self, predictor: LivePredictor, requests: Sequence[Request]) -> None:
        """Open the predictor and ask everything, unless something stops the run.

        Raises:
            CallError: a fatal one: no call can succeed.
        """
        self._uniform = Uniform(self._policy.same_failures, len(requests))
        self._todo = iter(requests)
        try:
            async with predictor.session(self._policy.concurrency) as answer:
                width = max(1, min(getattr(answer, "width", None) or self._policy.concurrency, len(requests)))
                self._throttle.begin(width, self._clock, self._sleep)
                await self._together([self._work(answer) for _ in range(width)])
        except _Halt:
            pass

    def stop(self, reason: str, sentence: str) -> None:
        """Ask nothing more; calls in flight may end."""
        if not self.sentence:
            self.reason, self.sentence = reason, sentence

    async def _together(self, workers: Sequence[Any]) -> None:
        """Run the workers beside the writer; whatever ends them, nothing stays in flight and all that came is kept."""
        writer = asyncio.create_task(self._ledger.keep_flushing())
        tasks = [asyncio.create_task(worker) for worker in workers]
        everyone = asyncio.gather(*tasks)
        either: list[asyncio.Future[Any]] = [everyone, writer]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if writer.done():
                await writer  # it only ever ends by an error: the disk
            await everyone
        finally:
            for task in (writer, *tasks):
                task.cancel()
            await asyncio.gather(writer, everyone, *tasks, return_exceptions=True)
            for row in self._uniform.release():
                self._ledger.add(*row)
            self._ledger.close()

    # -------------------------------------------------------------------------------------------------- one worker

    async def _work(self, answer: Any) -> None:
        turn = self._next()
        while turn is not None:
            if (wait := turn.ready - self._clock()) > 0 and turn.n:
                await self._sleep(wait)
            found = await self._attempted(answer, turn)
            if self.sentence:
                return
            turn = turn if found is None and not self._park(turn) else self._next()

    def _next(self) -> Turn | None:
        """What may be tried again by now, else what was never asked, else what may be tried again soonest."""
        if self._parked and self._parked[0][0] <= self._clock():
            return heapq.heappop(self._parked)[-1]
        for request in self._todo:
            return Turn(request, self._circuit.n_successes)
        self._all_begun = True
        return heapq.heappop(self._parked)[-1] if self._parked else None

    def _park(self, turn: Turn) -> bool:
        """Let a turn that must wait do so without its worker: who waits asks nothing.

        Not too many: during an outage not everything may be begun, and then left waiting.
        """
        if turn.ready <= self._clock() or len(self._parked) >= self._throttle.ceiling - 1:
            return False
        heapq.heappush(self._parked, (turn.ready, next(self._number), turn))
        return True

    async def _attempted(self, answer: Any, turn: Turn) -> Answer | None:
        """One attempt: what the request ends with, or None: it is to be tried again, or nothing more may be asked."""
        outcome = await self.asker.once(answer, turn, lambda: bool(self.sentence))
        if outcome is None:
            self.stop("budget", f"the budget of {self._budget.full().ceiling or 0.0:g} US dollars is used up")
            return None
        if isinstance(outcome, CallError):
            if outcome.retry:
                sentence = self._circuit.attempt_failed(outcome, turn.born, last=self._all_begun)
                if sentence is not None:
                    self._halt("endpoint_down", sentence)
            failure = turn.failed(outcome, self._policy, self._clock(), self._circuit.n_successes)
            if failure is None:
                return None
            outcome = Answer(failure=failure)
        if self._policy.judging and turn.paid:
            outcome = dataclasses.replace(outcome, cost=turn.paid + (outcome.cost or 0.0))
        self._ended(turn, outcome)
        return outcome

    def _ended(self, turn: Turn, found: Answer) -> None:
        """A request has its outcome."""
        for row in self._uniform.admit(turn.request, found):
            self._ledger.add(*row)
        if (sentence := self._uniform.verdict()) is not None:
            self._halt("same_failure", sentence)
        failure = found.failure
        if failure is None or failure.kind == "system":
            if failure is None or failure.reason != "timeout":
                self._circuit.succeeded()
            if self._budget.unpriced(found):
                self.stop("no_price", _UNPRICED)
        elif failure.reason not in NOT_AN_OUTAGE and (sentence := self._circuit.call_failed(failure, turn.born)):
            self._halt("endpoint_down", sentence)

    def _halt(self, reason: str, sentence: str) -> None:
        self.stop(reason, sentence)
        raise _Halt
