"""`@case_metric`: a function of one case becomes a metric, and what it does wrong becomes a reason."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

import evalkit
from evalkit.core.errors import InputError
from evalkit.core.protocols import Metric
from evalkit.metrics.case import case_metric
from evalkit.metrics.exact import Exact
from evalkit.metrics.testing import batch_of


@evalkit.case_metric
def same(output: Any, expected: Any, case: Any) -> bool:
    """Equal values."""
    return bool(output == expected)


def test_the_function_stays_a_function_and_gives_a_metric() -> None:
    assert same(1, 1, None) is True
    assert same.__name__ == "same"
    assert same.__doc__ == "Equal values."
    metric = same.metric_class(field="x")
    assert isinstance(metric, Metric)
    assert (metric.name, metric.version, metric.better, metric.value_range) == ("same", 1, "higher", (0.0, 1.0))
    assert [f.name for f in dataclasses.fields(metric)] == ["field"]
    with pytest.raises(TypeError):
        same.metric_class(fields="x")  # type: ignore[call-arg]


def test_a_case_metric_agrees_with_the_column_metric() -> None:
    gold, output = [{"x": i % 3} for i in range(30)], [{"x": i % 2} for i in range(30)]
    batch = batch_of(gold, output, failed=[i % 7 == 0 for i in range(30)])
    mine, built_in = same.metric(field="x").score(batch), Exact(field="x").score(batch)
    assert mine.parts.tolist() == built_in.parts.tolist()


def test_arguments_and_declarations() -> None:
    @case_metric(name="words", version=3, better="lower", value_range=(0, None), unit="words")
    def length(output: Any) -> int:
        return len(str(output).split())

    metric = length.metric()
    assert (metric.name, metric.version, metric.better, metric.unit) == ("words", 3, "lower", "words")
    assert metric.score(batch_of([None], ["a b c"])).parts.tolist() == [[3.0, 1.0]]
    assert metric.extremes(batch_of([None], ["a"])) is None


def test_the_case_is_seen_with_its_input_and_tags() -> None:
    seen = []

    @case_metric
    def look(output: Any, expected: Any, case: Any) -> bool:
        seen.append((case.id, case.input, case.expected, case.tags, expected))
        return True

    batch = batch_of([{"x": 5}, {"x": 6}], [{"x": 1}, {"x": 1}], tags={"origin": ["JFK", None]})
    look.metric(field="x").score(batch)
    assert seen == [("c0", None, {"x": 5}, {"origin": "JFK"}, 5), ("c1", None, {"x": 6}, {}, 6)]


def raises(output: Any) -> Any:
    raise ValueError("no such unit")


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda output: None, "metric returned None"),
        (lambda output: math.nan, "metric returned a number that is not finite"),
        (lambda output: 10**400, "metric returned a number that is not finite"),
        (lambda output: 1.5, "metric returned a value outside [0.0, 1.0]"),
        (lambda output: -0.1, "metric returned a value outside [0.0, 1.0]"),
        (lambda output: "yes", "metric returned str, not a number"),
        (lambda output: 1 / 0, "metric raised ZeroDivisionError: division by zero"),
        (raises, "metric raised ValueError: no such unit"),
    ],
)
def test_what_is_no_score_has_a_reason(function: Any, reason: str) -> None:
    found = case_metric(function).metric().score(batch_of([1], [1]))
    assert (found.why.tolist(), found.reasons) == ([0], (reason,))
    assert not found.parts.any()


@pytest.mark.parametrize(
    ("value", "score"), [(True, 1.0), (False, 0.0), (0.25, 0.25), (np.float64(0.5), 0.5), (1, 1.0)]
)
def test_what_is_a_score(value: Any, score: float) -> None:
    assert case_metric(lambda output: value).metric().score(batch_of([1], [1])).parts[0].tolist() == [score, 1.0]


def test_a_failure_is_the_worst_value_and_the_function_is_not_asked() -> None:
    batch = batch_of([1, 1], [1, None], failed=[False, True])
    found = case_metric(lambda output: {1: 1.0}[output]).metric().score(batch)
    assert found.parts.tolist() == [[1, 1], [0, 1]]
    lower = case_metric(better="lower", value_range=(0, 9))(lambda output: 0).metric()
    assert lower.score(batch).parts.tolist() == [[0, 1], [9, 1]]
    boundless = case_metric(value_range=(None, None))(lambda output: 0).metric()
    assert boundless.failed(batch) is None
    assert boundless.score(batch).reasons == ("no answer, and the metric has no worst value",)


async def asynchronous(output: Any) -> bool:
    return True


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (asynchronous, "is not a plain function"),
        (lambda: True, r"takes \(\), but has to take \(output, expected, case\) or fewer"),
        (lambda a, b, c, d: True, r"takes \(a, b, c, d\), but"),
        (lambda output, *, key: True, r"takes \(output, key\), but"),
    ],
)
def test_what_is_no_such_function_is_refused(function: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        case_metric(function)


def test_declarations_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="better is 'up', but has to be higher or lower"):
        case_metric(better="up")  # type: ignore[call-overload]
    with pytest.raises(InputError, match="has to go up"):
        case_metric(value_range=(1, 0))
