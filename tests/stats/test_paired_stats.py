"""Differences against published values, statsmodels and scipy, and the laws of pairing."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import proportion
from statsmodels.stats.contingency_tables import mcnemar

from evalkit.stats.one_sample import ratio
from evalkit.stats.paired import difference, mcnemar_midp, ratio_difference, sign_flip, unpaired_difference


def pairs(both: int, gains: int, losses: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = [both, gains, losses, neither]
    return np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)


def test_tango_reproduces_the_published_example() -> None:
    # Tango 1998, crossover trial of two contact-lens disinfectants: 43, 0, 1, 0 of 44; 90 % interval -0.096 to 0.037
    found = difference(*pairs(43, 0, 1, 0))
    assert found.method == "tango"
    assert found.interval(0.90) == pytest.approx((-0.096, 0.037), abs=0.0006)


@pytest.mark.parametrize("n", [5, 44, 500])
def test_no_discordance_gives_the_closed_form(n: int) -> None:
    found = difference(np.ones(n), np.ones(n))
    z2 = scipy.stats.norm.ppf(0.95) ** 2
    assert found.identical
    assert found.interval(0.90) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 12), st.integers(0, 12), st.integers(0, 30), st.floats(-0.9, 0.9))
def test_the_score_uses_the_constrained_likelihood(both: int, b: int, c: int, neither: int, line: float) -> None:
    n = both + b + c + neither
    if n < 2:
        return
    # the nuisance by brute force: maximise the trinomial likelihood under p10 - p01 = line
    q = np.linspace(max(0.0, -line), (1 - line) / 2, 200_001)[1:-1]
    likelihood = c * np.log(q) + b * np.log(q + line) + (n - b - c) * np.log(1 - 2 * q - line)
    best = q[np.argmax(likelihood)]
    z = (b - c - n * line) / math.sqrt(n * (2 * best + line * (1 - line)))
    assert difference(*pairs(both, b, c, neither)).p_above(line) == pytest.approx(scipy.stats.norm.sf(z), abs=2e-3)


def test_losses_alone_do_not_pass_where_t_would() -> None:
    a, b = pairs(29, 0, 1, 0)
    assert difference(a, b).p_above(-0.05) > 0.05
    clean = difference(*pairs(30, 0, 0, 0))  # no loss among 30 is no proof of fewer than 3 %
    assert clean.p_above(-0.03) > 0.05


def test_clustered_differences_are_cr1_t() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 5)
    a, b = (rng.random(150) < 0.7).astype(float), (rng.random(150) < 0.6).astype(float)
    found = difference(a, b, groups)
    d = a - b
    u = np.bincount(groups, d - d.mean()) / 150
    half = scipy.stats.t.ppf(0.95, 29) * math.sqrt(30 / 29 * (u**2).sum())
    assert found.method == "cluster-t (CR1)"
    assert found.interval(0.90) == pytest.approx((d.mean() - half, d.mean() + half), rel=1e-10)


@pytest.mark.parametrize(("count", "enough"), [(8, 5), (20, 10), (100, 20)])
def test_t_needs_enough_clusters_that_differ(count: int, enough: int) -> None:
    groups = np.repeat(np.arange(count), 2)
    b = np.ones(2 * count)
    for losing, method in ((enough - 1, "cluster-tango"), (enough, "cluster-t (CR1), cluster-tango")):
        a = np.where((groups < losing) & (np.arange(2 * count) % 2 == 0), 0.0, 1.0)
        assert difference(a, b, groups).method == method


def test_few_differing_clusters_are_tango_over_clusters() -> None:
    groups = np.repeat(np.arange(40), 3)
    a = np.where(groups < 2, 0.0, 1.0)
    by_cluster = difference(np.where(np.arange(40) < 2, 0.0, 1.0), np.ones(40))
    found = difference(a, np.ones(120), groups)
    assert found.method == "cluster-tango"
    assert found.interval(0.9) == pytest.approx(by_cluster.interval(0.9), rel=1e-9)


def test_a_large_losing_cluster_is_inside_its_own_interval() -> None:
    groups = np.r_[np.zeros(100, int), np.arange(1, 100)]
    a = np.where(groups == 0, 0.0, 1.0)
    found = difference(a, np.ones(199), groups)
    low, high = found.interval(0.9)
    assert low < found.point < high
    assert found.n_eff == pytest.approx(199**2 / (100**2 + 99))


def test_a_constant_gain_keeps_a_width() -> None:
    groups = np.repeat(np.arange(30), 2)
    found = difference(np.ones(60), np.zeros(60), groups)
    low, high = found.interval(0.95)
    assert high - low > 0.05


def test_unbounded_values_that_hardly_differ_have_words_or_a_declared_range() -> None:
    seconds = np.linspace(1, 5, 100)
    slower = seconds.copy()
    slower[:3] += 1
    assert "without a known range" in difference(slower, seconds).reason
    assert difference(seconds, seconds).identical
    bounded = difference(slower, seconds, bounds=(0.0, 10.0))
    assert bounded.interval(0.9) == pytest.approx(
        tuple(10 * x for x in difference(slower / 10, seconds / 10).interval(0.9)), rel=1e-9
    )
    assert bounded.p_below(0.5) == pytest.approx(difference(slower / 10, seconds / 10).p_below(0.05), rel=1e-9)
    with pytest.raises(ValueError, match="beyond the declared range"):
        difference(slower, seconds, bounds=(0.0, 2.0))


def test_differences_in_the_last_bit_are_none() -> None:
    b = np.full(50, 0.3)
    assert difference(b + 5e-17, b).identical


@pytest.mark.parametrize(("b", "c"), [(0, 1), (5, 5), (3, 17), (209, 152), (567, 126)])
def test_mid_p_equals_statsmodels(b: int, c: int) -> None:
    exact = mcnemar([[10, b], [c, 10]], exact=True).pvalue
    pmf = scipy.stats.binom.pmf(min(b, c), b + c, 0.5)
    found = mcnemar_midp(b, c)
    assert found == pytest.approx(2 * scipy.stats.binom.cdf(min(b, c), b + c, 0.5) - pmf, rel=1e-9)
    assert found <= exact * (1 + 1e-12)
    assert mcnemar_midp(b, c, "greater") + mcnemar_midp(b, c, "less") == pytest.approx(1.0)
    assert min(mcnemar_midp(b, c, "greater"), mcnemar_midp(b, c, "less")) == pytest.approx(found / 2)


def test_mid_p_without_discordance_shows_nothing() -> None:
    assert mcnemar_midp(0, 0) == 1.0
    with pytest.raises(ValueError, match="not negative"):
        mcnemar_midp(-1, 2)


def test_sign_flip_enumerates_small_samples_as_scipy_does() -> None:
    d = np.array([0.3, -0.1, 0.5, 0.8, 0.2, -0.4, 0.9, 0.15])
    reference = scipy.stats.permutation_test(
        (d,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert sign_flip(d, seed=1) == pytest.approx(reference.pvalue)


@pytest.mark.parametrize("distinct", [False, True])
def test_sign_flip_draws_agree_with_the_exact_law(distinct: bool) -> None:
    rng = np.random.default_rng(2)
    d = rng.normal(0.3, 1, 40) if distinct else np.repeat([1.0, -1.0, 0.0], [26, 14, 10])
    expected = (
        scipy.stats.norm.sf(abs(d.sum()) / math.sqrt((d**2).sum())) * 2
        if distinct
        else scipy.stats.binomtest(14, 40).pvalue
    )
    p = sign_flip(d, seed=1)
    assert p == sign_flip(d, seed=1)
    assert p == pytest.approx(expected, abs=0.015)


def test_sign_flip_flips_clusters_whole() -> None:
    d, groups = np.repeat([1.0, 1.0, 1.0, -1.0], 50), np.repeat(np.arange(4), 50)
    assert sign_flip(d, groups, seed=1) == pytest.approx(10 / 16)
    assert sign_flip(d, seed=1) < 0.001
    assert sign_flip(np.zeros(30), seed=1) == 1.0


def test_ratio_difference_against_a_constant_ratio_is_the_ratio() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(25), 4)
    den = rng.uniform(1, 3, 100)
    num = rng.uniform(0, 1, 100) * den
    found = ratio_difference(num, den, 0.2 * np.ones(100), np.ones(100), groups)
    single = ratio(num, den, groups)
    assert found.interval(0.9) == pytest.approx(tuple(x - 0.2 for x in single.interval(0.9)), abs=1e-12)
    same = ratio_difference(num, den, num, den, groups)
    assert (same.identical, same.point, same.interval) == (True, 0.0, None)
    flat = ratio_difference(2 * den, den, den, den, groups)
    assert flat.interval is None
    assert "undefined" in ratio_difference([1, 1], [0, 0], [1, 1], [1, 1]).reason


def test_ratio_difference_uses_the_pairing() -> None:
    rng = np.random.default_rng(6)
    den = rng.uniform(1, 3, 200)
    num = rng.uniform(0, 1, 200) * den
    better = num + 0.05 * den + rng.normal(0, 0.01, 200)
    low, high = ratio_difference(better, den, num, den).interval(0.9)
    assert high - low < 0.01
    assert low < 0.05 < high


def two_samples(x: int, n: int, y: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([1.0, 0.0], [x, n - x]), np.repeat([1.0, 0.0], [y, m - y])


def test_independent_proportions_reproduce_the_published_interval() -> None:
    # Newcombe, Statistics in Medicine 17:873-890 (1998), table II, method 6, for 56/70 - 48/80
    found = unpaired_difference(*two_samples(56, 70, 48, 80))
    assert found.method == "miettinen-nurminen"
    assert found.interval(0.95) == pytest.approx((0.0528, 0.3382), abs=5e-5)


@pytest.mark.parametrize(("x", "n", "y", "m"), [(7, 34, 1, 34), (56, 70, 48, 80), (5, 6, 1, 7), (2, 20, 3, 30)])
@pytest.mark.parametrize("line", [-0.3, -0.05, 0.1, 0.4])
def test_the_independent_score_uses_the_constrained_likelihood(x: int, n: int, y: int, m: int, line: float) -> None:
    rates = np.linspace(max(0.0, -line), min(1.0, 1 - line), 400_001)[1:-1]
    likelihood = scipy.special.xlogy(x, rates + line) + scipy.special.xlogy(n - x, 1 - rates - line)
    likelihood += scipy.special.xlogy(y, rates) + scipy.special.xlogy(m - y, 1 - rates)
    b = rates[np.argmax(likelihood)]
    variance = ((b + line) * (1 - b - line) / n + b * (1 - b) / m) * (n + m) / (n + m - 1)
    z = (x / n - y / m - line) / math.sqrt(variance)
    found = unpaired_difference(*two_samples(x, n, y, m))
    assert found.p_above(line) == pytest.approx(scipy.stats.norm.sf(z), rel=1e-3)
    # statsmodels solves another nuisance rate away from zero, so that only the test of no difference is comparable
    reference = proportion.test_proportions_2indep(x, n, y, m, method="score", compare="diff", alternative="larger")
    assert found.p_above(0.0) == pytest.approx(reference.pvalue, rel=1e-9)


def test_independent_means_equal_welch() -> None:
    rng = np.random.default_rng(9)
    a, b = rng.normal(1, 2, 30), rng.normal(0, 1, 50)
    found, reference = unpaired_difference(a, b), scipy.stats.ttest_ind(a, b, equal_var=False)
    assert found.method == "welch-t"
    assert found.interval(0.95) == pytest.approx(tuple(reference.confidence_interval(0.95)), rel=1e-10)


def test_clustered_independent_proportions_are_wider_and_never_flat() -> None:
    rng = np.random.default_rng(10)
    groups = np.repeat(np.arange(30), 5)
    a, b = np.repeat(rng.random(30) < 0.8, 5).astype(float), np.ones(150)
    clustered, naive = unpaired_difference(a, b, groups, groups), unpaired_difference(a, b)
    assert np.ptp(clustered.interval(0.9)) > 1.5 * np.ptp(naive.interval(0.9))
    assert np.ptp(unpaired_difference(b, b, groups, groups).interval(0.9)) > 0.05


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: difference([], []), "no cases"),
        (lambda: difference([1.0], [0.0]), "single case"),
        (lambda: difference([1.0, 0.0], [0.0, 0.0], [3, 3]), "one cluster"),
        (lambda: difference([7.0] * 30, [2.0] * 30), "known range"),
        (lambda: unpaired_difference([], [1.0]), "no cases"),
        (lambda: unpaired_difference([1.0], [1.0, 0.0]), "single case"),
        (lambda: unpaired_difference([2.0] * 5, [3.0] * 5), "neither sample varies"),
        (lambda: ratio_difference([1, 2], [1, 1], [1, 1], [1, 1], [0, 0]), "one cluster"),
    ],
)
def test_what_cannot_vary_has_no_interval_but_words(found: object, reason: str) -> None:
    answer = found()
    assert answer.interval is None
    assert reason in answer.reason


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same cases"):
        difference([1.0, 0.0], [1.0])


seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def sample(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    n = 60
    groups = rng.integers(0, 15, n) if "clustered" in kind else None
    a, b = rng.random(n), rng.random(n)
    if "binary" in kind:
        a, b = (a < 0.85).astype(float), (b < 0.9).astype(float)
    if "sparse" in kind:
        b = np.where(rng.random(n) < 0.03, b, a)
    return a, b, groups


KINDS = ["binary", "clustered binary", "sparse binary", "clustered sparse binary", "real", "clustered sparse real"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(rng=seeds)
def test_swapping_the_sides_mirrors_everything(rng: np.random.Generator, kind: str) -> None:
    a, b, groups = sample(rng, kind)
    forth, back = difference(a, b, groups), difference(b, a, groups)
    low, high = back.interval(0.9)
    assert forth.method == back.method
    assert forth.point == pytest.approx(-back.point, abs=1e-15)
    assert forth.interval(0.9) == pytest.approx((-high, -low), abs=1e-12)
    assert forth.p_above(-0.05) == pytest.approx(back.p_below(0.05), abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(rng=seeds)
def test_the_order_of_cases_plays_no_role(rng: np.random.Generator, kind: str) -> None:
    a, b, groups = sample(rng, kind)
    order = rng.permutation(len(a))
    moved = difference(a[order], b[order], None if groups is None else groups[order])
    assert moved.interval(0.9) == pytest.approx(difference(a, b, groups).interval(0.9), abs=1e-12)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "clustered" in kind])
@settings(max_examples=25, deadline=None)
@given(rng=seeds)
def test_duplicates_inside_clusters_change_no_interval(rng: np.random.Generator, kind: str) -> None:
    a, b, groups = sample(rng, kind)
    twice = difference(np.tile(a, 2), np.tile(b, 2), np.tile(groups, 2))
    assert twice.interval(0.9) == pytest.approx(difference(a, b, groups).interval(0.9), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 10), st.integers(1, 10), st.floats(-0.3, 0.3), st.floats(0.0, 0.2))
def test_a_wider_margin_never_turns_pass_into_fail(both: int, b: int, c: int, line: float, wider: float) -> None:
    found = difference(*pairs(both, b, c, 1))
    assert found.p_above(line - wider) <= found.p_above(line) + 1e-12


def test_a_lean_of_measurements_widens_little() -> None:
    """Each cluster differs by a little, and a little more to one side: no rare loss of 1 may lie hidden in that."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 40)
    worst = 0.0
    for _ in range(40):
        b = np.clip(rng.beta(2, 5, 800) + (rng.gamma(1, 1, 20) * 0.02)[groups], 0, 1)
        a = np.clip(b - (rng.gamma(1, 1, 20) * 0.02)[groups], 0, 1)
        found = difference(a, b, groups)
        lo, hi = found.interval(0.95)
        d = np.array([(a - b)[groups == g].mean() for g in range(20)])
        t = 2.093 * d.std(ddof=1) / np.sqrt(20)
        worst = max(worst, (found.point - lo) / t, (hi - found.point) / t)
    assert 1.0 <= worst < 2.5
