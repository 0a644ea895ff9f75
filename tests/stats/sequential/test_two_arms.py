"""Two shares under random assignment: fair bets, prefixes, mirror images, and errors at all looks."""

import math

import numpy as np
import pytest

from evalkit.stats.sequential.arms import Arm, contrast
from evalkit.stats.sequential.asymptotic import asymptotic_of
from evalkit.stats.sequential.proportions import _Cells, _edges, _grid, betting_difference


def drawn(n: int, p: tuple[float, float], share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arm = rng.random(n) < share
    return arm, (rng.random(n) < np.where(arm, *p)).astype(float)


@pytest.mark.parametrize(("share", "p"), [(0.5, (0.3, 0.3)), (0.2, (0.1, 0.15)), (0.9, (0.99, 0.9))])
def test_each_contribution_has_the_effect_as_its_mean(share: float, p: tuple[float, float]) -> None:
    """Whatever the block takes for c: sum over arm and success of chance times phi is the difference."""
    cells = _Cells(*drawn(500, p, share, 1), share)
    rates = np.array([[(1 - share) * (1 - p[1]), (1 - share) * p[1]], [share * (1 - p[0]), share * p[0]]]).reshape(-1)
    means = (cells.phi.reshape(-1, 4) * rates).sum(1)
    assert means == pytest.approx(np.full(len(means), p[0] - p[1]), abs=1e-12)
    assert (cells.least <= cells.phi).all()
    assert (cells.phi <= cells.most).all()
    assert cells.counts.sum() == 500


def test_a_longer_stream_has_the_same_bets_before() -> None:
    arm, y = drawn(5_000, (0.3, 0.2), 0.5, 2)
    edges = _edges(5_000)
    short, whole = _Cells(arm[: edges[8]], y[: edges[8]], 0.5), _Cells(arm, y, 0.5)
    assert (short.phi == whole.phi[: len(short.phi)]).all()
    assert (short.counts == whole.counts[: len(short.counts)]).all()
    assert (short.spread == whole.spread[: len(short.spread)]).all()


def test_the_stakes_are_shared_out_whole() -> None:
    stakes, prior = _grid(0.04)
    assert prior.sum() == pytest.approx(1)
    assert stakes[0] == pytest.approx(0.0004)
    assert stakes[-1] >= 0.12


def test_swapping_arms_or_success_mirrors_the_interval() -> None:
    arm, y = drawn(3_000, (0.34, 0.3), 0.3, 3)
    lo, hi = betting_difference(arm, y, 0.3).inference.interval(0.95)
    swapped = betting_difference(~arm, y, 0.7).inference.interval(0.95)
    failed = betting_difference(arm, 1 - y, 0.3).inference.interval(0.95)
    assert swapped == pytest.approx((-hi, -lo), abs=1e-9)
    assert failed == pytest.approx((-hi, -lo), abs=1e-9)


@pytest.mark.parametrize("p", [(0.5, 0.5), (0.1, 0.12), (0.97, 0.95)])
def test_it_is_about_as_narrow_as_the_asymptotic_one(p: tuple[float, float]) -> None:
    arm, y = drawn(20_000, p, 0.5, 4)
    lo, hi = betting_difference(arm, y, 0.5).inference.interval(0.95)
    low, high = asymptotic_of(contrast(Arm(y[arm]), Arm(y[~arm]))).inference.interval(0.95)
    assert (hi - lo) / (high - low) == pytest.approx(1, abs=0.03)
    assert (lo, hi) == pytest.approx((low, high), abs=0.15 * (high - low))


@pytest.mark.parametrize(("p", "share"), [((0.3, 0.3), 0.5), ((0.02, 0.02), 0.5), ((0.9, 0.9), 0.1)])
def test_an_e_value_is_one_at_most_on_average(p: tuple[float, float], share: float) -> None:
    """One-sided e-values of no difference after 400 units, over 250 experiments: three standard errors above 1."""
    found = [betting_difference(*drawn(400, p, share, seed), share) for seed in range(250)]
    for e in (np.array([one.e_above(0.0) for one in found]), np.array([one.e_below(0.0) for one in found])):
        assert e.mean() <= 1 + 3 * e.std() / math.sqrt(len(e))


def test_few_units_have_a_wide_interval_and_no_units_a_reason() -> None:
    lo, hi = betting_difference([True, False, True], [1, 0, 1], 0.5).inference.interval(0.95)
    assert lo < -0.9
    assert hi == 1
    assert betting_difference([True, True], [1, 0], 0.5).inference.reason == "the control has no units"
    with pytest.raises(ValueError, match="the share of treatment is 1"):
        betting_difference([True], [1], 1.0)
    with pytest.raises(ValueError, match="y is 0 or 1"):
        betting_difference([True], [0.5], 0.5)
