"""Bars to both sides of zero: what broke to the left, what was fixed to the right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.report.charts.axes import beside, nothing
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Diverging", "DivergingRow", "diverging"]

_ROW, _HEAD, _STACK = 26.0, 22.0, 18.0


class DivergingRow(NamedTuple):
    """Counts to the left and to the right of a common zero."""

    label: str
    left: int
    right: int


@dataclass(frozen=True)
class Diverging:
    """Counts that pull two ways, such as broke and fixed."""

    title: str
    axis: str
    rows: tuple[DivergingRow, ...]
    left: str
    right: str
    about: str = ""

    def table(self) -> Table:
        """Label, left count, right count."""
        return Table(["", self.left, self.right], [[r.label, f"{r.left:,}", f"{r.right:,}"] for r in self.rows])

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return diverging(self, width, ident, stacked=narrow or width < 400)


def diverging(spec: Diverging, width: float, ident: str, *, stacked: bool = False) -> str:
    """The chart as SVG text; both sides share one scale, and every bar carries its count."""
    if not spec.rows:
        return nothing(width, ident, spec.title, spec.about)
    room = 0.0 if stacked else min(max(text_width(row.label) for row in spec.rows) + 14, 0.45 * width)
    largest = max(max(row.left, row.right) for row in spec.rows) or 1
    sides = [max(text_width(f"{n:,}") for n in counts) + 8 for counts in zip(*(r[1:] for r in spec.rows), strict=True)]
    most = [max(counts) for counts in zip(*(r[1:] for r in spec.rows), strict=True)]
    per_case = max((width - room - sum(sides)) / max(sum(most), 1), 0.0)
    per_case = min(per_case, 0.5 * (width - room) / largest)
    zero = room + sides[0] + most[0] * per_case
    height = _ROW + (_STACK if stacked else 0)
    bottom = _HEAD + height * len(spec.rows)
    parts = [*_heads(spec, zero, width)]
    for i, row in enumerate(spec.rows):
        top = _HEAD + height * i
        baseline = top + (14 if stacked else 17)
        parts.append(text(0, baseline, fit(row.label, width if stacked else room - 12), "label", full=row.label))
        over = _STACK if stacked else 0.0
        parts.append(element("line", role="zero", x1=zero, x2=zero, y1=top + over, y2=top + height))
        parts.append(_bars(row, zero, per_case, top + over))
    parts += beside(spec.axis, zero, bottom + 16, width)
    return root(width, bottom + 22, *parts, ident=ident, title=spec.title, about=spec.about)


def _heads(spec: Diverging, zero: float, width: float) -> Iterator[str]:
    """What each side is, over its bars; where one side has too little room, the words are shortened."""
    left = fit(f"← {spec.left}", max(zero - 8, 0.4 * width))
    yield text(max(zero - 8, text_width(left)), 14, left, "note", anchor="end", full=spec.left)
    start = max(zero - 8, text_width(left)) + 16
    right = fit(f"{spec.right} →", width - start)
    if text_width(right) <= width - start:
        yield text(start, 14, right, "note", full=spec.right)


def _bars(row: DivergingRow, zero: float, per_case: float, top: float) -> str:
    left, right = row.left * per_case, row.right * per_case
    return element(
        "g",
        element("title", raw_text(f"{row.label}: {row.left:,} / {row.right:,}")),
        element("rect", role="fail-bar", x=zero - left, y=top + 6, width=left, height=14, fill_opacity=0.7),
        element("rect", role="pass-bar", x=zero, y=top + 6, width=right, height=14, fill_opacity=0.7),
        text(zero - left - 5, top + 17, f"{row.left:,}", "label", anchor="end"),
        text(zero + right + 5, top + 17, f"{row.right:,}", "label"),
    )
