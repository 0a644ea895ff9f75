"""What each row is worth under the suite's own metrics, or, without a suite, whether two JSON values are the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from evalkit.core.nouns import Better, MetricSpec
from evalkit.core.protocols import Batch, Metric
from evalkit.core.tables import MISSING, CaseTable, Column
from evalkit.engine.score import bind, sound
from evalkit.engine.state import BoundMetric

__all__ = ["Scale", "same", "scales", "unequal"]

_CLOSE = 1e-9


@dataclass(frozen=True)
class Scale:
    """One metric that is a mean of values of single cases.

    Attributes:
        id: of the metric.
        better: which way is up.
        unit: of its values.
        bounds: of any value; None: there are none.
        scored: by which metric.
    """

    id: str
    better: Better
    unit: str
    bounds: tuple[float, float] | None
    spec: MetricSpec
    metric: Metric

    def values(self, ids: list[str], given: Column, gold: Column, output: Column, failed: np.ndarray) -> np.ndarray:
        """(n,) values; NaN where the metric has a reason instead. What failed is wrong."""
        if not ids:
            return np.empty(0)
        n, unknown = len(ids), np.full(len(ids), np.nan)
        cases = CaseTable(pa.array(ids), given, gold)
        bound = bind({self.id: (self.spec, self.metric)}, cases)
        mine: BoundMetric = next(b for b in bound if b.of is None)
        batch = Batch(cases.ids, np.zeros(n, int), gold, output, given, failed, unknown, unknown, unknown)
        found = sound(mine, batch, "wrong")
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(found.why < 0, found.parts[:, 0] / found.parts[:, 1], np.nan)


def scales(specs: Mapping[str, tuple[MetricSpec, Metric]]) -> tuple[list[Scale], list[str]]:
    """The metrics of a suite that live traffic can be scored by, and sentences about the others."""
    found, notes = [], []
    for name, (spec, metric) in specs.items():
        why = _misfit(spec, metric)
        if why:
            notes.append(f"the metric {name} is left out: {why}")
            continue
        low, high = metric.value_range
        bounds = None if low is None or high is None else (float(low), float(high))
        found.append(Scale(name, metric.better, getattr(metric, "unit", ""), bounds, spec, metric))
    return found, notes


def _misfit(spec: MetricSpec, metric: Metric) -> str:
    if "verdict" in metric.needs:
        return "it asks a judge"
    if metric.kind != "mean":
        return "it is no mean of values of single cases"
    if spec.when:
        return "it is of cases with tags, which traffic does not have"
    if missing := metric.needs & {"cost", "trace", "tags"}:
        return f"it needs {', '.join(sorted(missing))}, which the traffic log does not keep"
    return ""


def unequal(a: Column, b: Column) -> np.ndarray:
    """(n,) 1.0 where two columns differ, 0.0 where they are the same; MISSING is like nothing else."""
    return np.array([not same(x, y) for x, y in zip(a.values(), b.values(), strict=True)], float)


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are the same; numbers within 1e-9 of each other (relative) are."""
    if a is MISSING or b is MISSING:
        return a is b
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=_CLOSE, abs_tol=1e-12)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b
