"""Empirical Bayes for display: between the estimate and the mean, by noise."""

import numpy as np
import pytest

from evalkit.stats.shrinkage import shrunk


def test_noise_alone_is_drawn_to_the_mean_and_signal_stays() -> None:
    noise = shrunk([0.1, -0.1, 0.05, -0.05], [1.0, 1.0, 1.0, 1.0])
    assert noise == pytest.approx(np.zeros(4), abs=1e-12)
    signal = shrunk([0.0, 10.0, 20.0, 30.0], [0.01] * 4)
    assert signal == pytest.approx([0.0, 10.0, 20.0, 30.0], abs=1e-3)


def test_the_formula_on_a_worked_example() -> None:
    x, se = np.array([1.0, 2.0, 6.0]), np.array([1.0, 1.0, 2.0])
    w = 1 / se**2
    centre = (w * x).sum() / w.sum()
    q = (w * (x - centre) ** 2).sum()
    tau2 = (q - 2) / (w.sum() - (w**2).sum() / w.sum())
    v = 1 / (tau2 + se**2)
    mean = (v * x).sum() / v.sum()
    assert shrunk(x, se) == pytest.approx((tau2 * x + se**2 * mean) / (tau2 + se**2))


def test_two_estimates_are_left_alone_and_bad_input_is_refused() -> None:
    assert shrunk([1.0, 3.0], [1.0, 1.0]).tolist() == [1.0, 3.0]
    assert shrunk([], []).tolist() == []
    for points, errors in (([1.0, 2.0], [1.0]), ([1.0], [0.0]), ([np.nan], [1.0])):
        with pytest.raises(ValueError, match="positive standard errors"):
            shrunk(points, errors)
