"""Views of a metric: one pass over the rows, ids of their own, and everything that a metric has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pytest

from evalkit.core.errors import InputError, RunBroke
from evalkit.core.nouns import Gate, MetricSpec
from evalkit.core.protocols import Batch, Extremes, Metric, Scores
from evalkit.core.tables import CaseTable, Column, prediction_table
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.asked_of import estimates, held
from evalkit.engine.record import score_rows, scoring_digest
from evalkit.engine.reduce import all_cases
from evalkit.engine.score import bind, score
from evalkit.engine.state import Plan, Variant
from evalkit.engine.views import check_gated_views, metric_of
from evalkit.metrics.base import Mean, mean_scores

PASSES: list[int] = []


@dataclass(frozen=True)
class Error(Mean):
    """Mean absolute error of numbers: no bounds."""

    name: ClassVar[str] = "error"
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    unit: ClassVar[str] = ""

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        return (0.0, None)


@dataclass(frozen=True)
class Within(Mean):
    """Share within 1; a failure is not."""

    name: ClassVar[str] = "within"


@dataclass(frozen=True)
class Largest(Error):
    """A ranked view over the metric's own parts."""

    name: ClassVar[str] = "largest"
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"

    def value(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return np.max(np.where(weights > 0, parts[:, 0], -np.inf), axis=-1)


@dataclass(frozen=True)
class Off(Error):
    """|answer - gold|, with views: unscored where the answer is no number."""

    name: ClassVar[str] = "off"
    shape: str = "right"
    views: Mapping[str, Metric] = field(
        default_factory=lambda: {"within": Within(), "halved": Error(), "same": Error(), "largest": Largest()}
    )

    def score(self, batch: Batch) -> Scores:
        PASSES.append(len(batch))
        gold, output = batch.gold.values(), batch.output.values()
        known = np.array([type(v) in (int, float) for v in output], bool)
        off = np.array([abs(v - g) if k else 0.0 for v, g, k in zip(output, gold, known, strict=True)])
        found = mean_scores(off, [None if k else "no number" for k in known])
        halved = found.parts * [0.5, 1.0] if self.shape == "right" else found.parts[:, :1]
        within = mean_scores((off <= 1) & known)
        views: dict[str, Any] = {"halved": halved, "within": within}
        return Scores(found.parts, found.why, found.reasons, views=views)

    def failed(self, batch: Batch) -> np.ndarray | None:
        return None

    def extremes(self, batch: Batch) -> Extremes | None:
        return None


def numbers(outputs: list[Any], kinds: list[str | None] | None = None, *, repeats: int = 1, **columns: Any) -> Any:
    """(aggregator, bound, blocks, plan) over answers to a gold of zeros."""
    n = len(outputs) // repeats
    ids = pa.array([f"c{i}" for i in range(n)])
    tags = {"half": pa.array(["a" if i % 2 else "b" for i in range(n)])}
    cases = CaseTable(ids, Column(pa.nulls(n, pa.large_string())), Column.of([0] * n), tags=tags)
    plan = Plan(cases, repeats, 0, 60, 1)
    bound = {b.spec.id: b for b in bind({"off": (MetricSpec(id="off", layer="l", name="off"), Off(**columns))}, cases)}
    table = prediction_table(
        {
            "case_id": ids.take(pa.array(plan.case_row)),
            "repeat": pa.array(plan.repeat),
            "output": [None if v is None else str(v) for v in outputs],
            "failure_kind": kinds or [None] * len(outputs),
            "failure_reason": kinds or [None] * len(outputs),
        }
    )
    blocks = score(plan, table, list(bound.values()), "wrong")
    scores = {(name, "a"): block for name, block in blocks.items()}
    parts = all_cases(plan, bound, scores, {"a": np.ones(n, bool)})
    return Aggregator(plan, None, bound, parts, {"a": table}), bound, scores, plan


def test_one_pass_serves_the_metric_and_its_views() -> None:
    PASSES.clear()
    found, bound, _, _ = numbers([i % 4 for i in range(80)])
    assert list(bound) == ["off", "off.within", "off.halved", "off.same", "off.largest"]
    assert PASSES == [80]
    points = {name: found.estimate(name, "a").point for name in bound}
    assert points == {"off": 1.5, "off.within": 0.5, "off.halved": 0.75, "off.same": 1.5, "off.largest": 3.0}
    assert found.estimate("off.within", "a").method == "wilson"
    assert found.estimate("off.within", "a").signature.startswith("off.within:")


def test_a_view_that_reads_the_metrics_own_parts_shares_them() -> None:
    found, _, scores, _ = numbers([i % 4 for i in range(80)])
    assert scores["off.same", "a"].parts is scores["off", "a"].parts
    assert found.parts["off.same", "a"].parts is found.parts["off", "a"].parts
    assert scores["off.halved", "a"].parts is not scores["off", "a"].parts


def test_failures_are_what_each_view_says_they_are() -> None:
    found, _, _, _ = numbers([0] * 60 + [None] * 20, [None] * 60 + ["system"] * 20)
    whole, within, halved = (found.estimate(name, "a") for name in ("off", "off.within", "off.halved"))
    assert (whole.n, whole.n_unscored, whole.unscored) == (60, 20, {"no number": 20})
    assert (within.n, within.n_unscored, within.point) == (80, 0, 0.75), "a failure is wrong there, openly"
    assert (halved.n, halved.n_unscored) == (60, 20), "a view without Scores of its own has the metric's reasons"


def test_what_the_harness_failed_is_unscored_in_every_view_and_bounded_as_each_says() -> None:
    found, _, _, _ = numbers([0] * 70 + [None] * 10, [None] * 70 + ["harness"] * 10)
    gate = Gate(metric="off", at_most=1.0)
    within, whole = found.estimate("off.within", "a"), found.estimate("off", "a", gate=gate)
    assert (within.n, within.n_unscored, within.point) == (70, 10, 1.0)
    assert within.lo is not None
    assert within.lo < 70 / 80, "bounds"
    assert whole.lo is None, "no bounds, so a gate has no interval"


def test_repeats_of_a_ranked_view_are_rows_and_of_the_others_are_averaged() -> None:
    found, _, _, _ = numbers([0, 2] * 40, repeats=2)
    assert found.estimate("off", "a").point == 1.0
    assert found.estimate("off.within", "a").point == 0.5
    assert found.estimate("off.largest", "a").point == 2.0
    assert found.estimate("off.largest", "a").n == 40


def test_only_gated_views_are_broken_down_by_slice_and_kept() -> None:
    found, bound, scores, plan = numbers([i % 4 for i in range(80)])
    systems = [Variant("a", "candidate", None)]  # type: ignore[arg-type]
    shown = estimates(found, systems, ["half"], {"off.within"})
    assert {e.metric for e in shown if e.slice} == {"off", "off.within"}
    assert {e.metric for e in shown if not e.slice} == set(bound)
    rows = pa.Table.from_batches(score_rows(plan, bound, scores, {"off.within", "off.same"}))
    assert set(rows["metric"].to_pylist()) == {"off", "off.within"}, "shared parts are not written twice"


def test_a_gate_reads_a_view() -> None:
    found, _, _, _ = numbers([i % 4 for i in range(400)])
    [(_, estimate, _)] = held([Gate(metric="off.within", at_least=0.4)], found, [Variant("a", "candidate", None)])  # type: ignore[arg-type]
    assert (estimate.metric, estimate.point) == ("off.within", 0.5)
    assert estimate.tail is not None
    assert estimate.tail.lo is not None
    assert estimate.tail.lo > 0.4


def test_parts_of_a_view_are_held_against_its_contract() -> None:
    with pytest.raises(RunBroke, match=r"metric off\.halved: it gave parts of shape \(8, 1\) instead of \(8, 2\)"):
        numbers([0] * 8, shape="wrong")


def test_an_unknown_view_is_refused_with_the_nearest_and_all_of_them() -> None:
    _, bound, _, _ = numbers([0] * 8)
    with pytest.raises(InputError, match=r"no view 'withn'.*'within'.*halved, largest, same, within"):
        check_gated_views([Gate(metric="off.withn", at_least=0)], bound, lambda *path: "suite.yaml:9")
    one = {"off": bound["off"]}
    with pytest.raises(InputError, match="one number, without views"):
        check_gated_views([Gate(metric="off.within", at_least=0)], one)
    with pytest.raises(InputError, match="the suite does not have"):
        check_gated_views([Gate(metric="on", at_least=0)], bound)


def test_ids_with_dots_do_not_collide() -> None:
    assert metric_of("a.b.c", ["a", "a.b"]) == "a.b"
    assert metric_of("a.b", ["a", "a.b"]) == "a.b"
    assert metric_of("b.a", ["a"]) is None
    cases = CaseTable(pa.array(["c"]), Column.of([0]), Column.of([0]))
    specs = {
        "off": (MetricSpec(id="off", layer="l", name="off"), Off()),
        "off.within": (MetricSpec(id="off.within", layer="l", name="off"), Within()),
    }
    with pytest.raises(InputError, match=r"two metrics have the id 'off\.within'.*as:"):
        bind(specs, cases)


def test_views_do_not_change_the_identity_of_the_scoring() -> None:
    _, bound, _, _ = numbers([0] * 8)
    assert scoring_digest({}, bound) == scoring_digest({}, {"off": bound["off"]})
