"""CUPED: the regression that it is, what it saves, and when it is refused."""

import numpy as np
import pytest

from evalkit.stats.sequential.arms import Arm, contrast
from evalkit.stats.sequential.cuped import cuped


def arms(n: int, seed: int, shift: float = 0.0) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    x = rng.normal(5, 2, (2, n))
    y = 3 * x + rng.normal(0, 2, (2, n))
    return (y[0] + 0.5, x[0] + shift), (y[1], x[1])


def test_it_is_the_coefficient_of_a_regression_on_arm_and_covariate() -> None:
    treatment, control = arms(400, 1)
    found = cuped(treatment, control)
    y = np.concatenate([treatment[0], control[0]])
    design = np.column_stack([np.repeat([1.0, 0.0], 400), np.ones(800), np.concatenate([treatment[1], control[1]])])
    effect, _, slope = np.linalg.lstsq(design, y, rcond=None)[0]
    assert found.theta == pytest.approx(slope, rel=1e-9)
    assert found.treatment.mean() - found.control.mean() == pytest.approx(effect, rel=1e-9)


def test_it_saves_what_the_correlation_promises() -> None:
    treatment, control = arms(2_000, 2)
    found = cuped(treatment, control)
    before = contrast(Arm(treatment[0]), Arm(control[0])).variance
    after = contrast(Arm(found.treatment), Arm(found.control)).variance
    assert found.correlation == pytest.approx(6 / np.sqrt(40), abs=0.02)
    assert after / before == pytest.approx(1 - found.correlation**2, rel=0.02)


def test_arms_that_differed_before_are_left_as_they_are() -> None:
    treatment, control = arms(2_000, 3, shift=0.5)
    found = cuped(treatment, control)
    assert found.p_balance is not None
    assert found.p_balance <= 0.01
    assert "the arms differed before the experiment" in (found.reason or "")
    assert (found.treatment == treatment[0]).all()


def test_too_few_units_or_a_constant_covariate_change_nothing() -> None:
    treatment, control = arms(20, 4)
    assert "begins at 50 units in each arm" in (cuped(treatment, control).reason or "")
    y = np.arange(100.0)
    found = cuped((y, np.zeros(100)), (y, np.zeros(100)))
    assert (found.treatment == y).all()
    assert found.theta == 0
