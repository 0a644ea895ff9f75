"""Rank statistics: coverage, pairing, refusals, invariances; quantiles between order statistics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm, quantile_test

from evalkit.stats.quantiles import quantile
from evalkit.stats.ranked import paired_ranked, ranked


def auc(parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area by its definition, weighted."""
    above = (parts[:, None, 0] > parts[None, :, 0]) + 0.5 * (parts[:, None, 0] == parts[None, :, 0])
    pairs = above * np.outer(parts[:, 1], 1 - parts[:, 1])
    top = ((weights @ pairs) * weights).sum(axis=-1)
    return top / ((weights @ parts[:, 1]) * (weights @ (1 - parts[:, 1])))


def sample(n: int, seed: int, shift: float = 1.2, share: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    right = (rng.random(n) < share).astype(float)
    return np.column_stack([rng.normal(0, 1, n) + shift * right, right])


def test_the_interval_is_near_delongs() -> None:
    parts = sample(300, 1)
    found = ranked(parts, auc, seed=3, replicates=2_000)
    assert found.interval is not None
    positive, negative = parts[parts[:, 1] == 1, 0], parts[parts[:, 1] == 0, 0]
    above = (positive[:, None] > negative[None]).astype(float)
    spread = above.mean(1).var(ddof=1) / len(positive) + above.mean(0).var(ddof=1) / len(negative)
    assert found.point == pytest.approx(above.mean())
    lo, hi = found.interval(0.95)
    assert hi - lo == pytest.approx(2 * 1.96 * np.sqrt(spread), rel=0.1)


def test_order_of_rows_plays_no_role_and_clusters_of_one_are_cases() -> None:
    parts = sample(80, 2)
    order = np.random.default_rng(0).permutation(80)
    one, two = (ranked(p, auc, seed=1, replicates=500) for p in (parts, parts[order]))
    assert one.interval is not None
    assert two.interval is not None
    assert one.interval(0.9) == pytest.approx(two.interval(0.9))
    three = ranked(parts[order], auc, np.arange(80), seed=1, replicates=500)
    assert three.n_clusters == 80
    assert three.interval is not None
    assert three.interval(0.9) == pytest.approx(one.interval(0.9))


def test_few_kinds_of_rows_are_drawn_as_kinds_with_the_same_law() -> None:
    rng = np.random.default_rng(4)
    coarse = np.column_stack([rng.integers(0, 3, 600), rng.integers(0, 2, 600)]).astype(float)
    fine = coarse + np.column_stack([rng.random(600) * 1e-9, np.zeros(600)])
    spans = []
    for parts in (coarse, fine):
        found = ranked(parts, auc, seed=1, replicates=1_000)
        assert found.interval is not None
        spans.append(found.interval(0.95))
    assert spans[0] == pytest.approx(spans[1], abs=0.01)


def test_clusters_of_copies_widen_the_interval() -> None:
    parts = sample(60, 5)
    alone = ranked(parts, auc, seed=1, replicates=1_000)
    copied = ranked(np.repeat(parts, 4, axis=0), auc, np.repeat(np.arange(60), 4), seed=1, replicates=1_000)
    assert alone.interval is not None
    assert copied.interval is not None
    assert copied.interval(0.95) == pytest.approx(alone.interval(0.95), abs=0.02)


def test_a_difference_is_paired_and_mirrors_itself() -> None:
    a = sample(200, 6)
    b = a + np.column_stack([np.random.default_rng(1).normal(0, 0.3, 200), np.zeros(200)])
    forth, back = (paired_ranked(x, y, auc, seed=2, replicates=1_000) for x, y in ((a, b), (b, a)))
    assert forth.interval is not None
    assert back.interval is not None
    assert forth.point == pytest.approx(-(back.point or 0))
    whole = ranked(a, auc, seed=2, replicates=1_000)
    assert whole.interval is not None
    lo, hi = forth.interval(0.95)
    assert hi - lo < np.ptp(whole.interval(0.95))
    assert lo == pytest.approx(-back.interval(0.95)[1], abs=0.01)
    same = paired_ranked(a, a, auc, seed=2)
    assert same.identical
    assert same.interval is None


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (sample(20, 1), "takes 30 cases; there are 20"),
        (np.column_stack([np.arange(60.0), np.arange(60) >= 30]), "every resample gives the same value"),
        (np.column_stack([np.arange(60.0), np.zeros(60)]), "undefined"),
        (np.column_stack([np.arange(200.0) % 97, np.arange(200) == 5]), "hangs on"),
    ],
)
def test_there_is_no_interval_without_data_for_one(parts: np.ndarray, said: str) -> None:
    found = ranked(np.asarray(parts, float), auc, seed=1, replicates=500)
    assert found.interval is None
    assert said in str(found.reason)


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_a_quantile_lies_between_order_statistics(q: float) -> None:
    x = np.random.default_rng(0).lognormal(0, 1, 120)
    found = quantile(x, q, float(np.quantile(x, q)))
    assert found.interval is not None
    expected = quantile_test(x, p=q).confidence_interval(0.95)
    assert found.interval(0.95) == pytest.approx((expected.low, expected.high))
    assert found.p_above is not None
    lo, hi = found.interval(0.9)
    assert found.p_above(lo) <= 0.05 < found.p_above(float(np.nextafter(lo, np.inf)))
    assert found.p_below is not None
    assert found.p_below(hi) <= 0.05 < found.p_below(float(np.nextafter(hi, -np.inf)))
    line = float(np.median(x)) * 0.8
    assert found.p_above(line) == pytest.approx(binom.cdf((x < line).sum(), 120, q))


def test_a_median_among_ties_has_an_interval() -> None:
    found = quantile(np.repeat([3.0, 4.0, 5.0], [100, 120, 80]), 0.5, 4.0)
    assert found.interval is not None
    assert found.interval(0.95) == (4.0, 4.0)
    assert found.p_below is not None
    assert found.p_below(4.0) <= 0.05 < found.p_below(3.9), "its upper end is at the line"


def test_a_high_quantile_of_few_cases_has_no_upper_end() -> None:
    found = quantile(np.arange(20.0), 0.95, 18.0)
    assert found.interval is None
    assert "too few" in str(found.reason)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "area"), [(60, 0.75), (200, 0.8), (300, 0.95)])
def test_one_sided_coverage_of_an_area(n: int, area: float) -> None:
    shift, missed, runs = float(norm.ppf(area)) * np.sqrt(2), np.zeros(2), 0
    for seed in range(500):
        found = ranked(sample(n, seed, shift), auc, seed=seed, replicates=300)
        if found.interval is None:
            continue
        lo, hi = found.interval(0.9)
        missed += [lo > area, hi < area]
        runs += 1
    assert runs > 300
    assert (missed / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)).all()


@pytest.mark.slow
def test_one_sided_coverage_of_a_clustered_median() -> None:
    missed = np.zeros(2)
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = np.repeat(rng.normal(0, 1, 50), 4) + rng.normal(0, 0.5, 200)
        found = quantile(x, 0.5, float(np.median(x)), np.repeat(np.arange(50), 4))
        assert found.interval is not None
        lo, hi = found.interval(0.9)
        missed += [lo > 0, hi < 0]
    assert (missed / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)).all()
