"""Sketches say how far they are off, and are not farther."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.drift.sketch import Sketch, merged, merged_moments, moments_of, quantile, sketch_of, smaller

VALUES = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=300)


def off(sketch: Sketch, values: np.ndarray) -> int:
    """How far the sketch's ranks are from the true ones, at worst."""
    at = np.unique(values)
    ends = np.r_[0, np.cumsum(sketch.counts)]
    told = ends[np.searchsorted(sketch.values, at, side="right")]
    true = np.searchsorted(np.sort(values), at, side="right")
    return int(np.abs(told - true).max())


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES, st.integers(10, 40))
def test_ranks_are_within_the_stated_error(x: list[float], y: list[float], capacity: int) -> None:
    one = merged(sketch_of(x, capacity), sketch_of(y, capacity), capacity)
    assert one.n == len(x) + len(y)
    assert len(one.values) <= capacity + 2
    assert off(one, np.array(x + y)) <= one.error


def test_all_values_are_exact_and_many_nearly() -> None:
    x = np.random.default_rng(0).normal(size=50_000)
    assert sketch_of(x).error == 0
    small = sketch_of(x, 4_096)
    assert len(small.values) <= 4_096
    assert 0 < small.error <= 3 * 50_000 / 4_096 / 2 + 1
    for q in (0.01, 0.25, 0.5, 0.99):
        assert quantile(sketch_of(x), q) == np.quantile(x, q, method="inverted_cdf")
        assert abs((x <= quantile(small, q)).mean() - q) <= (small.error + 20) / 50_000


def test_a_value_that_many_rows_have_stays_exact() -> None:
    x = np.r_[np.zeros(40_000), np.random.default_rng(1).normal(size=10_000)]
    small = sketch_of(x, 100)
    assert small.counts[small.values == 0.0].tolist() == [40_000]


def test_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="without NaN"):
        sketch_of([1.0, np.nan])
    with pytest.raises(ValueError, match="at least 10"):
        smaller(sketch_of([1.0]), 9)
    ends = sketch_of([-np.inf, 0.0, -0.0, np.inf])
    assert np.isfinite(ends.values).all()
    assert ends.counts.tolist() == [1, 2, 1]
    assert sketch_of([]).n == 0


@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_moments_merge(x: list[float], y: list[float]) -> None:
    both, whole = merged_moments(moments_of(x), moments_of(y)), moments_of(x + y)
    assert (both.n, both.least, both.most) == (whole.n, whole.least, whole.most)
    assert (both.mean, both.squares) == pytest.approx((np.mean(x + y), whole.squares), rel=1e-6, abs=1e-6)
    assert merged_moments(moments_of(x), moments_of([])) == pytest.approx(moments_of(x))


def test_moments_beyond_floats_are_none() -> None:
    found = moments_of([1e308, -1e308, np.inf])
    assert (found.n, found.sd, found.least, found.most) == (0, None, -1e308, 1e308)
    assert moments_of([2.0, 4.0]).sd == pytest.approx(np.sqrt(2))
