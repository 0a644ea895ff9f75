"""The whole picture of a comparison: numbers over many systems in, a `Comparison` out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from evalkit.core.comparison import ComparedSystem, Comparison, MetricComparison, SliceDifference
from evalkit.core.nouns import Gate
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.common import Pair, narrowed, pairs_of
from evalkit.engine.compare.flips import agreement, fates, flips
from evalkit.engine.compare.metric import compared
from evalkit.engine.compare.pareto import pareto
from evalkit.engine.compare.slices import slices


class Question(NamedTuple):
    """What is asked of the numbers.

    Attributes:
        systems: two or more, in the order given; their names are those of the numbers' variants.
        gates: of the suite; the first primary one names the leading metric.
        tags: to break differences down by; none: all.
        labels: comparison_id, created, suite, suite_version, scored_as.
        comparability: sentences.
        without: metrics that are left out.
    """

    systems: Sequence[ComparedSystem]
    gates: Sequence[Gate]
    tags: Sequence[str]
    labels: dict[str, Any]
    comparability: Sequence[str]
    without: Collection[str] = ()


def compare(numbers: Aggregator, asked: Question) -> Comparison:
    """Compare all systems over the cases that they have in common."""
    names = [system.name for system in asked.systems]
    common = narrowed(numbers, names)
    gated = {gate.metric for gate in asked.gates}
    shown = [m for m, b in common.bound.items() if m not in asked.without and (b.of is None or m in gated)]
    metrics = [compared(common, metric, names) for metric in shown]
    lead = leading([m.metric for m in metrics if decided(m)] or shown, asked.gates)
    under = next((m for m in metrics if m.metric == lead), None)
    chosen = _by_case(common, names, lead, gated if len(names) == 2 else set())
    cases = [fates(common, metric, names) for metric in chosen]
    return Comparison(
        n_cases=covered(common, names),
        n_groups=common.n_groups,
        repeats=common.plan.repeats,
        lead=lead,
        systems=[_with_failures(common, system) for system in asked.systems],
        metrics=metrics,
        pareto=None if under is None else pareto(common, under, names),
        slices=_slices(common, metrics, lead, gated, asked.tags),
        flips=[row for of in cases for row in flips(common, of)],
        agreement=[row for of in cases for row in agreement(common, of)],
        comparability=list(asked.comparability),
        **asked.labels,
    )


def unscorable(numbers: Aggregator, names: Sequence[str]) -> dict[str, str]:
    """Recorded scores that some system lacks on every case: metric -> a sentence why it cannot be compared."""
    found: dict[str, str] = {}
    for metric, b in numbers.bound.items():
        for name in names if b.spec.name == "recorded" else ():
            one = numbers.parts[metric, name]
            if one.inside.any() and not (one.inside & one.scored).any():
                why = next((str(r) for r in one.reasons[one.inside] if r), "no score recorded")
                found[metric] = f"under {metric} {name} has no score that can be compared ({why})"
    return found


def _with_failures(numbers: Aggregator, system: ComparedSystem) -> ComparedSystem:
    """With what it failed to answer among the cases that are compared: wrong, openly."""
    table, rows = numbers.answers[system.name], covered_rows(numbers, system.name)
    kinds = table["failure_kind"].to_numpy()[rows]
    reasons = Counter(r for r in table["failure_reason"].to_numpy()[rows] if r is not None)
    return system.model_copy(
        update={
            "n_failed": int((kinds == "system").sum()),
            "n_missing": int((kinds == "harness").sum()),
            "failures": dict(reasons.most_common(20)),
        }
    )


def covered_rows(numbers: Aggregator, name: str) -> np.ndarray:
    """(n r,) bool: the answers to cases that some metric is told of."""
    inside = np.logical_or.reduce([one.inside for (_, of), one in numbers.parts.items() if of == name])
    rows: np.ndarray = inside[numbers.plan.case_row]
    return rows


def covered(numbers: Aggregator, names: Sequence[str]) -> int:
    """Cases that some metric is told of."""
    inside = [numbers.parts[metric, names[0]].inside for metric in numbers.bound]
    return int(np.logical_or.reduce(inside).sum())


def decided(under: MetricComparison) -> bool:
    """Whether some difference has a value: a metric that nothing was scored under leads no comparison."""
    return any(row.point is not None for row in under.differences)


def leading(metrics: Sequence[str], gates: Sequence[Gate]) -> str | None:
    """The metric of the first primary gate over all cases, else of any gate, else the first one."""
    order = sorted(gates, key=lambda gate: (gate.role != "primary", gate.slice is not None))
    return next((gate.metric for gate in order if gate.metric in metrics), next(iter(metrics), None))


def _by_case(numbers: Aggregator, names: Sequence[str], lead: str | None, gated: set[str]) -> list[str]:
    """The metrics whose cases are told: right-or-wrong ones among the leading and gated, else the first mean."""
    means = [
        m for m, b in numbers.bound.items() if b.metric.kind == "mean" and (b.of is None or m in gated or m == lead)
    ]
    wanted = [m for m in means if m == lead or m in gated]
    if wanted:
        return sorted(wanted, key=lambda m: m != lead)
    binary = [m for m in means if fates(numbers, m, names).binary]
    return (binary or means)[:1]


def _slices(
    numbers: Aggregator, metrics: Sequence[MetricComparison], lead: str | None, gated: set[str], tags: Sequence[str]
) -> list[SliceDifference]:
    """Of two systems for all gated metrics; of more, the best against each other one, for the leading metric."""
    found: list[SliceDifference] = []
    for under in metrics:
        two = len(under.systems) == 2
        if under.metric == lead or (two and under.metric in gated):
            found += slices(numbers, under.metric, _pairs(under), tags)
    return found


def _pairs(under: MetricComparison) -> list[Pair]:
    if len(under.differences) == 1:
        return pairs_of([under.differences[0].a, under.differences[0].b])
    first, *others = [standing.name for standing in under.systems]
    return [(first, other) for other in others]
