"""Estimates as charts: a figure is a specification, its picture at two widths, and the table behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from evalkit.core.nouns import Decision, Estimate, VariantInfo
from evalkit.report import numbers, sentences
from evalkit.report.charts.diverging import diverging
from evalkit.report.charts.forest import forest
from evalkit.report.charts.heat import Heat, heat
from evalkit.report.charts.matrix import Matrix, matrix
from evalkit.report.charts.reliability import ReliabilityPlot, reliability
from evalkit.report.charts.scatter import Scatter, scatter
from evalkit.report.charts.spec import Diverging, Forest, Mark, Range, Series, Stack, Table
from evalkit.report.charts.stack import stack
from evalkit.report.charts.theme import SERIES
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["Figure", "absolute_title", "axis_label", "bounds_of", "draw", "mark", "series_of"]

Spec = Forest | Diverging | Stack | Matrix | ReliabilityPlot | Heat | Scatter
Size = Literal["full", "half", "small"]
_WIDTHS: dict[Size, tuple[int, int]] = {"full": (920, 330), "half": (540, 330), "small": (330, 330)}


@dataclass(frozen=True)
class Figure:
    """A chart as the page shows it: the wide picture, the narrow one for phones, and the numbers behind both."""

    title: str
    wide: Markup
    narrow: Markup
    table: Table
    note: str = ""


def draw(spec: Spec, ident: str, size: Size = "full", note: str = "") -> Figure:
    """Draw a specification at the two widths of its size; `ident` is unique in the page."""
    wide, narrow = _WIDTHS[size]
    stacked = size == "small" and isinstance(spec, Diverging)
    return Figure(
        spec.title,
        Markup(_svg(spec, wide, f"{ident}-w", stacked)),
        Markup(_svg(spec, narrow, f"{ident}-n", True)),
        spec.table(),
        note,
    )


def _svg(spec: Spec, width: int, ident: str, stacked: bool) -> str:
    if isinstance(spec, Forest):
        return forest(spec, width, ident, stacked=stacked)
    if isinstance(spec, Stack):
        return stack(spec, width, ident)
    if isinstance(spec, Matrix):
        return matrix(spec, width, ident)
    if isinstance(spec, ReliabilityPlot):
        return reliability(spec, width, ident)
    if isinstance(spec, Heat):
        return heat(spec, width, ident)
    if isinstance(spec, Scatter):
        return scatter(spec, width, ident)
    return diverging(spec, width, ident, stacked=stacked)


def series_of(findings: Findings) -> dict[str, tuple[int, Series]]:
    """Variant name -> its place in the legend and its look: candidates are dots, the baseline is a ring."""
    looks: list[Series] = []
    for i, variant in enumerate(findings.candidates):
        looks.append(Series(variant.name, SERIES[i % len(SERIES)], hollow=i >= len(SERIES)))
    if findings.baseline:
        looks.append(Series(findings.baseline.name, "baseline", hollow=True))
    return {look.name: (i, look) for i, look in enumerate(looks)}


def mark(estimate: Estimate, series: int = 0, decision: Decision | None = None, *, signed: bool = False) -> Mark:
    """One estimate as a mark; with a decision, its line is drawn and its outcome gives the tone."""
    tail = estimate.tail
    thick = None if tail is None or tail.lo is None or tail.hi is None else Range(tail.lo, tail.hi)
    thin = None if estimate.lo is None or estimate.hi is None else Range(estimate.lo, estimate.hi)
    gated = decision is not None and tail is not None
    return Mark(
        series=series,
        point=estimate.point,
        thin=thin,
        thick=thick,
        line=tail.line if gated and tail else None,
        side=decision.side if gated and decision else None,
        tone=decision.outcome if decision and signed else None,
        words=_words(estimate, signed=signed),
        cells=_cells(estimate, thick, signed=signed),
    )


def _words(estimate: Estimate, *, signed: bool) -> str:
    span = numbers.interval(estimate)
    text = f"{estimate.metric}, {estimate.variant}: {numbers.point(estimate, signed=signed)}"
    text += (
        f" {span} ({numbers.level(estimate.level)})" if span else f" (no interval: {estimate.reason or 'not stated'})"
    )
    return f"{text}, n = {count(estimate.n)}"


def _cells(estimate: Estimate, thick: Range | None, *, signed: bool) -> dict[str, str]:
    digits = numbers.decimals(estimate)
    decides = f"[{numbers.number(thick.lo, digits)}, {numbers.number(thick.hi, digits)}]" if thick else ""
    return {
        "Estimate": numbers.point(estimate, signed=signed),
        f"{numbers.level(estimate.level)} interval": numbers.interval(estimate) or (estimate.reason or "none"),
        f"{numbers.level(0.9)} interval": decides,
        "n": count(estimate.n),
        "Clusters": count(estimate.n_clusters) if estimate.n_clusters is not None else "",
        "Unscored": count(estimate.n_unscored),
        "Method": estimate.method,
        "Signature": estimate.signature,
    }


def bounds_of(estimate: Estimate | None) -> tuple[float, float] | None:
    """Where a metric's values end, so that the axis ends there too."""
    if estimate is None:
        return None
    return estimate.value_range or ((0.0, 1.0) if estimate.unit == "share" else None)


def absolute_title(findings: Findings, metric: str, systems: list[VariantInfo]) -> str:
    """What a chart of one metric shows, in words with its numbers."""
    said = []
    for variant in systems:
        estimate = findings.estimate(metric, variant.name)
        if estimate is not None and estimate.point is not None:
            said.append(f"{variant.name} {numbers.point(estimate)}")
    return f"{metric}: " + (", ".join(said) if said else "no value")


def axis_label(metric: str, unit: str, better: str, *, change: bool = False) -> str:
    """`change of f1 (share), higher is better`."""
    return f"{'change of ' if change else ''}{metric}{numbers.unit_label(unit)}, {sentences.direction(better)}"
