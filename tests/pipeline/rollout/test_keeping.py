"""Rows become units once; moves become events; two operators, restarts, replays, evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.chain import Conflict
from evalkit.core.errors import InputError
from evalkit.core.evidence import Rollout
from evalkit.pipeline.rollout import keeping
from evalkit.pipeline.rollout.naming import find, listed
from evalkit.pipeline.rollout.nouns import Plan, State, Step
from evalkit.pipeline.rollout.observing import Rows, by_weight, mismatch, nothing, observed
from evalkit.pipeline.rollout.replay import replayed
from evalkit.pipeline.rollout.told import evidence
from evalkit.stores.chains import SqliteChains
from evalkit.stores.units import LocalUnits

NONE = np.empty(0, np.uint64)
PLAN = Plan(
    strategy="canary",
    candidate="new",
    champion="old",
    steps=[Step(weight=0.1, min_units=20), Step(weight=0.5, min_units=20)],
)


def rows(*given: tuple[str, bool, float, float, float]) -> Rows:
    """(unit, canary, weight, loss, at) each."""
    unit, canary, weight, loss, at = zip(*given, strict=True) if given else ((),) * 5
    columns = (np.array(column, float) for column in (weight, loss, at))
    w, lost, when = columns
    return Rows(unit, np.array(canary, bool), w, lost.reshape(-1, 1), when)


def traffic(seed: int, n: int, weight: float, rates: tuple[float, float], first: int = 0) -> Rows:
    """n units with one request each; the canary's exact share of them."""
    rng = np.random.default_rng(seed)
    on = np.arange(n) < round(n * weight)
    failed = rng.random(n) < np.where(on, *rates)
    names = [f"u{first + i}" for i in range(n)]
    return Rows(names, on, np.full(n, weight), failed.astype(float).reshape(-1, 1), np.arange(n, dtype=float))


def test_a_conversation_is_one_unit() -> None:
    seen = observed(rows(*[("ann", True, 0.1, 1.0, float(i)) for i in range(50)], ("bob", False, 0.1, 0.0, 3.0)), NONE)
    assert [(g.canary, g.losses, g.n) for g in seen.observation.groups] == [(False, [0.0], 1), (True, [1.0], 1)]
    assert (seen.rows, seen.known, len(seen.units)) == (51, 0, 2)


def test_a_unit_counts_as_it_was_first_assigned() -> None:
    """Failures after it moved to the other variant, or after the weight rose, belong to nobody."""
    moved = [("ann", False, 0.1, 0.0, 1.0), ("ann", True, 0.5, 1.0, 2.0)]
    stayed = [("bob", False, 0.1, 0.0, 1.0), ("bob", False, 0.5, 1.0, 2.0)]
    seen = observed(rows(*moved, *stayed), NONE).observation
    assert [(g.canary, g.weight, g.losses, g.n) for g in seen.groups] == [(False, 0.1, [0.0], 2)]
    late = observed(rows(("ann", True, 0.1, 0.0, 1.0), ("ann", True, 0.1, 1.0, 2.0)), NONE).observation
    assert late.groups[0].losses == [1.0]


def test_a_log_of_several_steps_falls_into_its_weights() -> None:
    seen = observed(rows(("a", True, 0.5, 0.0, 1.0), ("b", False, 0.1, 1.0, 2.0), ("c", True, 0.1, 0.0, 3.0)), NONE)
    parts = by_weight(seen)
    assert [[(g.canary, g.weight) for g in p.observation.groups] for p in parts] == [
        [(False, 0.1), (True, 0.1)],
        [(True, 0.5)],
    ]
    assert sorted(np.concatenate([p.units for p in parts]).tolist()) == seen.units.tolist()
    assert [p.observation.abort for p in by_weight(nothing("x"))] == ["x"]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.booleans(),
            st.sampled_from([0.1, 0.5]),
            st.sampled_from([0.0, 0.5, 1.0]),
            st.integers(0, 10**6).map(float),
        ),
        max_size=20,
        unique_by=lambda row: row[4],
    ),
    st.randoms(use_true_random=False),
)
def test_rows_in_any_order_and_rows_again(given_rows: list[Any], random: Any) -> None:
    once = observed(rows(*given_rows), NONE)
    shuffled = random.sample(given_rows, len(given_rows))
    assert observed(rows(*shuffled, *given_rows), NONE).observation == once.observation
    again = observed(rows(*given_rows), once.units)
    assert (again.observation.groups, again.known, len(again.units)) == ([], len(given_rows), 0)
    assert sum(g.n for g in once.observation.groups) == len({row[0] for row in given_rows}) == len(once.units)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 4)), max_size=20), st.integers(0, 10**6))
def test_each_unit_counts_once_for_what_waits_too(asked: list[tuple[str, int]], seed: int) -> None:
    """Requests come, and their right answers at the looks 1 to 3, or never (4); 0: at once."""
    lost = np.random.default_rng(seed).random(len(asked))
    came = np.array([look for _, look in asked])
    every = [(unit, False, 0.1, 0.0, float(i)) for i, (unit, _) in enumerate(asked)]
    seen, n = NONE, np.zeros(2, int)
    for look in range(4):
        losses = np.column_stack([np.zeros(len(asked)), np.where(came <= look, lost, np.nan)])
        found = observed(rows(*every)._replace(losses=losses), seen, {1: "wrong"})
        assert not set(found.units.tolist()) & set(seen.tolist())
        assert (found.new, found.scored["wrong"]) == tuple(
            sum(group.n for group in found.observation.groups if group.losses[i] is not None) for i in range(2)
        )
        seen, n = np.concatenate([seen, found.units]), n + np.array([found.new, found.scored["wrong"]])
    assert n.tolist() == [len({u for u, _ in asked}), len({u for u, look in asked if look < 4})]


def test_a_split_that_is_not_the_weights() -> None:
    assert mismatch([(0.1, 100, 900), (0.5, 5, 9), (1.0, 50, 0), (0.0, 0, 9)]) is None
    assert "of 1,000 units" in str(mismatch([(0.1, 200, 800)]))


@pytest.fixture
def kept(tmp_path: Path) -> tuple[SqliteChains, LocalUnits]:
    return SqliteChains(tmp_path, clock=lambda: 1_000.0), LocalUnits(tmp_path)


def walk(kept: Any, *steps: tuple[Rows, float]) -> State:
    """Start, and step over logs as a command line does: everything is read again each time."""
    chains, units = kept
    state = keeping.start(chains, PLAN, 100.0, who="ada")
    for log, now in steps:
        events = chains.events(keeping.CHAIN + state.id)
        seen = observed(log, keeping.counted_units(events, units))
        state = keeping.move(chains, units, keeping.current(chains, state.id), seen, now, who="ada")
    return state


def test_a_rollout_is_its_chain(kept: Any) -> None:
    first, second = traffic(1, 300, 0.1, (0.05, 0.05)), traffic(2, 9_000, 0.5, (0.05, 0.05), first=300)
    state = walk(kept, (first, 101.0), (first, 102.0), (second, 103.0))
    chains, units = kept
    events = chains.events(keeping.CHAIN + state.id)
    assert state.phase == "promoted"
    assert [e.kind for e in events] == ["started", "raised", "promoted"]  # the log that was read twice is no event
    assert chains.pointers(keeping.CHAIN + state.id) == {"started": "100.0", "state": state.digest, "weight": "1.0"}
    assert keeping.weight(chains, state.id) == state.weight == 1.0
    assert keeping.current(chains, state.id) == state
    assert replayed(events) == []
    assert len(keeping.counted_units(events, units)) == 9_300
    assert find(chains, "latest") == find(chains, state.id[:12]) == state.id
    found = evidence(events, "2026-01-01T00:00:00+00:00")
    assert (found.outcome, [s.state for s in found.stages]) == ("pass", ["canary", "canary", "promoted"])
    assert (found.measured[0].said, found.measured[0].n) == ("not worse", 4_530)
    assert abs(found.measured[0].point or 0) < 0.02
    assert Rollout(**found.model_dump(mode="json")) == found
    after = keeping.move(chains, units, state, nothing("late"), 104.0)
    assert after is state
    assert len(chains.events(keeping.CHAIN + state.id)) == 3


def test_many_steps_are_put_into_one_again(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_BLOBS", 3)
    chains, units = kept
    state = keeping.start(chains, PLAN, 100.0)
    for i in range(9):
        events = chains.events(keeping.CHAIN + state.id)
        counted = keeping.counted_units(events, units)
        assert len(counted) == len(set(counted.tolist())) == 10 * i
        seen = observed(traffic(i, 10, 0.1, (0.0, 0.0), first=10 * i), counted)
        state = keeping.move(chains, units, state, seen, 101.0 + i, log=keeping.logged(events, counted, seen, 7 * i))
    events = chains.events(keeping.CHAIN + state.id)
    assert [bool(e.data.get("all_units")) for e in events] == [False] * 4 + [True] + [False] * 3 + [True, False]
    assert keeping.cursor(events) == 56


def test_evidence_of_a_rollback(kept: Any) -> None:
    state = walk(kept, (traffic(1, 2_000, 0.1, (0.2, 0.02)), 101.0))
    found = evidence(kept[0].events(keeping.CHAIN + state.id), "2026-01-01T00:00:00+00:00")
    assert (found.outcome, found.stages[-1].state, found.stages[-1].weight) == ("fail", "rolled_back", 0.0)
    assert (found.measured[0].said, found.measured[0].point) == ("worse", pytest.approx(0.18, abs=0.06))
    assert found.measured[0].e_value > 50


def test_a_replay_finds_what_does_not_follow(kept: Any) -> None:
    state = walk(kept, (traffic(1, 300, 0.1, (0.05, 0.05)), 101.0), (traffic(2, 50, 0.5, (0.0, 0.0), first=300), 102.0))
    events = kept[0].events(keeping.CHAIN + state.id)
    forged = {**events[1].data, "observation": {"groups": []}}
    found = replayed([events[0], events[1].model_copy(update={"data": forged}), events[2]])
    assert len(found) == 1
    assert "event 2 (raised)" in found[0]
    renamed = events[1].model_copy(update={"data": {**events[1].data, "digest": "0" * 64}})
    assert "whose digest it names" in replayed([events[0], renamed])[0]
    assert replayed([])


def test_two_operators_at_once(kept: Any) -> None:
    chains, units = kept
    state = keeping.start(chains, PLAN, 100.0)
    log = observed(traffic(1, 300, 0.1, (0.05, 0.05)), NONE)
    keeping.move(chains, units, state, log, 101.0, who="ada")
    for seen in (log, nothing("no")):
        with pytest.raises(Conflict, match="somebody else moved this rollout"):
            keeping.move(chains, units, state, seen, 101.0, who="bob")
    assert [e.who for e in chains.events(keeping.CHAIN + state.id)] == ["", "ada"]
    with pytest.raises(Conflict):
        keeping.start(chains, PLAN, 100.0)  # the same plan at the same moment
    other = keeping.start(chains, PLAN, 160.0)
    assert other.id != state.id
    with pytest.raises(InputError, match="2 rollouts begin with"):
        find(chains, "1970")
    with pytest.raises(InputError, match="no rollout"):
        find(chains, "x")
    for ask in (keeping.current, keeping.weight):
        with pytest.raises(InputError, match="no rollout"):
            ask(chains, "x")


def test_an_id_of_the_callers_choice(kept: Any) -> None:
    chains, _ = kept
    made = keeping.start(chains, PLAN, 300.0).id
    for ident, now in (("fare-2", 100.0), ("fare", 400.0), ("Z", 200.0)):
        assert keeping.start(chains, PLAN, now, ident=ident).id == ident
        with pytest.raises(Conflict, match=f"there is a rollout {ident} already"):
            keeping.start(chains, PLAN, 500.0, ident=ident)
    assert listed(chains) == ["fare-2", "Z", made, "fare"], "by the time of the start"
    assert [find(chains, ref) for ref in ("latest", "fare", "fare-")] == ["fare", "fare", "fare-2"]
    for ident in ("", "latest", "-x", ".x", "a/b", "a b", "é", "a\n", "a" * 65):
        with pytest.raises(InputError, match="cannot be the id of a rollout"):
            keeping.start(chains, PLAN, 500.0, ident=ident)
    assert chains.verify("rollout/fare") == []


def test_a_wrong_split_moves_nothing_but_may_be_taken_back(kept: Any) -> None:
    chains, units = kept
    state = keeping.start(chains, PLAN, 100.0)
    half = traffic(1, 300, 0.5, (0.05, 0.05))
    wrong = observed(half._replace(weight=np.full(300, 0.1)), NONE)
    with pytest.raises(InputError, match="of 300 units"):
        keeping.move(chains, units, state, wrong, 101.0)
    assert len(chains.events(keeping.CHAIN + state.id)) == 1
    away = wrong._replace(observation=wrong.observation.model_copy(update={"abort": "odd"}))
    assert keeping.move(chains, units, state, away, 101.0).phase == "aborted"
