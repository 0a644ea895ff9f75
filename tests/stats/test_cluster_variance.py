"""Clusters of unequal sizes, differences that lean to one side, and bounded means."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.clusters import clusters_of, cr2, linearise
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference

SIZES = {"equal": [4] * 6, "unequal": [1, 2, 2, 3, 5, 8, 13, 21], "one large": [40, *[1] * 20]}


def dense(y: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """CR2 and Satterthwaite's degrees of freedom with whole matrices: Pustejovsky and Tipton (2018), equations 4-11.

    Weighted least squares on a constant; the working covariance is that of independent cases, 1/weight.
    """
    n = len(y)
    x, w, phi = np.ones((n, 1)), np.diag(weights), np.diag(1 / weights)
    bread = np.linalg.inv(x.T @ w @ x)
    hat = x @ bread @ x.T @ w
    residual = np.eye(n) - hat
    rows, total = [], 0.0
    for g in np.unique(groups):
        pick = np.eye(n)[groups == g]
        root = np.diag(np.sqrt(np.diag(pick @ phi @ pick.T)))
        inner = root @ pick @ residual @ phi @ residual.T @ pick.T @ root
        values, vectors = np.linalg.eigh(inner)
        adjust = root @ vectors @ np.diag(values**-0.5) @ vectors.T @ root
        row = (bread @ (pick @ x).T @ (pick @ w @ pick.T) @ adjust @ pick @ residual).ravel()
        rows.append(row)
        total += float(row @ y) ** 2
    p = np.array(rows)
    spread = p @ phi @ p.T
    return total, float(np.trace(spread)) ** 2 / float(np.trace(spread @ spread))


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_closed_form_is_cr2_with_matrices(sizes: list[int], weighted: bool) -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.normal(size=len(groups)) + rng.normal(size=len(sizes))[groups]
    # constant within clusters, as case weights are wherever they stand for how often a case is asked
    weights = rng.uniform(0.5, 3, len(sizes))[groups] if weighted else np.ones(len(groups))
    line = linearise(weights * y, weights, clusters_of(groups, len(y)))
    assert line.shares is not None
    found = cr2(line.influence, line.shares)
    assert tuple(found) == pytest.approx(dense(y, groups, weights), rel=1e-9)


def test_equal_sizes_are_cr1_and_the_means_of_clusters() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(15), 4)
    y = rng.normal(size=60) + rng.normal(size=15)[groups]
    line = linearise(y, np.ones(60), clusters_of(groups, 60))
    assert tuple(cr2(line.influence, line.shares)) == pytest.approx((line.variance, 14), rel=1e-12)
    means = y.reshape(15, 4).mean(axis=1)
    t = scipy.stats.t.interval(0.95, 14, means.mean(), scipy.stats.sem(means))
    assert mean(y, groups).interval(0.95) == pytest.approx(t, abs=1e-9)


def test_cr2_is_unbiased_for_independent_cases() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(8), SIZES["unequal"])
    clusters, ones = clusters_of(groups, 55), np.ones(55)
    lines = [linearise(rng.normal(size=55), ones, clusters) for _ in range(2000)]
    adjusted = np.mean([cr2(line.influence, line.shares).variance for line in lines])
    plain = np.mean([line.variance for line in lines])
    assert adjusted * 55 == pytest.approx(1, abs=0.05)
    assert plain * 55 < 0.95


def test_very_unequal_sizes_choose_cr2_and_mild_ones_do_not() -> None:
    rng = np.random.default_rng(6)
    large, mild = np.repeat(np.arange(21), SIZES["one large"]), rng.integers(0, 21, 60)
    y = rng.normal(size=60)
    assert mean(y, large).method == "cluster-t (CR2)"
    assert mean(y, large, method="cr1").method == mean(y, mild).method == "cluster-t (CR1)"
    assert np.ptp(mean(y, large).interval(0.95)) > np.ptp(mean(y, large, method="cr1").interval(0.95))
    assert difference(y, np.zeros(60), large).method == "cluster-t (CR2)"


def test_differences_to_one_side_take_the_wider_bound_and_only_there() -> None:
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(30), 5)
    b = np.ones(150)
    a = np.where(rng.random(150) < 0.15, 0.0, 1.0)
    found, plain = difference(a, b, groups), mean(a - b, groups, method="cr1")
    assert found.method == "cluster-t (CR1), cluster-tango"
    assert found.interval(0.9)[0] < plain.interval(0.9)[0]
    assert found.interval(0.9)[1] == pytest.approx(plain.interval(0.9)[1])
    back = difference(b, a, groups)
    assert back.interval(0.9) == pytest.approx(tuple(-x for x in reversed(found.interval(0.9))))
    for tail in (0.01, 0.05, 0.3):
        assert found.p_above(found.interval(1 - 2 * tail)[0]) == pytest.approx(tail, rel=1e-6)
    assert found.p_above(-1.1) < 1e-9


def test_many_differences_to_one_side_are_plain_t() -> None:
    rng = np.random.default_rng(8)
    groups = np.repeat(np.arange(300), 4)
    a = np.where(rng.random(1200) < 0.3, 0.0, 1.0)
    assert difference(a, np.ones(1200), groups).method == "cluster-t (CR1)"


def test_one_huge_cluster_is_not_held_steady_by_many_small_ones() -> None:
    sizes = [60, *[1] * 40]
    groups = np.repeat(np.arange(41), sizes)
    a = np.random.default_rng(9).random(100).round(2)
    found = difference(a, np.full(100, 0.5), groups)
    assert found.method == "cluster-tango"
    assert found.n_eff == pytest.approx(100**2 / (60**2 + 40))


BOUNDED = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.0, 1.0]), min_size=2, max_size=60).map(np.array)


@settings(max_examples=40, deadline=None)
@given(BOUNDED, st.booleans(), st.sampled_from([(0.0, 1.0), (-2.0, 3.0)]))
def test_a_bounded_mean_lies_in_its_range_with_a_width(
    values: np.ndarray, grouped: bool, bounds: tuple[float, float]
) -> None:
    values = np.r_[values, 0.25]  # not all 0 or 1
    groups = np.arange(len(values)) // 2 if grouped else None
    found = mean(values, groups, bounds=bounds)
    if grouped and len(values) <= 2:
        return
    low, high = found.interval(0.95)
    assert bounds[0] <= low < found.point + 1e-12
    assert found.point - 1e-12 < high <= bounds[1]
    assert high - low > 0.01
    mirrored = mean(sum(bounds) - values, groups, bounds=bounds).interval(0.95)
    assert mirrored == pytest.approx((sum(bounds) - high, sum(bounds) - low), abs=1e-9)
    for tail in (0.025, 0.1):
        edge = found.interval(1 - 2 * tail)[0]
        if edge > bounds[0]:
            assert found.p_above(edge) == pytest.approx(tail, rel=1e-5)


def test_enough_values_of_many_kinds_are_plain_t() -> None:
    y = np.random.default_rng(10).random(80)
    found = mean(y, bounds=(0.0, 1.0))
    assert found.method == "t"
    assert found.interval(0.95) == pytest.approx(scipy.stats.t.interval(0.95, 79, y.mean(), scipy.stats.sem(y)))
    assert mean(np.full(30, 0.5), bounds=(0.0, 1.0)).method == "korn-graubard"
    assert mean(np.full(30, 0.5)).interval is None
    with pytest.raises(ValueError, match="beyond the declared range"):
        mean(y, bounds=(0.0, 0.5))


@pytest.mark.parametrize("kind", ["share", "score"])
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_duplicates_and_the_order_of_cases_change_no_interval(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 14, 50)
    y = (rng.random(50) < 0.8).astype(float) if kind == "share" else (4 * rng.random(50)).round() / 4
    span = (0.0, 1.0)
    expected = mean(y, groups, bounds=span).interval(0.95)
    order = rng.permutation(50)
    assert mean(y[order], groups[order], bounds=span).interval(0.95) == pytest.approx(expected, abs=1e-9)
    if len(np.unique(y)) > 2 or kind == "share":
        twice = mean(np.tile(y, 2), np.tile(groups, 2), bounds=span)
        assert twice.interval(0.95) == pytest.approx(expected, abs=1e-9)
