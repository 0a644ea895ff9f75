"""Rogan and Gladen's estimate with the interval of Lee et al. 2025."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.correction import Errors, rogan_gladen, rogan_gladen_difference
from evalkit.stats.paired import difference


def test_the_example_of_the_paper() -> None:
    found = rogan_gladen(0.4, 1000, Errors(0.7, 0.9, 200, 200))
    assert found.point == pytest.approx(0.1666666666666668, abs=1e-12)
    assert found.interval is not None
    assert found.interval(0.95) == pytest.approx((0.05635072484160894, 0.2627330257859588), abs=1e-12)


@settings(max_examples=25)
@given(st.floats(0.05, 0.95), st.floats(0.75, 0.99), st.floats(0.75, 0.99), st.integers(40, 400))
def test_p_values_are_the_inverse_of_the_bounds(share: float, q0: float, q1: float, m: int) -> None:
    found = rogan_gladen(share, 500, Errors(q0, q1, m, m))
    assert found.interval is not None
    assert found.p_above is not None
    assert found.p_below is not None
    lo, hi = found.interval(0.9)
    if 0 < lo < 1:
        assert found.p_above(lo) == pytest.approx(0.05, abs=1e-6)
    if 0 < hi < 1:
        assert found.p_below(hi) == pytest.approx(0.05, abs=1e-6)


def test_a_judge_no_better_than_chance_corrects_nothing() -> None:
    for errors in (Errors(0.5, 0.5, 100, 100), Errors(0.2, 0.3, 100, 100), Errors(0.6, 0.5, 12, 12)):
        found = rogan_gladen(0.4, 500, errors)
        assert found.interval is None
        assert "chance" in str(found.reason)


def test_errors_of_one_class_are_refused() -> None:
    with pytest.raises(ValueError, match="one class"):
        Errors.of_counts(10, 0, 0, 2)


def test_a_difference_is_magnified_and_widened_by_the_judges_errors() -> None:
    a, b = [1.0] * 60 + [0.0] * 40, [1.0] * 50 + [0.0] * 30 + [1.0] * 5 + [0.0] * 15
    seen = difference(a, b)
    found = rogan_gladen_difference(seen, Errors(0.8, 0.9, 300, 300))
    assert seen.point is not None
    assert found.point == pytest.approx(seen.point / 0.7)
    assert seen.interval is not None
    assert found.interval is not None
    (lo, hi), (low, high) = seen.interval(0.95), found.interval(0.95)
    assert high - low > (hi - lo) / 0.7
    assert (low > 0) == (lo > 0), "the judge's errors turn no sign"
    sharp = rogan_gladen_difference(seen, Errors(1.0, 1.0, 10**7, 10**7))
    assert sharp.interval is not None
    assert sharp.interval(0.95) == pytest.approx((lo, hi), abs=1e-4)
