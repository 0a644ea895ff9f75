"""Simultaneous differences: exact critical values, mirrored questions, and data that are too few for resampling."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.many import Candidates, all_pairs, compare_all, replicate_values
from evalkit.stats.paired import difference


def average(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def f1(sums: np.ndarray) -> np.ndarray:
    return 2 * sums[..., 0] / (2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def means(values: np.ndarray, groups: np.ndarray | None = None, **more: object) -> Candidates:
    parts = [np.column_stack([column, np.ones(len(column))]) for column in values.T]
    return Candidates(parts, average, groups, "mean", **more)  # type: ignore[arg-type]


def scores(n: int, m: int, seed: int, step: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) + rng.normal(size=(n, m)) - step * np.arange(m)


def test_the_critical_value_is_that_of_the_studentised_range() -> None:
    # Independent systems of one variance: the largest |t| over all pairs is the studentised range over sqrt 2.
    draws = np.random.default_rng(1).normal(size=(200_000, 6))
    found = all_pairs(draws, np.zeros(6), higher=True)
    assert found.critical == pytest.approx(scipy.stats.studentized_range.ppf(0.95, 6, np.inf) / np.sqrt(2), rel=0.01)


def test_few_units_take_students_t() -> None:
    draws = np.random.default_rng(1).normal(size=(100_000, 2))
    found = all_pairs(draws, np.zeros(2), higher=True, units=12)
    assert found.critical == pytest.approx(scipy.stats.t.ppf(0.975, 11), rel=0.02)
    assert found.hi[0, 1] == pytest.approx(found.critical * np.sqrt(2 * 12 / 11), rel=0.02)
    t = found.critical * 1.2
    away = np.array([t * np.sqrt(2 * 12 / 11), 0])
    shown = all_pairs(draws + away, away, higher=True, units=12)
    assert shown.p[0, 1] == pytest.approx(2 * scipy.stats.t.sf(t, 11), rel=0.1)


def test_two_systems_agree_with_the_paired_interval() -> None:
    values = scores(200, 2, 3)
    found = compare_all(means(values), seed=1, higher=True)
    lo, hi = difference(*values.T).interval(0.95)
    assert (found.lo[0, 1], found.hi[0, 1]) == pytest.approx((lo, hi), abs=0.03 * (hi - lo))


@settings(max_examples=12, derandomize=True)
@given(st.integers(0, 10**6), st.booleans())
def test_swapping_and_turning_mirror_the_result(seed: int, grouped: bool) -> None:
    values = scores(120, 4, seed)
    groups = np.arange(120) // 3 if grouped else None
    one = compare_all(means(values, groups), seed=3, higher=True, replicates=500)
    turned = compare_all(means(values[:, ::-1], groups), seed=3, higher=True, replicates=500)
    lower = compare_all(means(values, groups), seed=3, higher=False, replicates=500)
    assert one.lo == pytest.approx(turned.lo[::-1, ::-1], abs=1e-9)
    assert (one.better == lower.better.T).all()
    assert one.lo == pytest.approx(-one.hi.T, abs=1e-12)
    assert one.p == pytest.approx(one.p.T)
    assert (one.better == turned.better[::-1, ::-1]).all()
    assert one.best == pytest.approx(turned.best[::-1])
    assert not (one.better & one.better.T).any()
    assert (one.better | one.better.T == (one.p <= 0.05)).all()


def test_all_levels_are_consistent_with_p() -> None:
    values = scores(300, 5, 4)
    found = compare_all(means(values), seed=1, higher=True)
    for level in (0.8, 0.9, 0.99):
        at = compare_all(means(values), seed=1, higher=True, level=level)
        assert ((at.lo > 0) | (at.hi < 0) == (found.p <= 1 - level + 1e-12)).all()


def test_the_order_of_cases_and_the_other_systems_units_play_no_role() -> None:
    values = scores(150, 3, 5)
    order = np.random.default_rng(1).permutation(150)
    one, two = (compare_all(means(v), seed=2, higher=True, replicates=500) for v in (values, values[order]))
    assert one.lo == pytest.approx(two.lo, abs=1e-12)


def test_identical_systems_are_not_parted_and_share_being_best() -> None:
    values = (scores(400, 2, 6, step=1.0) > 0).astype(float)[:, [0, 0, 1]]
    found = compare_all(means(values), seed=1, higher=True)
    assert found.best[0] == found.best[1] == pytest.approx(0.5, abs=0.01)
    assert found.p[0, 1] == 1.0
    assert not found.better[0, 1]
    assert found.lo[0, 1] < 0 < found.hi[0, 1]  # never a width of 0: Tango's bound
    assert found.better[0, 2]
    assert found.better[1, 2]


def test_a_constant_difference_has_no_interval_without_a_range() -> None:
    values = scores(100, 1, 7)
    found = compare_all(means(np.hstack([values, values + 5])), seed=1, higher=True)
    assert np.isnan(found.lo[0, 1])
    assert found.p[0, 1] == 1.0
    assert not found.better.any()
    assert "1 of 1 pairs have no interval" in found.reason
    bounded = compare_all(means(np.hstack([values, values + 5]), bounds=(-10, 10)), seed=1, higher=True)
    assert bounded.lo[1, 0] > 0


def test_few_differences_rest_on_tango_beside_max_t() -> None:
    values = (np.random.default_rng(8).random((500, 3)) < 0.7).astype(float)
    values[:, 1] = values[:, 0]
    values[:3, 1] = 1 - values[:3, 0]  # two systems that differ on three cases
    found = compare_all(means(values), seed=1, higher=True)
    exact = difference(values[:, 0], values[:, 1]).interval(1 - 0.05 / 3)
    assert (found.lo[0, 1], found.hi[0, 1]) == pytest.approx(exact)
    assert found.method == "max-t bootstrap; paired bounds for few data"
    assert "1 of 3 pairs differ in too few cases to resample: their intervals are those of two" in found.warnings[-1]


def test_few_clusters_have_paired_intervals_at_bonferronis_level() -> None:
    values, groups = scores(60, 4, 9, step=1.0), np.arange(60) // 5
    found = compare_all(means(values, groups), seed=1, higher=True)
    one = difference(values[:, 0], values[:, 3], groups)
    assert (found.lo[0, 3], found.hi[0, 3]) == pytest.approx(one.interval(1 - 0.05 / 6))
    assert found.p[0, 3] == pytest.approx(12 * one.p_above(0.0))
    assert found.method == "paired intervals, Bonferroni"
    assert any("only 12 clusters" in said for said in found.warnings)


def test_general_statistics_of_few_data_have_no_interval_and_say_so() -> None:
    rng = np.random.default_rng(1)
    parts = [np.eye(4)[rng.choice(4, 20)][:, :3] for _ in range(3)]
    found = compare_all(Candidates(parts, f1), seed=1, higher=True)
    assert np.isnan(found.lo[0, 1])
    assert found.reason == "3 of 3 pairs have no interval: resampling takes 30 cases, and there are 20"
    assert not found.better.any()


def test_general_statistics_are_compared_by_max_t() -> None:
    rng = np.random.default_rng(2)
    parts = [np.eye(4)[rng.choice(4, 400, p=p)][:, :3] for p in ([0.6, 0.1, 0.1, 0.2], [0.3, 0.2, 0.3, 0.2])]
    found = compare_all(Candidates(parts, f1), seed=1, higher=True)
    assert found.better[0, 1]
    assert found.point[0, 1] == pytest.approx(f1(parts[0].sum(axis=0)) - f1(parts[1].sum(axis=0)))


def test_an_undefined_system_leaves_the_others_comparable() -> None:
    rng = np.random.default_rng(3)
    parts = [np.eye(4)[rng.choice(4, 200)][:, :3] for _ in range(2)]
    parts.append(np.zeros((200, 3)))  # 0/0
    found = compare_all(Candidates(parts, f1), seed=1, higher=True)
    assert np.isfinite(found.lo[0, 1])
    assert np.isnan(found.lo[0, 2])
    assert "undefined" in found.reason
    assert found.best[2] == 0.0
    assert found.best.sum() == pytest.approx(1.0)


def test_weighted_cases_are_those_of_the_paired_interval() -> None:
    values = scores(20, 2, 11)
    weight = np.random.default_rng(1).integers(1, 4, 20).astype(float)
    parts = [np.column_stack([weight * column, weight]) for column in values.T]
    found = compare_all(Candidates(parts, average, None, "mean"), seed=1, higher=True)
    assert (found.lo[0, 1], found.hi[0, 1]) == pytest.approx(difference(*values.T, None, weight).interval(0.95))


def test_replicates_are_paired_and_shared() -> None:
    values = scores(100, 3, 12)
    parts = means(values).parts
    drawn = replicate_values(parts, average, seed=4, replicates=300)
    assert drawn.shape == (300, 3)
    twice = replicate_values([parts[0], parts[0]], average, seed=4, replicates=300)
    assert (twice[:, 0] == twice[:, 1]).all()
    groups = np.arange(100) // 2
    alone = replicate_values(parts[:1], average, groups, seed=4, replicates=300)
    both = replicate_values(parts[:2], average, groups, seed=4, replicates=300)
    assert alone[:, 0] == pytest.approx(both[:, 0], abs=1e-12)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: replicate_values([np.ones((3, 2)), np.ones((4, 2))], average, seed=1), "one shape"),
        (lambda: replicate_values([np.ones((3, 2))], average, seed=1, replicates=9), "takes a case and 100 draws"),
        (lambda: all_pairs(np.ones((99, 2)), np.ones(2), higher=True), "b >= 100"),
        (lambda: all_pairs(np.ones((100, 2)), np.ones(2), higher=True, level=95), "confidence level"),
        (lambda: compare_all(means(np.ones((5, 1))), seed=1, higher=True), "two systems or more"),
        (lambda: compare_all(means(np.ones((0, 2))), seed=1, higher=True), "and a case"),
    ],
)
def test_what_cannot_be_compared_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]


def test_constant_replicates_say_that_nothing_is_known() -> None:
    found = all_pairs(np.tile([1.0, 2.0, 2.0], (200, 1)), np.array([1.0, 2.0, 2.0]), higher=True)
    assert np.isnan(found.lo[0, 1])
    assert (found.p == 1).all()
    assert found.best.tolist() == [0.0, 0.5, 0.5]
    assert "3 of 3 pairs have no interval" in found.reason
