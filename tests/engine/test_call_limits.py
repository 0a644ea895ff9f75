"""What a judge may bound, and what an endpoint teaches: windows, paces and prices, with a clock that is told."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, CallError
from evalkit.engine.budget import Budget
from evalkit.engine.circuit import Circuit
from evalkit.engine.latencies import Latencies
from evalkit.engine.limits import JUDGE_TIMEOUT, CallPolicy
from evalkit.engine.pace import Pace, Window
from evalkit.engine.rising import Rising
from evalkit.engine.throttle import Throttle

# ------------------------------------------------------------------------------------------------ a judge's own limits


def test_a_judge_has_a_timeout_of_its_own_and_shares_what_is_learned() -> None:
    policy = CallPolicy(concurrency=5, timeout=9.0, budget=2.0)
    judging = policy.limited({})
    assert (judging.timeout, judging.judging, judging.concurrency, judging.budget) == (JUDGE_TIMEOUT, True, 5, 2.0)
    assert judging.endpoints is policy.endpoints
    assert policy.limited(None) == judging


def test_limits_are_read_as_a_suite_or_a_spec_text_gives_them() -> None:
    found = CallPolicy().limited(
        {"timeout": "12.5", "retries": 2, "requests_per_minute": 60, "tokens_per_minute": "1e5", "hedge": "auto"}
        | {"concurrency": "40", "max_cost": 0.5, "endpoint": "here"}
    )
    assert (found.timeout, found.retries, found.requests_per_minute, found.tokens_per_minute) == (12.5, 2, 60.0, 1e5)
    assert (found.hedge, found.concurrency, found.max_cost, found.endpoint) == ("auto", 40, 0.5, "here")
    assert CallPolicy().limited({"hedge": False, "timeout": None}).hedge is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 0),
        ("timeout", float("nan")),
        ("timeout", "soon"),
        ("timeout", True),
        ("timeout", 1e9),
        ("retries", -1),
        ("retries", 1.5),
        ("retries", 10**400),
        ("requests_per_minute", float("inf")),
        ("tokens_per_minute", []),
        ("hedge", "sometimes"),
        ("hedge", -1),
        ("concurrency", 0),
        ("max_cost", "-1"),
        ("endpoint", ""),
        ("endpoint", 5),
    ],
)
def test_a_limit_that_cannot_be_is_a_sentence(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^judge main: {name} is '.*', not "):
        CallPolicy().limited({name: value}, "judge main")


def test_an_unknown_limit_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no limit 'time_out'. Did you mean 'timeout'\?"):
        CallPolicy().limited({"time_out": 3})


# --------------------------------------------------------------------------------------------------------- the window


def throttle(ceiling: int) -> Throttle:
    made = Throttle()
    made.begin(ceiling, lambda: 0.0, asyncio.sleep)
    return made


def rounds(made: Throttle, n: int, away: Any, seconds: Any = lambda: 0.1) -> list[float]:
    """Windows after each of `n` rounds in which each call is turned away where `away(window)` says so."""
    found = []
    for _ in range(n):
        for _ in range(max(4, int(made.limit))):
            epoch = made._epoch
            if away(made.limit):
                made.turned_away(epoch, None)
            else:
                made.answered(epoch, seconds())
        found.append(made.limit)
    return found


def test_it_starts_at_the_ceiling_and_stays_there() -> None:
    assert rounds(throttle(100), 20, lambda window: False) == [100.0] * 20


def test_a_tenth_turned_away_at_random_does_not_starve_the_run() -> None:
    draw = random.Random(1)
    windows = rounds(throttle(100), 60, lambda window: draw.random() < 0.1)
    assert min(windows) > 75


def test_a_window_too_wide_is_narrowed_to_what_is_borne_and_widened_again() -> None:
    draw = random.Random(2)
    made = throttle(100)
    windows = rounds(made, 60, lambda window: draw.random() < 1 - 10 / window if window > 10 else False)
    assert 8 < sum(windows[-20:]) / 20 < 22
    assert rounds(made, 30, lambda window: False)[-1] == 100


def test_the_floor_is_one_call() -> None:
    made = throttle(8)
    assert min(rounds(made, 50, lambda window: True)) >= 1.0
    assert made.limit >= 1.0


def test_all_wait_where_most_were_turned_away_and_told_for_how_long() -> None:
    slept: list[float] = []
    now = [100.0]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    made = Throttle()
    made.begin(8, lambda: now[0], sleep)
    for _ in range(8):
        made.turned_away(0, 7.0)
    assert made.limit == 4.0
    assert asyncio.run(made.enter(lambda: 99)) == 1
    assert slept == [7.0]


def test_what_an_endpoint_bears_is_remembered_for_the_next_system() -> None:
    made = throttle(64)
    rounds(made, 6, lambda window: True)
    learned = made.limit
    made.begin(64, lambda: 0.0, asyncio.sleep)
    assert made.limit == learned < 10


# ----------------------------------------------------------------------------------------------------- rising latency


def test_an_overloaded_endpoint_is_asked_less() -> None:
    """Above 20 calls at once this endpoint queues: seconds grow with the window (Little's law)."""
    draw, capacity = random.Random(3), [100.0]
    made = throttle(100)

    def seconds() -> float:
        return max(1.0, made.limit / capacity[0]) * draw.lognormvariate(0, 0.2)

    assert rounds(made, 5, lambda window: False, seconds)[-1] == 100
    capacity[0] = 20.0
    windows = rounds(made, 60, lambda window: False, seconds)
    assert sum(windows[-20:]) / 20 < 60
    capacity[0] = 100.0
    assert rounds(made, 40, lambda window: False, seconds)[-1] == 100


@pytest.mark.parametrize("spread", [0.05, 0.5, 1.0, 1.5])
def test_noise_narrows_nothing(spread: float) -> None:
    draw = random.Random(4)
    windows = rounds(throttle(40), 300, lambda window: False, lambda: draw.lognormvariate(0, spread))
    assert sum(window < 40 for window in windows) <= 3


def test_slow_questions_narrow_for_one_round_only() -> None:
    draw, slower = random.Random(5), [1.0]
    made = throttle(40)
    rounds(made, 10, lambda window: False, lambda: slower[0] * draw.lognormvariate(0, 0.3))
    slower[0] = 6.0
    windows = rounds(made, 30, lambda window: False, lambda: slower[0] * draw.lognormvariate(0, 0.3))
    assert sum(window < 40 for window in windows) <= 2
    assert windows[-1] == 40


def test_a_fast_server_is_not_slow_at_twice_its_milliseconds() -> None:
    rising = Rising()
    assert rising.after([0.002] * 40, 8) == 1.0
    assert rising.after([0.030] * 40, 8) == 1.0
    assert not rising.high


# ---------------------------------------------------------------------------------------------------------- the pace


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), max_size=30), st.integers(1, 60))
def test_in_no_window_is_more_begun_than_allowed(calls: list[tuple[int, int]], most: int) -> None:
    window, now, begun = Window(60.0), 0, []
    for gap, amount in calls:
        now += gap
        entry = window.reserve(now, amount, most)
        assert entry.at >= now
        begun.append((entry.at, amount))
    for end, _ in begun:
        inside = [amount for at, amount in begun if end - 60 < at <= end]
        assert sum(inside) <= most or len(inside) == 1, "what is more than a window allows goes alone"


def test_requests_a_minute() -> None:
    pace = Pace()
    waits = [pace.begin(0.0, 3, None)[0] for _ in range(7)]
    assert waits == [0, 0, 0, 60, 60, 60, 120]
    assert [Pace().begin(0.0, 0.5, None)[0], pace.begin(1_000.0, 3, None)[0]] == [0, 0]
    slow = Pace()
    assert [slow.begin(0.0, 0.5, None)[0] for _ in range(3)] == [0, 120, 240]


def test_tokens_a_minute_are_foreseen_from_the_calls_before() -> None:
    pace = Pace()
    wait, entry = pace.begin(0.0, None, 2_000)
    pace.ended(entry, Answer(output=1, tokens_in=700, tokens_out=300))
    assert wait == 0
    wait, second = pace.begin(1.0, None, 2_000)
    assert wait == 0
    pace.ended(second, Answer(output=1))  # tells nothing: counted as foreseen
    assert pace.begin(2.0, None, 2_000)[0] == 58
    assert pace.begin(2.0, None, 500)[0] > 58, "more than a minute allows in one call goes alone"


# --------------------------------------------------------------------------------------------------------- the prices


def test_a_judges_ceiling_is_a_part_of_the_runs() -> None:
    whole = Budget(1.0)
    own = Budget(0.3, whole)
    own.charge(Answer(output=1, cost=0.1))
    assert (own.room(), whole.spent) == (2, 0.1)
    whole.charge(Answer(output=1, cost=0.85))
    assert own.room() == 0
    assert own.full() is whole
    alone = Budget(0.1, Budget(None))
    alone.charge(CallError("bad_response", "cut", cost=0.1))
    assert alone.room() == 0
    assert alone.full() is alone
    assert Budget(None, whole).unpriced(Answer(output=1))


def test_a_failed_call_costs_what_it_names() -> None:
    budget = Budget(1.0)
    budget.charge(CallError("network", "gone", cost=0.25))
    budget.charge(CallError("rate_limited", "later"))
    budget.charge(CallError("overtaken", "slower"))
    assert budget.spent == pytest.approx(0.5)


# --------------------------------------------------------------------------------------------------------- the circuit


def test_stragglers_of_a_good_run_do_not_open_the_circuit() -> None:
    circuit = Circuit(3, 30.0, lambda: 0.0)
    failure = Failure(kind="harness", reason="server_error", message="oops")
    born = circuit.n_successes
    circuit.succeeded()
    assert [circuit.call_failed(failure, born) for _ in range(50)] == [None] * 50
    after = [circuit.call_failed(failure, circuit.n_successes) for _ in range(3)]
    assert after[:2] == [None, None]
    assert after[2] == "endpoint down after 3 failures in a row (server_error: oops)"


def test_a_call_that_hung_gets_what_is_usual_and_no_more() -> None:
    latencies = Latencies()
    assert latencies.patience(30.0) == 30.0
    for _ in range(99):
        latencies.add(0.1)
    assert latencies.patience(30.0) == 1.0
    for _ in range(99):
        latencies.add(5.0)
    assert latencies.patience(30.0) == 20.0
    assert latencies.patience(3.0) == 3.0
    assert latencies.patience(None) is None
