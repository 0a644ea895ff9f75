"""False alarms by swapping labels: what is exchangeable alarms as rarely as the gates promise, and drops are caught."""

import itertools

import numpy as np
import pytest

from evalkit.core.nouns import Gate
from evalkit.engine.preflight_tails import question, seen
from evalkit.engine.selftest import Gates, selftest
from evalkit.engine.selftest_swaps import swaps
from tests.engine.preflight_builders import Toy, toy_known

RNG = np.random.default_rng(5)
N = 400
CHANCE = RNG.beta(8, 2, N)
GATE = Gate(metric="m", versus="baseline", margin=0.0)
MARGIN = Gate(metric="m", versus="baseline", margin=0.05)


def answers(count: int) -> np.ndarray:
    return (RNG.random((count, N)) < CHANCE).astype(float)


def outcome(known, *gates: Gate, others: int = 0, policy: str = "release", replicates: int = 600):
    return selftest(known, Gates(list(gates), others, policy, 0.05), 1, replicates)


def test_a_gate_without_a_margin_alarms_five_percent_of_the_time() -> None:
    found = outcome(toy_known({"m": (Toy(), answers(2))}), GATE)
    rate = found.gates[0].false_fail
    assert rate is not None
    assert rate.lo <= 0.05
    assert 0.02 < rate.share < 0.08
    assert not found.alarming
    assert found.gates[0].passed is not None
    assert found.gates[0].passed.share == pytest.approx(rate.share, abs=0.04)  # the mirror image


def test_drops_are_caught_more_often_the_larger_they_are() -> None:
    found = outcome(toy_known({"m": (Toy(), answers(2))}), MARGIN, replicates=400)
    fails = [power.fail.share for power in found.gates[0].curve]
    passes = [power.passed.share for power in found.gates[0].curve]
    assert fails[0] < 0.02
    assert fails[-1] > 0.99
    assert all(b >= a - 0.03 for a, b in itertools.pairwise(fails))
    assert all(b <= a + 0.03 for a, b in itertools.pairwise(passes))
    assert found.gates[0].detects is not None
    assert 0.06 < found.gates[0].detects < 0.15
    at_the_margin = next(p for p in found.gates[0].curve if p.drop == 0.05)
    assert at_the_margin.passed.share < 0.09


def test_whole_clusters_are_swapped() -> None:
    groups = np.repeat(np.arange(40), 10)
    known = toy_known({"m": (Toy(), answers(2))}, groups)
    (draw,) = list(swaps(known, 1, 50))
    ours, theirs = (side[:, 0] for side in draw.sides("m"))
    first, second = (known.values("m")[i][draw.rows] for i in (0, 1))
    kept = draw.sums((ours != first).astype(float)), draw.sums((ours != second).astype(float))
    assert (np.minimum(*kept) == 0).all()
    assert (ours + theirs == first + second).all()
    found = seen(question(GATE, known), draw)
    assert found.point.mean() == pytest.approx(0, abs=0.01)


@pytest.mark.slow
def test_one_run_is_split_by_its_answers() -> None:
    found = outcome(toy_known({"m": (Toy(), answers(4))}, repeats=2), GATE, MARGIN, replicates=200)
    assert found.told
    assert found.false_fail is not None
    assert found.false_fail.share < 0.09
    assert found.gates[0].differing > 60


def test_what_never_differs_tells_nothing() -> None:
    known = toy_known({"m": (Toy(), np.tile(answers(1), (2, 1))), "other": (Toy(), answers(2))})
    found = outcome(known, MARGIN, Gate(metric="other", versus="baseline", margin=0.05), replicates=200)
    assert found.gates[0].false_fail is None
    assert "not 0 %" in str(found.gates[0].reason)
    assert found.gates[1].reason is None
    assert found.told
    assert not outcome(known, MARGIN, replicates=100).told


@pytest.mark.slow
def test_one_group_tells_nothing() -> None:
    found = outcome(toy_known({"m": (Toy(), answers(2))}, np.zeros(N, int)), MARGIN, replicates=100)
    assert not found.told
    assert "are one group" in str(found.gates[0].reason)


def test_holm_counts_the_gates_that_are_left_out() -> None:
    known = toy_known({"m": (Toy(), answers(2))})
    alone, among = outcome(known, GATE), outcome(known, GATE, others=9)
    assert alone.gates[0].false_fail is not None
    assert among.gates[0].false_fail is not None
    assert among.gates[0].false_fail.share < alone.gates[0].false_fail.share


@pytest.mark.slow
def test_a_pull_request_is_not_blocked_by_what_is_inconclusive() -> None:
    known = toy_known({"m": (Toy(), answers(2))})
    found = outcome(known, Gate(metric="m", versus="baseline", margin=0.01), policy="pull_request")
    assert found.false_block is not None
    assert found.blocked is not None
    assert found.false_block.share > 0.5
    assert found.blocked.share < 0.05


def test_few_swaps_are_said() -> None:
    one = answers(1)
    two = one.copy()
    two[0, :4] = 1 - two[0, :4]
    found = outcome(toy_known({"m": (Toy(), np.vstack([one, two]))}), MARGIN, replicates=100)
    assert "only 4 of 400" in found.warnings[0]


def test_values_without_bounds_have_drops_of_their_own_size() -> None:
    seconds = Toy(value_range=(0.0, None), better="lower", needs=frozenset({"seconds"}))
    known = toy_known({"m": (seconds, RNG.gamma(2, 30, (2, N)))})
    found = outcome(known, Gate(metric="m", versus="baseline", margin=5.0), replicates=200)
    assert found.gates[0].curve[2].drop == pytest.approx(5.0)
    assert found.gates[0].curve[-1].fail.share > 0.95


def test_the_same_question_has_the_same_answer() -> None:
    known = toy_known({"m": (Toy(), answers(2))})
    assert outcome(known, GATE, replicates=100).to_json() == outcome(known, GATE, replicates=100).to_json()
