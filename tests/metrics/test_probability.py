"""Brier score and log loss against scikit-learn, and what is no probability."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.tables import Column
from evalkit.metrics.probability import EPSILON, Brier, LogLoss
from evalkit.metrics.testing import batch_of

inside = st.floats(1e-6, 1 - 1e-6)


def value(metric: Any, gold: list[Any], output: list[Any]) -> float:
    batch = batch_of(gold, output)
    bound = metric.bind(batch.gold, batch.case_id)
    return float(bound.combine(bound.score(batch).parts.sum(axis=0)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.booleans(), inside), min_size=1, max_size=30))
def test_two_classes_agree_with_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    from sklearn.metrics import brier_score_loss, log_loss

    gold, p = map(list, zip(*rows, strict=True))
    assert value(Brier(), gold, p) == pytest.approx(brier_score_loss(gold, p, labels=[False, True], pos_label=True))
    assert value(LogLoss(), gold, p) == pytest.approx(log_loss(gold, p, labels=[False, True]))
    objects = [{"true": share, "false": 1 - share} for share in p]
    assert value(Brier(), gold, objects) == pytest.approx(value(Brier(), gold, p))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("abc"), inside, inside), min_size=1, max_size=30))
def test_three_classes_agree_with_scikit_learn(rows: list[tuple[str, float, float]]) -> None:
    from sklearn.metrics import brier_score_loss, log_loss

    gold = [row[0] for row in rows]
    p = np.array([(x * y, x * (1 - y), 1 - x) for _, x, y in rows])
    output = [dict(zip("abc", row, strict=True)) for row in p.tolist()]
    labels = list("abc")
    assert value(Brier(labels=labels), gold, output) == pytest.approx(
        brier_score_loss(gold, p, labels=labels, scale_by_half=False), abs=1e-9
    )
    assert value(LogLoss(labels=labels), gold, output) == pytest.approx(log_loss(gold, p, labels=labels), rel=1e-6)


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        ({"p": 0.25}, "scored"),
        ({"p": 0}, "scored"),
        ({"p": {"true": 0.25, "false": 0.75}}, "scored"),
        ({"p": {"true": 0.2500001, "false": 0.7500001}}, "scored"),
        ({"p": {"false": 1}}, "scored"),
        ({"p": {"true": 0.2, "false": 0.7}}, "not_a_probability"),
        ({"p": {"true": 1.2, "false": -0.2}}, "not_a_probability"),
        ({"p": {}}, "not_a_probability"),
        ({"p": 1.01}, "not_a_probability"),
        ({"p": -0.0001}, "not_a_probability"),
        ({"p": True}, "not_a_probability"),
        ({"p": "0.25"}, "not_a_probability"),
        ({"p": None}, "not_a_probability"),
        ({"late": True}, "missing_field"),
        (0.25, "missing_field"),
    ],
)
def test_what_is_no_probability_has_the_worst_loss(stated: Any, rule: str) -> None:
    for metric, worst in ((Brier, 1.0), (LogLoss, -math.log(EPSILON))):
        batch = batch_of([{"late": False}], [stated])
        found = metric(field="late", probability="p").bind(batch.gold, batch.case_id).score(batch)
        assert list(found.detail["rule"]) == [rule]
        assert (found.parts[0, 0] == worst) == (rule != "scored")


def test_being_wrong_and_sure_is_costly_but_finite() -> None:
    assert value(LogLoss(), [True], [0]) == -math.log(EPSILON)
    assert value(LogLoss(), [True], [1]) == 0.0
    assert value(Brier(), [True], [0]) == 1.0
    assert value(Brier(labels=["a", "b", "c"]), ["a"], [{"b": 1.0}]) == 2.0


def test_the_stated_probability_belongs_to_a_class() -> None:
    assert value(Brier(), [1, 0], [1, 0]) == 0.0
    assert value(Brier(positive="late"), ["late", "on time"], [0.9, 0.2]) == pytest.approx((0.01 + 0.04) / 2)
    with pytest.raises(
        InputError, match=r"needs positive: which of \['late', 'on time'\] is the stated probability of"
    ):
        value(Brier(), ["late", "on time"], [0.9, 0.2])
    with pytest.raises(InputError, match="no case has the class positive: 'lat'; gold has 'late', 'on time'"):
        value(Brier(positive="lat"), ["late", "on time"], [0.9, 0.2])


def test_failed_rows_have_the_worst_loss() -> None:
    batch = batch_of([True, True], [0.9, None], failed=[False, True])
    for metric, worst in ((Brier(), 1.0), (LogLoss(), -math.log(EPSILON))):
        bound = metric.bind(batch.gold, batch.case_id)
        assert bound.score(batch).parts[1].tolist() == [worst, 1.0]
        failed, extremes = bound.failed(batch), bound.extremes(batch)
        assert failed is not None
        assert extremes is not None
        assert failed[1].tolist() == [worst, 1.0]
        assert extremes.best.tolist() == [[0.0, 1.0]] * 2


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"probability": 1}, "probability is 1, but has to be a key of the output"),
        ({"positive": []}, r"positive is \[\], but has to be a class"),
        ({"labels": "ab"}, "labels is 'ab', but has to be a list of classes"),
    ],
)
def test_broken_parameters(parameters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Brier(**parameters)


def test_gold_outside_the_declared_classes_is_refused() -> None:
    with pytest.raises(InputError, match="case c0: expected is 'z', which is not one of the labels"):
        Brier(labels=["a", "b"], positive="a").bind(Column.of(["z"]), pa.array(["c0"]))
