"""Adjusted p-values against statsmodels, sample sizes against Miller's example."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evalkit.stats.multiplicity import benjamini_hochberg, holm
from evalkit.stats.power import implied_se, min_detectable, needed_n


@pytest.mark.parametrize("m", [1, 2, 7, 30])
def test_adjustments_equal_statsmodels(m: int) -> None:
    p = np.random.default_rng(m).beta(0.4, 3, m)
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


@given(st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.01, 0.05])), min_size=1, max_size=20))
def test_adjustments_keep_the_order_and_never_fall_below_p(p: list[float]) -> None:
    for adjusted in (holm(p), benjamini_hochberg(p)):
        assert (adjusted >= np.array(p) - 1e-15).all()
        assert adjusted.max() <= 1
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    assert (benjamini_hochberg(p) <= holm(p) + 1e-15).all()
    assert holm(p).min() == pytest.approx(min(1.0, min(p) * len(p)))


def test_adjusting_nothing_gives_nothing() -> None:
    assert holm([]).shape == benjamini_hochberg([]).shape == (0,)


@pytest.mark.parametrize("p", [[1.5], [-0.1], [math.nan], [[0.5]]])
def test_what_is_no_p_value_is_refused(p: list) -> None:
    with pytest.raises(ValueError, match="numbers in"):
        holm(p)


@pytest.mark.shared
def test_miller_power_example_and_gsm8k_are_reproduced(shared: Path) -> None:
    reference = json.loads((shared / "REFERENCE.json").read_text())["gsm8k"]
    for repeats in (1, 10):
        se = math.sqrt(1 / 9 + 2 / 6 / repeats)
        expected = reference["miller_power_example"][f"K={repeats}"]
        assert needed_n(se, 1, 0.03, alpha=0.025) == math.ceil(expected)
    assert needed_n(1 / 3, 1, 0.03, alpha=0.025) == 969
    for name, pair in reference["pairs"].items():
        assert min_detectable(pair["se_paired"], alpha=0.025) == pytest.approx(
            reference["mde_80pct_alpha05"][name], rel=1e-9
        )
    keys = list(reference["holm"])
    p = [reference["pairs"][key]["p_exact"] for key in keys]
    assert holm(p) == pytest.approx([reference["holm"][key] for key in keys], rel=1e-12)
    assert benjamini_hochberg(p) == pytest.approx([reference["fdr_bh"][key] for key in keys], rel=1e-12)


def test_the_needed_number_gives_the_power_asked_for() -> None:
    n = needed_n(0.02, 500, 0.03, power=0.9)
    rng = np.random.default_rng(1)
    estimates = rng.normal(0.0, 0.02 * math.sqrt(500 / n), 200_000)
    passes = estimates - 1.6449 * 0.02 * math.sqrt(500 / n) > -0.03
    assert passes.mean() == pytest.approx(0.9, abs=0.005)
    assert needed_n(0.02, 500, min_detectable(0.02)) == 500


def test_a_truth_on_the_line_has_no_sufficient_number() -> None:
    with pytest.raises(ValueError, match="widen the margin"):
        needed_n(0.02, 500, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: needed_n(0.0, 10, 0.1),
        lambda: needed_n(0.1, 10, 0.1, power=1.0),
        lambda: min_detectable(0.1, alpha=0.6),
        lambda: min_detectable(-1.0),
        lambda: implied_se((0.0, 1.0), 1.0),
    ],
)
def test_arguments_out_of_range_are_refused(call: object) -> None:
    with pytest.raises(ValueError, match=r"lies|positive"):
        call()


def test_an_interval_implies_its_standard_error() -> None:
    assert implied_se((0.5 - 1.959964 * 0.01, 0.5 + 1.959964 * 0.01), 0.95) == pytest.approx(0.01, rel=1e-6)
