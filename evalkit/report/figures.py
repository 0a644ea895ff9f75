"""Estimates as charts: a figure is a specification, its picture at two widths, and the table behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from evalkit.core.nouns import Decision, Estimate, VariantInfo
from evalkit.report import numbers, sentences
from evalkit.report.charts.spec import Chart, Mark, Range, Series, Table
from evalkit.report.charts.theme import SERIES
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["Figure", "absolute_title", "axis_label", "bounds_of", "draw", "mark", "series_of"]

Size = Literal["full", "half", "small"]
_WIDTHS: dict[Size, tuple[int, int]] = {"full": (1136, 330), "half": (550, 330), "small": (330, 330)}
_MIDDLE = 700
"""Between a full one and a narrow one: small windows, and paper."""


@dataclass(frozen=True)
class Figure:
    """A chart as the page shows it: pictures for the widths that it may find there, and the numbers behind them.

    Attributes:
        ident: unique in the page; a file of the figure is named after it.
        spec: what is drawn, to draw it elsewhere.
        wide, narrow: the pictures.
        table: the numbers.
        note: how to read it.
        middle: of a full figure, the picture between the two.
    """

    ident: str
    spec: Chart
    wide: Markup
    narrow: Markup
    table: Table
    note: str = ""
    middle: Markup = Markup("")  # noqa: RUF009 - immutable

    @property
    def title(self) -> str:
        """What the chart shows."""
        return self.spec.title


def draw(spec: Chart, ident: str, size: Size = "full", note: str = "") -> Figure:
    """Draw a specification at the widths of its size; `ident` is unique in the page."""
    wide, narrow = _WIDTHS[size]
    pictures = Markup(spec.svg(wide, f"{ident}-w")), Markup(spec.svg(narrow, f"{ident}-n", narrow=True))
    middle = Markup(spec.svg(_MIDDLE, f"{ident}-m")) if size == "full" else Markup("")
    return Figure(ident, spec, *pictures, spec.table(), note, middle)


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
