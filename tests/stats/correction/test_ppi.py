"""PPI and PPI++ against numpy and the stored reference, their laws, and what the labels are worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.stats.correction import (
    Sample,
    choose,
    corrected,
    cost_per_effective_label,
    human_only,
    judged,
    neyman,
    ppi,
    ppi_plus_plus,
    sample,
    unlike,
)


def drawn(n: int = 400, labels: int = 80, p: float = 0.7, right: float = 0.85, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < p).astype(float)
    said = np.where(rng.random(n) < right, truth, 1 - truth)
    return np.where(np.arange(n) < labels, truth, np.nan), said


def interval(found: Any, level: float = 0.95) -> tuple[float, float]:
    ends: tuple[float, float] = found.inference.interval(level)
    return ends


def test_the_clustered_variance_is_the_sum_over_clusters() -> None:
    human, judge = drawn()
    groups = np.arange(400) % 37
    found = ppi(sample(human, judge, groups))
    lab = ~np.isnan(human)
    error = human[lab] - judge[lab]
    psi = np.zeros(400)
    psi[lab], psi[~lab] = (error - error.mean()) / lab.sum(), (judge[~lab] - judge[~lab].mean()) / (~lab).sum()
    sums = np.bincount(groups, psi)
    se = np.sqrt(37 / 36 * (sums**2).sum())
    from scipy import stats

    point = judge[~lab].mean() + error.mean()
    half = stats.t.ppf(0.975, 36) * se
    assert found.inference.point == pytest.approx(point, abs=1e-12)
    assert interval(found) == pytest.approx((point - half, point + half), abs=1e-9)


def test_groups_of_one_and_equal_weights_change_nothing() -> None:
    human, judge = drawn()
    plain = interval(ppi_plus_plus(sample(human, judge), 1))
    assert interval(ppi_plus_plus(sample(human, judge, np.arange(400), np.full(400, 3.0)), 1)) == pytest.approx(plain)


@settings(max_examples=25)
@given(st.integers(0, 50), st.sampled_from([8, 30, 80]), st.sampled_from([0.5, 0.9, 1.0]), st.booleans())
def test_p_values_are_the_inverse_of_the_bounds(seed: int, labels: int, p: float, clustered: bool) -> None:
    human, judge = drawn(300, labels, p, seed=seed)
    found = ppi_plus_plus(sample(human, judge, np.arange(300) // 4 if clustered else None), seed).inference
    if found.interval is None or found.p_above is None or found.p_below is None:
        pytest.fail("there is an interval, however few labels agree")
    lo, hi = found.interval(0.9)
    assert 0 <= lo < hi <= 1
    if lo > 0:
        assert found.p_above(lo) == pytest.approx(0.05, abs=1e-9)
    if hi < 1:
        assert found.p_below(hi) == pytest.approx(0.05, abs=1e-9)
    wide = found.interval(0.99)
    assert wide[0] <= lo
    assert hi <= wide[1]


@settings(max_examples=15)
@given(st.integers(0, 30))
def test_the_mirror_image_has_the_mirrored_interval(seed: int) -> None:
    human, judge = drawn(seed=seed)
    lo, hi = interval(ppi_plus_plus(sample(human, judge), 5))
    low, high = interval(ppi_plus_plus(sample(1 - human, 1 - judge), 5))
    assert (1 - high, 1 - low) == pytest.approx((lo, hi), abs=1e-9)


def test_a_judge_that_says_nothing_gets_no_weight_and_a_good_one_gets_much() -> None:
    human, _ = drawn()
    nothing = ppi_plus_plus(sample(human, np.ones(400)), 0)
    assert nothing.lam == 0
    good = ppi_plus_plus(sample(*drawn(right=0.97)), 0)
    assert good.lam is not None
    assert good.label_value is not None
    assert 0.6 < good.lam <= 1
    assert good.label_value > 130


def test_all_labels_right_is_no_interval_of_no_width() -> None:
    human, judge = drawn(550, 50, p=1.0, right=1.0)
    found = sample(human, judge)
    assert choose(found).method == "human-only", "the judge narrows nothing where no label is wrong"
    exact = interval(corrected(found, "human-only", 0), 0.9)
    assert exact[0] == pytest.approx(0.05 ** (1 / 50))
    assert interval(ppi_plus_plus(found, 0), 0.9)[0] < 0.98


def test_strata_are_weighed_by_their_size_whatever_their_labels() -> None:
    rng = np.random.default_rng(3)
    strata = np.repeat([0, 1], [900, 100])
    truth = (rng.random(1000) < np.where(strata == 0, 0.9, 0.3)).astype(float)
    judge = np.where(rng.random(1000) < 0.85, truth, 1 - truth)
    human = np.where((np.arange(1000) % 18 == 0) | (strata == 1), truth, np.nan)
    human[950:] = np.nan
    found = sample(human, judge, strata=strata)
    made = ppi_plus_plus(found, 1)
    assert made.inference.point is not None
    assert abs(made.inference.point - truth.mean()) < 0.06
    assert unlike(found) is not None
    assert unlike(found) > 1e-4  # type: ignore[operator]
    plan = neyman(found, 50, 0.5)
    assert sum(plan.values()) == 50
    assert plan[0] > plan[1], "nine tenths of the items"


def test_labels_of_another_kind_are_noticed() -> None:
    _, judge = drawn()
    human = np.where(judge == 1, 1.0, np.nan)
    p = unlike(sample(human, judge))
    assert p is not None
    assert p < 1e-10


def test_what_labels_cost() -> None:
    assert cost_per_effective_label(1, 0.0, 0.7) == pytest.approx(0.51)
    price = cost_per_effective_label(1, 0.01, 0.7)
    assert 100 / price == pytest.approx(163, abs=1), "REFERENCE: a budget of 100 buys 163 effective labels"
    assert cost_per_effective_label(1, 5, 0.1) == 1


@pytest.mark.shared
def test_the_rows_of_the_reference(shared: Path) -> None:
    systems = json.loads((shared / "REFERENCE.json").read_text())["openqa_nq301"]["systems"]
    rows = [json.loads(line) for line in (shared / "openqa/judged_answers.jsonl").read_text().splitlines()]
    for name in ("ANCE-plus_FiD", "Contriever_FiD", "EviGen"):
        mine = [r for r in rows if name in r["models"] and r["judges"].get("gpt-4") in (0, 1)]
        human = [r["human"] if int(r["item_id"][2:]) % 3 == 0 else np.nan for r in mine]
        found = ppi(sample(human, [r["judges"]["gpt-4"] for r in mine])).inference
        reference = systems[name]["split"]
        assert found.point == pytest.approx(reference["ppi_lam1"]["point"], abs=1e-9)
        assert found.interval is not None
        assert found.interval(0.95) == pytest.approx(reference["ppi_lam1"]["ci95"], abs=2e-3), "z and ddof 0 there"


def _draws(n: int, p: float, replicates: int, seed: int) -> list[Sample]:
    """Verdicts with the error rates of GPT-4 on OpenQA (REFERENCE: .832, .867)."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((replicates, n + 500)) < p).astype(float)
    said = (rng.random(truth.shape) < np.where(truth == 1, 0.8319, 0.1326)).astype(float)
    return [sample(np.where(np.arange(n + 500) < n, t, np.nan), s) for t, s in zip(truth, said, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p"), [(50, 0.65), (100, 0.75), (200, 0.65), (50, 0.95), (100, 0.95), (100, 0.99)])
def test_corrected_intervals_cover(n: int, p: float) -> None:
    replicates = 600
    ends, tails = [], []
    for i, found in enumerate(_draws(n, p, replicates, seed=n)):
        made = corrected(found, choose(found).method, i)
        ends.append(interval(made))
        tails.append(interval(made, 0.9)[0])
    covered = np.mean([lo <= p <= hi for lo, hi in ends])
    missed = np.mean([lo > p for lo in tails])
    assert covered >= 0.93
    assert missed <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / replicates)
    if (n, p) == (100, 0.75):
        alone = [human_only(found).interval(0.95) for found in _draws(n, p, 200, seed=n)]  # type: ignore[misc]
        ratio = np.mean([hi - lo for lo, hi in ends]) / np.mean([hi - lo for lo, hi in alone])
        assert ratio < 0.9


def test_judged_is_of_all_items() -> None:
    human, judge = drawn()
    assert judged(sample(human, judge)).point == pytest.approx(judge.mean())
