"""A judge's calls: its timeouts are ours, its costs are counted, one endpoint has one limiter, and two may be asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from evalkit.core.digest import digest_of
from evalkit.core.protocols import Answer, CallError, Request
from evalkit.engine.keys import CacheKeys
from evalkit.engine.limits import CallPolicy
from evalkit.engine.retry import Backoff
from evalkit.engine.runner import run_blocking
from tests.engine.test_runner import FakeTime, Scripted, fine, go, network, requests, why
from tests.memory import MemoryCache, MemoryJournal


def judging(**limits: Any) -> CallPolicy:
    """The limits of a judge."""
    return CallPolicy(backoff=Backoff(base=1.0, jitter=0.0)).limited({"concurrency": 8, **limits})


async def hang() -> Answer:
    await asyncio.Event().wait()
    return Answer(output=1)


# ------------------------------------------------------------------------------------------------------------ timeouts


def test_a_judge_that_hangs_is_asked_again_and_then_unscored_never_wrong() -> None:
    journal = MemoryJournal()
    predictor = Scripted(lambda r, n: hang() if r.seed == 3 else fine(r, n))
    result = go(predictor, 30, judging(timeout=0.03), journal=journal)
    assert why(result) == {None: 29, ("harness", "timeout"): 1}
    assert predictor.asked["c3", 0] == 3
    assert ("c3", 0) not in journal.known, "the next run asks again"
    failure = result.answers["c3", 0].failure
    assert failure is not None
    assert failure.message == "no answer within 0.03 s (3 attempts)"


def test_a_judge_that_hangs_once_is_scored() -> None:
    time = FakeTime()
    result = go(Scripted(lambda r, n: hang() if n == 1 else fine(r, n)), 3, judging(timeout=0.03), time=time)
    assert why(result) == {None: 3}
    assert time.slept == [], "who waited for the timeout waits no longer"


def test_a_verdict_that_took_long_is_reused_all_the_same() -> None:
    cache = MemoryCache()
    slow = Scripted(lambda r, n: Answer(output=1, seconds=50.0), identity={})
    go(slow, 2, judging(), cache=cache)
    assert go(slow, 2, judging(timeout=10), cache=cache).n_reused == 2


@pytest.mark.parametrize(("wait", "second"), [(4.0, 26.0), (100.0, 15.0)])
def test_a_retry_does_not_take_the_whole_timeout_again(wait: float, second: float) -> None:
    limits: list[float] = []

    class Timed(Scripted):
        @asynccontextmanager
        async def session(self, concurrency: int) -> AsyncIterator[Any]:
            async def answer(request: Request) -> Answer:
                return Answer(output=1)

            async def within(request: Request, limit: float) -> Answer:
                limits.append(limit)
                if len(limits) == 1:
                    raise CallError("rate_limited", "later", retry=True, retry_after=wait)
                return Answer(output=1)

            answer.within = within  # type: ignore[attr-defined]
            yield answer

    policy = CallPolicy(backoff=Backoff(jitter=0.0))
    go(Timed(fine), 1, policy.limited({}))
    assert limits == [30.0, pytest.approx(second)]
    limits.clear()
    go(Timed(fine), 1, policy)
    assert limits == [60.0, 60.0], "a system under test has its whole time at each attempt"


# ------------------------------------------------------------------------------------------------- retries and endings


def test_a_call_that_waits_keeps_nobody_from_asking() -> None:
    order: list[str] = []

    def behave(request: Request, n: int) -> Any:
        order.append(request.case_id)
        return network() if request.seed < 4 and n == 1 else fine(request, n)

    result = go(Scripted(behave), 40, judging(concurrency=8))
    assert why(result) == {None: 40}
    assert order[:40] == [f"c{i}" for i in range(40)]
    assert sorted(order[40:]) == ["c0", "c1", "c2", "c3"]


def test_an_outage_does_not_begin_everything_at_once() -> None:
    time = FakeTime()
    predictor = Scripted(lambda r, n: network() if time.now < 5 else fine(r, n))
    result = go(predictor, 1_000, judging(concurrency=4), time=time)
    assert why(result) == {None: 1_000}
    assert sum(n > 1 for n in predictor.asked.values()) <= 4 + 3


def test_later_is_said_more_often_than_no() -> None:
    busy = CallError("rate_limited", "later", retry=True)
    some = Scripted(lambda r, n: busy if r.seed == 1 and n <= 12 else fine(r, n))
    assert why(go(some, 2, judging(retries=3))) == {None: 2}
    nobody = Scripted(lambda r, n: busy if n <= 12 else fine(r, n))
    assert why(go(nobody, 1, judging(retries=3))) == {("harness", "rate_limited"): 1}, "as often as what broke"
    assert why(go(Scripted(lambda r, n: busy), 1, judging(retries=0))) == {("harness", "rate_limited"): 1}


def test_an_endpoint_that_asks_for_an_hour_is_not_waited_for() -> None:
    time = FakeTime()
    busy = CallError("rate_limited", "come back", retry=True, retry_after=3_600.0)
    result = go(Scripted(lambda r, n: busy), 500, judging(), time=time)
    assert time.now == 0
    assert result.stopped is not None
    assert "asks for a wait of 3,600 s" in result.stopped


def test_cases_that_always_fail_do_not_end_a_run_that_goes_well() -> None:
    predictor = Scripted(lambda r, n: network() if r.seed % 20 == 0 else fine(r, n))
    result = go(predictor, 1_000, judging(concurrency=50))
    assert result.stopped is None
    assert why(result) == {None: 950, ("harness", "network"): 50}


def test_an_endpoint_that_dies_midway_ends_the_run_in_words() -> None:
    time = FakeTime()
    predictor = Scripted(lambda r, n: fine(r, n) if r.seed < 412 else network("connection refused"))
    result = go(predictor, 1_000, judging(concurrency=8, retries=100), time=time)
    assert result.stopped is not None
    assert result.stopped.startswith("endpoint down after 3")
    assert result.stopped.endswith("(network: connection refused): 412 of 1,000 judged; run again to continue")


# --------------------------------------------------------------------------------------------------------------- money


def test_what_failed_attempts_cost_belongs_to_the_verdict() -> None:
    def behave(request: Request, n: int) -> Any:
        return CallError("bad_response", "cut", retry=True, cost=0.2) if n == 1 else Answer(output=1, cost=0.1)

    result = go(Scripted(behave), 3, judging())
    assert [answer.cost for answer in result.answers.values()] == [pytest.approx(0.3)] * 3
    assert result.spent == pytest.approx(0.9)


def test_a_judges_own_ceiling_holds_over_all_that_it_is_asked() -> None:
    policy = CallPolicy(budget=10.0)
    mine = policy.limited({"max_cost": 1.0})
    predictor = Scripted(lambda r, n: Answer(output=1, cost=0.1))
    first = go(predictor, 6, mine)
    second = go(predictor, [Request(f"d{i}", 0, i, i) for i in range(6)], policy.limited({"max_cost": 1.0}))
    assert first.stopped is None
    assert second.spent == pytest.approx(0.4)
    assert second.stopped is not None
    assert second.stopped.startswith("the budget of 1 US dollars is used up: 4 of 6 judged; raise it")


# ---------------------------------------------------------------------------------------------------------- one limiter


class At(Scripted):
    """Somebody at an endpoint."""

    @property
    def spec(self) -> dict[str, Any]:
        return {"judge": "scripted", "base_url": "http://one/v1"}


def test_who_asks_the_same_endpoint_starts_from_what_it_bears() -> None:
    policy = CallPolicy(concurrency=32)
    first, second, other = At(fine), At(fine), Scripted(fine)

    def crowded(request: Request, n: int) -> Any:
        return CallError("rate_limited", "slow down", retry=True) if first.flying > 2 else fine(request, n)

    first.behave = crowded
    go(first, 200, policy.limited({"retries": 50}))
    go(second, 4, policy)
    go(other, 40, policy)
    assert second.most < 8
    assert other.most == 32


def test_requests_a_minute_hold_with_retries_counted() -> None:
    time = FakeTime()
    began: list[float] = []

    def behave(request: Request, n: int) -> Any:
        began.append(time.now)
        return network() if n == 1 and request.seed % 3 == 0 else fine(request, n)

    go(Scripted(behave), 30, judging(requests_per_minute=10, concurrency=1), time=time)
    assert len(began) == 40
    assert max(sum(end - 60 < at <= end for at in began) for end in began) <= 10
    assert 179 < began[-1] < 200


# --------------------------------------------------------------------------------------------------------- two at once


def test_a_second_request_answers_for_one_that_hangs_and_both_are_paid() -> None:
    ended: Counter[str] = Counter()

    async def slow() -> Answer:
        try:
            await asyncio.Event().wait()
        finally:
            ended["cancelled"] += 1
        return Answer(output="never")

    def behave(request: Request, n: int) -> Any:
        return slow() if request.seed == 5 and n == 1 else Answer(output=n, cost=0.1)

    predictor = Scripted(behave)
    result = go(predictor, 10, judging(hedge=0.02, timeout=5), budget=None)
    assert why(result) == {None: 10}
    assert (result.answers["c5", 0].output, ended["cancelled"], predictor.flying) == (2, 1, 0)
    assert result.n_calls == 11
    assert result.spent == pytest.approx(1.1)


def test_a_hedge_waits_for_the_other_where_one_fails() -> None:
    def behave(request: Request, n: int) -> Any:
        async def late() -> Answer:
            await asyncio.sleep(0.03)
            return Answer(output="first")

        return late() if n == 1 else network()

    assert go(Scripted(behave), 1, judging(hedge=0.01)).answers["c0", 0].output == "first"


def test_no_second_request_without_money_and_none_by_itself() -> None:
    predictor = Scripted(lambda r, n: hang() if n == 1 else Answer(output=1, cost=1.0))
    go(predictor, 1, judging(timeout=0.03))
    assert predictor.asked["c0", 0] == 2
    poor = Scripted(lambda r, n: hang() if r.seed == 1 and n == 1 else Answer(output=1, cost=1.0))
    result = go(poor, 2, CallPolicy(concurrency=1, budget=2.0).limited({"hedge": 0.01, "timeout": 0.05}))
    assert result.spent <= 2.0 + 1e-9
    assert poor.asked["c1", 0] == 1


# ---------------------------------------------------------------------------------------------------------------- keys


def test_keys_made_at_once_are_those_made_one_by_one() -> None:
    identity = {"judge": "x", "n": 1.0, "é": [None]}
    asked = [*requests(5), Request('a"\\', 2, {"t": "\u0000", "f": 1e-7, "s": "\U0001f600"}, 3)]
    keys = CacheKeys(identity, lambda r: (r.input, r.case_id, r.repeat))
    expected = [digest_of([identity, r.input, r.case_id, r.repeat]) for r in asked]
    assert keys.many(asked) == expected
    assert [keys(r) for r in asked] == expected


def test_nothing_is_made_a_text_of_when_a_run_ends() -> None:
    class Loud:
        def __repr__(self) -> str:
            raise AssertionError("nobody asked")

    async def main() -> Loud:
        return Loud()

    assert isinstance(run_blocking(main), Loud)
