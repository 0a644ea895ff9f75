"""Quality against cost and time: who is beaten on both by another, and what is not known is not 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.comparison import Axis, Dominated, Figure, Front, MetricComparison, Operation, Pareto
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.words import named
from evalkit.engine.hull import LEVEL
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import mean
from evalkit.stats.quantiles import quantile

AXES: tuple[Axis, ...] = ("cost", "median_seconds", "p95_seconds")
_SAID: dict[Axis, str] = {"cost": "cost", "median_seconds": "median time", "p95_seconds": "95th percentile of time"}


def pareto(numbers: Aggregator, under: MetricComparison, names: Sequence[str]) -> Pareto:
    """The fronts of one metric's value against cost an answer, median seconds, and their 95th percentile."""
    value = {s.name: s.point for s in under.systems}
    inside = numbers.parts[under.metric, names[0]].inside
    systems = [_operation(numbers, name, value[name], inside) for name in names]
    fronts = [_front(axis, systems, under) for axis in AXES]
    return Pareto(metric=under.metric, better=under.better, unit=under.unit, systems=systems, fronts=fronts)


def _operation(numbers: Aggregator, name: str, quality: float | None, inside: np.ndarray) -> Operation:
    table = numbers.answers[name]
    plan = numbers.plan
    asked = inside[plan.case_row] & ~np.asarray(pc.fill_null(pc.equal(table["failure_kind"], "harness"), False))
    seconds = _column(table, "seconds")
    late = np.asarray(pc.fill_null(pc.equal(table["failure_reason"], "timeout"), False)) & np.isnan(seconds)
    seconds = np.where(late, plan.timeout, seconds)  # a timeout counts as its limit
    rows = _Rows(numbers, asked, np.asarray(pc.is_valid(table["failure_kind"])))
    return Operation(
        name=name,
        quality=quality,
        cost=rows.figure(_column(table, "cost"), "cost", _mean),
        median_seconds=rows.figure(seconds, "time", lambda x, g, w: _quantile(x, 0.5, g, w)),
        p95_seconds=rows.figure(seconds, "time", lambda x, g, w: _quantile(x, 0.95, g, w)),
    )


def _column(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(pc.fill_null(table[name], np.nan), dtype=np.float64)


Infer = Callable[[np.ndarray, Any, Any], Inference]


class _Rows:
    """The answers of one system that bear on its cost and time; repeats of a case are a cluster."""

    def __init__(self, numbers: Aggregator, asked: np.ndarray, failed: np.ndarray) -> None:
        self.numbers, self.asked, self.failed = numbers, asked, failed

    def figure(self, values: np.ndarray, what: str, infer: Infer) -> Figure:
        """One number; unknown where any answer that was given does not say."""
        known = self.asked & ~np.isnan(values)
        n, unknown = int(known.sum()), int((self.asked & np.isnan(values)).sum())
        silent = int((self.asked & np.isnan(values) & ~self.failed).sum())
        if not n or silent:
            of = f"{silent:,} of {int(self.asked.sum()):,} answers" if n else "every answer"
            return Figure(point=None, n=n, n_unknown=unknown, reason=f"the {what} of {of} is unknown")
        groups, weights = self._at(known)
        found = infer(values[known], groups, weights)
        lo, hi = found.interval(LEVEL) if found.interval else (None, None)
        return Figure(point=found.point, lo=lo, hi=hi, n=n, n_unknown=unknown, reason=found.reason)

    def _at(self, rows: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
        plan = self.numbers.plan
        case = plan.case_row[rows]
        groups = self.numbers.groups
        weight = plan.cases.weight
        cluster = None if groups is None and plan.repeats == 1 else (case if groups is None else groups[case])
        return cluster, None if weight is None else weight[case]


def _mean(values: np.ndarray, groups: Any, weights: Any) -> Inference:
    found = mean(values, groups, weights, method="t" if groups is None else "cluster-t")
    if found.interval is None:
        return found
    inner = found.interval
    return found._replace(interval=lambda level: (max(0.0, inner(level)[0]), inner(level)[1]))


def _quantile(values: np.ndarray, q: float, groups: Any, weights: Any) -> Inference:
    order = np.argsort(values, kind="stable")
    mass = np.ones(len(values)) if weights is None else np.asarray(weights)
    reached = np.cumsum(mass[order]) >= q * mass.sum() * (1 - 1e-12)
    return quantile(values, q, float(values[order][np.argmax(reached)]), groups, weights)


def _front(axis: Axis, systems: Sequence[Operation], under: MetricComparison) -> Front:
    figures: dict[str, Figure] = {s.name: getattr(s, axis) for s in systems}
    quality = {s.name: s.quality for s in systems}
    left = {
        name: figure.reason or "its value is unknown" if figure.point is None else "it has no value under the metric"
        for name, figure in figures.items()
        if figure.point is None or quality[name] is None
    }
    placed = sorted((n for n in figures if n not in left), key=lambda n: (figures[n].point or 0.0, n))
    dominated = [d for name in placed if (d := _dominated(name, placed, figures, quality, under)) is not None]
    beaten = {d.name for d in dominated}
    front = [name for name in placed if name not in beaten]
    return Front(
        axis=axis,
        front=front,
        dominated=dominated,
        left_out=left,
        sentence=_sentence(axis, front, [d.name for d in dominated], left),
    )


def _dominated(
    name: str,
    placed: Sequence[str],
    figures: Mapping[str, Figure],
    quality: Mapping[str, float | None],
    under: MetricComparison,
) -> Dominated | None:
    sign = 1.0 if under.better == "higher" else -1.0

    def at(other: str) -> tuple[float, float]:
        return sign * float(quality[other] or 0.0), -float(figures[other].point or 0.0)

    mine = at(name)
    by = [o for o in placed if o != name and at(o) != mine and all(x >= y for x, y in zip(at(o), mine, strict=True))]
    if not by:
        return None
    return Dominated(name=name, by=by, shown=any(_shown(o, name, figures, under) for o in by))


def _shown(over: str, name: str, figures: Mapping[str, Figure], under: MetricComparison) -> bool:
    """Shown better in quality, and cheaper (or quicker) with intervals that do not touch."""
    hi, lo = figures[over].hi, figures[name].lo
    better = any((r.a, r.b, r.shown) in ((over, name, "better"), (name, over, "worse")) for r in under.differences)
    return better and hi is not None and lo is not None and hi < lo


def _sentence(axis: Axis, front: Sequence[str], beaten: Sequence[str], left: Mapping[str, str]) -> str:
    what = _SAID[axis]
    if not front:
        return f"There is no front of quality against {what}: it is unknown for every system."
    said = f"{named(front)} {'is' if len(front) == 1 else 'are'} on the front of quality against {what}"
    said += f"; dominated: {named(beaten)}" if beaten else ""
    return said + (f"; left out, because unknown: {named(list(left))}." if left else ".")
