"""Judges of LLMBar and OpenQA, all 65 combinations of judge and prompt, against figures of other software."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata, t

from evalkit.stats.agreement import coefficients
from evalkit.stats.agreement.ratings import Ratings
from evalkit.stats.judging.alt_test import alt_test
from evalkit.stats.judging.length import length
from evalkit.stats.judging.order import order, sign_test
from evalkit.stats.judging.probability import equal_width, error, probability
from evalkit.stats.judging.probes import probe
from evalkit.stats.judging.recalibration import recalibrate
from evalkit.stats.judging.sens_spec import error_rates
from evalkit.stats.judging.shares import share
from evalkit.stats.one_sample import mean

pytestmark = pytest.mark.shared


@cache
def reference(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "REFERENCE.json").read_text())


@cache
def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def answers(shared: Path) -> list[dict[str, Any]]:
    """Rows of OpenQA; one answer to one question stands there twice."""
    rows = read(shared / "openqa" / "judged_answers.jsonl")
    return list({(r["item_id"], r["answer"]): r for r in rows}.values())


def codes(labels: list[str | None]) -> np.ndarray:
    """0 for output 1, 1 for output 2, -1 for none."""
    return np.array([-1 if label not in ("1", "2") else int(label) - 1 for label in labels])


def llmbar(shared: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(n,) human labels, and of each combination (n, 2) winners in both orders."""
    data = read(shared / "llmbar" / "verdicts.jsonl")
    names = reference(shared)["llmbar"]["evaluators"]
    said = {name: np.column_stack([codes([v["verdicts"][name][k] for v in data]) for k in (0, 1)]) for name in names}
    return codes([v["label"] for v in data]), said


def openqa(shared: Path, judge: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, verdicts and questions of the rows that have both."""
    data = [r for r in answers(shared) if r["human"] is not None and r["judges"][judge] is not None]
    return (
        np.array([r["human"] for r in data]) == 1,
        np.array([r["judges"][judge] for r in data]) == 1,
        np.array([r["item_id"] for r in data]),
    )


def kappa(a: np.ndarray, b: np.ndarray) -> float:
    found = coefficients.kappa(Ratings(np.column_stack([a, b]), np.array(["1", "2", "none"]), "nominal"))
    return float(found.combine(found.parts.sum(axis=0)))


def test_every_combination_of_llmbar(shared: Path) -> None:
    label, said = llmbar(shared)
    expected = reference(shared)["llmbar"]["per_evaluator"]
    assert len(said) == 65
    for name, verdicts in said.items():
        one, two = verdicts.T
        both = (one >= 0) & (two >= 0)
        figures = expected[name]
        assert int((one == label).sum()) == figures["correct_orig"]
        assert int((two == label).sum()) == figures["correct_swap"]
        assert int((one < 0).sum()) == figures["n_unparsed_orig"]
        found = order(one[both], two[both])
        # The reference counts an item with one missing verdict as inconsistent, and with two as consistent.
        alike = found.consistency.point * found.n + int(((one < 0) & (two < 0)).sum())
        assert alike / len(label) == pytest.approx(figures["consistency"], abs=1e-12), name
        assert (found.conflicts, found.first_both) == (figures["n_inconsistent"], figures["inconsistent_first_both"])
        assert found.p == pytest.approx(figures["position_binom_p"], rel=1e-9)
        # The reference takes "no verdict" for a third label in its kappas.
        three = [np.where(given < 0, 2, given) for given in (one, two)]
        assert kappa(three[0], label) == pytest.approx(figures["cohen_kappa_orig_vs_label"], abs=1e-9)
        assert kappa(*three) == pytest.approx(figures["cohen_kappa_orig_vs_swap"], abs=1e-9)
        strict = mean((one == label) & (two == label)).point
        assert strict == pytest.approx(figures["strict_acc"], abs=1e-12)


def test_intervals_of_accuracy(shared: Path) -> None:
    label, said = llmbar(shared)
    for name, figures in reference(shared)["llmbar"]["per_evaluator"].items():
        lo, hi = share(said[name][:, 0] == label).interval(0.95)
        assert [lo, hi] == pytest.approx(figures["ci_acc_orig"]["wilson"], abs=1e-9)


def test_length_preference(shared: Path) -> None:
    data, (label, said) = read(shared / "llmbar" / "verdicts.jsonl"), llmbar(shared)
    gap = np.array([v["len_1"] - v["len_2"] for v in data])
    rows = gap != 0
    longer = np.where(gap > 0, 0, 1)[rows]
    expected = reference(shared)["llmbar"]["length_bias"]
    names = [name for name in expected if name in said]
    assert len(names) == 8
    for name in names:
        # The reference counts a missing verdict as one for the shorter output.
        judge = (said[name][rows] == longer[:, None]).mean(axis=1)
        found = length(judge, label[rows] == longer)
        assert found.n == 417
        assert found.human.point == pytest.approx(expected["label_prefers_longer"], abs=1e-12)
        assert found.judge.point == pytest.approx(expected[name]["judge_prefers_longer_avg_orders"], abs=1e-12)
        assert found.excess.point == pytest.approx(expected[name]["excess_over_label"], abs=1e-12)


def test_prompts_against_each_other(shared: Path) -> None:
    label, said = llmbar(shared)
    expected = reference(shared)["llmbar"]["mcnemar_gpt4_strategies_orig"]
    for names, figures in expected.items():
        a, b = (said[name][:, 0] == label for name in names.split(" vs "))
        found = probe(b, a)
        (_, gained), (lost, _) = figures["table_[[both,A_only],[B_only,neither]]"]
        assert (found.gained, found.lost) == (gained, lost)
        assert found.p == pytest.approx(figures["p_exact"], rel=1e-9)
        assert found.change.point == pytest.approx((gained - lost) / 419, abs=1e-12)


def test_two_orders_are_one_cluster(shared: Path) -> None:
    label, said = llmbar(shared)
    for name, figures in reference(shared)["llmbar"]["clustered_se_two_orders"].items():
        right = (said[name] == label[:, None]).astype(float)
        by_item = mean(right.mean(axis=1), method="t")
        assert by_item.point == pytest.approx(figures["mean"], abs=1e-12)
        by_verdict = mean(right.ravel(), np.repeat(np.arange(len(label)), 2), method="cr1")
        for found in (by_item, by_verdict):
            lo, hi = found.interval(0.95)
            half = (hi - lo) / 2 / t.ppf(0.975, 418)
            assert half == pytest.approx(figures["se_cluster_miller"] * np.sqrt(419 / 418), rel=1e-9)


def test_another_version_of_a_judge(shared: Path) -> None:
    label, said = llmbar(shared)
    expected = reference(shared)["judge_version_drift_llmbar"]
    for prompt, figures in expected.items():
        if prompt == "_def":
            continue
        old, new = said[f"ChatGPT-0301/{prompt}"][:, 0], said[f"ChatGPT/{prompt}"][:, 0]
        found = probe(new == label, old == label)
        assert found.change.point == pytest.approx(figures["diff"], abs=1e-12)
        assert found.p == pytest.approx(figures["p_exact"], rel=1e-9)
        assert (old == new).mean() == pytest.approx(figures["agreement"], abs=1e-12)
        d = (old == label).astype(float) - (new == label)
        assert d.std(ddof=1) / np.sqrt(len(d)) == pytest.approx(figures["se_paired"], rel=2e-3)
        both = (old >= 0) & (new >= 0)
        if both.all():
            assert kappa(old, new) == pytest.approx(figures["cohen_kappa"], abs=1e-9)


def test_consistency_is_no_confidence(shared: Path) -> None:
    label, said = llmbar(shared)
    for name, figures in reference(shared)["swap_consistency_as_confidence"].items():
        if name == "_def":
            continue
        one, two = said[name].T
        same = (one == two) & (one >= 0)
        found = share((one == label)[same])
        assert (found.n, found.point) == (figures["n_consistent"], pytest.approx(figures["acc_on_consistent"]))
        assert list(found.interval(0.95)) == pytest.approx(figures["wilson95"], abs=1e-9)


def test_ratings_of_llmbar_are_compared_by_score(shared: Path) -> None:
    """A rating strategy's two scores, not its winner, whose ties go by order."""
    data, (label, _) = read(shared / "llmbar" / "verdicts.jsonl"), llmbar(shared)
    for name, figures in reference(shared)["llmbar_ratings"].items():
        given = [(v["verdicts"][name][2:4], y) for v, y in zip(data, label, strict=True) if name in v["verdicts"]]
        margin = np.array([(a - b, y == 0) for (a, b), y in given if a is not None and b is not None], float)
        gap, first = margin[:, 0], margin[:, 1] == 1
        assert len(gap) == figures["n"]
        assert int((gap == 0).sum()) == figures["ties"]
        right = np.where(gap == 0, 0.5, (gap > 0) == first)
        assert right.mean() == pytest.approx(figures["acc_ties_half"], abs=1e-12)
        ranks, n1 = rankdata(gap), int(first.sum())
        auroc = (ranks[first].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(gap) - n1))
        assert auroc == pytest.approx(figures["auroc_margin_vs_label"], abs=1e-12)


def test_error_rates_of_openqa(shared: Path) -> None:
    for judge, figures in reference(shared)["openqa_nq301"]["judges"].items():
        human, said, question = openqa(shared, judge)
        found = error_rates(human, said)
        assert (found.tp, found.fp, found.fn, found.tn) == tuple(figures[key] for key in ("tp", "fp", "fn", "tn"))
        assert found.sensitivity.point == pytest.approx(figures["sensitivity"], abs=1e-12)
        assert found.specificity.point == pytest.approx(figures["specificity"], abs=1e-12)
        assert list(found.sensitivity.interval(0.95)) == pytest.approx(figures["sens_wilson"], abs=1e-9)
        assert list(found.specificity.interval(0.95)) == pytest.approx(figures["spec_wilson"], abs=1e-9)
        assert kappa(human.astype(int), said.astype(int)) == pytest.approx(figures["cohen_kappa"], abs=1e-12)
        assert sign_test(found.fp, found.fn) == pytest.approx(figures["mcnemar_judge_vs_human_p_exact"], rel=1e-9)
        clustered = mean((human == said).astype(float), question, method="cr1")
        lo, hi = clustered.interval(0.95)
        groups = clustered.n_clusters
        se = figures["se_accuracy_cluster_by_question"] * np.sqrt(groups / (groups - 1))
        assert (hi - lo) / 2 / t.ppf(0.975, groups - 1) == pytest.approx(se, rel=1e-9)


def test_agreement_of_the_people_of_openqa(shared: Path) -> None:
    data = answers(shared)
    table = np.array([[-1 if a is None else a for a in r["annotators"]] for r in data])
    figures = reference(shared)["openqa_nq301"]["human_iaa"]
    two = table[(table[:, :2] >= 0).all(axis=1), :2]
    assert len(two) == figures["n"]
    assert (two[:, 0] == two[:, 1]).mean() == pytest.approx(figures["raw_agreement"], abs=1e-12)
    assert kappa(*two.T) == pytest.approx(figures["cohen_kappa"], abs=1e-12)
    found = coefficients.alpha(Ratings(table, np.array([0, 1]), "nominal"))
    assert float(found.combine(found.parts.sum(axis=0))) == pytest.approx(
        figures["krippendorff_alpha_3raters_missing"], abs=1e-12
    )


def probabilities(shared: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = [r for r in answers(shared) if r["human"] is not None and r["bem_prob"] is not None]
    odd = np.array([int("".join(ch for ch in r["item_id"] if ch.isdigit())) % 2 == 1 for r in data])
    return np.array([r["bem_prob"] for r in data]), np.array([r["human"] for r in data], float), odd


def test_probabilities_of_bem(shared: Path) -> None:
    p, y, _ = probabilities(shared)
    figures = reference(shared)["openqa_nq301"]["bem_probability"]
    found = probability(p, y, seed=1)
    assert found.n == figures["n"]
    assert found.brier.point == pytest.approx(figures["brier"], abs=1e-12)
    assert found.ece.point == pytest.approx(figures["ece10"], abs=1e-12)
    assert error(p, y, equal_width(p, 15)) == pytest.approx(figures["ece15"], abs=1e-12)


def test_recalibration_of_bem(shared: Path) -> None:
    p, y, odd = probabilities(shared)
    figures = reference(shared)["openqa_nq301"]["bem_recalibration"]
    assert (int(odd.sum()), int((~odd).sum())) == (figures["n_train"], figures["n_test"])
    for method in ("platt", "beta", "isotonic"):
        fitted = recalibrate(p[odd], y[odd], method)
        after = fitted.apply(p[~odd])
        # The reference's beta fit stops short of the maximum.
        loose = 2e-6 if method == "beta" else 1e-9
        assert np.mean((after - y[~odd]) ** 2) == pytest.approx(figures[method]["brier"], abs=loose)
        assert error(after, y[~odd], equal_width(after)) == pytest.approx(figures[method]["ece10"], abs=10 * loose)
    assert recalibrate(p[odd], y[odd], "platt").parameters == pytest.approx(
        (figures["platt_slope"], figures["platt_intercept"]), abs=1e-9
    )


def test_the_alternative_annotator_on_openqa_passes_gpt4(shared: Path) -> None:
    data = answers(shared)
    table = np.array([[-1 if a is None else a for a in r["annotators"]] for r in data])
    judge = np.array([-1 if r["judges"]["gpt-4"] is None else r["judges"]["gpt-4"] for r in data])
    found = alt_test(table, judge, 0.15)
    assert found.passed
    assert found.omega == 1.0
    assert found.rho == pytest.approx(np.mean([one.judge_wins for _, one in found.annotators]))
