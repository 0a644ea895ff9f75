"""A sequence becomes an estimate that a gate decides."""

import numpy as np
import pytest

from evalkit.core.nouns import Gate
from evalkit.engine.gate import decide
from evalkit.engine.live import About, live_estimate
from evalkit.stats.sequential.asymptotic import asymptotic_mean
from evalkit.stats.sequential.betting import betting_mean, betting_paired
from evalkit.stats.unpaired import unpaired_difference

BETTER = Gate(metric="solved", versus="baseline", superior=True)


@pytest.mark.parametrize(
    ("shift", "better", "outcome", "relation"),
    [
        (0.3, "higher", "pass", "better"),
        (-0.3, "higher", "fail", "worse"),
        (0.3, "lower", "fail", "worse"),
        (0.0, "higher", "inconclusive", "undecided"),
    ],
)
def test_a_verdict_is_the_gates(shift: float, better: str, outcome: str, relation: str) -> None:
    d = np.random.default_rng(1).normal(shift, 1, 2_000)
    estimate = live_estimate(asymptotic_mean(d), About("solved", "a - b", better=better), alpha=0.025)
    decision = decide(BETTER, estimate, alpha=0.025)
    assert (decision.outcome, decision.relation) == (outcome, relation)
    assert (outcome == "inconclusive") == (estimate.lo < 0 < estimate.hi)


def test_the_p_values_of_the_tail_are_those_of_the_bets() -> None:
    found = betting_mean(np.random.default_rng(2).random(300))
    tail = live_estimate(found, About("x", "a"), line=0.45).tail
    assert tail.p_above == min(1, 1 / found.e_above(0.45))
    assert tail.p_below == min(1, 1 / found.e_below(0.45))
    assert (tail.lo, tail.hi) == found.inference.interval(0.90)


def test_nothing_seen_decides_nothing() -> None:
    estimate = live_estimate(betting_mean([]), About("x", "a"))
    assert (estimate.n, estimate.reason) == (0, "nothing was seen yet")
    assert decide(Gate(metric="x", at_least=0.5), estimate).outcome == "inconclusive"


def test_an_interval_reaches_to_its_estimate() -> None:
    """Bets follow the order: early values can leave the last mean outside, where being wider is always valid."""
    x = np.concatenate([np.ones(300), np.zeros(900)])
    found = betting_mean(x)
    estimate = live_estimate(found, About("x", "a"))
    assert not found.inference.interval(0.95)[0] <= 0.25 <= found.inference.interval(0.95)[1]
    assert estimate.lo <= 0.25 <= estimate.hi


def test_same_pairs_are_identical_and_a_single_look_works_too() -> None:
    same = live_estimate(betting_paired(np.ones(40), np.ones(40)), About("x", "a - b"))
    assert same.identical
    once = live_estimate(unpaired_difference(np.arange(50.0) + 30, np.arange(50.0), proportions=False), About("x", "a"))
    assert decide(BETTER, once).outcome == "pass"
    assert once.method == "welch-t"
