"""Power before anything is measured, against statsmodels and by simulation."""

import math

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower, normal_power

from evalkit.stats.design import Design, cases_for, distance_for, power_at
from evalkit.stats.power import min_detectable, needed_n

MEAN = Design("mean", sd=2.0)
PAIRED = Design("paired", discordance=0.1)
SHARE = Design("proportion", p=0.9)


@pytest.mark.parametrize("n", [10, 50, 400])
@pytest.mark.parametrize("distance", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_means_have_the_power_of_statsmodels(n: int, distance: float, alpha: float) -> None:
    expected = TTestPower().power(distance / 2.0, n, alpha, alternative="larger")
    assert power_at(MEAN, n, distance, alpha) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("design", [PAIRED, SHARE])
@pytest.mark.parametrize("n", [50, 500, 5_000])
def test_shares_have_the_normal_power_of_statsmodels(design: Design, n: int) -> None:
    sigma = math.sqrt(design.variance())
    expected = normal_power(0.02, n, 0.05, alternative="larger", sigma=sigma)
    assert power_at(design, n, 0.02) == pytest.approx(expected, abs=1e-12)


def test_the_three_ways_agree() -> None:
    for design in (PAIRED, SHARE, MEAN, Design("mean", sd=1.0, clusters=40, icc=0.2)):
        n = 500
        distance = distance_for(design, n, 0.8)
        assert power_at(design, n, distance) == pytest.approx(0.8, abs=1e-9)
        assert cases_for(design, distance * (1 + 1e-9), 0.8) == n
    assert distance_for(PAIRED, 500) == pytest.approx(min_detectable(PAIRED.se(500)), rel=1e-9)
    assert cases_for(PAIRED, 0.03) == needed_n(PAIRED.se(500), 500, 0.03)


def test_clusters_cost_power_and_a_few_are_never_enough() -> None:
    alone, alike = Design("mean", sd=1.0, clusters=50), Design("mean", sd=1.0, clusters=50, icc=0.3)
    assert power_at(alike, 500, 0.1) < power_at(alone, 500, 0.1)
    assert alike.se(500) == pytest.approx(math.sqrt((1 + 9 * 0.3) / 500))
    assert cases_for(alike, 0.1) is None
    assert cases_for(alike, 0.3) is not None


def test_clustered_power_is_what_simulation_shows() -> None:
    rng = np.random.default_rng(3)
    groups, size, icc, drop = 30, 10, 0.25, 0.4
    shared = rng.normal(0, math.sqrt(icc), (4_000, groups, 1))
    means = (drop + shared + rng.normal(0, math.sqrt(1 - icc), (4_000, groups, size))).mean(axis=2)
    from scipy.stats import t

    passes = means.mean(axis=1) - t.ppf(0.95, groups - 1) * means.std(axis=1, ddof=1) / math.sqrt(groups) > 0
    design = Design("mean", sd=1.0, clusters=groups, icc=icc)
    assert power_at(design, groups * size, drop) == pytest.approx(passes.mean(), abs=0.02)


@pytest.mark.parametrize(
    "call",
    [
        lambda: power_at(Design("paired"), 100, 0.02),
        lambda: power_at(Design("proportion", p=1.0), 100, 0.02),
        lambda: power_at(Design("mean", sd=-1.0), 100, 0.02),
        lambda: power_at(PAIRED, 1, 0.02),
        lambda: power_at(PAIRED, 100, 0.02, alpha=0.6),
        lambda: power_at(PAIRED, 100, 0.02, drop=0.2),
        lambda: power_at(Design("mean", sd=1.0, clusters=1), 100, 0.02),
        lambda: cases_for(PAIRED, 0.0),
        lambda: distance_for(PAIRED, 100, power=1.0),
    ],
)
def test_what_cannot_be_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match=r"not|takes|single"):
        call()
