"""The calls of a run, for predictors and judges alike: bounded, retried, paid for, and durable before they count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, RunBroke
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, Cache, CallError, Journal, LivePredictor, Progress, Request
from evalkit.engine.asking import Clock, Sleep
from evalkit.engine.blocking import run_blocking
from evalkit.engine.budget import Budget
from evalkit.engine.intake import checked, recalled
from evalkit.engine.keys import CacheKeys
from evalkit.engine.ledger import Ledger
from evalkit.engine.limits import CallPolicy
from evalkit.engine.workers import NOT_AN_OUTAGE, Workers

__all__ = ["CallPolicy", "RunnerResult", "identity_key", "run_blocking", "run_calls"]

Retry = Literal["none", "harness", "all"]


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
        policy: the limits; of a judge's calls, `policy.limited(judge.limits)`.
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
    identity = predictor.identity
    if cache is None or identity is None:
        cache = cache_key = None
    else:
        cache_key = cache_key or identity_key(identity)
        cache = _labelled(cache, predictor, policy)
    total = len({(request.case_id, request.repeat) for request in requests})
    ledger = Ledger(journal, cache, cache_key, total, progress)
    ours = {key: answer for key, answer in journal.load().items() if not _asked_again(answer, retry_failed)}
    theirs = {key: checked(answer, policy.max_output_bytes) for key, answer in (known or {}).items()}
    ledger.share(requests, ours)
    left = ledger.reuse(requests, {**theirs, **ours}, lambda answer: recalled(answer, policy))
    budget = _budget(policy, predictor, budget)
    budget.already(cost for key, answer in ours.items() if key in ledger.answers and (cost := answer.cost))
    before, n_reused = budget.spent, len(ledger.answers)
    run = Workers(policy, ledger, budget, policy.endpoints.of(_endpoint(policy, predictor)), clock, sleep)
    if left:
        await _through(run, predictor, left, ledger)
    ledger.note_use(requests)
    answers = {(r.case_id, r.repeat): _answer(ledger, run, r) for r in requests}
    asker = run.asker
    stopped = _stopped(run, ledger, total, policy)
    return RunnerResult(answers, n_reused, asker.n_calls, asker.n_retries, stopped, budget.spent - before)


def identity_key(identity: dict[str, Any]) -> Callable[[Request], str]:
    """The cache key that a predictor's identity, the input and the repeat make."""
    return CacheKeys(identity, lambda request: (request.input, request.repeat))


def _labelled(cache: Cache, predictor: LivePredictor, policy: CallPolicy) -> Cache:
    """The cache, with what people look its entries up by; one that keeps no such thing is used as it is."""
    labelled = getattr(cache, "labelled", None)
    if labelled is None:
        return cache
    spec = predictor.spec
    kind = "judge" if policy.judging else "system"
    provider = spec.get("provider") or spec.get("predictor") or spec.get("judge")
    found: Cache = labelled({"kind": kind, "provider": provider, "model": spec.get("model")})
    return found


def _asked_again(answer: Answer, retry: Retry) -> bool:
    return answer.failure is not None and (retry == "all" or retry == answer.failure.kind)


def _budget(policy: CallPolicy, predictor: LivePredictor, whole: Budget | None) -> Budget:
    """What these calls may spend: the run's budget, and within it the judge's own."""
    budget = whole or Budget(policy.budget)
    if policy.max_cost is not None:
        budget = policy.endpoints.ceiling(digest_of(predictor.spec), policy.max_cost, budget)
    budget.begin()
    return budget


def _endpoint(policy: CallPolicy, predictor: LivePredictor) -> str | None:
    """Who is asked, by a name that all who ask the same share; None: nobody else."""
    named = policy.endpoint or getattr(predictor, "endpoint", None) or predictor.spec.get("base_url")
    return named if isinstance(named, str) else None


async def _through(run: Workers, predictor: LivePredictor, left: Sequence[Request], ledger: Ledger) -> None:
    try:
        await run.ask(predictor, left)
    except CallError as error:
        n = ledger.n_answered()
        if not n:
            raise InputError(error.message) from None
        raise RunBroke(error.message, remedy=f"{n:,} answers are kept; mend this and run again to continue") from None
    if run.sentence or ledger.n_answered():
        return
    # Calls that all failed on our side measured nothing, however few they were: that is no result to report.
    failures = [a.failure for a in ledger.answers.values() if a.failure is not None]
    if failures and failures[0].reason not in NOT_AN_OUTAGE:
        run.stop("no_answer", f"no call brought an answer ({failures[0].reason}: {failures[0].message})")


def _stopped(run: Workers, ledger: Ledger, total: int, policy: CallPolicy) -> str | None:
    """Why the run ended early, with what was answered."""
    if not run.sentence:
        return None
    again = "raise it and run again to continue" if run.reason == "budget" else "run again to continue"
    done = "judged" if policy.judging else "answered"
    return f"{run.sentence}: {ledger.n_answered():,} of {total:,} {done}; {again}"


def _answer(ledger: Ledger, run: Workers, request: Request) -> Answer:
    """The answer to a request; a harness failure when it was never asked."""
    found = ledger.answers.get((request.case_id, request.repeat))
    if found is not None:
        return found
    return Answer(failure=Failure(kind="harness", reason=run.reason, message=run.sentence))
