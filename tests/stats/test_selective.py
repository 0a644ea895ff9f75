"""The certified threshold: exact bounds, ties, pools, groups, and how often the guarantee fails on real verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.stats.selective import aurc, certify, least_abstained, upper


@settings(max_examples=25)
@given(st.integers(1, 400), st.data())
def test_the_bound_is_the_exact_one(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n - 1))
    bound = upper(k, n, 0.1)
    assert bound == pytest.approx(stats.beta.ppf(0.9, k + 1, n - k), abs=1e-9)
    assert stats.binom.cdf(k, n, bound) == pytest.approx(0.1, abs=1e-9)
    assert upper(n, n, 0.1) == 1.0


def test_the_sequence_stops_at_the_first_failure() -> None:
    confidence = np.linspace(1, 0, 100, endpoint=False)
    wrong = np.zeros(100)
    wrong[50:60] = 1  # bad between the surest 50 and 60, good again after
    found = certify(confidence, wrong, 0.1, 0.1)
    assert found.coverage == pytest.approx(0.5)
    assert found.error is not None
    assert found.error.point == 0
    assert found.error.hi == pytest.approx(stats.beta.ppf(0.9, 1, 50))
    assert [step.tested for step in found.curve] == [True] * 4 + [False] * 4
    assert found.threshold == pytest.approx(np.quantile(confidence, 0.5))
    assert found.overall == pytest.approx(0.1)


def test_nothing_certified_is_no_threshold_and_a_sentence() -> None:
    bad = certify(np.arange(100.0), np.tile([0, 1], 50), 0.2, 0.1)
    assert (bad.threshold, bad.coverage, bad.error) == (None, 0.0, None)
    assert bad.reason is not None
    assert "above 0.2" in bad.reason
    assert bad.infeasible == pytest.approx(0.375)
    few = certify(np.arange(20.0), np.zeros(20), 0.2, 0.1)
    assert few.threshold is None
    assert few.reason is not None
    assert "takes 11" in few.reason
    none = certify([], [], 0.2, 0.1)
    assert (none.threshold, none.reason, none.aurc) == (None, "there are no items", None)


def test_ties_are_kept_or_given_away_together() -> None:
    confidence = np.repeat([1.0, 0.6], [80, 20])
    found = certify(confidence, np.repeat([0, 1], [80, 20]), 0.1, 0.1)
    assert found.threshold is not None
    assert 0.6 < found.threshold <= 1.0
    assert found.coverage == 0.8
    constant = certify(np.ones(100), np.zeros(100), 0.1, 0.1)
    assert (constant.threshold, constant.coverage) == (1.0, 1.0)


def test_a_pool_sets_thresholds_and_coverage() -> None:
    confidence, pool = np.linspace(0, 1, 200), np.linspace(0.5, 1, 1000)
    found = certify(confidence, np.zeros(200), 0.1, 0.1, pool)
    assert (found.threshold, found.coverage) == (0.5, 1.0)
    beyond = certify(np.zeros(50), np.zeros(50), 0.1, 0.1, pool)
    assert beyond.reason is not None
    assert "no labelled item" in beyond.reason


def test_items_that_share_a_group_are_fewer() -> None:
    confidence = np.tile(np.linspace(0.5, 1, 60), 5)
    wrong = np.tile(np.arange(60) % 10 == 0, 5)
    alone = certify(confidence, wrong, 0.2, 0.1)
    shared = certify(confidence, wrong, 0.2, 0.1, groups=np.tile(np.arange(60), 5))
    assert all(b.error.hi > a.error.hi for a, b in zip(alone.curve, shared.curve, strict=True) if a.error and b.error)
    own = certify(confidence, wrong, 0.2, 0.1, groups=np.arange(300))
    assert own == alone


def test_what_cannot_be_used_is_refused() -> None:
    for confidence, wrong in (([0.1], [0, 1]), ([np.nan], [0]), ([0.5], [2]), ([[0.5]], [0])):
        with pytest.raises(ValueError, match=r"confidences|finite|holds 0 and 1"):
            certify(confidence, wrong)
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify([0.5], [0], alpha=1.0)


def test_the_least_that_must_be_given_away() -> None:
    assert least_abstained(0.36, 0.2) == pytest.approx(0.2)
    assert least_abstained(0.1, 0.2) == 0


def test_area_under_the_curve_of_errors() -> None:
    assert aurc([3, 2, 1], [0, 0, 1]) == pytest.approx(1 / 9)
    assert aurc([1, 1], [0, 1]) == pytest.approx(0.5)
    assert aurc([2, 1], [0, 1]) < aurc([1, 2], [0, 1])


def test_the_guarantee_holds_on_real_verdicts(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "openqa" / "judged_answers.jsonl").read_text().splitlines()]
    rows = [r for r in rows if r["bem_prob"] is not None]
    chance = np.array([r["bem_prob"] for r in rows])
    confidence = np.maximum(chance, 1 - chance)
    wrong = np.array([r["judges"]["bem"] != r["human"] for r in rows])
    rng, broken, covered = np.random.default_rng(1), 0, []
    for _ in range(100):
        drawn = rng.integers(0, len(rows), 250)
        found = certify(confidence[drawn], wrong[drawn], 0.15, 0.1)
        if found.threshold is not None:
            kept = confidence >= found.threshold
            broken += bool(wrong[kept].mean() > 0.15)
            covered.append(kept.mean())
    assert broken / 100 <= 0.1
    assert np.mean(covered) > 0.5
