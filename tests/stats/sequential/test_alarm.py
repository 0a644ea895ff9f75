"""Alarms over a year of looks: what they promise, and that they find what changed."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.stats.sequential.alarm import FEWEST_WINDOWS, Plan, Rules, State, advance, factors, look, plan, start


def made(n: int = 200, seed: int = 0, rules: Rules | None = None) -> Plan:
    found = plan(np.random.default_rng(seed).normal(0.8, 0.02, n), None, None, rules or Rules())
    assert found is not None
    return found


def test_a_factor_has_a_mean_of_at_most_one() -> None:
    """At the bounds of mean and variance, for a normal window and for the worst two-point one."""
    bets = made()
    high, sd = bets.high[""], bets.sd
    below = factors(bets, [-1e9])[0]
    assert np.exp(below).min() > 0.09  # no window takes the whole stake
    x = np.linspace(high - 10 * sd, high + 10 * sd, 20_001)
    chance = stats.norm.pdf(x, high, sd) * (x[1] - x[0])
    upward = slice(0, len(bets.shifts))
    mean = chance @ np.exp(factors(bets, x)[:, upward])
    assert (mean <= 1 + 1e-9).all()
    assert mean.min() > 0.8
    for odds in (0.01, 0.1, 0.5, 0.9):
        away = [high - sd * math.sqrt((1 - odds) / odds), high + sd * math.sqrt(odds / (1 - odds))]
        assert (np.array([odds, 1 - odds]) @ np.exp(factors(bets, away)[:, upward]) <= 1 + 1e-12).all()


def test_bets_are_beyond_what_the_reference_does_not_know() -> None:
    for n in (24, 200, 5_000):
        bets = made(n)
        error = 0.02 / math.sqrt(n)
        smallest = bets.high[""] + bets.shifts[0] * bets.sd - bets.means[""]
        assert smallest >= 4 * error * 0.7  # the sample's own sd differs from the true one
        assert bets.low[""] < bets.means[""] < bets.high[""]
        assert bets.sd > np.random.default_rng(0).normal(0.8, 0.02, n).std(ddof=1)
    coarse = made(rules=Rules(least=0.05))
    assert coarse.high[""] + coarse.shifts[0] * coarse.sd == pytest.approx(coarse.means[""] + 0.05, abs=1e-9)
    assert made(rules=Rules(metrics=10)).log_line == pytest.approx(made().log_line + math.log(10))
    assert made().log_line == pytest.approx(math.log(8_760 / 0.04))


def test_a_shift_is_found_and_where_it_began() -> None:
    rng, bets = np.random.default_rng(5), made()
    state = start(bets)
    for hour in range(600):
        state = look(bets, state, float(rng.normal(0.8 if hour < 300 else 0.77, 0.02)))
    assert state.alarms
    assert 300 < state.alarms[0] < 360


def test_a_restart_continues_the_same_bets() -> None:
    rng, bets = np.random.default_rng(6), made()
    values = rng.normal(0.79, 0.02, 150)
    whole = kept = start(bets)
    for value in values:
        whole = look(bets, whole, float(value))
        kept = State.from_json(json.loads(json.dumps(kept.to_json())))
        kept = look(bets, kept, float(value))
    assert kept == whole
    assert kept.total == 150


def test_an_empty_window_is_a_look_without_a_bet() -> None:
    bets = made()
    state = look(bets, start(bets), 0.9)
    after = look(bets, look(bets, state, None), math.nan)
    assert after.log_r == state.log_r
    assert after.looks == 3
    assert look(bets, state, 0.5, None, "a phase that nobody knows").log_e == pytest.approx(
        float(np.log(np.exp(advance(np.array(state.log_r), np.zeros(len(state.log_r)))).mean()))
    )


def test_after_a_year_bets_begin_anew() -> None:
    bets = made(rules=Rules(looks=3))
    state = start(bets)
    for _ in range(3):
        state = look(bets, state, 0.8)
    assert (state.looks, state.total, state.log_e) == (0, 3, -math.inf)


def test_smaller_windows_may_vary_more() -> None:
    values = np.random.default_rng(0).normal(0.8, 0.02, 200)
    bets = plan(values, np.full(200, 100))
    assert bets is not None
    far = [0.9]
    assert factors(bets, far, [10]).max() < factors(bets, far, [100]).max() == factors(bets, far, [500]).max()


def test_a_season_has_its_own_means() -> None:
    rng = np.random.default_rng(1)
    phases = [str(hour % 4) for hour in range(400)]
    day = np.array([0.1 * (hour % 4) for hour in range(400)])
    bets = plan(day + rng.normal(0, 0.02, 400), None, phases)
    assert bets is not None
    assert [round(bets.means[str(phase)], 1) for phase in range(4)] == [0.0, 0.1, 0.2, 0.3]
    assert bets.sd < 0.03
    state = start(bets)
    for hour in range(500):
        state = look(bets, state, 0.1 * (hour % 4) + float(rng.normal(0, 0.02)), None, str(hour % 4))
    assert not state.alarms
    blind = plan(day + rng.normal(0, 0.02, 400))
    assert blind is not None
    assert blind.sd > 0.1


def test_what_cannot_be_a_reference() -> None:
    assert plan(np.arange(FEWEST_WINDOWS - 1)) is None
    assert plan(np.ones(100)) is None
    assert plan([]) is None
    assert plan(np.arange(40), None, [str(i) for i in range(40)]) is None
    with pytest.raises(ValueError, match="empty windows"):
        plan([1.0, math.nan])
    with pytest.raises(ValueError, match="direction"):
        plan(np.arange(40), None, None, Rules(up=False, down=False))
    with pytest.raises(ValueError, match="at least 1"):
        plan(np.arange(40), None, None, Rules(looks=0))
    with pytest.raises(ValueError, match="bets"):
        look(made(), State((0.0,)), 1.0)
    with pytest.raises(ValueError, match="lists"):
        State.from_json({"log_r": 1, "alarms": [], "looks": 1, "total": 1})


@settings(max_examples=40, deadline=None)
@given(st.floats(-5, 5), st.booleans())
def test_directions_mirror(z: float, up: bool) -> None:
    bets = made()
    one, other = bets._replace(up=up, down=not up), bets._replace(up=not up, down=up)
    middle = bets.means[""]
    assert factors(one, [middle + z]) == pytest.approx(factors(other, [middle - z]), abs=1e-6)


def years(count: int, looks: int, seed: int) -> int:
    """False alarms in `count` years of `looks` looks at overdispersed failures, reference of 200 windows."""
    rng = np.random.default_rng(seed)

    def windows(n: int) -> np.ndarray:
        shares: np.ndarray = rng.binomial(60, rng.beta(0.4, 19.6, n), n) / 60
        return shares

    plans = [plan(windows(200), None, None, Rules(looks)) for _ in range(count)]
    logs = np.stack([factors(bets, windows(looks)) for bets in plans if bets is not None])
    log_r = np.full((count, logs.shape[2]), -math.inf)
    most = np.full(count, -math.inf)
    for at in range(looks):
        log_r = advance(log_r, logs[:, at])
        most = np.maximum(most, np.logaddexp.reduce(log_r, axis=1) - math.log(logs.shape[2]))
    return int((most >= plans[0].log_line).sum())  # type: ignore[union-attr]


def test_a_month_without_change_has_few_alarms() -> None:
    assert years(60, 500, 1) <= 3 + 3 * math.sqrt(60 * 0.05 * 0.95)


@pytest.mark.slow
def test_a_year_without_change_has_few_alarms() -> None:
    assert years(120, 8_760, 2) <= 6 + 3 * math.sqrt(120 * 0.05 * 0.95)
