"""Horizontal bars from zero, sorted, each with its interval and its value: shares, counts, costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.report.charts.axes import AXIS, across, legend, legend_height, nothing
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Mark, Row, Series, Table, table_of
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Bars", "bars"]

_BAR, _GAP, _HEAD = 16.0, 12.0, 4.0


@dataclass(frozen=True)
class Bars:
    """Values with their intervals as lengths.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        axis: what the lengths are, with the unit.
        rows: label, marks (one a series at most), and the value in words as `note`.
        series: of the marks.
        keep: draw the rows in their order, instead of from the longest to the shortest.
        percent: values are shares, and ticks say percent.
        bounds: where values cannot be beyond.
        about: the longer description for a screen reader.
        kind: what the series are, as the head of their column in the table.
    """

    title: str
    axis: str
    rows: tuple[Row, ...]
    series: tuple[Series, ...]
    keep: bool = False
    percent: bool = False
    bounds: tuple[float, float] | None = None
    about: str = ""
    kind: str = "System"

    def table(self) -> Table:
        """All marks as rows, in the order of the picture."""
        return table_of(_sorted(self), self.series, kind=self.kind)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return bars(self, width, ident, stacked=narrow)


def _sorted(spec: Bars) -> list[Row]:
    def size(row: Row) -> tuple[bool, float]:
        points = [m.point for m in row.marks if m.point is not None]
        return not points, -points[0] if points else 0.0

    return list(spec.rows) if spec.keep else sorted(spec.rows, key=size)


def bars(spec: Bars, width: float, ident: str, *, stacked: bool = False) -> str:
    """The chart as SVG text: the value behind each bar, labels beside the bars or over them."""
    rows = _sorted(spec)
    if not rows:
        return nothing(width, ident, spec.title, spec.about)
    notes = min(max(text_width(row.note) for row in rows), 0.3 * width)
    labels = min(max(text_width(row.label) for row in rows), 0.38 * width)
    frame = _Frame(width, stacked, width - notes - 12 if stacked else labels, notes)
    values = _values(rows)
    lo, hi = domain_of([0.0, *values], spec.bounds)
    start = 0.0 if stacked else labels + _GAP
    x = Linear(lo if any(v < 0 for v in values) else 0.0, hi, start + 2, max(width - notes - 12, start + 40))
    several = any(len(row.marks) > 1 for row in rows)  # which only a legend can tell apart
    parts: list[str] = [*legend(spec.series, width)] if several else []
    head = top = _HEAD + (legend_height(spec.series, width) if several else 0.0)
    for row in rows:
        parts += _row(spec, row, x, top, frame)
        top += _GAP + _BAR * max(len(row.marks), 1) + (16 if stacked else 0)
    grid = [*across(x, (head, top), width, spec.axis, percent=spec.percent)]
    zero = [] if stacked else [element("line", role="zero", x1=x(0.0), x2=x(0.0), y1=head, y2=top)]
    return root(width, top + AXIS, *grid, *parts, *zero, ident=ident, title=spec.title, about=spec.about)


@dataclass(frozen=True)
class _Frame:
    """The room for labels and notes; stacked: labels above their bars."""

    width: float
    stacked: bool
    labels: float
    notes: float


def _values(rows: list[Row]) -> list[float]:
    found = []
    for row in rows:
        for mark in row.marks:
            found += [v for v in (mark.point, *(mark.thin or ())) if v is not None]
    return found


def _row(spec: Bars, row: Row, x: Linear, top: float, frame: _Frame) -> Iterator[str]:
    first = top + (16 if frame.stacked else 0) + _GAP / 2
    middle = first + _BAR * max(len(row.marks), 1) / 2
    baseline = top + 14 if frame.stacked else middle + 4
    drawn = [text(0, baseline, fit(row.label, frame.labels), "label", full=row.label)]
    if row.note:
        words = fit(row.note, frame.notes)
        drawn.append(text(frame.width, middle + 4, words, "note", anchor="end", full=row.note))
    for i, mark in enumerate(row.marks):
        drawn.append(element("g", *_bar(spec, row, mark, x, first + _BAR * i)))
    if frame.stacked:  # the line of zero leaves out the labels
        drawn.append(element("line", role="zero", x1=x(0.0), x2=x(0.0), y1=first - 2, y2=2 * middle - first + 2))
    yield element("g", *drawn, role="dim" if row.dim else "")


def _bar(spec: Bars, row: Row, mark: Mark, x: Linear, top: float) -> Iterator[str]:
    if mark.point is None:
        yield text(x(0.0) + 6, top + 12, "no value", "note")
        return
    tone = mark.tone or spec.series[mark.series].tone
    ends = sorted((x(0.0), x(mark.point)))
    yield element("title", raw_text(mark.words or f"{row.label}: {row.note}"))
    yield element(
        "rect", role=f"{tone}-bar", x=ends[0], y=top + 1, width=max(ends[1] - ends[0], 0.5), height=_BAR - 2,
        fill_opacity=0.7,
    )  # fmt: skip
    if mark.thin is not None:
        y = top + _BAR / 2
        yield element("line", role="zero", x1=x(mark.thin.lo), x2=x(mark.thin.hi), y1=y, y2=y)
