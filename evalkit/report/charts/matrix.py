"""A matrix of counts: a row a class of gold, a column an answer, tinted by the share of its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.report.charts.axes import nothing
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Matrix", "matrix"]

_ROW, _HEAD, _FOOT = 26.0, 40.0, 8.0


@dataclass(frozen=True)
class Matrix:
    """Counts with names on both sides.

    Attributes:
        title: what the chart shows.
        rows, columns: names; row i and column i are the same class.
        counts: one list a row.
        about: the longer description for a screen reader.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    about: str = ""

    def table(self) -> Table:
        """The counts, with the cases of each row."""
        body = [
            [name, *(f"{n:,}" for n in row), f"{sum(row):,}"] for name, row in zip(self.rows, self.counts, strict=True)
        ]
        return Table(["gold \\ answer", *self.columns, "cases"], body)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return matrix(self, width, ident)


def matrix(spec: Matrix, width: float, ident: str) -> str:
    """The chart as SVG text; names that do not fit over their columns are numbers, which the rows explain."""
    if not spec.rows or not spec.columns:
        return nothing(width, ident, spec.title, spec.about)
    widest = max(text_width(name, 11) for name in spec.columns)
    room = min(max(text_width(name) for name in spec.rows) + 12, 0.35 * width)
    cell = min((width - room) / len(spec.columns), 96.0)
    numbered = widest + 6 > cell
    if numbered:
        room = min(max(text_width(f"{i + 1} {name}") for i, name in enumerate(spec.rows)) + 12, 0.35 * width)
        cell = min((width - room) / len(spec.columns), 96.0)
    across, down = fit("answer →", max(width - room, 40.0), 11), fit("gold ↓", room - 8, 11)
    parts = [text(min(room, width - text_width(across, 11)), 12, across, "tick"), text(0, _HEAD - 8, down, "tick")]
    for j, name in enumerate(spec.columns):
        shown = str(j + 1) if numbered else name
        if text_width(shown, 11) + 3 <= cell:
            parts.append(text(room + cell * (j + 0.5), _HEAD - 8, shown, "tick", anchor="middle", full=name))
    for i, name in enumerate(spec.rows):
        words = f"{i + 1} {name}" if numbered else name
        parts.append(text(0, _HEAD + _ROW * i + 17, fit(words, room - 10), "label", full=words))
        parts += _cells(spec, i, (room, _HEAD + _ROW * i, cell))
    return root(width, _HEAD + _ROW * len(spec.rows) + _FOOT, *parts, ident=ident, title=spec.title, about=spec.about)


def _cells(spec: Matrix, i: int, at: tuple[float, float, float]) -> Iterator[str]:
    left, top, cell = at
    whole = max(sum(spec.counts[i]), 1)
    for j, n in enumerate(spec.counts[i]):
        share = n / whole
        words = f"gold {spec.rows[i]}, answer {spec.columns[j]}: {n:,} ({100 * share:.1f} %)"
        yield element(
            "rect", element("title", raw_text(words)), role="pass-bar" if i == j else "fail-bar", x=left + cell * j,
            y=top, width=max(cell - 1, 0.5), height=_ROW - 1, fill_opacity=0.06 + 0.44 * share,
        )  # fmt: skip
        shown = f"{n:,}"
        if text_width(shown) + 4 <= cell:
            yield text(left + cell * (j + 0.5), top + 17, shown, "within", anchor="middle")
