"""Stacked bars, each a whole: what share of the answers each rule decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.report.charts.axes import beside, nothing
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.charts.theme import Tone

__all__ = ["Segment", "Stack", "StackRow", "stack"]

_BAR, _HEAD, _GAP, _TICKS = 22.0, 18.0, 14.0, 22.0
_SWATCH, _LINE = 10.0, 18.0
_STRONGEST = 0.55


class Segment(NamedTuple):
    """A share of a stacked bar: its name, its count, its tone, and how strongly the tone is laid on (0 to 1)."""

    name: str
    n: int
    tone: Tone
    strength: float = 1.0


class StackRow(NamedTuple):
    """One bar: its label, its segments from left to right, and a short note at the right."""

    label: str
    segments: tuple[Segment, ...]
    note: str = ""


@dataclass(frozen=True)
class Stack:
    """What a whole is made of: one bar a row, each filled to 100 %."""

    title: str
    axis: str
    rows: tuple[StackRow, ...]
    about: str = ""

    def table(self) -> Table:
        """One row a segment: bar, name, count, share."""
        body = [
            [row.label, part.name, f"{part.n:,}", f"{100 * part.n / max(sum(p.n for p in row.segments), 1):.1f} %"]
            for row in self.rows
            for part in row.segments
        ]
        return Table(["", "Rule", "Answers", "Share"], body)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return stack(self, width, ident)


def stack(spec: Stack, width: float, ident: str) -> str:
    """The chart as SVG text: label and note over each bar, names inside the segments that have room for them."""
    if not spec.rows:
        return nothing(width, ident, spec.title, spec.about)
    height = _HEAD + _BAR + _GAP
    keys = _keys(spec, width)
    top = _LINE * (1 + max((line for _, line, _, _ in keys), default=-1)) + (6 if keys else 0)
    parts = [*_legend(keys), *(_row(row, width, top + height * i) for i, row in enumerate(spec.rows))]
    bottom = top + height * len(spec.rows)
    parts += [
        text(width * share, bottom + 2, f"{100 * share:.0f}\u00a0%", "tick", anchor=anchor)
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
    ]
    parts += beside(spec.axis, width / 2, bottom + 19, width)
    return root(width, bottom + _TICKS + 6, *parts, ident=ident, title=spec.title, about=spec.about)


def _keys(spec: Stack, width: float) -> list[tuple[float, int, str, Segment]]:
    """Place, line and words of each kind of segment whose name has no room in one of the bars, once."""
    found: list[tuple[float, int, str, Segment]] = []
    seen: set[tuple[str, Tone]] = set()
    x, line = 0.0, 0
    for row in spec.rows:
        whole = max(sum(part.n for part in row.segments), 1)
        for part in row.segments:
            if (part.name, part.tone) in seen or _named(part, whole, width * part.n / whole):
                continue
            seen.add((part.name, part.tone))
            words = fit(part.name, max(width - _SWATCH - 6, 20.0))
            room = _SWATCH + 5 + text_width(words)
            if x and x + room > width:
                x, line = 0.0, line + 1
            found.append((x, line, words, part))
            x += room + 16
    return found


def _legend(keys: list[tuple[float, int, str, Segment]]) -> Iterator[str]:
    for x, line, words, part in keys:
        y = _LINE * line
        dot = {"cx": x + _SWATCH / 2, "cy": y + 8, "r": _SWATCH / 2}
        yield element("circle", role=f"{part.tone}-bar", fill_opacity=_STRONGEST * part.strength, **dot)
        yield text(x + _SWATCH + 5, y + 12, words, "note", full=part.name)


def _row(row: StackRow, width: float, top: float) -> str:
    note = fit(row.note, width / 2)
    room = width - (text_width(note) + 8 if note else 0.0)
    parts = [text(0, top + 12, fit(row.label, room), "label", full=row.label)]
    if note:
        parts.append(text(width, top + 12, note, "note", anchor="end", full=row.note))
    whole = max(sum(part.n for part in row.segments), 1)
    left = 0.0
    for part in row.segments:
        room = width * part.n / whole
        parts.append(_segment(part, whole, left, top + _HEAD, room))
        left += room
    return element("g", *parts)


def _segment(part: Segment, whole: int, left: float, top: float, room: float) -> str:
    share = 100 * part.n / whole
    words = f"{part.name}: {part.n:,} ({share:.1f}\u00a0%)"
    # The tone lies over the page's own background, at most half as strong as it is, so that words on it are readable
    # in both themes.
    bar = element(
        "rect", element("title", raw_text(words)), role=f"{part.tone}-bar", x=left, y=top, width=max(room - 1, 0.5),
        height=_BAR, fill_opacity=_STRONGEST * part.strength,
    )  # fmt: skip
    named = _named(part, whole, room)
    return element("g", bar, text(left + 5, top + 15, named, "within") if named else "")


def _named(part: Segment, whole: int, room: float) -> str | None:
    """What stands in a segment: its name and share, the name alone, or nothing."""
    words = (f"{part.name} {100 * part.n / whole:.0f}\u00a0%", part.name)
    return next((w for w in words if text_width(w) + 10 <= room), None)
