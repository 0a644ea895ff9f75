"""Order, length, probabilities, homogeneity, scores: against other software, and at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2_contingency, kendalltau, spearmanr
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from evalkit.stats.judging.homogeneity import homogeneity
from evalkit.stats.judging.length import length
from evalkit.stats.judging.order import order, sign_test
from evalkit.stats.judging.probability import equal_width, error, probability
from evalkit.stats.judging.probes import probe
from evalkit.stats.judging.recalibration import cross_fitted, recalibrate
from evalkit.stats.judging.scores import scores
from evalkit.stats.judging.self_preference import self_preference
from evalkit.stats.judging.sens_spec import error_rates
from evalkit.stats.judging.shares import share


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
@settings(max_examples=30)
def test_exchanging_outputs_and_orders_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    """Output 1 shown first in `as_is` is output 2 shown first in `swapped`."""
    one, two = np.array(pairs).T
    renamed = np.array([1, 0, 2, 3])
    a, b = order(one, two), order(renamed[two], renamed[one])
    assert (a.n, a.conflicts, a.first_both, a.second_both, a.p) == (b.n, b.conflicts, b.first_both, b.second_both, b.p)
    assert a.consistency.point == b.consistency.point
    assert a.first_both + a.second_both <= a.conflicts <= a.n


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
@settings(max_examples=30)
def test_calibration_error_has_its_bounds(rows: list[tuple[float, bool]]) -> None:
    p, y = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    ece, brier = error(p, y, equal_width(p)), float(np.mean((p - y) ** 2))
    assert abs(p.mean() - y.mean()) - 1e-9 <= ece <= np.abs(p - y).mean() + 1e-9
    assert 0 <= brier <= 1
    after = recalibrate(p, y, "isotonic").apply(p)
    assert np.mean((after - y) ** 2) <= brier + 1e-9


def test_ties_are_conflicts_and_take_no_side() -> None:
    #          same  first  second  tie against one  tie twice
    one, two = [0, 0, 1, 2, 2], [0, 1, 0, 1, 2]
    found = order(one, two)
    assert (found.n, found.conflicts, found.first_both, found.second_both) == (5, 3, 1, 1)
    assert found.consistency.point == pytest.approx(2 / 5)
    assert found.first_share.point == pytest.approx(1 / 3)
    assert found.p == pytest.approx(1.0)


def test_without_conflicts_there_is_no_direction() -> None:
    found = order([0, 1, 2], [0, 1, 2])
    assert (found.conflicts, found.first_share, found.p) == (0, None, None)


def test_the_sign_test_is_the_exact_binomial() -> None:
    for one, other in [(3, 9), (0, 5), (7, 7), (162, 4), (1, 0)]:
        assert sign_test(one, other) == pytest.approx(binomtest(one, one + other).pvalue, rel=1e-9)


def test_length_is_compared_on_the_same_items() -> None:
    judge, human = np.array([1, 1, 0, 0.5, 1] * 10), np.array([1, 0, 0, 0, 1] * 10)
    found = length(judge, human)
    assert found.excess.point == pytest.approx(found.judge.point - found.human.point)
    lo, hi = found.excess.interval(0.95)
    assert lo < 0.3 < hi
    assert lo > 0


def test_groups_widen_the_rates() -> None:
    human = np.repeat([1, 0], 200)
    rng = np.random.default_rng(0)
    judge = np.where(np.repeat(rng.random(40) < 0.8, 10), human, 1 - human)
    alone, grouped = error_rates(human, judge), error_rates(human, judge, np.repeat(np.arange(40), 10))
    assert (alone.tp, alone.sensitivity.point) == (grouped.tp, grouped.sensitivity.point)
    (a, b), (c, d) = alone.sensitivity.interval(0.95), grouped.sensitivity.interval(0.95)
    assert d - c > 1.5 * (b - a)


def test_a_class_that_nobody_gave_has_no_rate() -> None:
    found = error_rates([1, 1, 1], [1, 0, 1])
    assert found.specificity is None
    assert found.sensitivity.point == pytest.approx(2 / 3)


def test_probabilities_against_sklearn() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(500)
    y = (rng.random(500) < p**2).astype(float)
    found = probability(p, y, seed=1)
    assert found.brier.point == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    places = equal_width(p)
    by_hand = sum((places == k).mean() * abs((p - y)[places == k].mean()) for k in range(10))
    assert found.ece.point == pytest.approx(by_hand, abs=1e-12)
    assert found.chance.p < 0.01 < found.chance.mean < found.chance.upper < found.ece.point
    assert sum(one.n for one in found.bins) == 500


def test_bins_are_open_below_and_closed_above() -> None:
    assert equal_width(np.array([0, 0.1, 0.1000001, 0.3, 0.7, 0.95, 1.0])).tolist() == [0, 0, 1, 2, 6, 9, 9]


def test_exact_probabilities_are_no_worse_than_chance() -> None:
    rng = np.random.default_rng(2)
    p = rng.random(2_000)
    assert probability(p, (rng.random(2_000) < p).astype(float), seed=1).chance.p > 0.05


def test_isotonic_is_that_of_sklearn() -> None:
    rng = np.random.default_rng(3)
    p = np.round(rng.random(300), 2)
    y = (rng.random(300) < p).astype(float)
    fitted = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    grid = np.linspace(0, 1, 57)
    assert recalibrate(p, y, "isotonic").apply(grid) == pytest.approx(fitted.predict(grid), abs=1e-9)


def test_few_labels_are_never_recalibrated_by_steps() -> None:
    rng = np.random.default_rng(4)
    for n, method in [(199, "platt"), (200, "isotonic")]:
        p = rng.random(n)
        y = (rng.random(n) < p).astype(float)
        assert recalibrate(p, y).method == method
        assert cross_fitted(p, y).method == method


def test_separable_data_stay_finite() -> None:
    p = np.linspace(0.01, 0.99, 60)
    for method in ("platt", "beta"):
        after = recalibrate(p, (p > 0.5).astype(float), method).apply(p)
        assert np.isfinite(after).all()
        assert (np.diff(after) >= 0).all()
    assert cross_fitted(p, np.ones(60)) is None


def test_homogeneity_is_the_chi_square_of_each_class() -> None:
    rng = np.random.default_rng(5)
    system, label = rng.integers(3, size=900), rng.integers(2, size=900)
    wrong = (rng.random(900) < 0.2 + 0.1 * (system == 1)).astype(int)
    expected = [
        chi2_contingency(
            [[((label == k) & (system == s) & (wrong == w)).sum() for w in (0, 1)] for s in range(3)], False
        )
        for k in (0, 1)
    ]
    found = homogeneity(wrong, system, label, seed=1)
    assert found.statistic == pytest.approx(sum(one.statistic for one in expected), rel=1e-9)
    assert (found.df, found.method) == (4, "chi-square")
    shuffled = homogeneity(wrong, system, label, np.arange(900) // 3, seed=1)
    assert shuffled.method == "permutation"
    assert 0 < shuffled.p <= 1


def test_groups_of_one_system_move_whole() -> None:
    """Systems differ by chance of their few groups alone: taken as independent items they would differ for sure."""
    system, group = np.repeat([0, 1], 100), np.repeat(np.arange(8), 25)
    wrong = (group % 8 == 0).astype(int)
    label = np.zeros(200, int)
    assert homogeneity(wrong, system, label, seed=1).p < 0.001
    found = homogeneity(wrong, system, label, group, seed=1)
    assert found.method == "permutation"
    assert found.p > 0.2


def test_shuffles_keep_their_level() -> None:
    rng = np.random.default_rng(8)
    p = []
    for seed in range(60):
        group = np.repeat(np.arange(20), 3)
        wrong = (rng.random(60) < rng.beta(1, 2, 20)[group]).astype(int)
        p.append(homogeneity(wrong, rng.permutation(np.arange(60) % 3), np.zeros(60), group, seed=seed).p)
    assert sum(one <= 0.05 for one in p) <= 9


def test_one_system_or_no_error_has_no_homogeneity() -> None:
    assert homogeneity([0, 1, 1], ["a"] * 3, [0, 0, 1], seed=1).reason == "there is one system"
    none = homogeneity([0, 0, 0, 0], ["a", "b", "a", "b"], [0, 0, 1, 1], seed=1)
    assert none.p is None
    assert "errors" in none.reason


def test_scores_at_three_levels() -> None:
    rng = np.random.default_rng(6)
    human = rng.integers(1, 6, size=120).astype(float)
    judge = np.clip(human + rng.integers(-1, 3, size=120), 1, 5)
    groups, systems = np.arange(120) // 6, np.arange(120) % 6
    found = scores(human, judge, groups, systems)
    assert found.pooled.spearman == pytest.approx(spearmanr(human, judge).statistic)
    assert found.pooled.kendall == pytest.approx(kendalltau(human, judge).statistic)
    within = [spearmanr(human[groups == g], judge[groups == g]).statistic for g in range(20)]
    assert found.by_document.spearman == pytest.approx(np.nanmean(within))
    means = [[x[systems == s].mean() for s in range(6)] for x in (human, judge)]
    assert found.by_system.spearman == pytest.approx(spearmanr(*means).statistic)
    assert found.bias.point == pytest.approx((judge - human).mean())


def test_constant_scores_have_no_correlation() -> None:
    assert scores([3, 3, 3], [1, 2, 3]).pooled.spearman is None


def test_a_probe_counts_both_ways() -> None:
    found = probe([1, 1, 0, 0, 1], [0, 1, 1, 0, 0])
    assert (found.gained, found.lost, found.flips.point) == (1, 2, pytest.approx(0.6))
    assert found.change.point == pytest.approx(-0.2)
    assert probe([1, 0], [1, 0]).p is None


def test_self_preference_is_a_paired_difference() -> None:
    found = self_preference([1, 1, 0, 1] * 10, [0.5, 0, 0, 0.5] * 10)
    assert found.point == pytest.approx(0.5)
    assert found.interval(0.95)[0] > 0


def test_values_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="one an item"):
        order([0, 1], [0])
    with pytest.raises(ValueError, match="lie between 0 and 1"):
        probability([1.2], [1], seed=1)
    with pytest.raises(ValueError, match="one an item"):
        probability([], [], seed=1)
    with pytest.raises(ValueError, match="0 or 1"):
        probe([0, 2], [0, 1])
    with pytest.raises(ValueError, match="0 and 1"):
        share([0.5, 1.0, 0.0])


def test_a_probability_that_is_an_edge_but_for_rounding_is_the_edge() -> None:
    exact = [k / 10 for k in range(11)]
    for p in (exact, np.linspace(0, 1, 11), [1 - q for q in reversed(exact)]):
        assert equal_width(np.asarray(p)).tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert equal_width(np.array([0.1 + 1e-9])).tolist() == [1]
