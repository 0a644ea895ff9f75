"""A heat map of slices: a row a slice, a column a system or metric, tinted by value or difference, n beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evalkit.report.charts.axes import nothing, over
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.charts.theme import Tone

__all__ = ["Grid", "GridCell", "GridRow", "grid", "key"]

_ROW, _HEAD, _WIDEST = 28.0, 20.0, 150.0


@dataclass(frozen=True)
class GridCell:
    """One slice of one column.

    Attributes:
        shown: the value as text, such as `0.81` or `+0.04`; differences carry their sign, so colour is not alone.
        strength: how strongly the tone is laid on, 0 to 1.
        tone: of the tint: `pass` and `fail` for better and worse, a series' tone for values.
        strong: shown beyond noise: set in bold.
        dim: too few cases to be judged.
        words: all of it, for a pointer.
        cells: name -> formatted text, for the table behind the chart.
    """

    shown: str
    strength: float = 0.0
    tone: Tone = "baseline"
    strong: bool = False
    dim: bool = False
    words: str = ""
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GridRow:
    """One slice: its label, a cell a column (None: nothing there), and a note at the right (its n)."""

    label: str
    cells: tuple[GridCell | None, ...]
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """Slices by systems or metrics.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        columns: names.
        rows: from top to bottom.
        axis: what the cells are, with the unit.
        note_header: what stands over the notes.
        about: the longer description for a screen reader.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    axis: str = ""
    note_header: str = ""
    about: str = ""

    def table(self) -> Table:
        """One row a cell with its own cells; without any, the grid itself."""
        names = list(dict.fromkeys(n for row in self.rows for cell in row.cells if cell for n in cell.cells))
        if not names:
            body = [[row.label, *(cell.shown if cell else "" for cell in row.cells), row.note] for row in self.rows]
            return Table(["", *self.columns, self.note_header], body)
        found = [
            [row.label, column, *(cell.cells.get(n, "") for n in names)]
            for row in self.rows
            for column, cell in zip(self.columns, row.cells, strict=True)
            if cell
        ]
        return Table(["", "Column", *names], found)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return grid(self, width, ident)


def grid(spec: Grid, width: float, ident: str) -> str:
    """The chart as SVG text; where names do not fit over their columns, the columns are numbered and named below."""
    if not spec.rows or not spec.columns:
        return nothing(width, ident, spec.title, spec.about)
    frame = _frame(spec, width)
    parts = [*over(spec.axis, width)]
    every = math.ceil((text_width(str(len(spec.columns)), 11) + 3) / frame.side) if frame.numbered else 1
    for j, name in list(enumerate(spec.columns))[::every]:
        shown = str(j + 1) if frame.numbered else fit(name, frame.side - 4, 11)
        parts.append(text(frame.x(j), frame.head - 7, shown, "tick", anchor="middle", full=name))
    if spec.note_header and frame.notes:
        words = fit(spec.note_header, frame.notes, 11)
        parts.append(text(frame.stop + 8, frame.head - 7, words, "tick", full=spec.note_header))
    for i, row in enumerate(spec.rows):
        parts += _row(spec, row, frame, frame.head + _ROW * i)
    bottom = frame.head + _ROW * len(spec.rows)
    names = key(spec.columns, width) if frame.numbered else []
    parts += [text(0, bottom + 14 + 15 * i, line, "tick") for i, line in enumerate(names)]
    return root(width, bottom + 15 * len(names) + 6, *parts, ident=ident, title=spec.title, about=spec.about)


def key(names: Sequence[str], width: float) -> list[str]:
    """`1 name   2 another` in lines, for columns that are numbered."""
    lines: list[str] = []
    for j, name in enumerate(names):
        words = fit(f"{j + 1} {name}", width, 11)
        together = f"{lines[-1]}   {words}" if lines else words
        if lines and text_width(together, 11) <= width:
            lines[-1] = together
        else:
            lines.append(words)
    return lines


@dataclass(frozen=True)
class _Frame:
    """Labels in [0, labels), columns of `side` from there on, notes behind them."""

    labels: float
    side: float
    stop: float
    notes: float
    head: float
    numbered: bool

    def x(self, column: int) -> float:
        return self.labels + self.side * (column + 0.5)


def _frame(spec: Grid, width: float) -> _Frame:
    wanted = max(text_width(words, 11) for words in (spec.note_header, *(row.note for row in spec.rows)))
    notes = min(wanted, 0.16 * width)
    labels = min(max(text_width(row.label) for row in spec.rows) + 12, 0.36 * width)
    n = len(spec.columns)
    side = min((width - labels - (notes + 10 if notes else 0)) / n, _WIDEST)
    numbered = n > 1 and any(text_width(name, 11) > side - 4 for name in spec.columns)
    return _Frame(labels, side, labels + side * n, notes, _HEAD + (16.0 if spec.axis else 0.0), numbered)


def _row(spec: Grid, row: GridRow, frame: _Frame, top: float) -> Iterator[str]:
    dim = all(cell is None or cell.dim for cell in row.cells)
    label = text(0, top + 18, fit(row.label, frame.labels - 10), "label", full=row.label)
    yield element("g", label, role="dim") if dim else label
    for j, (column, cell) in enumerate(zip(spec.columns, row.cells, strict=True)):
        if cell is not None:
            yield _cell(cell, f"{row.label}, {column}: {cell.shown}", frame.labels + frame.side * j, top, frame.side)
    if row.note:
        yield text(frame.stop + 8, top + 18, fit(row.note, frame.notes, 11), "tick", full=row.note)


def _cell(cell: GridCell, told: str, left: float, top: float, side: float) -> str:
    box = element(
        "rect", element("title", raw_text(cell.words or told)), role=f"{cell.tone}-bar", x=left, y=top,
        width=max(side - 2, 0.5), height=_ROW - 2, fill_opacity=0.05 + 0.5 * min(max(cell.strength, 0.0), 1.0),
    )  # fmt: skip
    role, size = ("told", 13.0) if cell.strong else ("within", 12.0)
    fits = cell.shown and text_width(cell.shown, size) + 4 <= side
    said = text(left + side / 2 - 1, top + 18, cell.shown, role, anchor="middle") if fits else ""
    return element("g", box, said, role="dim" if cell.dim else "")
