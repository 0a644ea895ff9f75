"""The first screen: the verdict, the primary metric against its line, the paired differences, and what flipped."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Decision
from evalkit.report import numbers, sentences
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row, Series
from evalkit.report.figures import Figure, absolute_title, axis_label, bounds_of, draw, mark, series_of
from evalkit.report.findings import Findings, slice_label
from evalkit.report.sections import flips

__all__ = ["build"]

_READING = (
    "Dot: estimate. Thick: the 90\u00a0% interval, whose end decides (one-sided 95\u00a0%). "
    "Thin: 95\u00a0%. Tinted: beyond the gate's dashed line."
)


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """The verdict in sentences, its figures, and the flips."""
    return {
        "verdict": sentences.verdict(dossier.record),
        "primary": _primary(findings),
        "differences": _differences(findings),
        "flips": flips.build(dossier, findings),
    }


def _primary(findings: Findings) -> Figure | None:
    lead, metric = findings.lead(), findings.lead_metric()
    if metric is None:
        return None
    where = lead.gate.slice if lead else None
    looks = series_of(findings)
    gate = {d.variant: d for d in findings.record.decisions if not d.gate.versus and _same(d, metric, where)}
    rows, seen = [], None
    for variant in findings.systems:
        estimate = findings.estimate(metric, variant.name, where)
        if estimate is None:
            continue
        seen = seen or estimate
        index = looks[variant.name][0]
        rows.append(Row(variant.name, (mark(estimate, index, gate.get(variant.name)),), numbers.point(estimate)))
    if seen is None:
        return None
    title = absolute_title(findings, metric, findings.systems) if not where else f"{metric} where {slice_label(where)}"
    spec = Forest(
        title,
        axis_label(metric, seen.unit, seen.better),
        tuple(rows),
        tuple(look for _, look in looks.values()),
        bounds=bounds_of(seen),
        note_header="estimate",
        about=_READING,
    )
    return draw(spec, "primary", "half", _READING if gate else "Dot: estimate. Line: 95\u00a0% interval.")


def _same(decision: Decision, metric: str, where: dict[str, str] | None) -> bool:
    return decision.gate.metric == metric and (decision.gate.slice or None) == (where or None)


def _differences(findings: Findings) -> list[Figure]:
    """One figure a unit, since an axis has one; every gate against the baseline is a row."""
    units: dict[str, list[Decision]] = {}
    for decision in findings.record.decisions:
        if decision.gate.versus:
            units.setdefault(decision.estimate.unit, []).append(decision)
    groups = list(units.values())
    return [_difference(findings, found, i, last=i == len(groups) - 1) for i, found in enumerate(groups)]


def _difference(findings: Findings, decisions: list[Decision], index: int, *, last: bool) -> Figure:
    unit = decisions[0].estimate.unit
    rows = tuple(
        Row(
            f"{sentences.word(d.outcome).mark} {_name(findings, d, short=True)}",
            (mark(d.estimate, 0, d, signed=True),),
            numbers.point(d.estimate, signed=True),
        )
        for d in decisions
    )
    ways = {d.estimate.better for d in decisions}
    way = sentences.direction(next(iter(ways))) if len(ways) == 1 else "the tint marks worse"
    title = f"{_name(findings, decisions[0])}: {numbers.point(decisions[0].estimate, signed=True)} against the baseline"
    spec = Forest(
        title if len(decisions) == 1 else f"Change against the baseline, same cases: {len(decisions)} gates",
        f"candidate − baseline{numbers.unit_label(unit)}, {way}",
        rows,
        (Series("difference", "candidate"),),
        reference=0.0,
        signed=True,
        note_header="change",
        about=_READING,
    )
    return draw(spec, f"difference{index}", "half", _READING if last else "")


def _name(findings: Findings, decision: Decision, *, short: bool = False) -> str:
    where = ", ".join((decision.gate.slice or {}).values()) if short else slice_label(decision.gate.slice)
    name = f"{decision.gate.metric}, {where}" if where else decision.gate.metric
    return f"{name} ({decision.variant})" if len(findings.candidates) > 1 else name
