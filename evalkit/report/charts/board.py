"""Several numbers of the same systems side by side: a row a system, a panel a number, each panel with its own axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.report.charts.scale import Linear, domain_of, tick_labels, ticks
from evalkit.report.charts.spec import Range, Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.charts.theme import Tone

__all__ = ["Board", "Panel", "Spot"]

_ROW, _HEAD, _AXIS, _GAP, _OVER = 26.0, 24.0, 22.0, 22.0, 16.0


class Spot(NamedTuple):
    """One number of one system.

    Attributes:
        point: the dot; None: there is no value, and `shown` says so.
        span: its interval.
        tail: a second value, joined to the dot and ended by a tick, such as a 95th percentile.
        shown: the number as text, at the right of the panel.
        words: all of it, for a pointer.
        tone: of the dot.
    """

    point: float | None
    span: Range | None = None
    tail: float | None = None
    shown: str = ""
    words: str = ""
    tone: Tone = "candidate"


@dataclass(frozen=True)
class Panel:
    """One number of all systems.

    Attributes:
        header: what it is, with its unit.
        spots: one a system.
        bounds: where values cannot be beyond.
        weight: how much of the width it takes, beside the others.
    """

    header: str
    spots: tuple[Spot, ...]
    bounds: tuple[float, float] | None = None
    weight: float = 1.0

    def scale(self, start: float, stop: float) -> Linear:
        """From values to positions."""
        seen = [v for s in self.spots for v in (s.point, s.tail, *(s.span or ())) if v is not None]
        return Linear(*domain_of(seen, self.bounds), start, stop)

    @property
    def room(self) -> float:
        """Pixels that the numbers at the right take."""
        return max((text_width(s.shown, 11) for s in self.spots), default=0.0) + 8


@dataclass(frozen=True)
class Board:
    """Systems as rows, numbers as panels.

    Attributes:
        title: what the chart shows.
        names: of the systems, from top to bottom.
        marks: a short sign behind each name, such as letters.
        panels: from left to right; under each other on narrow pages.
        head: what stands over the names, and over the marks.
        about: the longer description for a screen reader.
    """

    title: str
    names: tuple[str, ...]
    marks: tuple[str, ...]
    panels: tuple[Panel, ...]
    head: tuple[str, str] = ("", "")
    about: str = ""

    def table(self) -> Table:
        """A row a system: its mark, and every panel in words."""
        body = [
            [name, mark, *(panel.spots[i].words or panel.spots[i].shown for panel in self.panels)]
            for i, (name, mark) in enumerate(zip(self.names, self.marks, strict=True))
        ]
        return Table([*self.head, *(panel.header for panel in self.panels)], body)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        parts, height = _stacked(self, width) if narrow else _beside(self, width)
        return root(width, height, *parts, ident=ident, title=self.title, about=self.about)


def _beside(spec: Board, width: float) -> tuple[list[str], float]:
    marks = max((text_width(mark) for mark in (*spec.marks, spec.head[1])), default=0.0) + 14
    wide = max((text_width(name) for name in (*spec.names, spec.head[0])), default=0.0)
    names = min(wide + 10, 0.3 * width)
    bottom = _HEAD + _ROW * len(spec.names)
    parts = [text(0, _HEAD - 9, spec.head[0], "tick")]
    parts.append(text(names + 2, _HEAD - 9, spec.head[1], "tick"))
    for i, (name, mark) in enumerate(zip(spec.names, spec.marks, strict=True)):
        y = _HEAD + _ROW * (i + 0.5)
        parts.append(element("line", role="rule", x1=0, x2=width, y1=y + _ROW / 2, y2=y + _ROW / 2))
        parts.append(text(0, y + 4, fit(name, names - 10), "label", full=name))
        parts.append(text(names + 2, y + 4, mark, "strong"))
    left = names + marks
    free = width - left - _GAP * (len(spec.panels) - 1)
    total = sum(panel.weight for panel in spec.panels) or 1.0
    for panel in spec.panels:
        room = free * panel.weight / total
        parts += _panel(panel, (left, left + room), _HEAD, bottom, len(spec.names))
        left += room + _GAP
    return parts, bottom + _AXIS


def _stacked(spec: Board, width: float) -> tuple[list[str], float]:
    parts: list[str] = []
    top = 0.0
    for panel in spec.panels:
        height = _ROW + _OVER
        at = top + _HEAD
        for i, (name, mark) in enumerate(zip(spec.names, spec.marks, strict=True)):
            said = f"{name}  {mark}".strip()
            y = at + height * i + _OVER - 2
            parts.append(text(0, y, fit(said, width - panel.room - 8), "label", full=said))
        parts += _panel(panel, (6.0, width), at, at + height * len(spec.names), len(spec.names), _OVER)
        top = at + height * len(spec.names) + _AXIS + 10
    return parts, top


def _panel(
    panel: Panel, ends: tuple[float, float], top: float, bottom: float, n: int, over: float = 0.0
) -> Iterator[str]:
    """One panel between two positions; `over`: room above each row, where a name stands."""
    left, right = ends
    room = right - left if over else right - left - panel.room
    scale = panel.scale(left + 6, left + max(room, 40) - 6)
    yield text(left, top - 9, fit(panel.header, right - left, 11), "tick", full=panel.header)
    at = ticks(scale.lo, scale.hi, max(3, min(8, int((scale.stop - scale.start) / 55))))
    end = -1e9
    for value, label in zip(at, tick_labels(at), strict=True):
        half = text_width(label, 11) / 2
        middle = max(scale(value), left + half)
        yield element("line", role="grid", x1=scale(value), x2=scale(value), y1=top, y2=bottom)
        if middle - half > end + 5:
            yield text(middle, bottom + 14, label, "tick", anchor="middle")
            end = middle + half
    height = (bottom - top) / max(n, 1)
    for i, spot in enumerate(panel.spots):
        y = top + height * i + (over + 9 if over else height / 2)
        yield element("g", element("title", raw_text(spot.words or spot.shown)), *_spot(spot, scale, y))
        base = top + height * i + over - 2 if over else y + 4
        yield text(right, base, spot.shown, "tick", anchor="end")


def _spot(spot: Spot, scale: Linear, y: float) -> Iterator[str]:
    if spot.point is None:
        return
    x = scale(spot.point)
    if spot.tail is not None:
        far = scale(spot.tail)
        yield element("line", role="baseline-thin", x1=x, x2=far, y1=y, y2=y)
        yield element("line", role="baseline-thin", x1=far, x2=far, y1=y - 4, y2=y + 4)
    if spot.span is not None:
        yield element("line", role=f"{spot.tone}-thin", x1=scale(spot.span.lo), x2=scale(spot.span.hi), y1=y, y2=y)
    yield element("circle", role=f"{spot.tone}-dot", cx=x, cy=y, r=4.5)
