"""The bootstrap against scipy's, its refusals, and the draws that metrics share."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.bca import BootstrapTail, correction
from evalkit.stats.bootstrap import paired_statistic, statistic
from evalkit.stats.one_sample import mean
from evalkit.stats.resampling import case_totals, distinct, totals


def average(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def f1(sums: np.ndarray) -> np.ndarray:
    return 2 * sums[..., 0] / (2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def outcomes(n: int, seed: int, shares: tuple[float, ...] = (0.3, 0.1, 0.1, 0.5)) -> np.ndarray:
    return np.eye(4)[np.random.default_rng(seed).choice(4, n, p=shares)][:, :3]


def test_bca_equals_scipy_on_the_same_replicates() -> None:
    sample = np.random.default_rng(3).exponential(size=60)
    reference = scipy.stats.bootstrap((sample,), np.mean, n_resamples=4_000, method="BCa", rng=np.random.default_rng(1))
    replicates = reference.bootstrap_distribution
    jackknife = (sample.sum() - sample) / 59
    tail = BootstrapTail(np.sort(replicates), *correction(replicates, float(sample.mean()), jackknife))
    ends = tail.lower(0.025), -tail.mirrored().lower(0.025)
    assert ends == pytest.approx(tuple(reference.confidence_interval), rel=2e-3)


@pytest.mark.parametrize("discrete", [False, True])
def test_intervals_agree_with_scipy_in_distribution(discrete: bool) -> None:
    rng = np.random.default_rng(8)
    sample = rng.poisson(2.0, 400).astype(float) if discrete else rng.lognormal(0, 0.5, 120)
    found = statistic(np.column_stack([sample, np.ones(len(sample))]), average, seed=5)
    reference = scipy.stats.bootstrap(
        (sample,), np.mean, n_resamples=10_000, method="BCa", rng=np.random.default_rng(2)
    )
    width = np.ptp(reference.confidence_interval)
    assert found.method == "bootstrap-bca"
    assert found.point == pytest.approx(sample.mean())
    assert found.interval(0.95) == pytest.approx(tuple(reference.confidence_interval), abs=0.04 * width)


def test_clusters_are_resampled_whole() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(60), 5)
    values = rng.normal(size=60)[groups] + 0.1 * rng.normal(size=300)
    parts = np.column_stack([values, np.ones(300)])
    clustered, naive = statistic(parts, average, groups, seed=1), statistic(parts, average, seed=1)
    assert np.ptp(clustered.interval(0.9)) > 1.8 * np.ptp(naive.interval(0.9))
    assert clustered.interval(0.9) == pytest.approx(mean(values, groups).interval(0.9), abs=0.03)
    assert clustered.n_clusters == 60


def test_multinomial_and_index_draws_have_one_law() -> None:
    parts = outcomes(600, 1)
    few = case_totals(distinct(parts), parts, 3, 4_000)
    many = totals(parts, 3, 4_000)
    assert few.mean(axis=0) == pytest.approx(many.mean(axis=0), rel=0.01)
    assert np.cov(few.T) == pytest.approx(np.cov(many.T), rel=0.12, abs=6)


def test_memory_blocks_leave_no_seam() -> None:
    units = np.random.default_rng(1).random((5_000, 2))
    assert (totals(units, 1, 60)[:30] == totals(units, 1, 30)).all()  # blocks of 26 replicates
    spread = totals(np.column_stack([np.ones(5_000), units[:, 0]]), 1, 60)
    assert (spread[:, 0] == 5_000).all()


def test_many_units_are_drawn_by_the_same_law() -> None:
    # 70,001 units are five stretches (2^16 to 1): counts per stretch of either sampler, against their covariance.
    count, edges = 70_001, [0, 65_536, 69_632, 69_888, 70_000]
    marks = np.zeros((count, 6))
    for at, (start, end) in enumerate(zip(edges, [*edges[1:], count], strict=True)):
        marks[start:end, at] = 1
    marks[:, 5] = np.arange(count) / count
    found = totals(marks, 7, 400)
    shares = marks[:, :5].mean(axis=0)
    assert (found[:, :5].sum(axis=1) == count).all()
    assert found[:, :5].mean(axis=0) == pytest.approx(count * shares, abs=4 * np.sqrt(count * 0.25 / 400))
    scores = (found[:, 5] - marks[:, 5].sum()) / np.sqrt(count / 12)
    assert scipy.stats.kstest(scores, "norm").pvalue > 0.01
    assert np.var(found[:, 1]) == pytest.approx(count * shares[1] * (1 - shares[1]), rel=0.25)
    assert (totals(marks, 7, 5) == found[:5]).all()


def test_what_never_varies_is_summed_exactly() -> None:
    units = np.column_stack([np.full(64, 0.1), np.arange(64.0)])
    assert (totals(units, 1, 100)[:, 0] == 64 * 0.1).all()


def test_metrics_over_the_same_clusters_share_their_draws() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.random((50, 1)), rng.random((50, 2))
    joint = totals(np.hstack([first, second]), 9, 500)
    assert joint[:, :1] == pytest.approx(totals(first, 9, 500))
    assert joint[:, 1:] == pytest.approx(totals(second, 9, 500))
    assert totals(first, 10, 500) != pytest.approx(joint[:, :1])


def test_pairing_removes_what_the_sides_share() -> None:
    baseline = outcomes(400, 1)
    candidate = baseline.copy()
    candidate[np.flatnonzero(baseline[:, 1])[:15]] = 0.0  # fifteen false alarms fewer
    found = paired_statistic(candidate, baseline, f1, seed=2)
    alone = statistic(candidate, f1, seed=2)
    total_a, total_b = candidate.sum(axis=0), baseline.sum(axis=0)
    assert found.point == pytest.approx(f1(total_a) - f1(total_b))
    assert np.ptp(found.interval(0.9)) < 0.5 * np.ptp(alone.interval(0.9))
    assert found.interval(0.9)[0] > 0


def test_swapping_the_sides_mirrors_the_interval() -> None:
    groups = np.repeat(np.arange(80), 5)
    a, b = outcomes(400, 1), outcomes(400, 2, (0.35, 0.05, 0.1, 0.5))
    forth = paired_statistic(a, b, f1, groups, seed=2)
    low, high = paired_statistic(b, a, f1, groups, seed=2).interval(0.9)
    assert forth.interval(0.9) == pytest.approx((-high, -low), abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_the_order_of_cases_plays_no_role(seed: int, grouped: bool, real: bool) -> None:
    rng = np.random.default_rng(seed)
    parts = outcomes(160, seed) + (rng.random((160, 3)) if real else 0.0)
    groups = np.repeat(np.arange(40), 4) if grouped else None
    order = rng.permutation(160)
    moved = statistic(parts[order], f1, None if groups is None else groups[order], seed=3, replicates=500)
    assert moved.interval(0.9) == pytest.approx(statistic(parts, f1, groups, seed=3, replicates=500).interval(0.9))


def test_the_same_seed_gives_the_same_answer_and_another_a_near_one() -> None:
    parts = outcomes(300, 1)
    first, again, other = (statistic(parts, f1, seed=seed).interval(0.9) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.01)


@pytest.mark.parametrize(
    ("parts", "groups", "reason"),
    [
        (np.empty((0, 3)), None, "no cases"),
        (outcomes(29, 1), None, "takes 30 cases; there are 29"),
        (outcomes(290, 1), np.arange(290) % 29, "takes 30 clusters; there are 29"),
        (np.tile([1.0, 0, 0], (200, 1)), None, "only 0 of 200 cases"),
        (np.repeat(np.eye(3), [191, 9, 0], axis=0), None, "only 9 of 200 cases"),
        (np.repeat([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]], [60, 9, 500], axis=0), None, "only 9 of 569 cases"),
        (np.repeat(np.eye(3), [191, 9, 0], axis=0), np.arange(200) // 5, "only 2 of 40 clusters"),
        (np.zeros((50, 3)), None, "undefined"),
    ],
)
def test_too_little_data_has_no_interval_but_words(parts: np.ndarray, groups: object, reason: str) -> None:
    found = statistic(parts, f1, groups, seed=1)
    assert (found.method, found.interval) == ("none", None)
    assert reason in found.reason


def test_ten_telling_cases_are_enough() -> None:
    assert statistic(np.repeat(np.eye(3), [190, 10, 0], axis=0), f1, seed=1).method == "bootstrap-bca"


def test_equal_sides_are_identical() -> None:
    parts = outcomes(100, 1)
    found = paired_statistic(parts, parts, f1, seed=1)
    assert (found.identical, found.point, found.interval) == (True, 0.0, None)
    changed = parts.copy()
    changed[:9] = 1 - changed[:9]
    assert "only 9 of 100 cases" in paired_statistic(changed, parts, f1, seed=1).reason


def test_undefined_resamples_are_counted_and_said() -> None:
    def gap_or_nan(sums: np.ndarray) -> np.ndarray:
        return np.where(sums[..., 0] < 24, np.nan, average(sums))

    parts = np.column_stack([np.arange(100) < 30, np.ones(100)]).astype(float)
    found = statistic(parts, gap_or_nan, seed=1)
    assert "resamples were left out" in found.warnings[0]
    assert found.interval(0.9)[0] >= 0.24

    def mostly_nan(sums: np.ndarray) -> np.ndarray:
        return np.where(sums[..., 0] < 29, np.nan, average(sums))

    assert "undefined in" in statistic(parts, mostly_nan, seed=1).reason


def test_percentiles_are_named_where_bca_does_not_exist() -> None:
    def saturated(sums: np.ndarray) -> np.ndarray:
        return np.minimum(average(sums), 0.301)  # leaving one out cannot move it, while resamples can

    values = np.r_[np.ones(20), np.zeros(40)]
    found = statistic(np.column_stack([values, np.ones(60)]), saturated, seed=1)
    assert found.interval is None  # no case moves it
    assert "only 0 of 60" in found.reason

    def rough(sums: np.ndarray) -> np.ndarray:
        return np.where(average(sums) == 20 / 59, np.nan, average(sums))  # undefined without any one failure

    found = statistic(np.column_stack([values, np.ones(60)]), rough, seed=1)
    assert found.method == "bootstrap-percentile"
    drawn = average(case_totals(distinct(np.column_stack([values, np.ones(60)])), np.empty((60, 2)), 1, 10_000))
    assert found.interval(0.9) == pytest.approx(tuple(np.quantile(drawn, [0.05, 0.95])))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: statistic(np.ones(40), f1, seed=1), "shape"),
        (lambda: statistic(np.full((40, 3), np.nan), f1, seed=1), "NaN or infinity"),
        (lambda: statistic(outcomes(40, 1), f1, seed=1, replicates=50), "50 replicates"),
        (lambda: paired_statistic(outcomes(40, 1), outcomes(41, 1), f1, seed=1), "one shape"),
        (lambda: statistic(outcomes(40, 1), f1, [1, 2], seed=1), "one id a case"),
    ],
)
def test_misuse_is_refused_in_a_sentence(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_distinct_rows_are_exact() -> None:
    rng = np.random.default_rng(1)
    parts = rng.integers(0, 3, (500, 4)).astype(float)
    found = distinct(parts)
    rows, counts = np.unique(parts, axis=0, return_counts=True)
    assert (found.rows == rows).all()
    assert (found.counts == counts).all()
    assert (found.rows[found.codes] == parts).all()
