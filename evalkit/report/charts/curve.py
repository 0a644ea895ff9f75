"""Curves of shares between 0 and 1 over a quantity: power by drop, with the error of the simulation as a whisker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from evalkit.report.charts.scale import Linear, domain_of, tick_labels, ticks
from evalkit.report.charts.spec import Range, Series, Table
from evalkit.report.charts.svg import element, raw_text, root, text, text_width

__all__ = ["Curves", "Point", "curves"]

_LEFT, _TOP, _BOTTOM, _HEIGHT = 44.0, 26.0, 40.0, 210.0


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
    """

    title: str
    axis: str
    points: tuple[Point, ...]
    series: tuple[Series, ...]
    across: tuple[Line, ...] = ()
    upright: tuple[Line, ...] = field(default=())
    about: str = ""

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


def _cell(point: Point) -> str:
    sure = "" if point.span is None else f" [{point.span.lo:.3f}, {point.span.hi:.3f}]"
    return f"{point.y:.3f}{sure}"


def curves(spec: Curves, width: float, ident: str) -> str:
    """The chart as SVG text."""
    low, high = domain_of([p.x for p in spec.points] + [line.at for line in spec.upright], air=0.02)
    across, up = Linear(low, high, _LEFT, width - 12), Linear(0, 1, 0.0, _HEIGHT)
    floor = _TOP + _HEIGHT
    parts = [*_frame(spec, across, up, floor), *_legend(spec), *_read_off(spec, across, up, floor)]
    for i, look in enumerate(spec.series):
        mine = [p for p in spec.points if p.series == i]
        at = [(across(p.x), floor - up(p.y)) for p in mine]
        for (x1, y1), (x2, y2) in itertools.pairwise(at):
            parts.append(element("line", role=f"{look.tone}-thin", x1=x1, y1=y1, x2=x2, y2=y2))
        for point, (x, y) in zip(mine, at, strict=True):
            parts.extend(_mark(look, point, x, y, up, floor))
    return root(width, floor + _BOTTOM, *parts, ident=ident, title=spec.title, about=spec.about)


def _mark(look: Series, point: Point, x: float, y: float, up: Linear, floor: float) -> Iterator[str]:
    if point.span is not None:
        lo, hi = floor - up(point.span.lo), floor - up(point.span.hi)
        yield element("line", role=f"{look.tone}-thin", x1=x, x2=x, y1=lo, y2=hi)
    title = element("title", raw_text(f"{look.name}: {_cell(point)} at {point.x:.4g}"))
    yield element("circle", title, role=f"{look.tone}-{'ring' if look.hollow else 'dot'}", cx=x, cy=y, r=3.5)


def _frame(spec: Curves, across: Linear, up: Linear, floor: float) -> Iterator[str]:
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = floor - up(share)
        yield element("line", role="grid", x1=across.start, x2=across.stop, y1=y, y2=y)
        yield text(across.start - 6, y + 4, f"{share:.0%}", "tick", anchor="end")
    at = ticks(across.lo, across.hi, max(2, int((across.stop - across.start) / 70)))
    for value, label in zip(at, tick_labels(at), strict=True):
        yield text(across(value), floor + 15, label, "tick", anchor="middle")
    yield text((across.start + across.stop) / 2, floor + 32, spec.axis, "axis", anchor="middle")


def _read_off(spec: Curves, across: Linear, up: Linear, floor: float) -> Iterator[str]:
    for line in spec.across:
        y = floor - up(line.at)
        yield element("line", role="line", x1=across.start, x2=across.stop, y1=y, y2=y)
        yield text(across.stop - 2, y - 4, line.words, "note", anchor="end")
    for line in spec.upright:
        x = across(line.at)
        yield element("line", role="line", x1=x, x2=x, y1=floor - up(1.0), y2=floor)
        yield text(x + 4, floor - up(1.0) + 12, line.words, "note")


def _legend(spec: Curves) -> Iterator[str]:
    x = _LEFT
    for look in spec.series:
        yield element("circle", role=f"{look.tone}-{'ring' if look.hollow else 'dot'}", cx=x + 4, cy=10, r=4)
        yield text(x + 13, 14, look.name, "note")
        x += 13 + text_width(look.name) + 18
