"""Aggregation: repeats, weights, slices, hulls over unscored cases, pairing; on a metric whose parts are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.nouns import Gate, MetricSpec
from evalkit.core.protocols import Batch, Extremes, Scores
from evalkit.core.tables import CaseTable, Column, prediction_table
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.reduce import per_case
from evalkit.engine.score import bind, score
from evalkit.engine.state import Plan
from evalkit.stats.one_sample import mean


@dataclass(frozen=True)
class Echo:
    """The output itself is the value; None is unscored; a failed row is worst."""

    name: ClassVar[str] = "echo"
    version: ClassVar[int] = 1
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "mean"
    needs: ClassVar[frozenset[str]] = frozenset({"output"})
    unit: ClassVar[str] = "share"
    parts: ClassVar[tuple[str, ...]] = ("value", "one")
    bounded: bool = True

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        return (0.0, 1.0) if self.bounded else (None, None)

    def bind(self, gold: Column, ids: pa.Array) -> Echo:
        return self

    def score(self, batch: Batch) -> Scores:
        values = batch.output.values()
        known = [isinstance(v, int | float) for v in values]
        parts = [[float(v), 1.0] if k else [0.0, 0.0] for v, k in zip(values, known, strict=True)]
        return Scores.build(np.array(parts).reshape(-1, 2), [None if k else "not a number" for k in known])

    def failed(self, batch: Batch) -> np.ndarray:
        return np.tile([0.0, 1.0], (len(batch), 1))

    def extremes(self, batch: Batch) -> Extremes | None:
        if not self.bounded:
            return None
        return Extremes(np.tile([0.0, 1.0], (len(batch), 1)), np.tile([1.0, 1.0], (len(batch), 1)))

    def combine(self, totals: np.ndarray) -> np.ndarray:
        return np.divide(totals[..., 0], totals[..., 1])


def numbers(
    answers: dict[str, list[Any]],
    *,
    repeats: int = 1,
    failures: dict[str, list[str | None]] | None = None,
    on_failure: str = "wrong",
    metric: Any = Echo(),
    **columns: Any,
) -> Aggregator:
    """An aggregator over the given answers, one list a variant, in plan order."""
    n = len(next(iter(answers.values()))) // repeats
    ids = pa.array([f"c{i}" for i in range(n)])
    ids = columns.pop("ids", ids)
    blank = Column(pa.nulls(n, pa.large_string()))
    groups = columns.pop("groups", None)
    cases = CaseTable(ids, blank, blank, tags={k: pa.array(v) for k, v in columns.pop("tags", {}).items()}, **columns)
    plan = Plan(cases, repeats, 0, 60, 1)
    bound = bind({"echo": (MetricSpec(id="echo", layer="l", name="echo"), metric)}, cases)
    parts, tables = {}, {}
    for variant, given_ in answers.items():
        kinds = (failures or {}).get(variant)
        table = prediction_table(
            {
                "case_id": ids.take(pa.array(plan.case_row)),
                "repeat": pa.array(plan.repeat),
                "output": [None if v is None else str(v) for v in given_],
                **({"failure_kind": kinds, "failure_reason": kinds} if kinds else {}),
            }
        )
        tables[variant] = table
        block = score(plan, table, bound, on_failure)["echo"]
        parts["echo", variant] = per_case(plan, bound[0], block, np.ones(n, bool))
    return Aggregator(plan, None if groups is None else np.array(groups), {"echo": bound[0]}, parts, tables)


def test_an_estimate_is_what_the_statistics_say() -> None:
    values = [1] * 70 + [0] * 30
    found = numbers({"a": values}).estimate("echo", "a")
    expected = mean(np.array(values, float))
    assert expected.interval is not None
    assert (found.point, found.n, found.n_unscored, found.method) == (0.7, 100, 0, "wilson")
    assert (found.lo, found.hi) == expected.interval(0.95)


def test_repeats_are_averaged_inside_a_case() -> None:
    found = numbers({"a": [1, 0] * 50}, repeats=2).estimate("echo", "a")
    assert (found.n, found.point) == (50, 0.5)


def test_a_case_with_one_unscored_repeat_is_unscored_between_its_bounds() -> None:
    found = numbers({"a": [1, None] + [1, 1] * 40}, repeats=2).estimate("echo", "a")
    assert (found.n, found.n_unscored) == (40, 1)
    assert found.unscored == {"not a number": 1}
    assert found.point == 1.0
    assert found.lo is not None
    whole = numbers({"a": [1, 0] + [1, 1] * 40}, repeats=2).estimate("echo", "a")
    nothing_known = numbers({"a": [None, None] + [1, 1] * 40}, repeats=2).estimate("echo", "a")
    assert whole.lo is not None
    assert nothing_known.lo is not None
    assert nothing_known.lo <= found.lo <= whole.lo, "half of the case is known to be right"


def test_failures_are_wrong_or_unscored_as_the_suite_says() -> None:
    failures = {"a": ["system", *[None] * 99]}
    wrong = numbers({"a": [None, *[1] * 99]}, failures=failures).estimate("echo", "a")
    assert (wrong.n, wrong.point, wrong.n_unscored) == (100, 0.99, 0)
    left = numbers({"a": [None, *[1] * 99]}, failures=failures, on_failure="unscored").estimate("echo", "a")
    assert (left.n, left.point, left.unscored) == (99, 1.0, {"system failure": 1})


def test_a_harness_failure_is_unscored_and_bounded() -> None:
    failures = {"a": ["harness", *[None] * 99]}
    values = [None, *[1, 0] * 49, 1]
    found = numbers({"a": values}, failures=failures).estimate("echo", "a")
    complete = mean(np.array(values[1:], float))
    assert complete.interval is not None
    lo, hi = complete.interval(0.95)
    assert found.lo is not None
    assert found.hi is not None
    assert found.lo < lo
    assert found.hi > hi
    assert "1 unscored: bounds" in found.method


@given(st.lists(st.sampled_from([0, 1, None]), min_size=25, max_size=60))
def test_adding_an_unscored_case_never_narrows_the_interval(values: list[int | None]) -> None:
    if len([v for v in values if v is not None]) < 5:
        return
    before = numbers({"a": values}).estimate("echo", "a")
    after = numbers({"a": [*values, None]}).estimate("echo", "a")
    assert before.lo is not None
    assert after.lo is not None
    assert before.hi is not None
    assert after.hi is not None
    assert after.lo <= before.lo + 1e-12
    assert after.hi >= before.hi - 1e-12


def test_without_bounds_a_gate_has_no_interval_and_the_display_says_so() -> None:
    table = numbers({"a": [None, *[0.25, 0.5] * 20]}, metric=Echo(bounded=False))
    shown = table.estimate("echo", "a")
    assert shown.lo is not None
    assert "scored cases only" in shown.method
    gated = table.estimate("echo", "a", gate=Gate(metric="echo", at_least=0.1))
    assert gated.lo is None
    assert gated.reason is not None
    assert "no bounds" in gated.reason
    declared = table.estimate("echo", "a", gate=Gate(metric="echo", at_least=0.1, unscored="missing_at_random"))
    assert declared.lo is not None
    assert "missing at random" in declared.method


def test_contrasts_pair_by_case_and_mirror() -> None:
    table = numbers({"a": [1, 1, 1, 0] * 25, "b": [1, 0, 1, 0] * 25})
    ab, ba = table.contrast("echo", ("a", "b")), table.contrast("echo", ("b", "a"))
    assert (ab.point, ab.variant, ab.method) == (0.25, "a - b", "tango")
    assert ba.point == -0.25
    assert (ba.lo, ba.hi) == pytest.approx((-(ab.hi or 0), -(ab.lo or 0)))
    assert table.contrast("echo", ("a", "a")).identical


def test_a_contrast_counts_a_case_that_either_side_lacks() -> None:
    table = numbers({"a": [None, *[1, 0] * 30], "b": [1, None, *[0, 1] * 29, 1]})
    found = table.contrast("echo", ("a", "b"))
    assert (found.n, found.n_unscored) == (59, 2)
    assert not found.identical


def test_slices_take_their_own_cases() -> None:
    table = numbers({"a": [1, 0] * 50}, tags={"k": ["x", "y"] * 50})
    assert list(table.slices([])) == [{"k": "x"}, {"k": "y"}]
    assert table.estimate("echo", "a", {"k": "x"}).point == 1.0
    assert table.estimate("echo", "a", {"k": "y"}).n == 50


def test_an_id_like_tag_is_not_broken_down_unless_asked() -> None:
    table = numbers({"a": [1] * 60}, tags={"id": [str(i) for i in range(60)]})
    assert list(table.slices([])) == []
    assert len(list(table.slices(["id"]))) == 60


def test_groups_widen_the_interval() -> None:
    values = [1] * 20 + [0] * 10 + [1] * 20 + [0] * 10 + [1] * 40
    alone = numbers({"a": values}).estimate("echo", "a")
    grouped = numbers({"a": values}, groups=[i // 10 for i in range(100)]).estimate("echo", "a")
    assert grouped.n_clusters == 10
    assert alone.lo is not None
    assert grouped.lo is not None
    assert grouped.lo < alone.lo


def test_weights_count() -> None:
    found = numbers({"a": [1, 0] * 50}, weight=np.array([3.0, 1.0] * 50)).estimate("echo", "a")
    assert found.point == pytest.approx(0.75)


def test_seconds_of_0_and_1_are_no_proportion() -> None:
    found = numbers({"a": [0, 1] * 30}, metric=Echo(bounded=False)).estimate("echo", "a")
    assert found.method == "t"
