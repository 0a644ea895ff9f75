"""Two numbers of each system against each other, with their intervals and the line of those that none beats on both."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.report.charts.axes import AXIS, across, nothing, over, up, up_room
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Range, Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Place", "Scatter", "scatter"]

_TOP, _RIGHT = 24.0, 12.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """One system: where it lies, its intervals, and whether it is on the front."""

    name: str
    x: float
    y: float
    x_range: Range | None = None
    y_range: Range | None = None
    front: bool = False
    words: str = ""


@dataclass(frozen=True)
class Scatter:
    """Systems by two numbers.

    Attributes:
        title: what the chart shows.
        across, up: labels of the axes, with units.
        places: the systems.
        header, rows: the table behind the chart, also of systems that have no place.
        about: the longer description for a screen reader.
    """

    title: str
    across: str
    up: str
    places: tuple[Place, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""

    def table(self) -> Table:
        """One row a system."""
        return Table(list(self.header), [list(row) for row in self.rows])

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return scatter(self, width, ident)


def scatter(spec: Scatter, width: float, ident: str) -> str:
    """The chart as SVG text: front systems are dots joined by a line, the others rings; names where there is room."""
    if not spec.places:
        return nothing(width, ident, spec.title, spec.about)
    y = Linear(*domain_of(itertools.chain.from_iterable(_span(p.y, p.y_range) for p in spec.places)), 0.0, 0.0)
    y = y._replace(stop=min(0.62 * width, 340.0))
    left = up_room(y)
    low, high = domain_of(itertools.chain.from_iterable(_span(p.x, p.x_range) for p in spec.places))
    x = Linear(low, high, left, width - _RIGHT)
    ground = _TOP + y.stop
    parts = [*over(spec.up, width), *across(x, (_TOP, ground), width, spec.across), *up(y, (left, x.stop), ground)]
    parts += _line(spec, (x, y), ground)
    at = [(x(place.x), ground - y(place.y)) for place in spec.places]
    parts += [_place(place, point, (x, y), ground) for place, point in zip(spec.places, at, strict=True)]
    parts += _names(spec.places, at, (left, width), ground)
    return root(width, ground + AXIS, *parts, ident=ident, title=spec.title, about=spec.about)


def _span(point: float, ends: Range | None) -> tuple[float, ...]:
    return (point,) if ends is None else (point, ends.lo, ends.hi)


def _line(spec: Scatter, scales: tuple[Linear, Linear], ground: float) -> Iterator[str]:
    x, y = scales
    front = sorted((p for p in spec.places if p.front), key=lambda p: (p.x, p.y))
    for a, b in itertools.pairwise(front):
        yield element("line", role="line", x1=x(a.x), y1=ground - y(a.y), x2=x(b.x), y2=ground - y(b.y))


def _place(place: Place, at: tuple[float, float], scales: tuple[Linear, Linear], ground: float) -> str:
    x, y = scales
    parts = [element("title", raw_text(place.words or place.name))]
    tone = "candidate" if place.front else "baseline"
    if place.x_range is not None:
        ends = (x(place.x_range.lo), x(place.x_range.hi))
        parts.append(element("line", role=f"{tone}-thin", x1=ends[0], x2=ends[1], y1=at[1], y2=at[1]))
    if place.y_range is not None:
        ends = (ground - y(place.y_range.lo), ground - y(place.y_range.hi))
        parts.append(element("line", role=f"{tone}-thin", x1=at[0], x2=at[0], y1=ends[0], y2=ends[1]))
    kind = "dot" if place.front else "ring"
    return element("g", *parts, element("circle", role=f"{tone}-{kind}", cx=at[0], cy=at[1], r=5))


def _names(
    places: Sequence[Place], at: Sequence[tuple[float, float]], ends: tuple[float, float], ground: float
) -> Iterator[str]:
    """Names beside their dots, where they cover no other name and no dot; the front's first."""
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in at]
    for i in sorted(range(len(places)), key=lambda i: not places[i].front):
        x, y = at[i]
        words = fit(places[i].name, 0.3 * ends[1])
        room = text_width(words)
        beside = [(x + 9, y - 7), (x - 9 - room, y - 7), (x + 9, y + 16), (x - 9 - room, y + 16)]
        for left, base in [
            *beside,
            (x - room / 2, y - 11),
            (x - room / 2, y + 20),
            (x - room, y - 11),
            (x - room, y + 20),
        ]:
            box = (left, base - 11, left + room, base + 3)
            inside = left >= ends[0] and left + room <= ends[1] and base - 11 >= _TOP and base <= ground
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                yield text(left, base, words, "label", full=places[i].name)
                break


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
