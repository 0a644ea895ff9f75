"""The sample-ratio test: a Bayes factor in full, arms without a share, errors at all looks."""

import math

import numpy as np
import pytest
import scipy.stats

from evalkit.stats.sequential.sample_ratio import ALARM, sample_ratio, sample_ratio_once


def test_it_is_the_average_of_dirichlet_multinomial_likelihood_ratios() -> None:
    counts, shares = [34, 50, 21], [0.3, 0.5, 0.2]
    null = scipy.stats.multinomial.logpmf(counts, 105, shares)
    each = [
        scipy.stats.dirichlet_multinomial.logpmf(counts, k * np.array(shares), 105) - null for k in (10, 100, 1e3, 1e4)
    ]
    assert sample_ratio(counts, shares).e == pytest.approx(np.exp(each).mean(), rel=1e-9)


def test_an_arm_without_a_share_does_not_count() -> None:
    assert sample_ratio([5_000, 5_300, 0], [0.5, 0.5, 0]) == sample_ratio([5_000, 5_300], [0.5, 0.5])
    assert sample_ratio([5_000, 5_300, 70], [0.5, 0.5, 0]) == sample_ratio([5_000, 5_300], [1, 1])


@pytest.mark.parametrize(
    ("counts", "ok"),
    [([500, 500], True), ([520, 480], True), ([600, 400], False), ([5_200, 4_800], False), ([503_000, 497_000], False)],
)
def test_what_is_far_from_the_split_is_found(counts: list[int], ok: bool) -> None:
    found = sample_ratio(counts, [0.5, 0.5])
    assert found.ok is ok
    assert found.ok == (found.p > ALARM)


def test_nothing_seen_says_nothing() -> None:
    assert sample_ratio([0, 0], [0.5, 0.5]) == (pytest.approx(1.0), 1.0, True)
    assert sample_ratio([7], [1.0]).e == pytest.approx(1.0)


def test_no_evidence_is_too_large() -> None:
    assert sample_ratio([1_000_000, 10], [0.5, 0.5]).e == 1e300


def test_at_all_looks_it_stops_one_in_a_hundred_at_most() -> None:
    rng = np.random.default_rng(2)
    stopped = 0
    looks = np.unique(np.geomspace(5, 5_000, 30).astype(int))
    for _ in range(200):
        ours = np.cumsum(rng.random(5_000) < 0.3)[looks - 1]
        stopped += any(not sample_ratio([int(k), int(n - k)], [0.3, 0.7]).ok for k, n in zip(ours, looks, strict=True))
    assert stopped <= 2 + 3 * math.sqrt(2)


@pytest.mark.parametrize("shares", [[0.5], [0.5, math.inf], [-0.1, 1.1], [0.0, 0.0]])
def test_a_split_that_is_none_is_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="share"):
        sample_ratio([1, 2], shares)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([5_060, 4_940], [0.5, 0.5]), ([880, 95, 25], [0.9, 0.08, 0.02]), ([821_588, 815_482], [0.5, 0.5])],
)
def test_at_one_look_it_is_chi_square(counts: list[int], shares: list[float]) -> None:
    found = sample_ratio_once([*counts, 3], [*shares, 0.0])
    expected = scipy.stats.chisquare(counts, np.array(shares) * sum(counts)).pvalue
    assert found.p == pytest.approx(expected, rel=1e-9)
    assert (found.e, found.ok) == (None, expected > 0.01)


def test_few_units_are_tested_without_the_chi_square() -> None:
    assert sample_ratio_once([47, 3], [0.99, 0.01]) == sample_ratio([47, 3], [0.99, 0.01])  # .0004, and in truth .014
    assert sample_ratio_once([0, 0], [0.5, 0.5]).ok
