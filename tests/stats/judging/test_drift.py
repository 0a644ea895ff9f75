"""The sentinel's test: exact, at its level, and as strong as its documentation says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact

from evalkit.stats.judging.drift import ALPHA, alarm_at, drift_p, drift_power


@pytest.mark.parametrize(("k", "n", "r", "m"), [(0, 20, 0, 100), (3, 20, 0, 100), (7, 100, 1, 100), (5, 12, 4, 30)])
def test_it_is_fishers_exact_test(k: int, n: int, r: int, m: int) -> None:
    reference = fisher_exact([[k, n - k], [r, m - r]], alternative="greater").pvalue
    assert drift_p(k, n, r, m) == pytest.approx(reference, abs=1e-12)


def test_twenty_items_see_a_flip_rate_of_13_percent_half_of_the_time_and_a_hundred_nearly_always() -> None:
    for noise in (0, 1):  # changes among the 100 items that were judged twice when the judge was calibrated
        assert drift_power(20, 0.13, noise, 100) == pytest.approx(0.5 if noise == 0 else 0.26, abs=0.02)
        assert drift_power(100, 0.13, noise, 100) > 0.9
    assert drift_power(100, 0.13, 0, 100) > 0.97


@pytest.mark.parametrize("rate", [0.0, 0.005, 0.02, 0.05, 0.2, 0.5])
@pytest.mark.parametrize(("n", "m"), [(20, 100), (100, 100), (100, 50)])
def test_a_judge_that_did_not_drift_is_hardly_ever_called_drifted(rate: float, n: int, m: int) -> None:
    r = np.arange(m + 1)
    weight = binom.pmf(r, m, rate)
    keep = weight > 1e-7
    alarm = sum(w * drift_power(n, rate, int(k), m) for k, w in zip(r[keep], weight[keep], strict=True))
    assert alarm <= ALPHA


def test_more_noise_takes_more_flips() -> None:
    ends = [alarm_at(100, r, 100) for r in (0, 1, 5, 20)]
    assert ends == sorted(ends, key=lambda end: end or 0)
    assert ends[0] == 7


def test_too_few_items_never_alarm() -> None:
    assert alarm_at(1, 0, 20) is None
    assert drift_power(1, 1.0, 0, 20) == 0.0


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="no counts"):
        drift_p(3, 2, 0, 10)
