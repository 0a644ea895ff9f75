"""Curves of shares between 0 and 1 over a quantity: power by drop, with the error of the simulation as a whisker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from evalkit.report.charts.axes import AXIS, across, legend, legend_height, nothing, readings, up, up_room
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Range, Series, Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text

__all__ = ["Curves", "Point", "curves"]

_HEIGHT = 210.0


class Point(NamedTuple):
    """One point of a curve: which series, where, how high (0 to 1), and how sure that is."""

    series: int
    x: float
    y: float
    span: Range | None = None


class Line(NamedTuple):
    """A level or a place to read off: its value and its words."""

    at: float
    words: str


@dataclass(frozen=True)
class Curves:
    """Curves over one axis.

    Attributes:
        title: what the chart shows.
        axis: label of the x axis, with the unit.
        points: of all series, each in order of x.
        series: the legend.
        across: levels of the y axis to read off.
        upright: places of the x axis to read off (a margin).
        about: the longer description for a screen reader.
        most: where the y axis ends, in (0, 1].
        percent: the x axis is of shares, and its ticks say percent.
    """

    title: str
    axis: str
    points: tuple[Point, ...]
    series: tuple[Series, ...]
    across: tuple[Line, ...] = ()
    upright: tuple[Line, ...] = field(default=())
    about: str = ""
    most: float = 1.0
    percent: bool = False

    def table(self) -> Table:
        """One row an x: the share of every series."""
        places = sorted({p.x for p in self.points})
        rows = []
        for x in places:
            found = [
                next((p for p in self.points if p.x == x and p.series == i), None) for i in range(len(self.series))
            ]
            rows.append([f"{x:.4g}", *("" if p is None else _cell(p) for p in found)])
        return Table([self.axis, *(s.name for s in self.series)], rows)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return curves(self, width, ident)


def _cell(point: Point) -> str:
    sure = "" if point.span is None else f" [{point.span.lo:.3f}, {point.span.hi:.3f}]"
    return f"{point.y:.3f}{sure}"


def curves(spec: Curves, width: float, ident: str) -> str:
    """The chart as SVG text."""
    if not spec.points:
        return nothing(width, ident, spec.title, spec.about)
    several = len(spec.series) > 1
    top = 12.0 + (legend_height(spec.series, width) if several else 0.0)
    low, high = domain_of([p.x for p in spec.points] + [line.at for line in spec.upright], air=0.02)
    height = Linear(0, spec.most, 0.0, _HEIGHT)
    x = Linear(low, high, up_room(height, percent=True), width - 10)
    floor = top + _HEIGHT
    parts = [*legend(spec.series, width)] if several else []
    parts += up(height, (x.start, x.stop), floor, percent=True)
    parts += across(x, (floor, floor + 4), width, spec.axis, percent=spec.percent)
    parts += _read_off(spec, x, height, floor)
    for i, look in enumerate(spec.series):
        mine = [p for p in spec.points if p.series == i]
        at = [(x(p.x), floor - height(p.y)) for p in mine]
        line = " ".join(f"{a:.2f},{b:.2f}" for a, b in at)
        if len(at) > 1:
            parts.append(element("polyline", role=f"{look.tone}-path", points=line))
        for point, (a, b) in zip(mine, at, strict=True):
            parts.extend(_mark(look, point, a, b, height, floor))
    return root(width, floor + AXIS, *parts, ident=ident, title=spec.title, about=spec.about)


def _mark(look: Series, point: Point, x: float, y: float, up: Linear, floor: float) -> Iterator[str]:
    if point.span is not None:
        lo, hi = floor - up(point.span.lo), floor - up(point.span.hi)
        yield element("line", role=f"{look.tone}-thin", x1=x, x2=x, y1=lo, y2=hi)
    title = element("title", raw_text(f"{look.name}: {_cell(point)} at {point.x:.4g}"))
    yield element("circle", title, role=f"{look.tone}-{'ring' if look.hollow else 'dot'}", cx=x, cy=y, r=3.5)


def _read_off(spec: Curves, x: Linear, height: Linear, floor: float) -> Iterator[str]:
    for line in spec.across:
        y = floor - height(line.at)
        yield element("line", role="line", x1=x.start, x2=x.stop, y1=y, y2=y)
        ends = [p for p in spec.points if p.series == 0]
        # Over the end of the line from which the curve is farther.
        left = bool(ends) and abs(ends[0].y - line.at) > abs(ends[-1].y - line.at)
        place, anchor = (x.start + 4, "start") if left else (x.stop - 2, "end")
        words = fit(line.words, (x.stop - x.start) / 2)
        yield text(place, y - 5, words, "note", anchor=anchor, full=line.words)
    marks = [(x(line.at), line.words) for line in spec.upright]
    yield from readings(marks, (floor - _HEIGHT, floor), (x.start, x.stop))
