"""Differences by slice, the strongest evidence first."""

from __future__ import annotations

from typing import Any

from evalkit.core.comparison import SliceDifference
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.spec import Forest, Mark, Range, Row, Series
from evalkit.report.charts.theme import Tone
from evalkit.report.compared import rows
from evalkit.report.figures import Figure, axis_label, draw
from evalkit.report.findings import Findings, slice_label
from evalkit.report.text import count

__all__ = ["build"]

_MOST, _DRAWN = 60, 25
_TONES: dict[str | None, Tone] = {"better": "pass", "worse": "fail", None: "baseline"}


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One figure and table a metric."""
    found = dossier.comparison
    if found is None or not found.slices:
        return None
    metrics = list(dict.fromkeys(row.metric for row in found.slices))
    several = len(found.systems) > 2
    return {"metrics": [_metric(dossier, metric, i, several=several) for i, metric in enumerate(metrics)]}


def _metric(dossier: Dossier, metric: str, number: int, *, several: bool) -> dict[str, Any]:
    found = dossier.comparison
    told = [row for row in (found.slices if found else []) if row.metric == metric]
    return {
        "id": metric,
        "figure": _figure(dossier, metric, told[:_DRAWN], f"contrast-{number}", several=several),
        "rows": [_row(row, several=several) for row in told[:_MOST]],
        "left": max(len(told) - _MOST, 0),
    }


def _label(row: SliceDifference, *, several: bool) -> str:
    where = slice_label(row.slice)
    return f"{where}: {row.a} − {row.b}" if several else where


def _figure(dossier: Dossier, metric: str, told: list[SliceDifference], ident: str, *, several: bool) -> Figure:
    under = next(m for m in dossier.comparison.metrics if m.metric == metric) if dossier.comparison else None
    unit, better = (under.unit, under.better) if under else ("", "higher")
    spec = Forest(
        f"{metric} by slice, the strongest evidence first",
        axis_label(metric, unit, better, change=True),
        tuple(
            Row(_label(row, several=several), (_mark(row),), f"n = {count(row.n)}", dim=not row.judged) for row in told
        ),
        (Series("difference", "candidate"),),
        reference=0.0,
        signed=True,
        note_header="cases",
        about="95 % intervals of each slice alone; coloured where the adjusted p is at most 0.05; dimmed: too few.",
    )
    return draw(spec, ident, "full")


def _mark(row: SliceDifference) -> Mark:
    span = None if row.lo is None or row.hi is None else Range(row.lo, row.hi)
    cells = {
        "Difference": rows.value(row, signed=True),
        "95\u00a0% interval": rows.span(row) or (row.reason or "none"),
        "n": count(row.n),
        "p": numbers.p_value(row.p),
        "q": numbers.p_value(row.q) if row.judged else "too few",
    }
    words = f"{slice_label(row.slice)}: {rows.value(row, signed=True)} {rows.span(row)}"
    return Mark(0, row.point, span, tone=_TONES[row.shown], words=words, cells=cells)


def _row(row: SliceDifference, *, several: bool) -> dict[str, str]:
    return {
        "slice": _label(row, several=several),
        "a": "–" if row.value_a is None else f"{row.value_a:.4g}",
        "b": "–" if row.value_b is None else f"{row.value_b:.4g}",
        "difference": rows.value(row, signed=True),
        "interval": rows.span(row) or f"none: {row.reason or 'not stated'}",
        "shrunk": numbers.number(row.shrunk, rows.digits(row), signed=True),
        "n": count(row.n) + (f" (+{count(row.n_unscored)} unscored)" if row.n_unscored else ""),
        "p": numbers.p_value(row.p),
        "q": numbers.p_value(row.q) if row.judged else "too few",
        "shown": rows.SHOWN[row.shown],
    }
