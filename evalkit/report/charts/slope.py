"""Two systems, a line a slice or metric: what rose, what fell, and by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evalkit.report.charts.axes import apart, nothing
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Mark, Row, Series, Table, table_of
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Slope", "slope"]

Pair = tuple[Row, Mark | None, Mark | None]


@dataclass(frozen=True)
class Slope:
    """Paired values of two systems on one scale.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        axis: what the values are, with the unit.
        rows: one a slice or metric: its label and two marks, series 0 (left) and 1 (right), each with `words` and
            `cells`. `tone` of the right one colours the line (pass: shown to be better, fail: shown to be worse; None:
            not shown), and `note` is what stands behind the label, such as the two values.
        series: left, then right.
        about: the longer description for a screen reader.
    """

    title: str
    axis: str
    rows: tuple[Row, ...]
    series: tuple[Series, Series]
    about: str = ""

    def table(self) -> Table:
        """One row a value."""
        return table_of(self.rows, self.series)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return slope(self, width, ident)


def slope(spec: Slope, width: float, ident: str) -> str:
    """The chart as SVG text: labels at the right ends, values at both, moved apart where they would meet."""
    pairs = [(row, _of(row, 0), _of(row, 1)) for row in spec.rows]
    values = [m.point for _, a, b in pairs for m in (a, b) if m is not None and m.point is not None]
    if not values:
        return nothing(width, ident, spec.title, spec.about)
    height = max(170.0, 17.0 * len(spec.rows))
    frame = _frame(spec, pairs, width, Linear(*domain_of(values), 0.0, height))
    first, second = (series.name for series in spec.series)
    parts = [
        text(0, 13, fit(first, frame.right - 30, 13), "strong", full=first),
        text(frame.right, 13, fit(second, width - frame.right, 13), "strong", full=second),
    ]
    parts += [element("line", role="rule", x1=x, x2=x, y1=24, y2=frame.ground + 6) for x in (frame.left, frame.right)]
    for row, a, b in pairs:
        parts += _pair(row, (a, b), frame)
    parts += [*_labels(pairs, frame), *_starts(pairs, frame)]
    parts.append(text(0, frame.ground + 26, fit(spec.axis, width - 4, 11), "axis", full=spec.axis))
    return root(width, frame.ground + 32, *parts, ident=ident, title=spec.title, about=spec.about)


@dataclass(frozen=True)
class _Frame:
    """Where the two uprights stand, how high values are over the ground, and how values are written."""

    width: float
    left: float
    right: float
    ground: float
    scale: Linear
    digits: int

    def y(self, value: float) -> float:
        return self.ground - self.scale(value)

    def shown(self, value: float) -> str:
        if not 1e-4 <= max(abs(self.scale.lo), abs(self.scale.hi)) < 1e6:
            return ""  # the table has it
        sign = "\u2212" if value < 0 and f"{value:.{self.digits}f}".strip("-0.") else ""
        return f"{sign}{abs(value):,.{self.digits}f}"


def _frame(spec: Slope, pairs: Sequence[Pair], width: float, scale: Linear) -> _Frame:
    digits = min(max(1 - math.floor(math.log10(scale.hi - scale.lo)), 0), 4)
    bare = _Frame(width, 0.0, 0.0, 32.0 + scale.stop, scale, digits)
    left = max((text_width(bare.shown(a.point)) for _, a, _ in pairs if a and a.point is not None), default=0.0) + 9
    names = max(text_width(_said(row, b, bare)) for row, _, b in pairs) + 16
    room = min(max(names, text_width(spec.series[1].name, 13) + 4), 0.6 * width)
    return replace(bare, left=min(left, 0.2 * width), right=width - room)


def _of(row: Row, series: int) -> Mark | None:
    return next((m for m in row.marks if m.series == series and m.point is not None), None)


def _said(row: Row, end: Mark | None, frame: _Frame) -> str:
    value = "" if end is None or end.point is None else frame.shown(end.point)
    return "  ".join(part for part in (value, row.label, row.note) if part)


def _pair(row: Row, marks: tuple[Mark | None, Mark | None], frame: _Frame) -> Iterator[str]:
    xs = (frame.left, frame.right)
    found = [(x, frame.y(m.point), m) for x, m in zip(xs, marks, strict=True) if m is not None and m.point is not None]
    told = marks[1].tone if marks[1] else None
    words = "; ".join(m.words for _, _, m in found if m.words) or row.label
    drawn = []
    if len(found) == 2:
        (x1, y1, _), (x2, y2, _) = found
        role = f"{told}-path" if told else "baseline-thin"
        drawn.append(element("line", role=role, x1=x1, y1=y1, x2=x2, y2=y2))
    drawn += [element("circle", role=f"{told or 'baseline'}-dot", cx=x, cy=y, r=4) for x, y, _ in found]
    title = element("title", raw_text(f"{row.label}: {words}" if words != row.label else words))
    yield element("g", title, *drawn, role="dim" if row.dim else "")


def _labels(pairs: Sequence[Pair], frame: _Frame) -> Iterator[str]:
    """Value, label and note at the right ends, with a thread to the end where they were moved."""
    ends = [
        (row, b, frame.y(m.point)) for row, a, b in pairs for m in [b or a] if m is not None and m.point is not None
    ]
    spread = apart([end for _, _, end in ends], 16.0, 34.0, frame.ground)
    for (row, b, end), placed in zip(ends, spread, strict=True):
        if abs(placed - end) > 3:
            yield element("line", role="rule", x1=frame.right + 4, y1=end, x2=frame.right + 11, y2=placed)
        words = _said(row, b, frame)
        shown = text(frame.right + 14, placed + 4, fit(words, frame.width - frame.right - 14), "label", full=words)
        yield element("g", shown, role="dim") if row.dim else shown


def _starts(pairs: Sequence[Pair], frame: _Frame) -> Iterator[str]:
    """Values at the left ends, where they do not meet another."""
    end = -1e9
    for y, mark in sorted(
        ((frame.y(a.point), a) for _, a, _ in pairs if a and a.point is not None), key=lambda p: p[0]
    ):
        words = frame.shown(mark.point or 0.0)
        if words and y > end + 15 and text_width(words) + 8 <= frame.left:
            yield text(frame.left - 8, y + 4, words, "note", anchor="end")
            end = y
