"""Betting sequences against the authors' own numbers, a slow loop over a grid, and their algebra."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.sequential.betting import betting_mean, betting_paired, plug_in


def capital(x: np.ndarray, m: float, alpha: float = 0.05) -> tuple[float, float]:
    """The hedged capital of Waudby-Smith and Ramdas, one value after another."""
    up = down = 1.0
    total, squares, spread = 0.5, 0.25, 0.25
    for t, value in enumerate(x, 1):
        bet = math.sqrt(2 * math.log(2 / alpha) / (spread * t * math.log(t + 1)))
        up *= 1 + min(bet, 0.5 / m if m > 0 else math.inf) * (value - m)
        down *= 1 - min(bet, 0.5 / (1 - m) if m < 1 else math.inf) * (value - m)
        total += value
        squares += (value - total / (t + 1)) ** 2
        spread = squares / (t + 1)
    return up, down


@pytest.mark.parametrize("m", [0.05, 0.3, 0.5, 0.62, 0.97])
def test_the_capital_is_that_of_a_slow_loop(m: float) -> None:
    x = np.random.default_rng(5).beta(2, 3, 80)
    found = betting_mean(x)
    assert (found.e_above(m), found.e_below(m)) == pytest.approx(capital(x, m), rel=1e-9)
    assert plug_in(x, 0.05)[0] == pytest.approx(math.sqrt(2 * math.log(40) / (0.25 * math.log(2))))


@pytest.mark.shared
@pytest.mark.parametrize("system", ["175b_verification", "6b_finetuning"])
def test_the_authors_implementation_gives_the_same_intervals(shared: Path, system: str) -> None:
    reference = json.loads((shared / "REFERENCE.json").read_text())["sequential_gsm8k"][system]["betting_cs"]
    lines = (shared / "gsm8k" / "answers.jsonl").read_text().splitlines()
    x = np.array([json.loads(line)["systems"][system]["correct"] for line in lines], float)
    for n, ends in reference.items():
        found = betting_mean(x[: int(n)]).inference.interval(0.95)
        assert found == pytest.approx(ends, abs=1.1e-3), n  # theirs is a grid of a thousand


@settings(max_examples=40, deadline=None)
@given(
    x=st.lists(st.floats(-3, 5), min_size=1, max_size=40),
    level=st.sampled_from([0.5, 0.9, 0.95, 0.999]),
    line=st.floats(-2.9, 4.9),
)
def test_interval_p_and_e_say_the_same(x: list[float], level: float, line: float) -> None:
    found = betting_mean(x, (-3.0, 5.0))
    lo, hi = found.inference.interval(level)
    tail = (1 - level) / 2
    assert -3 <= lo <= hi <= 5
    if abs(line - lo) > 1e-9:
        assert (line < lo) == (found.e_above(line) > (1 - 1e-12) / tail) == (found.inference.p_above(line) < tail)
    if abs(line - hi) > 1e-9:
        assert (line > hi) == (found.inference.p_below(line) < tail)
    mirrored = betting_mean([-value for value in x], (-5.0, 3.0))
    assert mirrored.inference.interval(level) == pytest.approx((-hi, -lo), abs=1e-9)
    assert found.e(line) == max(found.e_above(line), found.e_below(line)) / 2


def test_values_scale_with_their_bounds() -> None:
    x = np.random.default_rng(6).random(50)
    here, there = betting_mean(x), betting_mean(10 * x - 4, (-4.0, 6.0))
    lo, hi = here.inference.interval(0.95)
    assert there.inference.interval(0.95) == pytest.approx((10 * lo - 4, 10 * hi - 4))
    assert there.e_above(1.0) == pytest.approx(here.e_above(0.5))


def test_pairs_are_their_differences() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.random(60), rng.random(60)
    both, alone = betting_paired(a, b), betting_mean(a - b, (-1.0, 1.0))
    assert both.inference.interval(0.95) == alone.inference.interval(0.95)
    assert betting_paired(a, a).inference.identical


def test_what_has_nothing_or_is_out_of_bounds_is_said() -> None:
    assert betting_mean([]).inference.reason == "nothing was seen yet"
    assert betting_mean([]).e() is None
    with pytest.raises(ValueError, match=r"1\.5 is beyond the bounds 0 to 1"):
        betting_mean([0.2, 1.5])
    with pytest.raises(ValueError, match="bounds are two finite numbers"):
        betting_mean([0.2], (0.0, math.inf))
    with pytest.raises(ValueError, match="leave unscored cases out"):
        betting_mean([math.nan])
    with pytest.raises(ValueError, match="pairs have two values each"):
        betting_paired([1.0], [])


def test_evidence_without_end_stays_a_number() -> None:
    found = betting_mean(np.ones(20_000))
    assert found.e_above(0.1) == 1e300
    assert found.inference.p_above(0.1) == 1e-300


def test_at_all_looks_it_errs_as_seldom_as_it_says() -> None:
    """At every one of 400 looks at once; 300 streams, of which 5 % may miss: 15 and three standard errors."""
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(300):
        x = rng.beta(0.5, 2, 400)
        bets = plug_in(x, 0.05)
        up = np.cumsum(np.log1p(np.minimum(bets, 0.5 / 0.2) * (x - 0.2)))
        down = np.cumsum(np.log1p(-np.minimum(bets, 0.5 / 0.8) * (x - 0.2)))
        missed += max(up.max(), down.max()) >= math.log(40)
    assert missed <= 15 + 3 * math.sqrt(300 * 0.05 * 0.95)
    assert missed > 0  # a sequence that never errs would be needlessly wide, and this test blind
