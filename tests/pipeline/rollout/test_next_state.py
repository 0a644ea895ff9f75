"""The state machine: what must hold whatever comes, and what each strategy does."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.core.errors import InputError
from evalkit.pipeline.rollout.nouns import Group, Observation, Plan, Scoring, State, Step
from evalkit.pipeline.rollout.reduce import begun, next_state
from evalkit.pipeline.rollout.verdicts import log_values

DAY = 86_400.0
CANARY = Plan(
    strategy="canary",
    candidate="new",
    champion="old",
    steps=[Step(weight=0.05, min_units=40), Step(weight=0.1, min_units=50, pause=60), Step(weight=0.2, min_units=60)],
    metrics=["failed", "slow"],
    patience=DAY,
)
PLANS = {
    "canary": CANARY,
    "blue-green": CANARY.model_copy(
        update={
            "strategy": "blue-green",
            "max_loss": 0.05,
            "steps": [Step(weight=0, min_units=20, pause=30), Step(weight=1, min_units=100, pause=300)],
        }
    ),
    "direct": CANARY.model_copy(
        update={"strategy": "direct", "max_loss": 0.05, "steps": [Step(weight=1, min_units=50)]}
    ),
}
GROUPS = st.builds(
    Group,
    canary=st.booleans(),
    weight=st.sampled_from([0.0, 0.05, 0.1, 0.2, 1.0]),
    losses=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.3, 1.0]), min_size=2, max_size=2),
    n=st.integers(1, 400),
)
OBSERVATIONS = st.builds(
    Observation,
    groups=st.lists(GROUPS, max_size=4),
    abort=st.sampled_from([None, None, None, None, None, "enough of it"]),
)
LOGS = st.lists(st.tuples(OBSERVATIONS, st.floats(-100, DAY / 2)), max_size=12)
KINDS = st.sampled_from(sorted(PLANS))


def folded(plan: Plan, log: list[Any]) -> list[State]:
    """All states, the first before any observation."""
    states, now = [begun("one", plan, 0.0)], 0.0
    for seen, later in log:
        now += later
        states.append(next_state(states[-1], seen, now))
    return states


def seen(weight: float, canary: tuple[int, int], champion: tuple[int, int] = (0, 0), **more: Any) -> Observation:
    """(units, failures) of each variant, with nothing slow."""
    groups = [
        Group(canary=on, weight=weight, losses=[loss, 0.0], n=n)
        for on, (all_, bad) in ((True, canary), (False, champion))
        for loss, n in ((1.0, bad), (0.0, all_ - bad))
        if n
    ]
    return Observation(groups=groups, **more)


@settings(max_examples=30, deadline=None)
@given(KINDS, LOGS)
def test_what_holds_whatever_comes(kind: str, log: list[Any]) -> None:
    plan = PLANS[kind]
    states = folded(plan, log)
    most = max(step.weight for step in plan.steps)
    for before, after in pairwise(states):
        assert 0 <= after.weight <= (1.0 if after.phase == "promoted" else most)
        assert after.at >= before.at  # even where the clock went back
        if before.ended:
            assert after is before
        if after.weight > before.weight:
            harm = [d for d in after.decisions if d.gate.name == "no harm"]
            assert all(d.outcome != "fail" for d in harm)
            assert after.step == before.step + 1 or after.phase == "promoted"
        if after.phase == "promoted" and before.phase != "promoted":
            asked = {d.gate.metric: d for d in after.decisions if d.gate.name == "promotion"}
            assert before.step == len(plan.steps) - 1
            assert set(asked) == set(plan.metrics)
            assert all(d.outcome == "pass" and d.p_pass is not None and d.p_pass <= plan.alpha for d in asked.values())
        if after.phase == "rolled_back" and before.phase != "rolled_back":
            assert after.weight == 0
            assert any(d.outcome == "fail" for d in after.decisions)
        assert after.ended or after.weight == plan.steps[after.step].weight


@settings(max_examples=15, deadline=None)
@given(KINDS, LOGS, st.randoms(use_true_random=False))
def test_replay_and_the_order_of_equal_observations(kind: str, log: list[Any], random: Any) -> None:
    plan = PLANS[kind]
    states = folded(plan, log)
    shuffled = []
    for one, later in log:
        groups = [g.model_copy(update={"n": n}) for g in one.groups for n in ((1, g.n - 1) if g.n > 1 else (g.n,))]
        random.shuffle(groups)
        shuffled.append((Observation(groups=groups, abort=one.abort), later))
    assert [s.digest for s in folded(plan, shuffled)] == [s.digest for s in states]
    stored = begun("one", plan, 0.0)  # a restart after every step
    for now_seen, state in zip((o for o, _ in log), states[1:], strict=True):
        stored = State(**json.loads(json.dumps(stored.model_dump(mode="json"))))
        stored = next_state(stored, Observation(**json.loads(now_seen.model_dump_json())), state.at)
    assert stored.digest == states[-1].digest


def test_a_metric_that_waits_has_its_own_count_and_older_states_their_digests() -> None:
    plan = Plan(strategy="canary", candidate="new", champion="old", steps=[Step(weight=0.1, min_units=50)])
    some = [Group(canary=on, weight=0.1, losses=[0.0], n=n) for on, n in ((True, 2), (False, 20))]
    before = "37d3a56a5671564895af1cc9904e9119e877a3e4b60bcb4b3ced7a537f868486"  # as it was without such metrics
    assert next_state(begun("a", plan, 0.0), Observation(groups=some), 1.0).digest == before

    waiting = plan.model_copy(
        update={"metrics": ["failed", "wrong"], "scoring": Scoring(suite="s", metrics={"wrong": "d"})}
    )
    state = next_state(begun("a", waiting, 0.0), seen_of([0.0, None], 60, 540), 1.0)
    assert (state.units, state.counts, [len(ledger.tallies) for ledger in state.ledgers]) == (0, [60, 0], [1, 0])
    state = next_state(state, seen_of([None, 1.0], 9, 18), 2.0)
    assert (state.units, state.phase, state.decisions[0].gate.metric) == (9, "canary", "wrong")
    note = state.decisions[0].estimate.notes[0]
    alone = plan.model_copy(update={"metrics": ["wrong"]})
    same = next_state(begun("a", alone, 0.0), seen_of([1.0], 9, 18), 2.0)
    e_value = math.exp(log_values(alone, same.ledgers[0])[0])
    guarded = waiting.model_copy(update={"guards": ["failed"]})
    decided = next_state(begun("a", guarded, 0.0), seen_of([0.0, 0.0], 60, 540), 1.0).decisions
    assert [(d.gate.name, d.gate.metric) for d in decided] == [("no harm", "failed"), ("promotion", "wrong")]
    assert decided[1].would_decide == decided[0].would_decide
    assert str(decided[1].would_decide).startswith("Only losses decide. Where none occur, a new rollout can guard")
    assert note == f"the largest of 2 e-values, divided by 2, is {e_value / 2:.3g}", "Bonferroni, and no average"


def seen_of(losses: list[float | None], canary: int, champion: int) -> Observation:
    counts = ((True, canary), (False, champion))
    return Observation(groups=[Group(canary=on, weight=0.1, losses=losses, n=n) for on, n in counts])


@settings(max_examples=15, deadline=None)
@given(KINDS, st.lists(st.floats(0, DAY), max_size=8))
def test_no_data_never_promotes(kind: str, pauses: list[float]) -> None:
    states = folded(PLANS[kind], [(Observation(), pause) for pause in pauses])
    assert {s.phase for s in states} <= {"canary", "warming", "watching", "expired"}
    assert {s.step for s in states} == {0}
    end = next_state(states[-1], Observation(), states[-1].since + DAY)
    assert (end.phase, end.weight) == ("expired", 0.0)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 5_000), max_size=6))
def test_units_without_an_error_on_either_side_promote_no_canary(sizes: list[int]) -> None:
    log = [(seen(0.1, (n, 0), (9 * n, 0)), 61.0) for n in sizes]
    assert "failed and slow" in folded(CANARY, [*log, (seen(0.2, (60, 0)), 61.0)] * 3)[-1].said
    last = folded(CANARY, log)[-1]
    assert last.phase == "canary"
    if last.step == 2 and last.units >= 60:
        assert "Nobody failed" in last.said


def test_a_canary_rises_and_is_promoted() -> None:
    good = [
        (seen(w, (n, n // 50), (9 * n, 9 * n // 50)), later)
        for w, n, later in ((0.05, 30, 1.0), (0.05, 20, 1.0), (0.1, 200, 10.0), (0.1, 100, 60.0), (0.2, 300, 1.0))
    ]
    slow = Observation(
        groups=[Group(canary=on, weight=0.2, losses=[0.0, 1.0], n=n) for on, n in ((True, 100), (False, 400))]
    )
    states = folded(CANARY, good)
    assert [s.weight for s in states] == [0.05, 0.05, 0.1, 0.1, 0.2, 0.2]
    assert "30 of 40 units" in states[1].said
    assert "50 s of the pause" in states[3].said
    assert "promotion needs a pass of slow: Nobody lost anything by slow" in states[-1].said
    more = next_state(states[-1], seen(0.2, (3_000, 60), (12_000, 240)), 100.0)
    assert "promotion needs a pass of slow" in more.said  # each metric for itself
    done = next_state(more, slow, 101.0)
    assert (done.phase, done.weight) == ("promoted", 1.0)
    assert {d.outcome for d in done.decisions[1:]} == {"pass"}
    assert done.said.startswith("promoted: failed at 0.9")
    assert "shown to be below 2 times (at most 1." in done.said


def test_harm_is_rolled_back_at_once_at_any_step() -> None:
    state = next_state(begun("one", CANARY, 0.0), seen(0.05, (20, 12), (380, 4)), 1.0)  # before the step's units are in
    assert (state.phase, state.weight) == ("rolled_back", 0.0)
    assert "times the champion's rate, shown to be above it (at least " in state.said
    assert next_state(state, seen(0.05, (500, 0), (9_000, 200)), 2.0) is state


def test_harm_where_the_champion_never_fails() -> None:
    state = next_state(begun("one", CANARY, 0.0), seen(0.05, (40, 5), (760, 0)), 1.0)
    assert state.phase == "rolled_back"
    assert "the one-sided 98 % bound is" in state.decisions[0].reason
    assert "half a loss" in state.decisions[0].estimate.notes[-1]


def test_the_average_rolls_back_whenever_the_union_would() -> None:
    """Two metrics: one alone has to reach 2 / alpha, or both together less."""
    both = Observation(
        groups=[
            Group(canary=True, weight=0.1, losses=[1.0, 1.0], n=4),
            Group(canary=True, weight=0.1, losses=[0.0, 0.0], n=50),
            Group(canary=False, weight=0.1, losses=[1.0, 1.0], n=4),
        ]
    )
    one = Observation(groups=[g.model_copy(update={"losses": [g.losses[0], 0.0]}) for g in both.groups])
    harms = [next_state(begun("one", CANARY, 0.0), o, 1.0).decisions[0] for o in (both, one)]
    p_both, p_one = (harm.p_fail or 0.0 for harm in harms)
    assert p_both < p_one
    assert p_one == pytest.approx(2 / (1 / p_both + 1), rel=1e-6)
    assert "average e-value of 2 metrics" in harms[0].estimate.notes[0]


def test_an_abort_ends_it_and_says_why() -> None:
    state = next_state(begun("one", CANARY, 0.0), Observation(abort="wrong artifact"), 1.0)
    assert (state.phase, state.weight, state.said) == ("aborted", 0.0, "aborted: wrong artifact")


def test_what_stays_open_is_taken_back() -> None:
    states = folded(CANARY, [(seen(0.05, (50, 0), (950, 0)), 1.0), (seen(0.1, (60, 0), (540, 0)), 70.0)])
    held = next_state(states[-1], seen(0.2, (70, 1), (280, 4)), DAY)
    assert held.phase == "canary"
    gone = next_state(held, Observation(), 71 + DAY)
    assert (gone.phase, gone.weight) == ("expired", 0.0)
    assert "taken back after 1 days" in gone.said
    assert gone.decisions[1].outcome == "inconclusive"


def test_blue_green_warms_switches_watches_and_stays() -> None:
    plan = PLANS["blue-green"]
    states = folded(plan, [(seen(0.0, (20, 1)), 10.0), (Observation(), 30.0), (seen(1.0, (90, 1)), 10.0)])
    assert [(s.phase, s.weight) for s in states] == [("warming", 0), ("warming", 0), ("watching", 1), ("watching", 1)]
    slow_too = next_state(states[-1], seen(1.0, (110, 0)), 400.0)
    assert slow_too.phase == "promoted"
    back = next_state(states[-1], seen(1.0, (60, 25)), 60.0)
    assert (back.phase, back.weight) == ("rolled_back", 0.0)
    assert "shown to be above 5 % (at least " in back.said
    bad = folded(plan, [(seen(0.0, (20, 2)), 31.0)])[-1]
    assert (bad.phase, bad.weight) == ("rolled_back", 0.0)
    assert "not switched: failed" in bad.said


def test_direct_serves_all_and_still_needs_a_pass() -> None:
    states = folded(PLANS["direct"], [(seen(1.0, (49, 0)), 1.0), (seen(1.0, (20, 0)), 1.0), (seen(1.0, (100, 1)), 1.0)])
    assert [(s.phase, s.weight) for s in states] == [("watching", 1)] * 2 + [("watching", 1), ("promoted", 1)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": [Step(weight=0.1, min_units=1), Step(weight=0.1, min_units=1)]}, "weights rise"),
        ({"steps": [Step(weight=1.0, min_units=1)]}, "lie between 0 and 1"),
        ({"strategy": "direct"}, "has the weights"),
        ({"strategy": "direct", "steps": [Step(weight=1, min_units=1)]}, "max_loss"),
        ({"metrics": ["a", "a"]}, "twice"),
        ({"margin": 1.0}, "greater than 1"),
        ({"steps": []}, "at least 1"),
    ],
)
def test_plans_that_make_no_sense(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Plan(**{**CANARY.model_dump(), **change})


def test_an_observation_has_one_loss_a_metric() -> None:
    with pytest.raises(InputError, match="one loss a metric"):
        next_state(begun("one", CANARY, 0.0), Observation(groups=[Group(canary=True, weight=0.1, losses=[1.0])]), 1.0)
