"""The interval (forest) plot: a dot, the thin 95 % interval, the thick 90 % one that decides, and the gate's line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.report.charts.axes import AXIS, across, legend, legend_height, nothing
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Mark, Row, Series, Table, table_of
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Forest", "forest"]

_GAP, _HEAD, _MARK = 14.0, 18.0, 13.0


@dataclass(frozen=True)
class Forest:
    """Estimates with their intervals, one row each.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        axis: the label of the x axis, with the unit.
        rows: from top to bottom.
        series: the legend; drawn when there are several.
        reference: a value that gets a solid line (zero, for differences).
        bounds: where values cannot be beyond.
        signed: differences: ticks carry + and -.
        note_header: what stands over the notes.
        about: the longer description for a screen reader.
        percent: values are shares, and ticks say percent.
        show: values that the axis has to hold, so that charts beside each other have one scale.
        kind: what the series are, as the head of their column in the table.
    """

    title: str
    axis: str
    rows: tuple[Row, ...]
    series: tuple[Series, ...]
    reference: float | None = None
    bounds: tuple[float, float] | None = None
    signed: bool = False
    note_header: str = ""
    about: str = ""
    percent: bool = False
    show: tuple[float, ...] = ()
    kind: str = "System"

    def table(self) -> Table:
        """All marks as rows: label, series (where there are several), and the marks' own cells."""
        return table_of(self.rows, self.series, kind=self.kind)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return forest(self, width, ident, stacked=narrow)


@dataclass(frozen=True)
class _Frame:
    """Where things stand: labels in [0, x0), the plot in [x0, x1], notes after it; stacked: labels above the plot."""

    width: float
    top: float
    stacked: bool
    scale: Linear
    label_room: float
    notes: float

    def row_height(self, row: Row) -> float:
        return (18 if self.stacked else 0) + max(26.0, 10 + _MARK * len(row.marks))


def forest(spec: Forest, width: float, ident: str, *, stacked: bool = False) -> str:
    """The chart as SVG text.

    Args:
        spec: what to draw.
        width: in pixels; the height follows from the rows.
        ident: unique in the page; prefix of the ids of title and description.
        stacked: labels above their rows instead of beside them, for narrow pages.
    """
    if not spec.rows:
        return nothing(width, ident, spec.title, spec.about)
    frame = _frame(spec, width, stacked)
    tops = [frame.top]
    for row in spec.rows:
        tops.append(tops[-1] + frame.row_height(row))
    plot = (frame.top, tops[-1])
    parts = [
        *_head(spec, frame),
        *across(frame.scale, plot, width, spec.axis, signed=spec.signed, percent=spec.percent),
    ]
    for row, top in zip(spec.rows, tops, strict=False):
        parts += _reference(spec, frame, top, frame.row_height(row))
        drawn = "".join(_row(spec, row, frame, top))
        parts.append(element("g", drawn, role="dim") if row.dim else drawn)
    return root(width, tops[-1] + AXIS, *parts, ident=ident, title=spec.title, about=spec.about)


def _frame(spec: Forest, width: float, stacked: bool) -> _Frame:
    gated = any(mark.line is not None for row in spec.rows for mark in row.marks)
    low, high = domain_of(_values(spec), spec.bounds, 0.10 if gated else 0.04)
    notes = max((text_width(row.note) for row in spec.rows), default=0.0)
    notes = min(max(notes, text_width(spec.note_header, 11)) if notes else 0.0, (0.72 if stacked else 0.3) * width)
    labels = max((text_width(row.label) for row in spec.rows), default=0.0)
    names = legend_height(spec.series, width - notes - _GAP) if _mixed(spec) else 0.0
    top = max(names, _HEAD if spec.note_header and notes else 0.0, 4.0) + 4
    if stacked:
        return _Frame(width, top, True, Linear(low, high, 6, width - 6), width - notes - _GAP, notes)
    room = min(labels, 0.38 * width)
    right = width - (notes + _GAP if notes else 0) - 8
    return _Frame(width, top, False, Linear(low, high, room + _GAP + 4, max(right, room + _GAP + 44)), room, notes)


def _values(spec: Forest) -> Iterator[float]:
    yield from spec.show
    if spec.reference is not None:
        yield spec.reference
    for row in spec.rows:
        for mark in row.marks:
            yield from (v for v in (mark.point, mark.line) if v is not None)
            yield from mark.thin or ()
            yield from mark.thick or ()


def _mixed(spec: Forest) -> bool:
    """Whether a row holds several marks, which only a legend can tell apart."""
    return any(len(row.marks) > 1 for row in spec.rows)


def _head(spec: Forest, frame: _Frame) -> Iterator[str]:
    """The legend at the left, what the notes are at the right."""
    if _mixed(spec):
        yield from legend(spec.series, frame.width, frame.notes + _GAP)
    if spec.note_header and frame.notes:
        words = fit(spec.note_header, frame.notes + _GAP, 11)
        yield text(frame.width - 2, 13, words, "tick", anchor="end", full=spec.note_header)


def _reference(spec: Forest, frame: _Frame, top: float, height: float) -> Iterator[str]:
    """The part of the reference line that belongs to a row, without the label that stands over it."""
    if spec.reference is not None:
        x = frame.scale(spec.reference)
        yield element("line", role="zero", x1=x, x2=x, y1=top + (18 if frame.stacked else 0), y2=top + height)


def _row(spec: Forest, row: Row, frame: _Frame, top: float) -> Iterator[str]:
    height = frame.row_height(row)
    plot_top, plot_height = (top + 18, height - 18) if frame.stacked else (top, height)
    baseline = top + 14 if frame.stacked else top + height / 2 + 4
    yield text(0, baseline, fit(row.label, frame.label_room), "label", full=row.label)
    if row.note:
        yield text(frame.width - 2, baseline, fit(row.note, frame.notes), "note", anchor="end", full=row.note)
    first = plot_top + plot_height / 2 - _MARK * (len(row.marks) - 1) / 2
    for mark in row.marks:
        yield from _line(mark, frame.scale, plot_top, plot_height)
    for i, mark in enumerate(row.marks):
        title = element("title", raw_text(mark.words)) if mark.words else ""
        yield element("g", title, *_mark(spec, mark, frame.scale, first + _MARK * i))


def _line(mark: Mark, scale: Linear, top: float, height: float) -> Iterator[str]:
    """The gate's line, and a tint over the side where the gate is not met."""
    if mark.line is None:
        return
    x = scale(mark.line)
    if mark.side:
        start, stop = (scale.start, x) if mark.side == "above" else (x, scale.stop)
        yield element("rect", role="beyond", x=start, y=top + 1, width=max(stop - start, 0.0), height=height - 2)
    yield element("line", role="line", x1=x, x2=x, y1=top + 1, y2=top + height - 1)


def _mark(spec: Forest, mark: Mark, scale: Linear, y: float) -> Iterator[str]:
    series = spec.series[mark.series]
    tone = mark.tone or series.tone
    if mark.point is None:
        yield text((scale.start + scale.stop) / 2, y + 4, "no value", "note", anchor="middle")
        return
    for span, weight in ((mark.thin, "thin"), (mark.thick, "thick")):
        if span is not None:
            yield element("line", role=f"{tone}-{weight}", x1=scale(span.lo), x2=scale(span.hi), y1=y, y2=y)
    yield element("circle", role=f"{tone}-{'ring' if series.hollow else 'dot'}", cx=scale(mark.point), cy=y, r=4.5)
