"""Evidence of drift: against scipy, against every possible deal, and at ties."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from evalkit.stats.drift.categories import _single_p, chi_square_p, total_variation
from evalkit.stats.drift.dealing import dealt_p
from evalkit.stats.drift.kolmogorov import ks_distance, ks_p
from evalkit.stats.drift.ranks import mann_whitney_p, superiority
from evalkit.stats.drift.samples import Samples, coarse, side_by_side
from evalkit.stats.drift.sketch import Sketch, sketch_of, smaller


def pair(x: object, y: object) -> Samples:
    return side_by_side(sketch_of(x), sketch_of(y))  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "m"), [(20, 20), (30, 41), (200, 25)])
def test_without_ties_ks_is_scipys_exact_test(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=n), rng.normal(0.4, 1, m)
    found = stats.ks_2samp(x, y, method="exact")
    assert ks_distance(pair(x, y)) == pytest.approx(found.statistic, abs=1e-12)
    assert ks_p(pair(x, y)) == pytest.approx(found.pvalue, rel=1e-6)
    assert ks_p(pair(y, x)) == pytest.approx(found.pvalue, rel=1e-6)


def test_beyond_500_rows_ks_is_the_limit() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=3_000), rng.normal(0.06, 1, 5_000)
    assert ks_p(pair(x, y)) == pytest.approx(stats.ks_2samp(x, y, method="asymp").pvalue, rel=0.05)


@pytest.mark.parametrize("seed", range(2))
def test_with_ties_ks_is_the_share_of_all_deals(seed: int) -> None:
    """All 924 or so ways to deal 12 rows with few values."""
    rng = np.random.default_rng(seed)
    rows, n = rng.integers(0, 4, 12), 5
    seen = ks_distance(pair(rows[:n], rows[n:]))
    deals = [
        ks_distance(pair(rows[list(chosen)], np.delete(rows, list(chosen)))) for chosen in combinations(range(12), n)
    ]
    assert ks_p(pair(rows[:n], rows[n:])) == pytest.approx(np.mean(np.array(deals) >= seen - 1e-12), abs=1e-12)


def test_mann_whitney_is_scipys_where_there_are_values_enough() -> None:
    rng = np.random.default_rng(2)
    for x, y in ((rng.normal(size=80), rng.normal(0.3, 1, 50)), (rng.integers(0, 60, 900), rng.integers(2, 60, 700))):
        found = stats.mannwhitneyu(y, x, method="asymptotic")
        assert mann_whitney_p(pair(x, y), 0) == pytest.approx(found.pvalue, rel=1e-9)
        assert superiority(pair(x, y)) == pytest.approx(found.statistic / (len(x) * len(y)), abs=1e-12)


def test_mann_whitney_of_rare_ones_is_dealt() -> None:
    """Nine zeros in ten, or two values: the normal tail is wrong there, and the truth is hypergeometric."""
    x, y = np.repeat([0.0, 1.0], [990, 10]), np.repeat([0.0, 1.0], [56, 4])
    law = stats.hypergeom(1_060, 14, 60)
    away = np.abs(np.arange(15) - law.mean())
    exact = law.pmf(np.arange(15))[away >= abs(4 - law.mean()) - 1e-9].sum()
    assert mann_whitney_p(pair(x, y), 1) == pytest.approx(exact, rel=0.25)
    assert mann_whitney_p(pair(x, y), 1) == mann_whitney_p(pair(x, y), 1)


def test_chi_square_is_scipys_where_cells_are_full() -> None:
    a, b = np.array([500, 300, 200]), np.array([60, 40, 20])
    found = stats.chi2_contingency([a, b])
    assert chi_square_p(a, b, 0) == pytest.approx(found.pvalue, rel=1e-9)
    assert total_variation(a, b) == pytest.approx(np.abs(a / 1000 - b / 120).sum() / 2)


def test_chi_square_of_sparse_tables_is_dealt() -> None:
    a, b = np.array([200, 3]), np.array([30, 3])
    exact = stats.fisher_exact([a, b]).pvalue
    assert chi_square_p(a, b, 7) == pytest.approx(exact, rel=0.25)
    many = np.arange(600) % 3 + 1
    assert chi_square_p(many, many[::-1].copy(), 7) > 0.1
    assert chi_square_p(np.r_[many * 3, 0], np.r_[many, 400], 7, most=2_000) < 0.001


def test_one_cell_of_a_sparse_table_shows_more_than_deals_can() -> None:
    a, b = np.array([4_000, 3_000, 1, 0]), np.array([20, 18, 0, 40])  # every second row is of a new category
    exact = stats.hypergeom(7_079, 40, 78).sf(39)
    assert exact < chi_square_p(a, b, 7) < 1e-30
    assert chi_square_p(b, a, 7) == chi_square_p(a, b, 7)


def test_the_bound_of_a_cell_holds() -> None:
    rng = np.random.default_rng(11)
    for _ in range(200):
        rows = rng.integers(1, 60, 4)
        size = int(rng.integers(1, rows.sum() // 2 + 1))
        law = [stats.hypergeom(rows.sum(), k, size) for k in rows]
        # no column of counts has its smallest tail below what is said of it
        counts = rng.multivariate_hypergeometric(rows, size)
        tails = [min(one.cdf(k), one.sf(k - 1)) for one, k in zip(law, counts, strict=True)]
        assert _single_p(counts, rows) >= min(1.0, 8 * min(tails)) * (1 - 1e-9)


def test_no_deal_is_made_where_another_test_shows_more() -> None:
    x, y = np.r_[np.zeros(900), np.ones(100)], np.r_[np.zeros(20), np.ones(80)]
    assert mann_whitney_p(pair(x, y), 1, beats=1e-9) == 1.0
    assert mann_whitney_p(pair(x, y), 1, beats=0.01) == mann_whitney_p(pair(x, y), 1) < 1e-4


def test_nothing_to_tell() -> None:
    one = np.array([5])
    assert ks_p(pair([], [1.0])) == mann_whitney_p(pair([], [1.0]), 0) == chi_square_p(one, one, 0) == 1.0
    same = pair([3.0] * 30, [3.0] * 40)
    assert (ks_p(same), mann_whitney_p(same, 0), ks_distance(same)) == (1.0, 1.0, 0.0)
    assert superiority(pair([], [])) == 0.5
    assert total_variation(np.array([0]), one) == 0.0


def test_nothing_in_common() -> None:
    apart = pair(np.arange(40.0), 100 + np.arange(30.0))
    assert ks_distance(apart) == 1.0
    assert ks_p(apart) < 1e-9
    assert mann_whitney_p(apart, 0) < 1e-9


def test_a_sketch_never_makes_evidence() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=20_000), rng.normal(0.05, 1, 400)
    exact, rough = sketch_of(x), smaller(sketch_of(x), 60)
    for test in (ks_p, lambda both: mann_whitney_p(both, 0)):
        assert test(side_by_side(rough, sketch_of(y))) >= test(side_by_side(exact, sketch_of(y))) * 0.999
    wide = Sketch(rough.values, rough.counts, 20_000)
    assert ks_p(side_by_side(wide, sketch_of(y + 50))) == 1.0


def test_bins_depend_on_both_samples_only() -> None:
    rng = np.random.default_rng(5)
    both = pair(np.r_[np.zeros(500), rng.normal(size=4_000)], rng.normal(size=3_000))
    binned = coarse(both, 300)
    swapped = coarse(Samples(both.values, both.b, both.a), 300)
    assert len(binned.values) <= 310
    assert np.array_equal(binned.values, swapped.values)
    assert (binned.n, binned.m) == (both.n, both.m)
    assert (binned.a >= 500).sum() == 1


def test_more_deals_only_where_the_first_leave_it_open() -> None:
    done: list[int] = []

    def counting(counts: np.ndarray) -> np.ndarray:
        done.append(len(counts))
        return np.asarray(counts[..., 0], float)

    rows = np.array([50, 50])
    dealt_p(counting, 25.0, 50, rows, 1)
    assert sum(done) == 2_000
    done.clear()
    assert dealt_p(counting, 50.0, 50, rows, 1) == 1 / 20_001
    assert sum(done) == 20_000
