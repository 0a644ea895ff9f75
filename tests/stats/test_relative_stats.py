"""Relative changes: the score bound of a ratio of paired proportions, Fieller's interval, and the bootstraps' form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evalkit.stats.bootstrap import Resampled
from evalkit.stats.quantiles import quantile, quantile_difference
from evalkit.stats.relative import relative_difference, relative_ratio
from evalkit.stats.tang import RatioTail, ratio_sides
from evalkit.stats.tango import tango

COUNTS = st.tuples(st.integers(1, 60), st.integers(0, 12), st.integers(0, 12), st.integers(0, 40))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(COUNTS, st.floats(0.6, 1.5))
def test_constrained_shares_are_the_likeliest(counts: tuple[int, int, int, int], r: float) -> None:
    both, gains, losses, rest = counts
    n = both + gains + losses + rest
    found = RatioTail(both, gains, losses, n)._constrained(r)
    s, g, q = found
    assert s + g == pytest.approx(r * (s + q), abs=1e-9)
    assert min(found) >= -1e-12

    def minus_log(p: tuple[float, float, float]) -> float:
        shares = [*p, 1 - sum(p)]
        return -sum(k * np.log(max(x, 1e-300)) for k, x in zip((both, gains, losses, rest), shares, strict=True) if k)

    base = s + q
    for step in (-1e-4, 1e-4):  # other shares that obey the constraint are no likelier
        for other in ((s + step, q), (s, q + step), (s * (1 + step), q * (1 + step))):
            t = (r - 1) * other[0] + r * other[1]
            if min(*other, t, 1 - other[0] - other[1] - t) > 0:
                assert minus_log((other[0], t, other[1])) >= minus_log((s, g, q)) - 1e-9
    assert base > 0


@pytest.mark.parametrize(("both", "gains", "losses", "n"), [(50, 5, 9, 100), (80, 0, 3, 90), (30, 2, 0, 40)])
def test_at_a_ratio_of_one_it_is_tangos_test(both: int, gains: int, losses: int, n: int) -> None:
    ours, theirs = ratio_sides(both, gains, losses, n), tango(gains, losses, n)
    assert ours.p_above(0.0) == pytest.approx(theirs.p_above(0.0), abs=1e-12)
    assert ours.p_below(0.0) == pytest.approx(theirs.p_below(0.0), abs=1e-12)


def test_swapping_the_sides_mirrors_the_score() -> None:
    one, two = RatioTail(50, 5, 9, 100), RatioTail(50, 9, 5, 100)
    assert one.score(0.9) == pytest.approx(-two.score(1 / 0.9), abs=1e-12)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_interval_and_p_value_are_inverse(level: float) -> None:
    rng = np.random.default_rng(5)
    b = rng.lognormal(0, 0.5, 80)
    a = b * rng.lognormal(0.05, 0.3, 80)
    binary = (rng.random(80) < 0.8).astype(float)
    other = np.where(rng.random(80) < 0.1, 1 - binary, binary)
    for found in (
        relative_difference(a, b, bounds=(0, np.inf)),
        relative_difference(other, binary),
        relative_ratio(a, np.ones(80), b, np.ones(80)),
    ):
        assert found.interval is not None
        assert found.p_above is not None
        assert found.p_below is not None
        lo, hi = found.interval(level)
        assert found.p_above(lo) == pytest.approx((1 - level) / 2, abs=1e-9)
        assert found.p_below(hi) == pytest.approx((1 - level) / 2, abs=1e-9)
        assert lo < (found.point or 0.0) < hi


def test_fieller_by_its_formula() -> None:
    rng = np.random.default_rng(0)
    b = rng.lognormal(0, 0.5, 200)
    a = b * rng.lognormal(0.05, 0.2, 200)
    t, v = stats.t.ppf(0.95, 199), np.cov(a, b) / 200
    roots = np.roots(
        [
            b.mean() ** 2 - t * t * v[1, 1],
            -2 * (a.mean() * b.mean() - t * t * v[0, 1]),
            a.mean() ** 2 - t * t * v[0, 0],
        ]
    )
    found = relative_difference(a, b, bounds=(0, np.inf))
    assert found.interval is not None
    assert found.interval(0.9) == pytest.approx(sorted(roots - 1), abs=1e-9)
    assert found.point == pytest.approx(a.mean() / b.mean() - 1)


def test_score_bound_by_root_finding() -> None:
    tail = RatioTail(70, 4, 9, 100)
    root = optimize.brentq(lambda r: tail.score(r) - stats.norm.ppf(0.95), 0.5, 1.0)
    assert tail.lower(0.05) == pytest.approx(root - 1, abs=1e-9)


def test_a_baseline_that_is_not_above_zero_has_no_shares() -> None:
    ones, noise = np.ones(50), np.random.default_rng(1).normal(0.01, 1, 50)
    assert "not above 0" in str(relative_difference(ones, 0 * ones).reason)
    assert "not above 0" in str(relative_ratio(ones, ones, 0 * ones, ones).reason)
    found = relative_difference(noise + 0.2, noise - noise.mean() + 0.1, bounds=(-np.inf, np.inf))
    assert found.interval is None
    assert "a share of it says nothing" in str(found.reason)
    combine = Resampled([np.column_stack([ones, ones]), np.column_stack([0 * ones, ones])], seed=1)
    assert "not above 0" in str(combine.relative(lambda totals: totals[..., 0] / totals[..., 1]).reason)


def test_few_clusters_that_differ_count_as_one_case_each() -> None:
    right = np.ones(60)
    groups = np.repeat(np.arange(12), 5)
    lost = np.where(groups == 3, 0.0, right)
    found = relative_difference(lost, right, groups)
    assert found.method == "cluster-ratio-score"
    assert found.interval is not None
    assert found.interval(0.9)[0] == pytest.approx(ratio_sides(11, 0, 1, 12).interval(0.9)[0], abs=1e-9)
    same = relative_difference(right, right, groups)
    assert same.identical
    assert same.interval is not None
    assert same.interval(0.9)[0] < -0.05  # never of width 0


def test_seconds_without_a_range_and_few_differences_have_no_interval() -> None:
    seconds = np.linspace(1, 2, 40)
    found = relative_difference(np.where(np.arange(40) < 2, seconds + 1, seconds), seconds, bounds=(0, np.inf))
    assert found.interval is None
    assert "only 2 of 40 differ" in str(found.reason)


def test_relative_bootstrap_and_quantiles() -> None:
    rng = np.random.default_rng(2)
    b = rng.lognormal(0, 0.4, 300)
    a = 1.1 * b * rng.lognormal(0, 0.05, 300)
    tables = [np.column_stack([side, np.ones(300)]) for side in (a, b)]
    whole = Resampled(tables, seed=3, replicates=2000).relative(lambda totals: totals[..., 0] / totals[..., 1])
    assert whole.interval is not None
    lo, hi = whole.interval(0.95)
    assert lo < a.mean() / b.mean() - 1 < hi

    def p95(parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        order = np.argsort(parts[:, 0])
        sums = np.cumsum(weights[..., order], axis=-1)
        place = np.minimum((sums < 0.95 * sums[..., -1:] - 1e-9).sum(-1), len(order) - 1)
        return np.asarray(parts[order, 0][place])

    found = quantile_difference(*tables, (0, 0.95), p95, seed=4, replicates=500, relative=True)
    assert found.method == "bootstrap-percentile"
    assert found.interval is not None
    assert 0.0 < found.interval(0.9)[0] < 0.1 < found.interval(0.9)[1] < 0.3
    few = quantile_difference(tables[0][:50], tables[1][:50], (0, 0.95), p95, seed=4)
    assert "too few" in str(few.reason)


def test_an_unknown_value_is_beyond_all_others_for_a_quantile() -> None:
    seconds = np.linspace(1, 2, 200)
    known, open_ = quantile(seconds, 0.95, 1.95), quantile(np.append(seconds, [np.inf] * 2), 0.95, 1.95)
    assert known.interval is not None
    assert open_.interval is not None
    assert known.interval(0.9)[1] <= open_.interval(0.9)[1] < np.inf
    lost = quantile(np.append(seconds, [np.inf] * 30), 0.95, 1.95)
    assert "do not bound" in str(lost.reason)
