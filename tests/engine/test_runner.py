"""The runner, with a fake clock where time matters: no test here waits for real time to pass."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError, RunBroke, StoreError
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, CallError, Request
from evalkit.engine.retry import Backoff
from evalkit.engine.runner import CallPolicy, RunnerResult, run_blocking, run_calls
from tests.memory import MemoryCache, MemoryJournal

Behaviour = Callable[[Request, int], Any]


@dataclass
class Scripted:
    """A predictor that does what `behave(request, n-th attempt at it)` says: an Answer, an exception, an awaitable."""

    behave: Behaviour
    identity: dict[str, Any] | None = None
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    flying: int = 0
    most: int = 0
    sessions: int = 0

    @property
    def spec(self) -> dict[str, Any]:
        return {"predictor": "scripted"}

    @asynccontextmanager
    async def session(self, concurrency: int):
        self.sessions += 1
        yield self._answer

    async def _answer(self, request: Request) -> Answer:
        self.asked[request.case_id, request.repeat] += 1
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(0)
            found = self.behave(request, self.asked[request.case_id, request.repeat])
            if isinstance(found, Awaitable):
                found = await found
            if isinstance(found, BaseException):
                raise found
            return found
        finally:
            self.flying -= 1


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def requests(n: int) -> list[Request]:
    return [Request(f"c{i}", 0, {"q": i}, i) for i in range(n)]


def go(predictor: Scripted, n: int | list[Request] = 10, policy: CallPolicy | None = None, **more: Any) -> RunnerResult:
    time = more.pop("time", None) or FakeTime()
    more.setdefault("journal", MemoryJournal())
    asked = requests(n) if isinstance(n, int) else n
    policy = policy or CallPolicy()
    return run_blocking(lambda: run_calls(asked, predictor, policy, clock=time.clock, sleep=time.sleep, **more))


def fine(request: Request, n: int) -> Answer:
    return Answer(output=request.input["q"])


def network(message: str = "connection reset") -> CallError:
    return CallError("network", message, retry=True)


def why(result: RunnerResult) -> Counter[tuple[str, str] | None]:
    return Counter(a.failure and (a.failure.kind, a.failure.reason) for a in result.answers.values())


# --------------------------------------------------------------------------------------------------------- the good way


def test_every_request_is_answered_once_and_journaled() -> None:
    predictor, journal = Scripted(fine), MemoryJournal()
    told: list[tuple[int, int]] = []
    result = go(predictor, 200, journal=journal, progress=lambda done, total: told.append((done, total)))
    assert [result.answers[f"c{i}", 0].output for i in range(200)] == list(range(200))
    assert set(predictor.asked.values()) == {1}
    assert journal.known.keys() == result.answers.keys()
    assert sum(journal.batches) == 200
    assert told[-1] == (200, 200)
    assert (result.n_calls, result.n_retries, result.n_reused, result.stopped) == (200, 0, 0, None)


def test_concurrency_is_a_bound_that_is_used() -> None:
    predictor = Scripted(fine)
    go(predictor, 50, CallPolicy(concurrency=7))
    assert predictor.most == 7


def test_a_wider_session_is_used_in_place_of_the_concurrency() -> None:
    predictor = Scripted(fine)

    class Wide:
        spec, identity = {}, None

        @asynccontextmanager
        async def session(self, concurrency: int):
            async def answer(request: Request) -> Answer:
                return await predictor._answer(request)

            answer.width = 20  # type: ignore[attr-defined]
            yield answer

    go(Wide(), 50, CallPolicy(concurrency=3))  # type: ignore[arg-type]
    assert predictor.most == 20


def test_no_task_object_per_case() -> None:
    tasks: set[int] = set()

    def behave(request: Request, n: int) -> Answer:
        tasks.add(len(asyncio.all_tasks()))
        return Answer(output=1)

    go(Scripted(behave), 500, CallPolicy(concurrency=4))
    assert max(tasks) <= 4 + 2  # the workers, the writer and the run itself


def test_nothing_left_to_ask_opens_no_session() -> None:
    predictor = Scripted(fine)
    journal = MemoryJournal({("c0", 0): Answer(output=0), ("c1", 0): Answer(output=1)})
    result = go(predictor, 2, journal=journal)
    assert (predictor.sessions, result.n_reused, result.n_calls) == (0, 2, 0)


# -------------------------------------------------------------------------------------------- what is kept, what is not


@pytest.mark.parametrize(("retry", "expected"), [("none", set()), ("harness", {"c1"}), ("all", {"c1", "c2"})])
def test_what_the_journal_holds_is_asked_again_only_on_request(retry: Any, expected: set[str]) -> None:
    journal = MemoryJournal(
        {
            ("c0", 0): Answer(output=0),
            ("c1", 0): Answer(failure=Failure(kind="harness", reason="network")),
            ("c2", 0): Answer(failure=Failure(kind="system", reason="raised")),
        }
    )
    predictor = Scripted(fine)
    go(predictor, 3, journal=journal, retry_failed=retry)
    assert {case_id for case_id, _ in predictor.asked} == expected


def test_harness_failures_are_not_recorded_answers() -> None:
    journal = MemoryJournal()
    result = go(
        Scripted(lambda r, n: CallError("bad_request", "no") if r.case_id == "c3" else fine(r, n)), journal=journal
    )
    assert result.answers["c3", 0].failure == Failure(kind="harness", reason="bad_request", message="no")
    assert ("c3", 0) not in journal.known


def test_the_cache_serves_only_predictors_with_an_identity() -> None:
    cache = MemoryCache()
    anonymous = Scripted(fine)
    go(anonymous, cache=cache)
    assert cache.known == {}
    go(Scripted(fine, identity={"v": 1}), cache=cache)
    assert len(cache.known) == 10
    again, other = Scripted(fine, identity={"v": 1}), Scripted(fine, identity={"v": 2})
    assert go(again, cache=cache).n_reused == 10
    assert go(other, cache=cache).n_reused == 0
    assert not again.asked


def test_failures_are_never_cached() -> None:
    cache = MemoryCache()
    go(Scripted(lambda r, n: Answer(), identity={}), 3, cache=cache)
    assert cache.known == {}


def test_an_answer_counts_only_once_it_is_durable() -> None:
    class Full(MemoryJournal):
        def append(self, rows: Any) -> None:
            raise StoreError("the disk is full")

    told: list[int] = []
    with pytest.raises(StoreError, match="the disk is full"):
        go(Scripted(fine), 100, journal=Full(), progress=lambda done, total: told.append(done))
    assert max(told) == 0


# --------------------------------------------------------------------------------------------------- failures in words


@pytest.mark.parametrize(
    ("output", "reason"),
    [(None, "empty"), (float("nan"), "unparseable"), ({"x": {1, 2}}, "unparseable"), ("x" * 2_000, "too_large")],
)
def test_an_unusable_output_is_an_open_failure_of_the_system(output: Any, reason: str) -> None:
    result = go(Scripted(lambda r, n: Answer(output=output)), 3, CallPolicy(max_output_bytes=1_000))
    assert why(result) == {("system", reason): 3}
    assert all(answer.output is None for answer in result.answers.values())


def test_the_size_limit_counts_bytes() -> None:
    limit = len('"' + "é" * 500 + '"') + 500
    policy = CallPolicy(max_output_bytes=limit)
    assert go(Scripted(lambda r, n: Answer(output="é" * 500)), 1, policy).answers["c0", 0].failure is None
    assert why(go(Scripted(lambda r, n: Answer(output="é" * 501)), 1, policy)) == {("system", "too_large"): 1}


def test_a_hang_is_a_timeout_with_its_limit() -> None:
    def behave(request: Request, n: int) -> Any:
        return asyncio.Event().wait() if request.case_id == "c2" else fine(request, n)

    result = go(Scripted(behave), 4, CallPolicy(timeout=0.05))
    failure = result.answers["c2", 0].failure
    assert failure == Failure(kind="system", reason="timeout", message="no answer within 0.05 s")
    assert sum(a.failure is None for a in result.answers.values()) == 3


def test_numbers_beside_the_output_are_finite_or_unknown() -> None:
    result = go(Scripted(lambda r, n: Answer(output=1, cost=float("nan"), confidence=7.0, seconds=-1.0)), 1)
    answer = result.answers["c0", 0]
    assert (answer.output, answer.cost, answer.confidence, answer.seconds) == (1, None, None, None)


# ------------------------------------------------------------------------------------------------------------- retries


def test_a_passing_error_is_retried_with_exponential_waits() -> None:
    time = FakeTime()
    policy = CallPolicy(retries=3, backoff=Backoff(base=1.0, cap=3.0, jitter=0.0))
    result = go(Scripted(lambda r, n: network() if n <= 3 else fine(r, n)), 1, policy, time=time)
    assert result.answers["c0", 0].output == 0
    assert time.slept == [1.0, 2.0, 3.0]
    assert (result.n_calls, result.n_retries) == (4, 3)


def test_retries_end() -> None:
    result = go(Scripted(lambda r, n: network()), 2, CallPolicy(retries=2))
    failure = result.answers["c0", 0].failure
    assert failure == Failure(kind="harness", reason="network", message="connection reset (3 attempts)")
    assert result.n_calls == 6


def test_what_retrying_cannot_help_is_not_retried() -> None:
    predictor = Scripted(lambda r, n: CallError("bad_request", "no such field"))
    assert go(predictor, 1).answers["c0", 0].failure == Failure(
        kind="harness", reason="bad_request", message="no such field"
    )
    assert predictor.asked["c0", 0] == 1


def test_retry_after_is_honoured_and_never_shortened() -> None:
    time = FakeTime()

    def behave(request: Request, n: int) -> Any:
        return CallError("rate_limited", "slow down", retry=True, retry_after=40.0) if n == 1 else fine(request, n)

    result = go(Scripted(behave), 1, time=time)
    assert result.answers["c0", 0].output == 0
    assert 40.0 <= time.slept[0] <= 40.5


def test_a_wait_that_is_too_long_ends_the_call_in_words() -> None:
    time = FakeTime()
    error = CallError("rate_limited", "slow down", retry=True, retry_after=3_600.0)
    failure = go(Scripted(lambda r, n: error), 1, time=time).answers["c0", 0].failure
    assert failure is not None
    assert "3,600 s" in failure.message
    assert time.slept == []


def test_collateral_damage_is_not_held_against_a_call() -> None:
    time = FakeTime()

    def behave(request: Request, n: int) -> Any:
        return CallError("collateral", "killed", retry=True) if n <= 5 else fine(request, n)

    result = go(Scripted(behave), 1, CallPolicy(retries=0), time=time)
    assert result.answers["c0", 0].output == 0
    assert time.slept == []


def test_collateral_damage_is_bounded() -> None:
    predictor = Scripted(lambda r, n: CallError("collateral", "killed", retry=True))
    result = go(predictor, 1, CallPolicy(retries=0))
    assert why(result) == {("harness", "collateral"): 1}
    assert predictor.asked["c0", 0] == 6


@given(attempt=st.integers(0, 2_000), jitter=st.floats(0, 1), base=st.floats(0.001, 10), case=st.text(max_size=3))
@settings(max_examples=60)
def test_waits_are_bounded_and_the_same_each_time(attempt: int, jitter: float, base: float, case: str) -> None:
    backoff = Backoff(base=base, cap=20.0, jitter=jitter)
    request = Request(case, 0, None, 0)
    wait = backoff.delay(request, attempt, network())
    assert wait is not None
    assert 0 <= wait <= 20.0
    assert wait >= (1 - jitter) * min(20.0, base) - 1e-12
    assert wait == backoff.delay(request, attempt, network())


# ----------------------------------------------------------------------------------------------------------- the limits


def test_concurrency_halves_when_the_endpoint_says_too_many() -> None:
    seen: list[int] = []
    predictor = Scripted(fine)

    def behave(request: Request, n: int) -> Any:
        seen.append(predictor.flying)
        crowded = predictor.flying > 4
        return CallError("rate_limited", "slow down", retry=True) if crowded else fine(request, n)

    predictor.behave = behave
    result = go(predictor, 300, CallPolicy(concurrency=32, retries=50))
    assert why(result) == {None: 300}
    assert max(seen[:40]) > 16
    assert sum(seen[-100:]) / 100 < 8


def test_a_budget_holds_with_retries_counted() -> None:
    predictor = Scripted(lambda r, n: Answer(output=1, cost=0.10))
    result = go(predictor, 100, CallPolicy(concurrency=16, budget=1.0))
    assert result.spent == pytest.approx(1.0)
    assert why(result) == {None: 10, ("harness", "budget"): 90}
    assert result.stopped is not None
    assert "10 of 100 answered; raise it and run again to continue" in result.stopped


def test_failed_attempts_that_may_have_cost_something_are_counted_at_the_dearest_price() -> None:
    def behave(request: Request, n: int) -> Any:
        if request.case_id != "c0" and n == 1:
            return CallError("server_error", "oops", retry=True)
        return Answer(output=1, cost=0.10)

    result = go(Scripted(behave), 100, CallPolicy(concurrency=1, budget=1.0))
    assert result.spent == pytest.approx(1.0)  # one attempt at c0, two at c1 to c4, one at c5
    assert sum(a.failure is None for a in result.answers.values()) == 5


def test_a_resumed_run_counts_what_it_had_spent() -> None:
    journal = MemoryJournal()
    policy = CallPolicy(concurrency=4, budget=0.5)
    go(Scripted(lambda r, n: Answer(output=1, cost=0.1)), 20, policy, journal=journal)
    again = go(Scripted(lambda r, n: Answer(output=1, cost=0.1)), 20, policy, journal=journal)
    assert (again.n_reused, again.n_calls) == (5, 0)


def test_a_budget_without_prices_cannot_be_kept_and_says_so() -> None:
    result = go(Scripted(fine), 20, CallPolicy(budget=1.0))
    assert result.n_calls == 1
    assert result.stopped is not None
    assert "name no cost" in result.stopped


def test_free_answers_fit_any_budget() -> None:
    assert why(go(Scripted(lambda r, n: Answer(output=1, cost=0.0)), 20, CallPolicy(budget=0.01))) == {None: 20}


def test_a_dead_endpoint_stops_the_run_after_so_many_failures() -> None:
    predictor = Scripted(lambda r, n: fine(r, n) if r.seed < 30 else network("connection refused"))
    result = go(predictor, 1_000, CallPolicy(retries=0, concurrency=1, max_failures=5))
    assert result.stopped is not None
    assert result.stopped.startswith("endpoint down after 5 failures in a row (network: connection refused")
    assert result.stopped.endswith("30 of 1,000 answered; run again to continue")
    assert why(result)[None] == 30
    assert len(result.answers) == 1_000


def test_a_dead_endpoint_stops_the_run_after_so_long() -> None:
    time = FakeTime()
    policy = CallPolicy(retries=1_000, concurrency=1, max_outage=30.0, backoff=Backoff(base=2.0, cap=8.0))
    result = go(Scripted(lambda r, n: network()), 100, policy, time=time)
    assert 30.0 <= time.now < 45.0
    assert result.stopped is not None
    assert "s of failures" in result.stopped


def test_being_told_to_wait_is_not_an_outage() -> None:
    error = CallError("rate_limited", "slow down", retry=True, retry_after=20.0)
    result = go(Scripted(lambda r, n: error if n <= 4 else fine(r, n)), 2, CallPolicy(concurrency=1, max_outage=30.0))
    assert result.stopped is None


def test_forbidden_calls_are_not_an_outage() -> None:
    result = go(Scripted(lambda r, n: CallError("not_recorded", "calls are forbidden")), 100)
    assert result.stopped is None
    assert why(result) == {("harness", "not_recorded"): 100}


def test_a_system_that_only_ever_fails_in_one_way_is_one_sentence() -> None:
    failure = Failure(kind="system", reason="raised", message="NameError: name 'x' is not defined")
    journal = MemoryJournal()
    result = go(Scripted(lambda r, n: Answer(failure=failure)), 1_000, journal=journal)
    assert result.stopped is not None
    assert "each of the first 50 calls failed in the same way: raised: NameError" in result.stopped
    assert result.n_calls < 60
    assert journal.known == {}, "once the system is mended, these must be asked again"


def test_a_small_run_of_equal_failures_is_an_outcome() -> None:
    failure = Failure(kind="system", reason="raised", message="no")
    journal = MemoryJournal()
    result = go(Scripted(lambda r, n: Answer(failure=failure)), 50, journal=journal)
    assert result.stopped is None
    assert why(result) == {("system", "raised"): 50}
    assert len(journal.known) == 50


def test_equal_failures_after_one_answer_do_not_stop_the_run() -> None:
    failure = Failure(kind="system", reason="raised", message="no")
    result = go(Scripted(lambda r, n: fine(r, n) if r.seed == 20 else Answer(failure=failure)), 200)
    assert result.stopped is None
    assert len(result.answers) == 200


def test_to_refuse_everything_is_an_answer() -> None:
    failure = Failure(kind="system", reason="refused", message="I'd rather not")
    assert go(Scripted(lambda r, n: Answer(failure=failure)), 200).stopped is None


# --------------------------------------------------------------------------------------------------------------- ending


def test_a_fatal_error_before_any_answer_is_about_the_input() -> None:
    predictor = Scripted(lambda r, n: CallError("auth", "the key is wrong", fatal=True))
    with pytest.raises(InputError, match="the key is wrong"):
        go(predictor, 100)
    assert sum(predictor.asked.values()) <= 8


def test_a_fatal_error_later_keeps_what_was_answered() -> None:
    journal = MemoryJournal()
    behave = lambda r, n: fine(r, n) if r.seed < 20 else CallError("auth", "the key expired", fatal=True)  # noqa: E731
    with pytest.raises(RunBroke, match=r"the key expired. 20 answers are kept"):
        go(Scripted(behave), 100, CallPolicy(concurrency=1), journal=journal)
    assert len(journal.known) == 20


def test_an_interrupt_leaves_nothing_in_flight_and_keeps_what_came() -> None:
    journal = MemoryJournal()
    predictor = Scripted(lambda r, n: fine(r, n) if r.seed < 10 else asyncio.Event().wait())

    async def main() -> None:
        task = asyncio.create_task(run_calls(requests(100), predictor, CallPolicy(timeout=None), journal=journal))
        while sum(predictor.asked.values()) < 18:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert predictor.flying == 0
    assert journal.known.keys() == {(f"c{i}", 0) for i in range(10)}


def test_a_killed_run_repeats_no_recorded_call() -> None:
    journal = MemoryJournal()
    first = Scripted(lambda r, n: fine(r, n) if r.seed < 40 else CallError("auth", "down", fatal=True))
    with pytest.raises(RunBroke):
        go(first, 100, journal=journal)
    recorded = set(journal.known)
    second = Scripted(fine)
    result = go(second, 100, journal=journal)
    assert not recorded & set(second.asked)
    assert result.n_reused + result.n_calls == 100
    assert why(result) == {None: 100}


@given(st.lists(st.sampled_from(["ok", "flaky", "bad", "raised", "empty", "hopeless"]), max_size=40), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_whatever_happens_every_request_has_exactly_one_outcome(kinds: list[str], concurrency: int) -> None:
    def behave(request: Request, n: int) -> Any:
        failure = Failure(kind="system", reason="raised", message="x")
        return {
            "ok": Answer(output=1),
            "flaky": network() if n == 1 else Answer(output=1),
            "bad": CallError("bad_request", "no"),
            "raised": Answer(failure=failure),
            "empty": Answer(),
            "hopeless": network(),
        }[request.input]

    asked = [Request(f"c{i}", i % 2, kind, 0) for i, kind in enumerate(kinds)]
    journal = MemoryJournal()
    result = go(
        Scripted(behave), asked, CallPolicy(concurrency=concurrency, retries=2, max_failures=99), journal=journal
    )
    expected = {
        "ok": None,
        "flaky": None,
        "bad": ("harness", "bad_request"),
        "raised": ("system", "raised"),
        "empty": ("system", "empty"),
        "hopeless": ("harness", "network"),
    }
    assert len(result.answers) == len(asked)
    for request in asked:
        answer = result.answers[request.case_id, request.repeat]
        assert (answer.failure and (answer.failure.kind, answer.failure.reason)) == expected[request.input]
        assert ((request.case_id, request.repeat) in journal.known) == (request.input not in {"bad", "hopeless"})


def test_it_also_runs_where_a_loop_is_running() -> None:
    async def notebook() -> RunnerResult:
        return go(Scripted(fine), 5)

    assert why(asyncio.run(notebook())) == {None: 5}


def test_errors_come_out_of_the_thread_as_they_are() -> None:
    async def notebook() -> None:
        go(Scripted(lambda r, n: CallError("auth", "the key is wrong", fatal=True)), 5)

    with pytest.raises(InputError, match="the key is wrong"):
        asyncio.run(notebook())
