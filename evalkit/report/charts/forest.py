"""The interval (forest) plot: a dot, the thin 95 % interval, the thick 90 % one that decides, and the gate's line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.report.charts.scale import Linear, domain_of, tick_labels, ticks
from evalkit.report.charts.spec import Forest, Mark, Row
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["forest"]

_GAP, _LEGEND, _AXIS, _MARK = 12.0, 22.0, 40.0, 13.0


@dataclass(frozen=True)
class _Frame:
    """Where things stand: labels in [0, x0), the plot in [x0, x1], notes after it; stacked: labels above the plot."""

    width: float
    top: float
    stacked: bool
    scale: Linear
    label_room: float

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
    frame = _frame(spec, width, stacked)
    tops = [frame.top]
    for row in spec.rows:
        tops.append(tops[-1] + frame.row_height(row))
    parts = [*_legend(spec), *_axis(spec, frame, tops[-1])]
    for row, top in zip(spec.rows, tops, strict=False):
        drawn = "".join(_row(spec, row, frame, top))
        parts.append(element("g", drawn, role="dim") if row.dim else drawn)
    return root(width, tops[-1] + _AXIS, *parts, ident=ident, title=spec.title, about=spec.about)


def _frame(spec: Forest, width: float, stacked: bool) -> _Frame:
    gated = any(mark.line is not None for row in spec.rows for mark in row.marks)
    low, high = domain_of(_values(spec), spec.bounds, 0.10 if gated else 0.04)
    notes = max((text_width(row.note) for row in spec.rows), default=0.0)
    notes = max(notes, text_width(spec.note_header, 11)) if notes else 0.0
    labels = max((text_width(row.label) for row in spec.rows), default=0.0)
    top = (_LEGEND if _mixed(spec) or (spec.note_header and notes) else 6.0) + 2
    if stacked:
        return _Frame(width, top, True, Linear(low, high, 10, width - 10), width - notes - _GAP)
    room = min(labels, 0.4 * width)
    right = width - (notes + _GAP if notes else 0) - 8
    return _Frame(width, top, False, Linear(low, high, room + _GAP + 4, max(right, room + _GAP + 44)), room)


def _values(spec: Forest) -> Iterator[float]:
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


def _legend(spec: Forest) -> Iterator[str]:
    if not _mixed(spec):
        return
    x = 6.0
    for series in spec.series:
        yield element("circle", role=f"{series.tone}-{'ring' if series.hollow else 'dot'}", cx=x, cy=10, r=4)
        yield text(x + 9, 14, series.name, "note")
        x += 9 + text_width(series.name) + 18


def _axis(spec: Forest, frame: _Frame, bottom: float) -> Iterator[str]:
    scale = frame.scale
    at = ticks(scale.lo, scale.hi, max(2, int((scale.stop - scale.start) / 70)))
    for value, label in zip(at, tick_labels(at, signed=spec.signed), strict=True):
        x = scale(value)
        yield element("line", role="grid", x1=x, x2=x, y1=frame.top, y2=bottom)
        half = text_width(label, 11) / 2
        yield text(min(max(x, half), frame.width - half), bottom + 15, label, "tick", anchor="middle")
    if spec.reference is not None:
        x = scale(spec.reference)
        yield element("line", role="zero", x1=x, x2=x, y1=frame.top - 2, y2=bottom)
    words = fit(spec.axis, frame.width - 4, 11)
    middle = min(
        max((scale.start + scale.stop) / 2, text_width(words, 11) / 2), frame.width - text_width(words, 11) / 2
    )
    yield text(middle, bottom + 32, words, "axis", anchor="middle", full=spec.axis)
    if spec.note_header and any(row.note for row in spec.rows):
        yield text(frame.width - 2, 14, spec.note_header, "tick", anchor="end")


def _row(spec: Forest, row: Row, frame: _Frame, top: float) -> Iterator[str]:
    height = frame.row_height(row)
    plot_top, plot_height = (top + 18, height - 18) if frame.stacked else (top, height)
    baseline = top + 14 if frame.stacked else top + height / 2 + 4
    label = fit(row.label, frame.label_room)
    if frame.stacked:
        yield text(0, baseline, label, "label", full=row.label)
    else:
        yield text(frame.label_room, baseline, label, "label", anchor="end", full=row.label)
    if row.note:
        yield text(frame.width - 2, baseline, row.note, "note", anchor="end")
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
        yield text((scale.start + scale.stop) / 2, y + 4, "no value", "tick", anchor="middle")
        return
    for span, weight in ((mark.thin, "thin"), (mark.thick, "thick")):
        if span is not None:
            yield element("line", role=f"{tone}-{weight}", x1=scale(span.lo), x2=scale(span.hi), y1=y, y2=y)
    yield element("circle", role=f"{tone}-{'ring' if series.hollow else 'dot'}", cx=scale(mark.point), cy=y, r=4.5)
