"""p-values of many data sets at once are those of the scalar methods."""

import numpy as np
import pytest

from evalkit.stats.multiplicity import holm
from evalkit.stats.proportions import clopper_pearson, korn_graubard, wilson
from evalkit.stats.student import student
from evalkit.stats.tang import ratio_sides
from evalkit.stats.tango import tango
from evalkit.stats.vectorised import (
    exact_tails,
    holm_rows,
    korn_graubard_tails,
    normal_tails,
    proportion_tails,
    ratio_tails,
    student_tails,
    tango_tails,
)

LINES = [0.0, 0.02, 0.5, 0.93, 1.0]


@pytest.mark.parametrize("line", [*LINES, -0.1])
def test_proportions_are_the_scalar_ones(line: float) -> None:
    k, n = np.array([0.0, 1, 5, 50, 97, 100]), np.full(6, 100.0)
    found = proportion_tails(k, n, line)
    for i, x in enumerate(k):
        sides = (clopper_pearson if x * (100 - x) < 1000 else wilson)(x, 100.0)
        assert found.above[i] == pytest.approx(sides.p_above(line), abs=1e-12)
        assert found.below[i] == pytest.approx(sides.p_below(line), abs=1e-12)
    assert exact_tails(k, n, 0.5).above[3] == pytest.approx(clopper_pearson(50, 100).p_above(0.5))


@pytest.mark.parametrize("line", [-0.3, -0.02, 0.0, 0.05, 0.9])
def test_tango_is_the_scalar_one(line: float) -> None:
    gains, losses = np.array([0.0, 0, 3, 7, 2.5, 20]), np.array([0.0, 4, 0, 5, 1.25, 20])
    found = tango_tails(gains, losses, np.full(6, 40.0), line)
    for i in range(6):
        sides = tango(float(gains[i]), float(losses[i]), 40.0)
        assert found.above[i] == pytest.approx(sides.p_above(line), abs=1e-12)
        assert found.below[i] == pytest.approx(sides.p_below(line), abs=1e-12)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 0.9, 1.0, 1.02, 2.5])
def test_ratios_are_the_scalar_ones(ratio: float) -> None:
    both, gains = np.array([30.0, 30, 0, 0, 12.5, 20]), np.array([0.0, 2, 3, 0, 0.5, 0])
    losses = np.array([0.0, 1, 4, 5, 0, 6])
    found = ratio_tails(both, gains, losses, np.full(6, 40.0), ratio)
    for i in range(6):
        sides = ratio_sides(both[i], gains[i], losses[i], 40.0)
        assert found.above[i] == pytest.approx(sides.p_above(ratio - 1), abs=1e-12)
        assert found.below[i] == pytest.approx(sides.p_below(ratio - 1), abs=1e-12)


@pytest.mark.parametrize("line", [0.3, 0.8, 0.95])
def test_korn_graubard_is_the_scalar_one(line: float) -> None:
    share, design, cap = (
        np.array([0.0, 0.4, 0.9, 1.0]),
        np.array([50.0, 50, 80, np.inf]),
        np.array([20, np.inf, 30, 20]),
    )
    found = korn_graubard_tails(share, design, np.full(4, 19.0), cap, line)
    for i in range(4):
        sides = korn_graubard(float(share[i]), float(design[i]), 19.0, float(cap[i]))
        assert found.above[i] == pytest.approx(sides.p_above(line), abs=1e-9)
        assert found.below[i] == pytest.approx(sides.p_below(line), abs=1e-9)


def test_student_is_the_scalar_one_and_no_spread_is_no_p_value() -> None:
    found = student_tails(np.array([0.1, -0.2, 0.0]), np.array([0.05, 0.1, 0.0]), np.array([9.0, 30, 5]), 0.02)
    sides = student(0.1, 0.05**2, 9.0)
    assert (found.above[0], found.below[0]) == pytest.approx((sides.p_above(0.02), sides.p_below(0.02)))
    assert np.isnan(found.above[2])
    assert np.isnan(normal_tails(np.zeros(1), np.zeros(1), 0.0).above).all()


def test_holm_by_rows_is_holm() -> None:
    p = np.random.default_rng(1).uniform(size=(50, 5))
    assert holm_rows(p) == pytest.approx(np.array([holm(row) for row in p]))
