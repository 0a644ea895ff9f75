"""Each metric by slice: a row a value of a tag, n beside it, small ones dimmed."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Estimate, MetricInfo
from evalkit.report import numbers
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row
from evalkit.report.figures import Figure, axis_label, bounds_of, draw, mark, series_of
from evalkit.report.findings import Findings
from evalkit.report.text import plural

__all__ = ["SMALL", "build"]

SMALL = 20
"""Slices with fewer cases are dimmed: shown, not to be judged."""
_MOST = 40


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """Metric -> one figure a tag; the leading metric is open, the others are folded."""
    lead = findings.lead_metric()
    metrics = []
    for number, metric in enumerate(findings.metrics.values()):
        tags = findings.sliced(metric.id)
        figures = [
            _figure(findings, metric, tag, found, f"slice-{number}-{i}") for i, (tag, found) in enumerate(tags.items())
        ]
        shown = [f for f in figures if f is not None]
        if shown:
            metrics.append({"id": metric.id, "open": metric.id == lead, "figures": shown})
    if not metrics:
        return None
    metrics.sort(key=lambda m: not m["open"])
    metrics[0]["open"] = True
    return {"metrics": metrics, "small": SMALL}


def _figure(findings: Findings, metric: MetricInfo, tag: str, found: list[Estimate], ident: str) -> Figure | None:
    looks = series_of(findings)
    values: dict[str, list[Estimate]] = {}
    for estimate in found:
        asked = estimate.n or estimate.n_unscored  # neither: no case of this value is among those of the metric
        if estimate.variant in looks and asked:
            values.setdefault(", ".join((estimate.slice or {}).values()), []).append(estimate)
    if not values:
        return None
    ordered = _ordered(values, metric)
    rows = tuple(
        Row(
            value,
            tuple(mark(e, looks[e.variant][0]) for e in sorted(values[value], key=lambda e: looks[e.variant][0])),
            _beside(values[value]),
            dim=_n(values[value]) < SMALL,
        )
        for value in ordered
    )
    left = len(values) - len(ordered)
    note = f"The {_MOST} largest of {plural(len(values), 'value')}; the others are in record.json." if left else ""
    spec = Forest(
        f"{metric.id} by {tag}",
        axis_label(metric.id, metric.unit, metric.better),
        rows,
        tuple(look for _, look in looks.values()),
        bounds=bounds_of(found[0]),
        note_header="cases → drawn in" if any(e.shrunk is not None for e in found) else "cases",
        about=f"One row a value of {tag}, with 95 % intervals; rows below {SMALL} cases are dimmed. Behind the "
        "arrow: the value drawn towards the other slices, for reading, not for gating.",
    )
    return draw(spec, ident, "half", note)


def _beside(estimates: list[Estimate]) -> str:
    """The cases of a slice, and its value drawn towards the other slices."""
    first = estimates[0]
    drawn = "" if first.shrunk is None else f" \u2192 {numbers.number(first.shrunk, numbers.decimals(first))}"
    return f"n = {_n(estimates):,}{drawn}"


def _n(estimates: list[Estimate]) -> int:
    return max(e.n for e in estimates)


def _ordered(values: dict[str, list[Estimate]], metric: MetricInfo) -> list[str]:
    """The largest `_MOST`; numbers in their order (hours of a day), words by evidence, then from worst to best."""
    kept = sorted(values, key=lambda v: -_n(values[v]))[:_MOST]
    if all(_is_number(v) for v in kept):
        return sorted(kept, key=float)
    sign = 1.0 if metric.better == "higher" else -1.0

    def rank(value: str) -> tuple[bool, bool, float, float, str]:
        first = values[value][0]
        p = 1.0 if first.evidence is None else first.evidence
        return _n(values[value]) < SMALL, first.point is None, p, sign * (first.point or 0.0), value

    return sorted(kept, key=rank)


def _is_number(value: str) -> bool:
    try:
        return float(value) == float(value)
    except ValueError:
        return False
