"""The gate: three verdicts, Holm, census, unscored, and the laws that no data may break."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.nouns import Estimate, Gate, Tail
from evalkit.engine.gate import decide, decide_all, outcome_of, policy_warnings


def estimate(**changes: Any) -> Estimate:
    """80 % right on 500 cases, held against a line that tests give."""
    given_ = {"metric": "m", "variant": "candidate", "n": 500, "point": 0.8, "lo": 0.76, "hi": 0.83, "method": "wilson"}
    return Estimate(**{**given_, **changes})


def tail(line: float, lo: float, hi: float, above: float, below: float) -> Tail:
    return Tail(line=line, p_above=above, p_below=below, lo=lo, hi=hi)


FLOOR = Gate(metric="m", at_least=0.75)
VERSUS = Gate(metric="m", versus="baseline", margin=0.02)


def test_pass_when_the_one_sided_bound_is_beyond_the_line() -> None:
    found = decide(FLOOR, estimate(tail=tail(0.75, 0.77, 0.83, 0.01, 0.99)))
    assert (found.outcome, found.relation, found.side) == ("pass", "better", "above")
    assert "0.77" in found.reason


def test_fail_only_when_shown_worse_after_holm() -> None:
    e = estimate(tail=tail(0.85, 0.77, 0.83, 0.99, 0.04))
    assert decide(Gate(metric="m", at_least=0.85), e).outcome == "fail"
    adjusted = decide(Gate(metric="m", at_least=0.85), e, p_fail_holm=0.08)
    assert (adjusted.outcome, adjusted.p_fail, adjusted.p_fail_holm) == ("inconclusive", 0.04, 0.08)


def test_at_most_turns_the_sides() -> None:
    gate = Gate(metric="m", at_most=0.85)
    assert decide(gate, estimate(better="lower", tail=tail(0.85, 0.77, 0.83, 0.99, 0.01))).outcome == "pass"
    assert decide(gate, estimate(better="lower", tail=tail(0.85, 0.86, 0.9, 0.01, 0.99))).outcome == "fail"


@pytest.mark.parametrize(
    ("lo", "hi", "above", "below", "outcome", "relation"),
    [
        (0.01, 0.05, 0.001, 0.999, "pass", "better"),
        (-0.01, 0.03, 0.01, 0.99, "pass", "not_worse"),
        (-0.015, -0.005, 0.02, 0.98, "pass", "worse_within_margin"),
        (-0.08, -0.03, 0.99, 0.01, "fail", "worse"),
        (-0.06, 0.03, 0.4, 0.6, "inconclusive", "undecided"),
    ],
)
def test_relations_of_a_versus_gate(
    lo: float, hi: float, above: float, below: float, outcome: str, relation: str
) -> None:
    e = estimate(point=(lo + hi) / 2, tail=tail(-0.02, lo, hi, above, below))
    found = decide(VERSUS, e)
    assert (found.outcome, found.relation) == (outcome, relation)


def test_lower_is_better_mirrors() -> None:
    up = decide(VERSUS, estimate(point=0.03, tail=tail(-0.02, 0.01, 0.05, 0.001, 0.999)))
    down = decide(VERSUS, estimate(point=-0.03, better="lower", tail=tail(0.02, -0.05, -0.01, 0.999, 0.001)))
    assert (up.outcome, up.relation) == (down.outcome, down.relation) == ("pass", "better")


def test_identical_passes_non_inferiority_but_not_superiority() -> None:
    e = estimate(point=0.0, identical=True, tail=tail(-0.02, -0.03, 0.03, 0.2, 0.8))
    assert decide(VERSUS, e).outcome == "pass"
    superior = decide(Gate(metric="m", versus="baseline", superior=True), e)
    assert (superior.outcome, superior.relation) == ("inconclusive", "identical")


def test_a_census_is_judged_by_what_was_observed() -> None:
    gate = Gate(metric="m", at_least=1.0, basis="census")
    perfect = estimate(point=1.0, tail=Tail(line=1.0, p_above=None, p_below=None, lo=1.0, hi=1.0))
    assert decide(gate, perfect).outcome == "pass"
    one_unscored = estimate(n_unscored=1, tail=Tail(line=1.0, p_above=None, p_below=None, lo=0.998, hi=1.0))
    assert decide(gate, one_unscored).outcome == "inconclusive"
    one_wrong = estimate(tail=Tail(line=1.0, p_above=None, p_below=None, lo=0.998, hi=0.998))
    assert decide(gate, one_wrong).outcome == "fail"


def test_policies_that_make_a_gate_inconclusive() -> None:
    e = estimate(n_unscored=30, unscored={"network": 30}, tail=tail(0.75, 0.77, 0.83, 0.01, 0.99))
    assert decide(FLOOR, e).outcome == "pass"
    few = decide(Gate(metric="m", at_least=0.75, min_n=1000), e)
    assert few.outcome == "inconclusive"
    assert "1,000" in few.reason
    for bound in (0.05, 20):
        found = decide(Gate(metric="m", at_least=0.75, max_unscored=bound), e)
        assert found.outcome == "inconclusive"
        assert "network: 30" in found.reason
    assert decide(Gate(metric="m", at_least=0.75, max_unscored=0.06), e).outcome == "pass"


def test_no_interval_is_inconclusive_with_the_reason() -> None:
    none = Tail(line=0.75, p_above=None, p_below=None, lo=None, hi=None)
    found = decide(FLOOR, estimate(n=1, lo=None, hi=None, reason="one case has no interval", tail=none))
    assert found.outcome == "inconclusive"
    assert "one case" in found.reason


def test_holm_counts_primary_and_guardrail_gates_only() -> None:
    bad = estimate(tail=tail(0.85, 0.77, 0.83, 0.98, 0.02))
    gates = [Gate(metric="m", at_least=0.85, role=role) for role in ("primary", "guardrail", "info")]
    found = decide_all([(gate, bad, "candidate") for gate in gates])
    assert [d.p_fail_holm for d in found] == [0.04, 0.04, None]
    assert [d.blocks for d in found] == [True, True, False]
    assert outcome_of(found) == "fail"


def test_outcome_of_a_run() -> None:
    good = estimate(tail=tail(0.75, 0.77, 0.83, 0.01, 0.99))
    open_ = estimate(tail=tail(0.75, 0.74, 0.83, 0.1, 0.9))
    assert outcome_of([]) == "ungated"
    assert outcome_of(decide_all([(Gate(metric="m", at_least=0.75, role="info"), open_, "c")])) == "ungated"
    assert outcome_of(decide_all([(FLOOR, good, "c")])) == "pass"
    assert outcome_of(decide_all([(FLOOR, good, "c"), (FLOOR, open_, "c")])) == "inconclusive"
    warned = Gate(metric="m", at_least=0.75, on_inconclusive="warn")
    assert outcome_of(decide_all([(FLOOR, good, "c"), (warned, open_, "c")])) == "pass"
    nothing = estimate(n=0, point=None, lo=None, hi=None, n_unscored=5)
    assert outcome_of(decide_all([(warned, nothing, "c")])) == "inconclusive"


def test_what_would_decide_it_is_a_number_of_cases() -> None:
    found = decide(VERSUS, estimate(point=0.0, tail=tail(-0.02, -0.04, 0.04, 0.2, 0.8)))
    assert found.would_decide is not None
    assert "more) would pass it 80 % of the time if nothing changed" in found.would_decide


@given(
    st.floats(-1, 1),
    st.floats(0, 0.5),
    st.floats(0, 0.3),
    st.floats(0, 0.3),
    st.sampled_from(["higher", "lower"]),
)
def test_widening_a_margin_never_turns_pass_into_fail(
    point: float, half: float, margin: float, more: float, better: Any
) -> None:
    def held(m: float) -> str:
        from scipy.special import ndtr

        se = half / 1.6449 + 1e-9
        line = -m if better == "higher" else m
        above = float(ndtr((point - line) / se))
        t = tail(line, point - half, point + half, 1 - above, above)
        return decide(
            Gate(metric="m", versus="baseline", margin=m), estimate(point=point, better=better, tail=t)
        ).outcome

    order = {"fail": 0, "inconclusive": 1, "pass": 2}
    assert order[held(margin + more)] >= order[held(margin)]


def test_pull_request_is_blocked_only_by_what_is_shown_worse() -> None:
    good = estimate(tail=tail(0.75, 0.77, 0.83, 0.01, 0.99))
    open_ = estimate(tail=tail(0.75, 0.74, 0.83, 0.1, 0.9))
    bad = estimate(tail=tail(0.85, 0.77, 0.83, 0.99, 0.01))
    nothing = estimate(n=0, point=None, lo=None, hi=None, n_unscored=5)
    for held, outcome, waved in (
        ([open_], "pass", 1),
        ([good, open_], "pass", 1),
        ([good], "pass", 0),
        ([open_, bad], "fail", 0),
        ([good, nothing], "inconclusive", 0),
    ):
        found = decide_all([(FLOOR, e, "c") for e in held], "pull_request")
        assert outcome_of(found, "pull_request") == outcome
        assert len(policy_warnings(found, "pull_request")) == waved
        assert not policy_warnings(found, "release")
    said = policy_warnings(decide_all([(FLOOR, open_, "c")], "pull_request"), "pull_request")
    assert "guarantee is given up" in said[0]
    assert not decide_all([(FLOOR, open_, "c")], "pull_request")[0].blocks


def test_each_of_two_looks_decides_at_half_the_error() -> None:
    e = estimate(tail=tail(0.75, 0.752, 0.83, 0.04, 0.96))
    assert decide(FLOOR, e).outcome == "pass"
    half = decide(FLOOR, e, alpha=0.025)
    assert (half.outcome, half.alpha, half.level) == ("inconclusive", 0.025, 0.975)
    assert "95 % interval" in half.reason


def test_information_is_adjusted_apart_and_never_gates() -> None:
    bad = estimate(tail=tail(0.85, 0.77, 0.83, 0.97, 0.03))
    gates = [Gate(metric="m", at_least=0.85, role="info") for _ in range(3)]
    found = decide_all(
        [
            (gate, e, "c")
            for gate, e in zip(gates, [bad, bad, estimate(tail=tail(0.85, 0.8, 0.9, 0.5, 0.5))], strict=True)
        ]
    )
    assert [d.p_bh for d in found] == pytest.approx([0.045, 0.045, 0.5])
    assert [d.p_fail_holm for d in found] == [None] * 3
    assert outcome_of(found) == "ungated"


def test_a_relative_margin_is_a_share_of_the_baseline() -> None:
    gate = Gate(metric="m", versus="baseline", margin="2%")
    assert (gate.relative, gate.allowed, gate.label) == (True, 0.02, "m vs baseline, margin 2%")
    e = estimate(point=-0.005, unit="relative", tail=tail(-0.02, -0.018, 0.008, 0.03, 0.97))
    found = decide(gate, e)
    assert (found.outcome, found.relation) == ("pass", "not_worse")
    assert "-0.5 %" in found.reason
    assert "-2 %" in found.reason


def test_worse_within_the_margin_is_said_aloud() -> None:
    found = decide(VERSUS, estimate(point=-0.01, tail=tail(-0.02, -0.015, -0.005, 0.02, 0.98)))
    assert "shown worse than the baseline, by less than the margin" in found.reason


def test_what_cannot_pass_at_this_n_is_in_the_reason() -> None:
    gate = Gate(metric="m", at_least=0.99)
    found = decide(gate, estimate(n=50, point=1.0, lo=0.93, hi=1.0, tail=tail(0.99, 0.942, 1.0, 0.6, 1.0)))
    assert found.outcome == "inconclusive"
    assert "Even 50 of 50 right would not pass: a line of 0.99 takes at least 299 cases." in found.reason


def test_clusters_and_repeats_are_bought_as_such() -> None:
    e = estimate(point=0.0, n_clusters=50, repeats=3, tail=tail(-0.02, -0.04, 0.04, 0.2, 0.8))
    said = str(decide(VERSUS, e).would_decide)
    assert "groups (" in said
    assert "each asked 3 times" in said


def test_a_pull_request_is_not_waved_through_by_data_that_allow_no_interval() -> None:
    none = {"lo": None, "hi": None, "method": "none", "reason": "all cases are in one cluster"}
    held = estimate(**none, tail=Tail(line=0.75, p_above=None, p_below=None, lo=None, hi=None))
    (found,) = decide_all([(FLOOR, held, "c")], "pull_request")
    assert (found.outcome, found.blocks) == ("inconclusive", True)
    assert outcome_of([found], "pull_request") == "inconclusive"
    lost = held.model_copy(update={"n_unscored": 3})
    (waved,) = decide_all([(FLOOR, lost, "c")], "pull_request")
    assert not waved.blocks
    assert outcome_of([waved], "pull_request") == "pass"
