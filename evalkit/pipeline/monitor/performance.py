"""Performance on the requests that have labels, by the suite's own metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.nouns import Estimate, Gate, MetricSpec
from evalkit.core.protocols import Metric
from evalkit.core.tables import MISSING, CaseTable, Column, prediction_table
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.cases import groups_of
from evalkit.engine.reduce import all_cases
from evalkit.engine.score import bind, score
from evalkit.engine.state import BoundMetric, Plan
from evalkit.pipeline.monitor.windows import Seen, json_of

__all__ = ["VARIANT", "Metrics", "Performance", "performance"]

Metrics = Mapping[str, tuple[MetricSpec, Metric]]
"""Metrics by id, as a suite has them."""

VARIANT = "live"
_WINDOW = "window"


class Performance(NamedTuple):
    """Scores of the labelled requests.

    Attributes:
        rows: (m,) which requests have a label.
        aggregator: makes estimates, of all of them or of a window.
        bound: metrics and their views by id.
        values: id -> (m,) value of each, NaN where unscored; metrics that are means only.
    """

    rows: np.ndarray
    aggregator: Aggregator
    bound: Mapping[str, BoundMetric]
    values: Mapping[str, np.ndarray]

    def estimate(self, metric: str, window: str | None = None, gate: Gate | None = None) -> Estimate:
        """The value of a metric with its interval, of one window or of all; held against a gate's line."""
        where = None if window is None else {_WINDOW: window}
        return self.aggregator.estimate(metric, VARIANT, where, gate)


def performance(seen: Seen, window: Sequence[str], metrics: Metrics, on_failure: str = "wrong") -> Performance | None:
    """Score what has labels; None where nothing has, or no metric was asked for.

    Requests of one unit are a cluster. A request that failed is wrong, as in the suite.

    Args:
        seen: n requests.
        window: (n,) name of the window of each.
        metrics: by id.
        on_failure: wrong or unscored.

    Raises:
        InputError: a label that a metric cannot use as gold.
    """
    labels = seen.labels
    rows = np.flatnonzero([label is not None for label in labels])
    if not len(rows) or not metrics:
        return None
    labelled = seen.take(rows)
    plan = Plan(_cases(labelled, [window[row] for row in rows.tolist()]), 1, 0, 0.0, 0)
    table = _predictions(labelled)
    bound = bind(metrics, plan.cases)
    by_id = {b.spec.id: b for b in bound}
    blocks = score(plan, table, bound, on_failure)
    parts = all_cases(
        plan, by_id, {(name, VARIANT): block for name, block in blocks.items()}, {VARIANT: np.ones(len(rows), bool)}
    )
    values = {}
    for name, b in by_id.items():
        found = parts[name, VARIANT]
        if b.metric.kind == "mean" and b.ranked is None:
            weight = np.where(found.scored, found.parts[:, 1], np.nan)
            values[name] = found.parts[:, 0] / np.where(weight == 0, np.nan, weight)
    groups = groups_of(plan.cases)
    return Performance(rows, Aggregator(plan, groups, by_id, parts, {VARIANT: table}), by_id, values)


def _cases(seen: Seen, window: list[str]) -> CaseTable:
    requests = seen.requests
    group = None
    if "unit" in requests.column_names:
        units = requests["unit"].combine_chunks().cast(pa.string())
        group = units if pc.count_distinct(units).as_py() < len(units) - units.null_count else None
    return CaseTable(
        requests["id"].combine_chunks().cast(pa.string()),
        Column.of(seen.decoded("input")),
        Column.of([MISSING if text is None else json_of(text) for text in seen.labels]),
        group,
        {_WINDOW: pa.array(window, pa.string())},
    )


def _predictions(seen: Seen) -> pa.Table:
    failure = seen.requests["failure"].cast(pa.string())
    failed = seen.failed
    outputs = [MISSING if lost else value for value, lost in zip(seen.decoded("output"), failed, strict=True)]
    return prediction_table(
        {
            "case_id": seen.requests["id"].cast(pa.string()),
            "output": Column.of(outputs).text,
            "failure_kind": _where(failed, "system"),
            "failure_reason": _where(failed, "raised"),
            "failure_message": failure,
            "seconds": _known(seen.floats("seconds")),
            "confidence": _known(seen.floats("confidence")),
        }
    )


def _where(failed: np.ndarray, word: str) -> pa.Array:
    return pa.array([word if lost else None for lost in failed.tolist()], pa.string())


def _known(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
