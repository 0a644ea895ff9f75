"""Answers of estimators: the same for a row, whatever other rows it came with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from evalkit.pipeline.train.rows import answers

linear_model = pytest.importorskip("sklearn.linear_model", reason="the extra train is not installed")

FEATURES = 13  # no multiple of what kernels take at once
N = 300


def fitted(labels: int) -> tuple[Any, np.ndarray]:
    """A model of so many classes, and rows to ask it about."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(N, FEATURES))
    truth = np.argmax(rows @ random.normal(size=(FEATURES, labels)) + random.normal(size=(N, labels)), axis=1)
    return linear_model.LogisticRegression().fit(rows, truth), rows


@pytest.mark.parametrize("labels", [2, 5])
def test_an_answer_does_not_depend_on_the_rows_beside_it(labels: int) -> None:
    model, rows = fitted(labels)
    whole = answers(model, rows, probabilities=True)
    cuts = [0, 1, 3, 4, 70, 135, 199, N]
    parts = [one for start, stop in pairwise(cuts) for one in answers(model, rows[start:stop], probabilities=True)]
    assert parts == whole
    order = np.random.default_rng(1).permutation(N)
    assert answers(model, rows[order], probabilities=True) == [whole[i] for i in order]


@pytest.mark.parametrize("form", ["list", "frame"])
def test_rows_of_every_form_are_asked_in_blocks(form: str) -> None:
    pandas = pytest.importorskip("pandas", reason="the extra pandas is not installed")
    seen: list[int] = []

    class Doubling:
        def predict(self, rows: Any) -> list[int]:
            seen.append(len(rows))
            return [2 * int(one) for one in (rows if isinstance(rows, list) else rows["x"])]

    rows = list(range(130)) if form == "list" else pandas.DataFrame({"x": range(130)})
    assert [one.output for one in answers(Doubling(), rows)] == [2 * i for i in range(130)]
    assert seen == [128, 128]
    assert answers(Doubling(), rows[:0]) == []


def test_a_model_that_answers_for_too_few_is_told() -> None:
    class Lazy:
        def predict(self, rows: Any) -> list[int]:
            return [1]

    with pytest.raises(ValueError, match="1 predictions for 128 rows"):
        answers(Lazy(), [1, 2, 3])
