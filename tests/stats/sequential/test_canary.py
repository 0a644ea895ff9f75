"""The canary's e-processes: errors of type I at any look, agreement of all ways to update, intervals, plans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.sequential import canary_plan
from evalkit.stats.sequential.canary import (
    RATIOS,
    EProcess,
    Tallies,
    against_harm,
    for_promotion,
    interval,
    log_value,
    ratio,
)
from evalkit.stats.sequential.canary_plan import (
    Setting,
    TooLong,
    horizon,
    passed_when,
    promoted,
    rolled_back,
    rolled_back_when,
)

HARM, PROMOTION = against_harm(), for_promotion(2.0)
UNITS = st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.sampled_from([0.0, 0.25, 1.0])), min_size=1, max_size=30)


def columns(units: list[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """on the canary, weight, loss."""
    return tuple(np.array(column) for column in zip(*units, strict=True))  # type: ignore[return-value]


def test_the_formula_of_the_design() -> None:
    w = 0.1
    found = EProcess(HARM).updated([True, False], w)
    q = [w * r / (w * r + 1 - w) for r in RATIOS]
    assert np.exp(found.log_e) == pytest.approx([(a / w) * (1 - a) / (1 - w) for a in q], rel=1e-12)
    assert np.exp(found.log_value) == pytest.approx(np.mean([(a / w) * (1 - a) / (1 - w) for a in q]))
    assert log_value(HARM, w, 1, 1) == pytest.approx(found.log_value, rel=1e-12)


@settings(max_examples=40)
@given(UNITS, st.randoms(use_true_random=False))
def test_together_one_by_one_and_in_any_order(units: list[Any], random: Any) -> None:
    for bets in (HARM, PROMOTION):
        together = EProcess(bets).updated(*columns(units))
        one = EProcess(bets)
        for unit in units:
            one = EProcess(bets, one.updated(*unit).log_e)  # a restart from what was stored
        shuffled = random.sample(units, len(units))
        assert one.log_e == pytest.approx(together.log_e, abs=1e-9)
        assert EProcess(bets).updated(*columns(shuffled)).log_e == pytest.approx(together.log_e, abs=1e-9)
        assert EProcess(bets).updated(*columns(units), times=3).log_e == pytest.approx(
            tuple(3 * x for x in together.log_e), abs=1e-9
        )


@settings(max_examples=40)
@given(st.floats(0.001, 0.999), st.floats(1.01, 20), st.floats(0, 1))
def test_one_error_is_worth_one_on_average_at_the_null(w: float, margin: float, loss: float) -> None:
    for bets in (against_harm(), against_harm(margin), for_promotion(margin)):
        q0 = w * bets.null / (w * bets.null + 1 - w)
        fair = [np.exp(EProcess(bets).updated(on, w, loss).log_value) for on in (True, False)]
        assert q0 * fair[0] + (1 - q0) * fair[1] == pytest.approx(1, rel=1e-9)


@settings(max_examples=40)
@given(st.floats(0.01, 0.99), st.floats(0.1, 10), st.floats(0.001, 0.05))
def test_units_are_worth_at_most_one_under_the_whole_null(w: float, true: float, base: float) -> None:
    """Not only at its edge: mean losses of the canary below the null's ratio, with losses that differ in kind."""
    for bets in (HARM, PROMOTION):
        null = true <= bets.null if min(bets.ratios) >= bets.null else true >= bets.null
        e = {(on, x): np.exp(EProcess(bets).updated(on, w, x).log_value) for on in (True, False) for x in (0.5, 1.0)}
        # the canary loses halves, the champion wholes
        worth = w * (1 + 2 * true * base * (e[True, 0.5] - 1)) + (1 - w) * (1 + base * (e[False, 1.0] - 1))
        assert (worth <= 1 + 1e-9) or not null


@settings(max_examples=40)
@given(st.floats(0, 1), st.booleans())
def test_what_says_nothing_changes_nothing(w: float, on: bool) -> None:
    assert EProcess(HARM).updated(on, w, 0.0) == EProcess(HARM)
    assert EProcess(HARM).updated(on, float(round(w)), 1.0) == EProcess(HARM)
    assert EProcess(HARM).updated([], []) == EProcess(HARM)


@pytest.mark.parametrize("bad", [(True, 1.5), (True, 0.5, 2.0), (True, float("nan")), (True, 0.5, 1.0, -1.0)])
def test_numbers_that_are_none_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="lies within"):
        EProcess(HARM).updated(*bad)
    with pytest.raises(ValueError, match="products"):
        EProcess(HARM, (0.0,))
    with pytest.raises(ValueError, match="above 1"):
        for_promotion(1.0)


def crossed(
    rng: np.random.Generator, times: Any, rates: Any, weights: Any, runs: int, bets: Any, alpha: float
) -> float:
    """The share of runs in which the e-value ever reached 1 / alpha, looked at after every unit."""
    found = 0
    for _ in range(runs):
        on = rng.random(times) < weights
        failed = rng.random(times) < np.where(on, rates[0], rates[1])
        logs = np.zeros(len(bets.ratios))
        w = weights[failed][:, None]
        down = (w * bets.null + 1 - w) / (w * np.array(bets.ratios) + 1 - w)
        step = np.log(np.where(on[failed][:, None], np.array(bets.ratios) / bets.null * down, down))
        logs = np.cumsum(step, axis=0) + np.log(bets.shares)
        found += len(logs) > 0 and bool(np.logaddexp.reduce(logs, axis=1).max() >= -np.log(alpha))
    return found / runs


@pytest.mark.parametrize("drifting", [False, True])
def test_errors_of_type_i_at_every_look(drifting: bool) -> None:
    rng = np.random.default_rng(7)
    n, runs, alpha = 4_000, 400, 0.05
    base = 0.03 + (0.1 * (np.arange(n) % 900 < 60) + 0.02 * np.sin(np.arange(n) / 300) if drifting else 0.0) * np.ones(
        n
    )
    weights = np.repeat([0.01, 0.05, 0.1, 0.5], n // 4) if drifting else np.full(n, 0.1)
    bound = alpha + 3 * np.sqrt(alpha * (1 - alpha) / runs)
    assert crossed(rng, n, (base, base), weights, runs, HARM, alpha) <= bound
    assert crossed(rng, n, (2 * base, base), weights, runs, PROMOTION, alpha) <= bound
    assert crossed(rng, n, (4 * base, base), weights, 50, HARM, alpha) > 0.9  # and it can be found
    assert crossed(rng, n, (base, 1.5 * base), weights, 50, PROMOTION, alpha) > 0.5


def tallies(*rows: tuple[float, ...]) -> Tallies:
    """(weight, units of the canary, of the champion, errors of the canary, of the champion) each."""
    return Tallies(*np.array(rows, float).T)


@settings(max_examples=40)
@given(st.sampled_from([0.01, 0.1, 0.5]), st.integers(0, 40), st.integers(0, 300), st.sampled_from([1.2, 2.0, 5.0]))
def test_the_interval_agrees_with_the_e_values(w: float, x: int, y: int, margin: float) -> None:
    lo, hi = interval(tallies((w, 1_000, 9_000, x, y)), 0.05, margin)
    assert lo <= (float("inf") if hi is None else hi)
    passes = log_value(for_promotion(margin), w, x, y) >= np.log(20)
    harmed = log_value(HARM, w, x, y) >= np.log(20)
    assert passes == (hi is not None and hi <= margin * (1 + 1e-9))
    assert harmed == (lo >= 1 - 1e-9)


def test_the_interval_holds_at_all_looks() -> None:
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(25):
        seen = np.zeros((2, 5))
        seen[:, 0] = 0.05, 0.3
        low, high = 0.0, np.inf
        for look in range(8):
            at = look % 2
            n = rng.binomial(3_000, seen[at, 0])
            seen[at, 1:] += n, 3_000 - n, rng.binomial(n, 0.06), rng.binomial(3_000 - n, 0.02)
            lo, hi = interval(tallies(*map(tuple, seen)), 0.05, 2.0)
            low, high = max(low, lo), min(high, hi or np.inf)
        missed += not low <= 3.0 <= high
    assert missed <= 25 * 0.1 + 3 * (25 * 0.09) ** 0.5


def test_ratios() -> None:
    assert ratio(tallies((0.1, 100, 900, 2, 9))) == pytest.approx(2)
    assert ratio(tallies((0.1, 100, 900, 2, 9), (0.5, 500, 500, 100, 50))) == pytest.approx(2)
    assert ratio(tallies((0.1, 100, 900, 0, 0))) is None
    assert ratio(tallies((1.0, 100, 0, 5, 0))) is None
    assert ratio(tallies((0.5, 100, 100, 5, 0))) == pytest.approx(5.5 / 0.5)
    assert interval(tallies((1.0, 100, 0, 5, 0)), 0.05, 2.0) == (0.0, None)


SETTING = Setting(0.1, 0.01)


def simulated(canary: int, times: float, runs: int, bets: Any, alpha: float) -> float:
    rng, total = np.random.default_rng(11), 0
    rates = (np.array(min(1.0, 0.01 * times)), np.array(0.01))
    for _ in range(runs):
        n = int(canary + rng.negative_binomial(canary, SETTING.weight))  # until so many went to the canary
        total += crossed(rng, n, rates, np.full(n, SETTING.weight), 1, bets, alpha) > 0
    return total / runs


@pytest.mark.parametrize(("canary", "times"), [(150, 5.0)])
def test_plans_say_what_a_simulation_says(canary: int, times: float) -> None:
    expected = rolled_back(SETTING, canary, times)
    assert 0.2 < expected < 0.8
    assert simulated(canary, times, 150, HARM, SETTING.alpha_harm) == pytest.approx(expected, abs=3 * 0.5 / 150**0.5)


def test_the_horizon_of_the_design() -> None:
    """About 3,000 requests of the canary at weight .1, 7,300 at equal split: looked at after every error."""
    assert passed_when(SETTING, 0.95) == pytest.approx(3_000, rel=0.03)
    assert passed_when(SETTING._replace(weight=0.5), 0.95) == pytest.approx(7_300, rel=0.03)
    assert horizon(SETTING) == pytest.approx(4_220, rel=0.02)  # one look is enough
    assert promoted(SETTING, horizon(SETTING)) >= 0.95
    assert rolled_back(SETTING, horizon(SETTING), 1.0) <= SETTING.alpha_harm
    assert promoted(SETTING, 4_000, 2.0) <= SETTING.alpha
    assert rolled_back_when(SETTING, 5.0, 0.95) <= 400


def test_horizons_that_nobody_reaches_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary_plan, "_CELLS", 200_000)
    with pytest.raises(TooLong, match="wider margin"):
        horizon(Setting(0.1, 0.3, 1.005))
    with pytest.raises(TooLong, match="requests of the canary"):
        horizon(Setting(0.1, 1e-9))
    with pytest.raises(TooLong, match="no number of requests"):
        horizon(Setting(0.1, 0.01, alpha_harm=0.2))


def test_what_cannot_be_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = promoted(SETTING, 4_000), rolled_back(SETTING, 4_000, 1.5)
    monkeypatch.setattr(canary_plan, "_CELLS", 40_000)
    bounds = promoted(SETTING, 4_000), rolled_back(SETTING, 4_000, 1.5)
    assert all(exact[i] - 0.2 < bounds[i] < exact[i] for i in range(2))
    with pytest.raises(TooLong, match="too many to compute"):
        passed_when(SETTING, 0.95)
