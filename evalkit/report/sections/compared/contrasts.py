"""Differences by slice, the strongest evidence first."""

from __future__ import annotations

from typing import Any

from evalkit.core.comparison import SliceDifference
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.charts.theme import Tone
from evalkit.report.compared import rows
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, axis_label, draw
from evalkit.report.findings import slice_label
from evalkit.report.sections.compared import grids, slopes
from evalkit.report.text import count

__all__ = ["build"]

_MOST, _DRAWN = 60, 16
_TONES: dict[str | None, Tone] = {"better": "pass", "worse": "fail", None: "baseline"}


def build(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """Per metric the slices of every system as a grid, two systems side by side, the differences and a table."""
    found = told.comparison
    metrics = list(dict.fromkeys(row.metric for row in found.slices))
    if not metrics:
        return None
    return {"metrics": [_metric(told, metric, i) for i, metric in enumerate(metrics)], "two": told.two}


def _metric(told: Told, metric: str, number: int) -> dict[str, Any]:
    mine = [row for row in told.comparison.slices if row.metric == metric]
    several, judged = not told.two, sum(row.judged for row in mine)
    return {
        "id": metric,
        "grid": grids.build(told, metric, mine, f"grid-{number}"),
        "slope": slopes.slices(told, metric, mine, f"slope-{number}"),
        "figure": _figure(told, metric, _first(told, mine)[:_DRAWN], f"contrast-{number}"),
        "rows": [_row(row, several=several) for row in mine[:_MOST]],
        "left": max(len(mine) - _MOST, 0),
        "judged": count(judged),
    }


def _first(told: Told, mine: list[SliceDifference]) -> list[SliceDifference]:
    """Of the pair that is told first; the others are in the grid and in the table."""
    return [row for row in mine if (row.a, row.b) == told.pair()] or mine


def _label(row: SliceDifference, *, several: bool) -> str:
    where = slice_label(row.slice)
    return f"{where}: {row.a} − {row.b}" if several else where


def _figure(told: Told, metric: str, mine: list[SliceDifference], ident: str) -> Figure:
    under = told.of(metric)
    several = len({(row.a, row.b) for row in mine}) > 1
    unit, better = (under.unit, under.better) if under else ("", "higher")
    spec = Forest(
        f"{metric} by slice: {mine[0].a} − {mine[0].b}, the strongest evidence first",
        axis_label(metric, unit, better, change=True),
        tuple(
            Row(_label(row, several=several), (_mark(row),), f"n = {count(row.n)}", dim=not row.judged) for row in mine
        ),
        (Series("difference", "candidate"),),
        reference=0.0,
        signed=True,
        note_header="cases",
        about="95 % intervals of each slice alone; coloured where the adjusted p is at most 0.05; dimmed: too few.",
    )
    return draw(spec, ident, "half")


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
