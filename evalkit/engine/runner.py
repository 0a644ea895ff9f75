"""The calls of a run, for predictors and judges alike: bounded, retried, paid for, and durable before they count."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, RunBroke
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, Cache, CallError, Journal, LivePredictor, Progress, Request
from evalkit.engine.attempt import attempt
from evalkit.engine.blocking import run_blocking
from evalkit.engine.intake import checked, recalled
from evalkit.engine.ledger import Ledger
from evalkit.engine.limits import Budget, CallPolicy, Circuit, Throttle
from evalkit.engine.uniform import Uniform

__all__ = ["CallPolicy", "RunnerResult", "identity_key", "run_blocking", "run_calls"]

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[Any]]
Retry = Literal["none", "harness", "all"]

_MAX_COLLATERAL = 5  # free retries of a call that lost its process through no fault of its own
_NOT_AN_OUTAGE = frozenset({"not_recorded"})
_UNPRICED = (
    "a budget was given, but the answers name no cost, so it cannot be kept; name prices "
    "(openai:MODEL?prices=FILE) or answer with a cost (0 where nothing is paid)"
)


class RunnerResult(NamedTuple):
    """What the calls brought.

    Attributes:
        answers: (case id, repeat) -> answer, one for each request; what was never asked is a harness failure.
        n_reused: answers taken from the journal or the cache.
        n_calls: attempts made, retries included.
        n_retries: attempts beyond the first of each request.
        stopped: why the run ended early, as a sentence; None when every request was asked.
        spent: US dollars named by the attempts of this run.
    """

    answers: dict[tuple[str, int], Answer]
    n_reused: int
    n_calls: int
    n_retries: int
    stopped: str | None
    spent: float


async def run_calls(
    requests: Sequence[Request],
    predictor: LivePredictor,
    policy: CallPolicy,
    *,
    journal: Journal,
    cache: Cache | None = None,
    cache_key: Callable[[Request], str] | None = None,
    progress: Progress | None = None,
    known: Mapping[tuple[str, int], Answer] | None = None,
    budget: Budget | None = None,
    retry_failed: Retry = "harness",
    clock: Clock = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> RunnerResult:
    """Ask a predictor or a judge every request that the journal and the cache do not answer.

    Args:
        requests: what to ask; a (case id, repeat) is asked once.
        predictor: opened once, and only when something is left to ask. Its session gives `answer(request)`; where that
            has `within(request, limit)` the predictor counts the time itself (so that queueing and start-up are not
            held against the system) and raises TimeoutError; where it has `width`, so many calls are kept in flight.
        policy: the limits.
        journal: what earlier attempts at this run answered; every answer is appended before it counts.
        cache: answers of other runs; used only when `predictor.identity` pins them.
        cache_key: the cache's key of a request; default `identity_key(predictor.identity)`.
        progress: told (done, total) after each flush.
        known: answers of an earlier run, to start from; those of the journal come before them, and only the journal's
            have cost this run anything.
        budget: what may be spent by all calls of the run together; None: `policy.budget`, for these calls alone.
        retry_failed: which failures found in the journal are asked again.
        clock, sleep: monotonic seconds and how to wait between attempts.

    Raises:
        InputError: no call can succeed (wrong key, unknown model, program not found) and none has.
        RunBroke: the same, after some calls were answered; they are in the journal.
        StoreError: an answer could not be made durable.
    """
    if cache is None or predictor.identity is None:
        cache = cache_key = None
    else:
        cache_key = cache_key or identity_key(predictor.identity)
    total = len({(request.case_id, request.repeat) for request in requests})
    ledger = Ledger(journal, cache, cache_key, total, progress)
    ours = {key: answer for key, answer in journal.load().items() if not _asked_again(answer, retry_failed)}
    theirs = {key: checked(answer, policy.max_output_bytes) for key, answer in (known or {}).items()}
    left = ledger.reuse(requests, {**theirs, **ours}, lambda answer: recalled(answer, policy))
    budget = budget or Budget(policy.budget)
    budget.begin()
    budget.already(cost for key, answer in ours.items() if key in ledger.answers and (cost := answer.cost))
    before = budget.spent
    run = _Run(policy, ledger, left, budget, clock, sleep)
    n_reused = len(ledger.answers)
    if left:
        await run.through(predictor)
    answers = {(r.case_id, r.repeat): run.answer_of(r) for r in requests}
    return RunnerResult(answers, n_reused, run.n_calls, run.n_retries, run.stopped(total), budget.spent - before)


def identity_key(identity: dict[str, Any]) -> Callable[[Request], str]:
    """The cache key that a predictor's identity, the input and the repeat make."""
    return lambda request: digest_of([identity, request.input, request.repeat])


def _asked_again(answer: Answer, retry: Retry) -> bool:
    return answer.failure is not None and (retry == "all" or retry == answer.failure.kind)


class _Halt(Exception):
    """Ends the run at once: calls in flight are cancelled."""


class _Run:
    """The state of one `run_calls`."""

    def __init__(
        self,
        policy: CallPolicy,
        ledger: Ledger,
        requests: Sequence[Request],
        budget: Budget,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self.policy, self.ledger, self.clock, self.sleep = policy, ledger, clock, sleep
        self.n_requests = len(requests)
        self.todo: Iterator[Request] = iter(requests)
        self.budget = budget
        self.circuit = Circuit(policy, clock)
        self.uniform = Uniform(policy.same_failures, len(requests))
        self.n_calls = self.n_retries = 0
        self.reason = ""  # why the run ended early: a short name and a sentence
        self.sentence: str | None = None

    # ------------------------------------------------------------------------------------------------- the whole

    async def through(self, predictor: LivePredictor) -> None:
        """Open the predictor and ask all that is left, unless something stops the run."""
        try:
            async with predictor.session(self.policy.concurrency) as answer:
                width = min(getattr(answer, "width", None) or self.policy.concurrency, self.n_requests)
                throttle = Throttle(max(1, width), self.budget.room)
                await self._together([self._work(answer, throttle) for _ in range(throttle.ceiling)])
        except _Halt:
            pass
        except CallError as error:
            raise self._fatal(error) from None
        self._unless_nothing_came()

    async def _together(self, workers: Sequence[Any]) -> None:
        """Run the workers beside the writer; whatever ends them, nothing stays in flight and all that came is kept."""
        writer = asyncio.create_task(self.ledger.keep_flushing())
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
            for row in self.uniform.release():
                self.ledger.add(*row)
            self.ledger.flush()

    async def _work(self, answer: Any, throttle: Throttle) -> None:
        """One of the workers: takes the next request until none is left or no more may be asked."""
        for request in self.todo:
            found = await self._ask(answer, throttle, request)
            if found is None:
                return
            self._count(request, found)
            if self.sentence is not None:
                return

    def _count(self, request: Request, found: Answer) -> None:
        for row in self.uniform.admit(request, found):
            self.ledger.add(*row)
        if (sentence := self.uniform.verdict()) is not None:
            self._halt("same_failure", sentence)
        if found.failure is None or found.failure.kind == "system":
            if found.failure is None or found.failure.reason != "timeout":
                self.circuit.succeeded()
            if self.budget.unpriced(found):
                self._stop("no_price", _UNPRICED)
        elif found.failure.reason not in _NOT_AN_OUTAGE and (sentence := self.circuit.call_failed(found.failure)):
            self._halt("endpoint_down", sentence)

    # -------------------------------------------------------------------------------------------------- one call

    async def _ask(self, answer: Any, throttle: Throttle, request: Request) -> Answer | None:
        """All attempts at one request; None when the run may not ask any more."""
        collateral = failed = 0
        for n in itertools.count():
            epoch = await throttle.enter()
            if epoch is None:
                self._stop("budget", f"the budget of {self.budget.ceiling:g} US dollars is used up")
                return None
            if self.sentence is not None:
                throttle.leave()
                return None
            self.n_calls += 1
            self.n_retries += n > 0
            try:
                outcome = await attempt(answer, request, self.policy, self.clock)
                self.budget.charge(outcome)
                self._steer(throttle, outcome, epoch)
            finally:
                throttle.leave()
            if isinstance(outcome, Answer):
                return outcome
            if outcome.reason == "collateral" and collateral < _MAX_COLLATERAL:
                collateral += 1
                continue
            failure = await self._wait_or_fail(request, failed, outcome)
            if failure is not None:
                return Answer(failure=failure)
            failed += 1
        return None

    def _steer(self, throttle: Throttle, outcome: Answer | CallError, epoch: int) -> None:
        if isinstance(outcome, Answer):
            throttle.grow()
        elif outcome.reason == "rate_limited":
            throttle.halve(epoch)

    async def _wait_or_fail(self, request: Request, attempt: int, error: CallError) -> Failure | None:
        """Wait before the next attempt; a failure when there will be none."""
        if error.retry and (sentence := self.circuit.attempt_failed(error)):
            self._halt("endpoint_down", sentence)
        failure = Failure(kind="harness", reason=error.reason, message=error.message)
        if not error.retry:
            return failure
        if attempt >= self.policy.retries:
            return failure.model_copy(update={"message": f"{error.message} ({attempt + 1} attempts)"})
        delay = self.policy.backoff.delay(request, attempt, error)
        if delay is None:
            note = f"{error.message}; it asks for a wait of {error.retry_after:,.0f} s, which is too long"
            return failure.model_copy(update={"message": note})
        await self.sleep(delay)
        return None

    # ---------------------------------------------------------------------------------------------------- ending

    def _stop(self, reason: str, sentence: str) -> None:
        """Ask nothing more; calls in flight may end."""
        if self.sentence is None:
            self.reason, self.sentence = reason, sentence

    def _halt(self, reason: str, sentence: str) -> None:
        self._stop(reason, sentence)
        raise _Halt

    def _unless_nothing_came(self) -> None:
        """Calls that all failed on our side measured nothing, however few they were: that is no result to report."""
        if self.sentence is not None or self.ledger.n_answered():
            return
        failures = [a.failure for a in self.ledger.answers.values() if a.failure is not None]
        if failures and failures[0].reason not in _NOT_AN_OUTAGE:
            self._stop("no_answer", f"no call brought an answer ({failures[0].reason}: {failures[0].message})")

    def stopped(self, total: int) -> str | None:
        """Why the run ended early, with what was answered."""
        if self.sentence is None:
            return None
        again = "raise it and run again to continue" if self.reason == "budget" else "run again to continue"
        return f"{self.sentence}: {self.ledger.n_answered():,} of {total:,} answered; {again}"

    def answer_of(self, request: Request) -> Answer:
        """The answer to a request; a harness failure when it was never asked."""
        found = self.ledger.answers.get((request.case_id, request.repeat))
        if found is not None:
            return found
        return Answer(failure=Failure(kind="harness", reason=self.reason, message=self.sentence or ""))

    def _fatal(self, error: CallError) -> InputError | RunBroke:
        n = self.ledger.n_answered()
        if not n:
            return InputError(error.message)
        return RunBroke(error.message, remedy=f"{n:,} answers are kept; mend this and run again to continue")
