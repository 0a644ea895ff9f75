"""The promise of every Inference: a p-value is at most a exactly where the bound at tail a reaches the line."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.stats import bootstrap, one_sample, paired
from evalkit.stats.inference import Inference


def f1(totals: np.ndarray) -> np.ndarray:
    return 2 * totals[..., 0] / (2 * totals[..., 0] + totals[..., 1] + totals[..., 2])


def binary(n: int, p: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random(n) < p).astype(float)


def cells(n: int, seed: int = 0) -> np.ndarray:
    return np.eye(3)[np.random.default_rng(seed).choice(3, n, p=[0.6, 0.2, 0.2])]


def real(n: int) -> np.ndarray:
    return np.random.default_rng(7).uniform(0.5, 1.5, (n, 1))


GROUPS = np.repeat(np.arange(40), 4)

FAMILIES: dict[str, Callable[[], Inference]] = {
    "wilson": lambda: one_sample.mean(binary(160, 0.8)),
    "clopper-pearson": lambda: one_sample.mean(binary(30, 0.9)),
    "jeffreys": lambda: one_sample.mean(binary(30, 0.9), method="jeffreys"),
    "korn-graubard": lambda: one_sample.mean(binary(160, 0.8), GROUPS),
    "korn-graubard, rare": lambda: one_sample.mean(np.where(GROUPS < 2, 0.0, 1.0), GROUPS),
    "t": lambda: one_sample.mean(np.random.default_rng(0).random(30)),
    "cluster-t": lambda: one_sample.ratio(binary(160, 0.8), 1 + binary(160, 0.5, 1), GROUPS),
    "tango": lambda: paired.difference(binary(160, 0.8), binary(160, 0.8, 1)),
    "tango, identical": lambda: paired.difference(np.ones(50), np.ones(50)),
    "tango, only losses": lambda: paired.difference(binary(50, 0.95), np.ones(50)),
    "cluster-tango": lambda: paired.difference(np.where(GROUPS < 2, 0.0, 1.0), np.ones(160), GROUPS),
    "tango, scaled": lambda: paired.difference(np.r_[9.0, np.ones(39)], np.ones(40), bounds=(0.0, 10.0)),
    "miettinen-nurminen": lambda: paired.unpaired_difference(binary(60, 0.8), binary(40, 0.7)),
    "welch": lambda: paired.unpaired_difference(cells(60)[:, 0] * 3, cells(40)[:, 0] * 2),
    "bca": lambda: bootstrap.statistic(cells(80) * real(80), f1, seed=1, replicates=2_000),
    "bca, clusters": lambda: bootstrap.statistic(cells(160) * real(160), f1, GROUPS, seed=1, replicates=2_000),
    "bca, paired": lambda: bootstrap.paired_statistic(cells(80) * real(80), cells(80, 5), f1, seed=1, replicates=2_000),
    "bca, steps": lambda: bootstrap.statistic(cells(80), f1, seed=1, replicates=2_000),
    "bca, paired, steps": lambda: bootstrap.paired_statistic(cells(80), cells(80, 5), f1, seed=1, replicates=2_000),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("tail", [0.001, 0.01, 0.05, 0.2, 0.45])
def test_the_line_at_a_bound_has_the_p_value_of_its_tail(name: str, tail: float) -> None:
    found = FAMILIES[name]()
    low, high = found.interval(1 - 2 * tail)
    above, below = found.p_above(low), found.p_below(high)
    if "steps" in name:  # many tails share one bound: p is the smallest of them
        assert above <= tail * (1 + 1e-6)
        assert below <= tail * (1 + 1e-6)
        return
    if low not in (0.0, -1.0):  # the end of the parameter space, where no line can be shown
        assert above == pytest.approx(tail, rel=1e-6)
    if high != 1.0:
        assert below == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=25, deadline=None)
@given(tail=st.floats(0.002, 0.498), line=st.floats(-1.2, 1.2))
@example(tail=0.25, line=-8e-189)
def test_p_at_most_a_exactly_where_the_bound_reaches_the_line(name: str, tail: float, line: float) -> None:
    found = FAMILIES[name]()
    low, high = found.interval(1 - 2 * tail)
    if abs(low - line) > 1e-9 and low not in (0.0, -1.0):
        assert (found.p_above(line) <= tail) == (low >= line)
    if abs(high - line) > 1e-9 and high != 1.0:
        assert (found.p_below(line) <= tail) == (high <= line)


@pytest.mark.parametrize("name", FAMILIES)
def test_intervals_nest_hold_the_point_and_never_shrink_to_nothing(name: str) -> None:
    found = FAMILIES[name]()
    ends = [found.interval(level) for level in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)]
    assert all(high - low > 1e-6 for low, high in ends)
    assert all(outer[0] <= inner[0] and inner[1] <= outer[1] for inner, outer in pairwise(ends))
    assert all(low - 1e-12 <= found.point <= high + 1e-12 for low, high in ends[1:])


@pytest.mark.parametrize("name", FAMILIES)
def test_p_values_rise_with_the_line_and_lie_between_zero_and_one(name: str) -> None:
    found = FAMILIES[name]()
    lines = np.linspace(-1.1, 1.1, 89)
    above, below = (np.array([p(float(line)) for line in lines]) for p in (found.p_above, found.p_below))
    assert (np.diff(above) >= -1e-9).all()
    assert (np.diff(below) <= 1e-9).all()
    assert all(0 <= p.min() and p.max() <= 1 for p in (above, below))


@pytest.mark.parametrize("name", FAMILIES)
def test_an_inference_survives_pickling(name: str) -> None:
    found = FAMILIES[name]()
    back = pickle.loads(pickle.dumps(found))
    assert back.interval(0.9) == found.interval(0.9)
    assert back.p_above(0.5) == found.p_above(0.5)


def test_nothing_is_shown_at_the_end_of_the_parameter_space() -> None:
    perfect, hopeless = one_sample.mean(np.ones(50)), one_sample.mean(np.zeros(50))
    assert (perfect.p_above(1.0), perfect.p_below(1.0)) == (1.0, 1.0)
    assert (hopeless.p_above(0.0), hopeless.p_below(0.0)) == (1.0, 1.0)
    assert one_sample.mean(binary(160, 0.8)).p_above(0.0) == 0.0
    lost = paired.difference(np.zeros(30), np.ones(30))
    assert (lost.p_above(-1.0), lost.p_below(-1.0)) == (1.0, 1.0)
    assert lost.p_above(-1.1) == 0.0


def test_scipy_waits_until_a_quantile_is_needed() -> None:
    modules = "one_sample, paired, unpaired, bootstrap, multiplicity, power"
    code = f"import sys; from evalkit.stats import {modules}; print('scipy' in sys.modules, 'pandas' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["False", "False"]
