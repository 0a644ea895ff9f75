"""Accuracy, precision, recall and F1 against scikit-learn, and what an answer outside the classes costs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.tables import Column
from evalkit.metrics.classification import F1, MAX_CLASSES, Accuracy, Precision, Recall
from evalkit.metrics.testing import batch_of

COUNTED = [Precision, Recall, F1]
classes = st.sampled_from(["up", "down", "flat"])
pairs = st.lists(st.tuples(classes, st.one_of(classes, st.just("n/a"))), min_size=1, max_size=40)


def value(metric: Any, gold: list[Any], output: list[Any], failed: list[bool] | None = None) -> float:
    batch = batch_of(gold, output, failed=failed)
    bound = metric.bind(batch.gold, batch.case_id)
    return float(bound.combine(bound.score(batch).parts.sum(axis=0)))


def reference(kind: type, gold: list[Any], output: list[Any], **kwargs: Any) -> float:
    from sklearn import metrics

    function = {Precision: metrics.precision_score, Recall: metrics.recall_score, F1: metrics.f1_score}[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function(gold, output, zero_division=0, **kwargs))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pairs)
def test_averages_agree_with_scikit_learn_over_the_classes_of_gold(rows: list[tuple[str, str]]) -> None:
    gold, output = map(list, zip(*rows, strict=True))
    for kind in COUNTED:
        for average in ("macro", "micro", "weighted"):
            expected = reference(kind, gold, output, labels=sorted(set(gold)), average=average)
            found = value(kind(average=average), gold, output)
            assert np.nan_to_num(found) == pytest.approx(expected), (kind, average)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_binary_agrees_with_scikit_learn(rows: list[tuple[bool, bool]]) -> None:
    from sklearn.metrics import accuracy_score

    gold, output = map(list, zip(*rows, strict=True))
    for kind in COUNTED:
        found = value(kind(positive=True, labels=[True, False]), gold, output)
        assert np.nan_to_num(found) == pytest.approx(reference(kind, gold, output, pos_label=True))
    assert value(Accuracy(), gold, output) == pytest.approx(accuracy_score(gold, output))


def test_an_invented_class_costs_recall_and_is_no_class() -> None:
    gold, output = ["up", "up", "down", "down"], ["up", "up", "down", "n/a"]
    with_it = reference(F1, gold, output, average="macro")
    assert value(F1(average="macro"), gold, output) == pytest.approx((1 + 2 / 3) / 2)
    assert with_it == pytest.approx(5 / 9)  # what scikit-learn gives when the classes come from answers, too
    for missing in (None, ["down"], {"a": 1}, "n/a"):
        assert value(F1(average="macro"), gold, [*output[:3], missing]) == pytest.approx(5 / 6)
    assert value(F1(average="macro"), gold, output, failed=[False, False, False, True]) == pytest.approx(5 / 6)


def test_failing_is_a_false_negative_and_never_a_false_positive() -> None:
    batch = batch_of([True, False, True], [None, None, True], failed=[True, True, False])
    metric = F1(positive=True).bind(batch.gold, batch.case_id)
    found = metric.score(batch)
    assert found.parts.tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert metric.failed(batch).tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert list(found.detail["rule"]) == ["failed", "failed", "tp"]


def test_positive_is_told_apart_by_type() -> None:
    gold = [True, False, "true", 1]
    batch = batch_of(gold, [True, True, True, True])
    metric = Precision(positive=True).bind(batch.gold, batch.case_id)
    assert list(metric.score(batch).detail["rule"]) == ["tp", "fp", "fp", "fp"]


def test_classes_are_bound_once_so_that_shards_have_the_same_parts() -> None:
    batch = batch_of(["a", "b", "c", "a"], ["a", "b", "a", "x"])
    metric = F1(average="macro").bind(batch.gold, batch.case_id)
    assert metric.labels == ("a", "b", "c")
    assert metric.parts == ("tp:a", "fp:a", "fn:a", "tp:b", "fp:b", "fn:b", "tp:c", "fp:c", "fn:c")
    alone = metric.score(batch.take(np.array([2])))
    assert alone.parts.tolist() == [[0, 1, 0, 0, 0, 0, 0, 0, 1]]


def test_parts_have_few_distinct_rows() -> None:
    rng = np.random.default_rng(0)
    batch = batch_of(rng.integers(0, 3, 500).tolist(), rng.integers(0, 4, 500).tolist())
    metric = F1(average="macro").bind(batch.gold, batch.case_id)
    assert len(np.unique(metric.score(batch).parts, axis=0)) <= 12


def test_white_space_around_a_class_is_not_a_difference() -> None:
    assert value(Accuracy(), ["late", " late", "Late"], ["late\n", "late", "late"]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("kind", COUNTED)
def test_the_worst_and_best_of_two_classes_are_reached(kind: Any) -> None:
    batch = batch_of(["a", "b", "a"], ["a", "b", "a"])
    for metric in (kind(average="macro"), kind(average="micro"), kind(positive="a")):
        bound = metric.bind(batch.gold, batch.case_id)
        wrong = bound.score(batch_of(["a", "b", "a"], ["b", "a", "b"])).parts
        worst, best = bound.extremes(batch)
        assert best.tolist() == bound.score(batch).parts.tolist()
        assert worst.tolist() == wrong.tolist()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "metric f1: needs positive .* or average: macro, micro or weighted; exactly one of the two"),
        ({"positive": "a", "average": "macro"}, "exactly one of the two"),
        ({"average": "binary"}, "average is 'binary', but has to be macro, micro or weighted"),
        ({"positive": ["a"]}, r"positive is \['a'\], but has to be a class"),
        ({"positive": "a", "labels": "ab"}, "labels is 'ab', but has to be a list of classes"),
        ({"positive": "a", "labels": []}, r"labels is \[\], but"),
        ({"positive": "a", "labels": ["a", None]}, "labels is None, but has to be text"),
        ({"positive": "a", "labels": [1, 1.0]}, "a list in which each class stands once"),
        ({"positive": "a", "field": 1}, "field is 1, but has to be the name of a field"),
    ],
)
def test_broken_parameters(parameters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        F1(**parameters)


@pytest.mark.parametrize(
    ("parameters", "gold", "sentence"),
    [
        ({"positive": True}, ["true", "false"], "no case has the class positive: True; gold has 'false', 'true'"),
        ({"average": "macro"}, ["a", ["b"]], r"case c1: expected is \['b'\] \(a list\), but f1 needs a class"),
        ({"average": "macro"}, ["a", None], r"case c1: expected is None \(null\), but f1 needs a class"),
        (
            {"average": "macro", "labels": ["a"]},
            ["a", "b"],
            r"case c1: expected is 'b', which is not one of the labels",
        ),
        (
            {"average": "macro"},
            [*range(MAX_CLASSES + 1)],
            f"gold has {MAX_CLASSES + 1} classes, and macro keeps counts",
        ),
    ],
)
def test_gold_that_does_not_fit(parameters: dict[str, Any], gold: list[Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        F1(**parameters).bind(Column.of(gold), pa.array([f"c{i}" for i in range(len(gold))]))
