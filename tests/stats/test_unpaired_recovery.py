"""Two independent samples by the intervals of each: Zou and Donner's recovery of variances."""

import numpy as np
import pytest
import scipy.stats

from evalkit.stats.one_sample import mean, ratio
from evalkit.stats.unpaired import mover, unpaired_difference


def _normal(n: int, shift: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1.0, n)


def test_of_large_samples_it_is_welchs_interval() -> None:
    a, b = _normal(4_000, 0.1, 1), _normal(3_000, 0.0, 2)
    ours, welch = mover(mean(a), mean(b)), unpaired_difference(a, b, proportions=False)
    assert ours.point == pytest.approx(welch.point)
    assert ours.interval(0.95) == pytest.approx(welch.interval(0.95), abs=2e-4)
    assert ours.p_above(0.0) == pytest.approx(welch.p_above(0.0), rel=0.05)


def test_of_two_wilson_intervals_it_is_newcombes_hybrid_score() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:873-890), table II, method 10: 56/70 - 48/80."""
    a, b = mean(np.repeat([1.0, 0.0], [56, 14])), mean(np.repeat([1.0, 0.0], [48, 32]))
    assert (a.method, b.method) == ("wilson", "wilson")
    assert mover(a, b).interval(0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize("line", [-0.3, -0.05, 0.0, 0.08, 0.4])
def test_interval_and_p_value_are_inverses_and_sides_mirror(line: float) -> None:
    rng = np.random.default_rng(3)
    a = ratio(rng.poisson(3, 60).astype(float), np.full(60, 4.0))
    b = ratio(rng.poisson(3, 80).astype(float), np.full(80, 4.0))
    here, there = mover(a, b), mover(b, a)
    p = here.p_above(line)
    assert p == pytest.approx(there.p_below(-line), abs=1e-9)
    assert p + here.p_below(line) == pytest.approx(1.0, abs=1e-9)
    if p < 0.5:
        assert here.interval(1 - 2 * p)[0] == pytest.approx(line, abs=1e-6)


def test_a_value_without_an_interval_gives_none_and_says_why() -> None:
    found = mover(mean([0.3]), mean(_normal(50, 0.0, 1)))
    assert found.interval is None
    assert "single case" in (found.reason or "")
    assert found.point is not None


def test_coverage_of_a_difference_of_ratios() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        sides = []
        for n in (40, 60):
            den = rng.integers(1, 6, n).astype(float)
            sides.append(ratio(rng.binomial(den.astype(int), 0.6).astype(float), den))
        lo, hi = mover(*sides).interval(0.95)
        held += lo <= 0.0 <= hi
    assert scipy.stats.binom.cdf(held, 400, 0.95) > 0.001
