"""Identical variants looked at again and again, and whether a plan's units suffice; all seeded."""

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from evalkit.pipeline.ab.analyze import analyze, settled
from evalkit.pipeline.ab.asked import Asked
from evalkit.pipeline.ab.plan import Spread, needed
from evalkit.stats.sequential.arms import Arm, contrast
from evalkit.stats.sequential.asymptotic import asymptotic_of
from evalkit.stats.sequential.proportions import betting_difference
from evalkit.stats.unpaired import unpaired_difference
from tests.pipeline.ab.made import trial

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


NAMES = [
    "share .01, betting",
    "share .1, betting",
    "spending, asymptotic",
    "share .01, one in ten treated, asymptotic",
]


@pytest.fixture(scope="module")
def peeking() -> ModuleType:
    """The benchmark takes 2,000 streams a cell; the test some of its cells at 150."""
    spec = importlib.util.spec_from_file_location("evalkit_benchmark_ab_peeking", FOLDER / "ab_peeking.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(FOLDER))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


def at_most(rate: float, of: int) -> float:
    """Three binomial standard errors above."""
    return rate + 3 * math.sqrt(rate * (1 - rate) / of)


def test_the_quick_loops_are_what_the_library_says(peeking: ModuleType) -> None:
    peeking.checked()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_false_alarms_at_all_looks(peeking: ModuleType, name: str) -> None:
    cell = next(one for one in peeking.CELLS if one.name == name)
    assert peeking.false_alarms(cell, 150) <= at_most(0.05, 150)


@pytest.mark.slow
def test_a_fixed_horizon_read_that_way_cries_wolf(peeking: ModuleType) -> None:
    assert peeking.false_alarms(peeking.PEEKED, 100) > 0.25


@pytest.mark.slow
def test_the_whole_analysis_errs_as_seldom_when_it_is_made_daily() -> None:
    """60 experiments, each analysed at eight looks as it stood then: any verdict but undecided is false."""
    asked = [Asked("won", "proportion")]
    wrong = 0
    for seed in range(60):
        found = trial(1_500, {"a": 0.15, "b": 0.15}, seed)
        plan = settled(found, "a", None, asked)
        looks = [found.until(int(n * 1e6)) for n in np.linspace(100, 1_500, 8)]
        wrong += any(one.said != "undecided" for then in looks for one in analyze(then, plan).findings)
    assert wrong / 60 <= at_most(0.06, 60)


@pytest.mark.slow
def test_the_units_of_a_plan_show_its_lift_with_its_power() -> None:
    p, lift, streams = 0.2, 0.06, 250
    rates = (p, p + lift)
    units = needed(Spread(*(math.sqrt(rate * (1 - rate)) for rate in rates)), lift)
    rng = np.random.default_rng(3)
    fixed = anytime = 0
    for _ in range(streams):
        for which, n in (("fixed", units.fixed), ("anytime", units.anytime)):
            arm = rng.random(n) < 0.5
            y = (rng.random(n) < np.where(arm, rates[1], rates[0])).astype(float)
            if which == "fixed":
                fixed += unpaired_difference(y[arm], y[~arm]).p_above(0.0) <= 0.025
            else:
                anytime += betting_difference(arm, y, 0.5).inference.p_above(0.0) <= 0.025
    for shown in (fixed, anytime):
        assert shown / streams == pytest.approx(0.8, abs=3.5 * math.sqrt(0.16 / streams))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.2])
@pytest.mark.parametrize(("p", "q"), [(0.15, 0.1), (0.02, 0.05), (0.97, 0.93)])
def test_the_true_difference_of_shares_is_inside_at_all_looks(p: float, q: float, share: float) -> None:
    """200 streams, 25 looks each, both sides at the effect that is there: 95 % may not be left by more than chance."""
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(200):
        arm = rng.random(2_500) < share
        y = (rng.random(2_500) < np.where(arm, p, q)).astype(float)
        looks = (betting_difference(arm[:n], y[:n], share).e(p - q) or 0.0 for n in range(100, 2_501, 100))
        missed += max(looks) >= 20
    assert missed / 200 <= at_most(0.05, 200)


@pytest.mark.slow
def test_the_true_difference_of_skewed_means_is_inside_at_all_looks() -> None:
    rng = np.random.default_rng(5)
    missed = 0
    for _ in range(400):
        a, b = rng.exponential(2.0, 1_500), rng.exponential(1.0, 1_500)
        looks = (asymptotic_of(contrast(Arm(a[:n]), Arm(b[:n]))).e(1.0) or 0.0 for n in range(50, 1_501, 50))
        missed += max(looks) >= 20
    assert missed / 400 <= at_most(0.05, 400)
