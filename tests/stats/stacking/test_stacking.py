"""Stacking against sklearn and scipy, its folds, and the panel of six judges that a majority makes worse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression

from evalkit.stats.paired import mcnemar_midp
from evalkit.stats.stacking import error_correlation, fit, folds, probabilities, stack


def binary(n: int = 200, judges: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, n)
    right = rng.random((n, judges)) < np.linspace(0.55, 0.85, judges)
    voted = np.where(right, truth[:, None], 1 - truth[:, None])
    return voted, truth


@pytest.mark.parametrize("ridge", [0.1, 1.0, 30.0])
def test_two_labels_are_plain_ridge_logistic_regression(ridge: float) -> None:
    voted, truth = binary()
    found = fit(np.eye(2)[voted].transpose(0, 2, 1), truth, ridge)
    design = 2.0 * voted - 1
    theirs = LogisticRegression(C=1 / ridge, tol=1e-12, max_iter=10_000).fit(design, truth)
    np.testing.assert_allclose(found.weights, theirs.coef_[0], atol=1e-6)
    np.testing.assert_allclose(found.intercepts, [0, theirs.intercept_[0]], atol=1e-6)
    said = np.eye(2)[voted].transpose(0, 2, 1)
    np.testing.assert_allclose(probabilities(said, found), theirs.predict_proba(design), atol=1e-6)


def test_more_labels_are_the_maximum_that_a_general_optimiser_finds() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 120)
    voted = np.where(rng.random((120, 2)) < 0.7, truth[:, None], rng.integers(0, 3, (120, 2)))
    said = np.eye(3)[voted].transpose(0, 2, 1)

    def loss(theta: np.ndarray) -> float:
        chance = special.log_softmax(said @ theta[:2] + np.r_[0, theta[2:]], axis=1)
        return float(-chance[np.arange(120), truth].sum() + (theta[:2] ** 2).sum())

    best = optimize.minimize(loss, np.zeros(4), tol=1e-12).x
    found = fit(said, truth, 2.0)
    np.testing.assert_allclose(np.r_[found.weights, found.intercepts[1:]], best, atol=1e-4)


def test_a_judge_that_says_nothing_weighs_nothing_and_separated_data_stay_finite() -> None:
    truth = np.array([0, 1] * 20)
    said = np.stack([np.eye(2)[truth], np.zeros((40, 2))], axis=2)
    found = fit(said, truth, 1.0)
    assert found.weights[0] > 1
    assert found.weights[1] == 0
    assert np.isfinite(fit(said[truth == 0], truth[truth == 0], 1.0).intercepts).all()


def test_folds_keep_clusters_together_and_are_even() -> None:
    groups = np.repeat(np.arange(23), np.r_[np.full(22, 2), 9])
    fold = folds(groups, 5, seed=1)
    assert all(len(set(fold[groups == g])) == 1 for g in range(23))
    assert np.ptp(np.bincount(fold)) <= 2
    assert (fold == folds(groups, 5, seed=1)).all()
    with pytest.raises(ValueError, match="3 folds of 2 clusters"):
        folds([1, 2], 3, seed=0)


def test_errors_that_go_along_correlate() -> None:
    wrong = np.array([[1, 1, 0], [0, 0, 0], [1, 1, np.nan], [0, 0, 0], [1, 0, 0]])
    found = error_correlation(wrong)
    assert found[0, 0] == pytest.approx(1)
    assert found[0, 1] == pytest.approx(np.corrcoef(wrong[:, 0], wrong[:, 1])[0, 1])
    assert np.isnan(found[0, 2])


def test_six_judges_stacked_are_no_worse_than_the_best_where_their_majority_is(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "llmbar" / "verdicts.jsonl").read_text().splitlines()]
    names = ["ChatGPT-0301", "ChatGPT", "Falcon", "GPT-4", "LLaMA2", "PaLM2"]
    voted = np.array([[r["verdicts"][f"{name}/Vanilla_NoRules"][0] for name in names] for r in rows])
    truth = np.array([int(r["label"]) - 1 for r in rows])
    said = np.stack([voted == "1", voted == "2"], axis=1).astype(float)
    found = stack(said, truth, np.arange(len(truth)), seed=1, free=np.zeros((2, 0)))
    right = found.chance.argmax(axis=1) == truth
    alone = (voted[:, 3] == "2") == truth
    votes = said.sum(axis=2)
    tied = votes[:, 0] == votes[:, 1]
    majority = np.where(tied, 0.5, votes.argmax(axis=1) == truth)
    assert majority.mean() == pytest.approx(0.507, abs=5e-4)
    assert alone.mean() == pytest.approx(0.761337, abs=1e-6)
    assert right.mean() >= alone.mean() + 0.01
    better, worse = int((right & ~alone).sum()), int((alone & ~right).sum())
    assert mcnemar_midp(better, worse, "less") > 0.05
    assert found.fit.weights.argmax() == 3
