"""Slices in the order of the evidence that they are unlike the others: where the release is weak, and how surely."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Estimate
from evalkit.report import numbers
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row, Series
from evalkit.report.figures import Figure, axis_label, bounds_of, draw
from evalkit.report.findings import Findings, slice_label
from evalkit.report.release.told import mark_of
from evalkit.report.sections.slices import SMALL
from evalkit.report.text import clip, count, plural

__all__ = ["build", "thin"]

_MOST, _METRICS = 12, 4


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One figure a gated metric (or the first), the slices with the strongest evidence on top."""
    if not findings.candidates:
        return None
    gated = [m.id for m in findings.shown() if m.id in findings.gated()]
    lead = findings.lead_metric()
    metrics = list(dict.fromkeys([*([lead] if lead else []), *gated]))[:_METRICS]
    figures = [f for i, m in enumerate(metrics) if (f := _figure(findings, m, i)) is not None]
    if not figures:
        return None
    small = thin(findings)
    return {"figures": figures, "small": SMALL, "thin": plural(len(small), "slice") if small else ""}


def thin(findings: Findings) -> list[str]:
    """Slices of the leading metric with fewer cases than can be judged."""
    metric = findings.lead_metric()
    if metric is None or not findings.candidates:
        return []
    return [slice_label(e.slice) for e in _sliced(findings, metric) if 0 < e.n + e.n_unscored < SMALL]


def _sliced(findings: Findings, metric: str) -> list[Estimate]:
    name = findings.candidates[0].name
    return [e for found in findings.sliced(metric).values() for e in found if e.variant == name]


def _figure(findings: Findings, metric: str, number: int) -> Figure | None:
    whole = findings.estimate(metric, findings.candidates[0].name)
    found = [e for e in _sliced(findings, metric) if e.point is not None and e.n >= SMALL]
    if whole is None or not found:
        return None
    found.sort(key=lambda e: (1.0 if e.evidence is None else e.evidence, _badness(e), slice_label(e.slice)))
    rows = tuple(Row(clip(slice_label(e.slice), 80), (mark_of(e),), f"n = {count(e.n)}{_p(e)}") for e in found[:_MOST])
    strong = [e for e in found if e.evidence is not None and e.evidence <= 0.05]
    tried = any(e.evidence is not None for e in found)
    said = _said(len(strong)) if tried else "slices were not tested, which takes three of a tag"
    info = findings.metrics.get(metric)
    spec = Forest(
        f"{metric}: {said}",
        axis_label(metric, whole.unit, whole.better),
        rows,
        (Series(findings.candidates[0].name, "candidate"),),
        reference=whole.point,
        bounds=bounds_of(whole),
        note_header="cases, evidence" if tried else "cases",
        about=f"The {len(rows)} slices with the strongest evidence, 95 % intervals; the line: all cases.",
    )
    shown = f"The first {len(rows)} of {count(len(found))} slices." if len(found) > len(rows) else ""
    note = f"Line: all cases, {numbers.point(whole)}. {shown}".rstrip()
    return draw(spec, f"ranked-{number}", "half", note) if info or rows else None


def _said(strong: int) -> str:
    return f"{plural(strong, 'slice')} unlike the rest at p ≤ 0.05" if strong else "no slice is shown unlike the rest"


def _badness(estimate: Estimate) -> float:
    return (estimate.point or 0.0) * (1 if estimate.better == "higher" else -1)


def _p(estimate: Estimate) -> str:
    if estimate.evidence is None:
        return ""
    return f", {numbers.p_is(estimate.evidence)}"
