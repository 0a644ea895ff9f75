"""Means and ratios against statsmodels and scipy, and the choice of method."""

import math

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from evalkit.stats.one_sample import mean, ratio

REFERENCE_NAMES = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}


def shares(k: int, n: int) -> np.ndarray:
    return np.repeat([1.0, 0.0], [k, n - k])


@pytest.mark.parametrize("method", REFERENCE_NAMES)
@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (50, 100), (97, 100), (458, 1319)])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_proportions_equal_statsmodels(method: str, k: int, n: int, level: float) -> None:
    found = mean(shares(k, n), method=method)
    expected = proportion_confint(k, n, 1 - level, REFERENCE_NAMES[method])
    assert found.method == method
    assert found.interval(level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "method"),
    [
        (5, 10, "clopper-pearson"),
        (99, 100, "clopper-pearson"),
        (11, 100, "clopper-pearson"),
        (12, 100, "wilson"),
        (1, 1000, "clopper-pearson"),
    ],
)
def test_exact_below_ten_expected_wilson_above(k: int, n: int, method: str) -> None:
    assert (mean(shares(k, n)).method == "wilson") == (k * (n - k) / n >= 10)
    assert mean(shares(k, n)).method == method


@pytest.mark.parametrize("line", [0.1, 0.5, 0.62, 0.9])
def test_one_sided_p_values_equal_scipy(line: float) -> None:
    k, n = 31, 50
    exact = mean(shares(k, n), method="clopper-pearson")
    assert exact.p_above(line) == pytest.approx(scipy.stats.binomtest(k, n, line, "greater").pvalue, rel=1e-9)
    assert exact.p_below(line) == pytest.approx(scipy.stats.binomtest(k, n, line, "less").pvalue, rel=1e-9)
    z = (k / n - line) / math.sqrt(line * (1 - line) / n)
    score = mean(shares(k, n), method="wilson")
    assert score.p_above(line) == pytest.approx(scipy.stats.norm.sf(z), rel=1e-9)
    assert score.p_below(line) == pytest.approx(scipy.stats.norm.cdf(z), rel=1e-9)


def test_independent_means_equal_scipy_t() -> None:
    values = np.random.default_rng(3).gamma(2.0, 1.5, 40)
    found, reference = mean(values), scipy.stats.ttest_1samp(values, 2.5)
    assert (found.method, found.n, found.n_clusters, found.n_eff) == ("t", 40, None, 40)
    assert found.interval(0.95) == pytest.approx(tuple(reference.confidence_interval(0.95)), rel=1e-12)
    assert found.p_above(2.5) == pytest.approx(scipy.stats.ttest_1samp(values, 2.5, alternative="greater").pvalue)
    assert found.p_below(2.5) == pytest.approx(scipy.stats.ttest_1samp(values, 2.5, alternative="less").pvalue)


@pytest.mark.parametrize("weighted", [False, True])
def test_clustered_means_equal_statsmodels_cr1(weighted: bool) -> None:
    rng = np.random.default_rng(5)
    groups = rng.integers(0, 25, 300)
    values = rng.normal(size=300) + rng.normal(size=25)[groups]
    weights = rng.uniform(0.5, 3, 300) if weighted else None
    model = sm.WLS(values, np.ones(300), weights=1.0 if weights is None else weights)
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}, use_t=True)
    found = mean(values, groups, weights)
    count = len(set(groups))
    half = scipy.stats.t.ppf(0.975, count - 1) * fitted.bse[0] * math.sqrt(count / (count - 1))
    assert found.point == pytest.approx(fitted.params[0])
    assert found.interval(0.95) == pytest.approx((found.point - half, found.point + half), rel=1e-10)
    assert found.method == "cluster-t (CR1)"
    assert found.n_clusters == count


def test_ratio_is_the_linearised_cluster_t() -> None:
    rng = np.random.default_rng(8)
    groups = np.repeat(np.arange(30), 4)
    den = rng.integers(1, 9, 120).astype(float)
    num = rng.binomial(den.astype(int), 0.4).astype(float)
    found = ratio(num, den, groups)
    r = num.sum() / den.sum()
    u = np.bincount(groups, num - r * den) / den.sum()
    half = scipy.stats.t.ppf(0.95, 29) * math.sqrt(30 / 29 * (u**2).sum())
    assert found.interval(0.9) == pytest.approx((r - half, r + half), rel=1e-12)
    assert found.p_above(r - half) == pytest.approx(0.05, rel=1e-9)
    assert found.warnings == ()


def test_ratio_of_ones_is_the_mean() -> None:
    values = np.random.default_rng(1).normal(size=50)
    assert ratio(values, np.ones(50)).interval(0.9) == pytest.approx(mean(values).interval(0.9))


def test_ratio_warns_where_its_denominator_is_hardly_known() -> None:
    den = np.r_[np.zeros(28), 5.0, 1.0]
    assert "denominator" in ratio(den * np.linspace(0, 1, 30), den).warnings[0]


def test_korn_graubard_is_exact_on_effective_counts() -> None:
    rng = np.random.default_rng(11)
    groups = np.repeat(np.arange(40), 10)
    rates = rng.beta(8, 2, 40)[groups]
    y = (rng.random(400) < rates).astype(float)
    found = mean(y, groups)
    p, u = y.mean(), np.bincount(groups, y - y.mean()) / 400
    variance = 40 / 39 * (u**2).sum()
    n_eff = p * (1 - p) / variance * (scipy.stats.norm.ppf(0.975) / scipy.stats.t.ppf(0.975, 39)) ** 2
    low = scipy.stats.beta.ppf(0.025, n_eff * p, n_eff * (1 - p) + 1)
    high = scipy.stats.beta.ppf(0.975, n_eff * p + 1, n_eff * (1 - p))
    assert found.method == "korn-graubard"
    assert found.interval(0.95) == pytest.approx((low, high), rel=1e-10)
    assert found.n_eff == pytest.approx(n_eff)
    assert found.design_effect == pytest.approx(variance / (p * (1 - p) / 399))


def test_few_telling_clusters_count_as_one_case_each() -> None:
    groups = np.repeat(np.arange(50), 8)
    all_right = mean(np.ones(400), groups)
    assert all_right.interval(0.95) == pytest.approx(mean(np.ones(50)).interval(0.95))
    burst = mean(np.where(groups < 3, 0.0, 1.0), groups)  # three documents lost whole
    assert np.ptp(burst.interval(0.95)) >= np.ptp(mean(shares(47, 50)).interval(0.95))
    first = np.arange(400) % 8 == 0
    nine, ten = (np.where(first & (groups < losing), 0.0, 1.0) for losing in (9, 10))
    assert mean(nine, groups).n_eff == 50
    assert mean(ten, groups).n_eff > 300


def test_a_judge_that_follows_position_has_no_perfect_precision() -> None:
    # both orders of each item: exactly one of two is right, so the variance between items is 0
    found = mean(np.tile([1.0, 0.0], 100), np.repeat(np.arange(100), 2))
    assert found.interval(0.95) == pytest.approx(mean(shares(50, 100), method="clopper-pearson").interval(0.95))


def test_singleton_groups_are_independent_cases_and_are_reported() -> None:
    y = shares(40, 60)
    found, plain = mean(y, groups=np.arange(60) * 7), mean(y)
    assert found.n_clusters == 60
    assert plain.n_clusters is None
    assert found._replace(n_clusters=None, interval=None, p_above=None, p_below=None) == plain._replace(
        interval=None, p_above=None, p_below=None
    )
    assert found.interval(0.9) == plain.interval(0.9)


def test_equal_weights_are_no_weights() -> None:
    y = shares(40, 60)
    assert mean(y, weights=np.full(60, 3.0)).interval(0.9) == mean(y).interval(0.9)


def test_weighted_means_report_kish() -> None:
    rng = np.random.default_rng(2)
    values, weights = rng.normal(size=80), rng.uniform(0.2, 5, 80)
    found = mean(values, weights=weights)
    assert found.point == pytest.approx(np.average(values, weights=weights))
    assert found.n_eff == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_weighted_successes_keep_an_interval_at_one_hundred_percent() -> None:
    weights = np.linspace(1, 2, 40)
    found = mean(np.ones(40), weights=weights)
    assert found.interval(0.95)[1] == 1.0
    assert 0.8 < found.interval(0.95)[0] < mean(np.ones(40)).interval(0.95)[0]


@pytest.mark.parametrize(
    ("values", "groups", "reason"),
    [
        ([], None, "no cases"),
        ([1.0], None, "single case"),
        ([0.3], None, "single case"),
        ([1.0, 0.0, 1.0], [4, 4, 4], "one cluster"),
        ([0.7] * 9, None, "same value"),
        ([0.1, 0.3] * 10, np.repeat(np.arange(10), 2), "same value"),
    ],
)
def test_what_cannot_vary_has_no_interval_but_words(values: list, groups: object, reason: str) -> None:
    found = mean(values, groups)
    assert found.method == "none"
    assert reason in found.reason
    assert (found.interval, found.p_above, found.p_below) == (None, None, None)
    assert found.point == (pytest.approx(np.mean(values)) if values else None)


def test_undefined_ratio_has_no_point() -> None:
    found = ratio([0.0, 0.0], [0.0, 0.0])
    assert found.point is None
    assert "undefined" in found.reason


def test_few_clusters_are_warned_about() -> None:
    rng = np.random.default_rng(0)
    assert "only 10 clusters" in mean(rng.normal(size=50), np.arange(50) % 10).warnings[0]
    assert mean(rng.normal(size=60), np.arange(60) % 20).warnings == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 1.0], None, None, "wilson"), "0 and 1 only"),
        (([0.0, 1.0, 1.0], [1, 1, 2], None, "clopper-pearson"), "come in groups"),
        (([0.5, 1.0, 1.0], [1, 1, 2], None, "t"), "come in groups"),
        (([0.0, 1.0, 1.0], None, [1, 1, 2], "wilson"), "weighted"),
        (([0.0, 1.0], None, None, "wald"), "unknown method"),
        (([0.0, math.nan], None, None, "auto"), r"values\[1\] is nan"),
        (([0.0, 1.0], [1], None, "auto"), "one id a case"),
        (([0.0, 1.0], None, [1.0], "auto"), "1 weights for 2"),
        (([0.0, 1.0], None, [1.0, 0.0], "auto"), "weights are positive"),
        (([[0.0, 1.0]], None, None, "auto"), "one number a case"),
    ],
)
def test_misuse_is_refused_in_a_sentence(arguments: tuple, message: str) -> None:
    values, groups, weights, method = arguments
    with pytest.raises(ValueError, match=message):
        mean(values, groups, weights, method=method)


def test_levels_outside_zero_and_one_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        mean([0.0, 1.0]).interval(95)


def test_named_methods_are_used() -> None:
    rng = np.random.default_rng(4)
    y, groups = (rng.random(120) < 0.7).astype(float), np.arange(120) % 40
    assert mean(y, method="t").method == "t"
    assert mean(y, groups, method="cluster-t").method == "cluster-t (CR1)"
    assert mean(y, method="korn-graubard").method == "korn-graubard"
    resampled = mean(y, groups, method="bootstrap", seed=1)
    assert resampled.method == "bootstrap-bca"
    assert resampled.interval(0.9) == pytest.approx(mean(y, groups, method="cluster-t").interval(0.9), abs=0.01)


cluster_data = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@settings(max_examples=60, deadline=None)
@given(cluster_data, st.booleans())
def test_duplicates_inside_clusters_change_no_interval(rng: np.random.Generator, binary: bool) -> None:
    groups = np.repeat(np.arange(12), 2 + rng.integers(0, 4, 12))
    values = rng.random(len(groups))
    values = (values < 0.6).astype(float) if binary else values
    once, twice = mean(values, groups), mean(np.tile(values, 2), np.tile(groups, 2))
    assert twice.point == pytest.approx(once.point)
    assert twice.interval(0.9) == pytest.approx(once.interval(0.9), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(cluster_data, st.booleans(), st.booleans())
def test_the_order_of_cases_and_the_names_of_groups_play_no_role(
    rng: np.random.Generator, binary: bool, grouped: bool
) -> None:
    values = rng.random(60)
    values = (values < 0.6).astype(float) if binary else values
    groups = rng.integers(0, 15, 60) if grouped else None
    order = rng.permutation(60)
    moved = mean(values[order], None if groups is None else 1000 - 3 * groups[order])
    assert moved.interval(0.9) == pytest.approx(mean(values, groups).interval(0.9), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(cluster_data, st.booleans())
def test_counting_failures_mirrors_the_interval(rng: np.random.Generator, grouped: bool) -> None:
    y = (rng.random(60) < 0.8).astype(float)
    groups = np.arange(60) // 4 if grouped else None
    right, wrong = mean(y, groups), mean(1 - y, groups)
    low, high = wrong.interval(0.9)
    assert right.interval(0.9) == pytest.approx((1 - high, 1 - low), abs=1e-9)
    assert right.p_above(0.7) == pytest.approx(wrong.p_below(0.3), rel=1e-6)
