"""A square of pairs: a row a system, a column a system, tinted by what is shown of the row against the column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.report.charts.axes import nothing
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.charts.theme import Tone

__all__ = ["Cell", "Heat", "heat"]

_ROW, _HEAD, _FOOT = 26.0, 30.0, 8.0


class Cell(NamedTuple):
    """One pair: its short text, its tone, how strongly that is laid on (0 to 1), all of it in words, and its sign.

    The sign stands before the text, under it, or where that has no room alone, so that colour tells nothing alone.
    The table behind the chart holds `listed`, or without it the words.
    """

    shown: str
    tone: Tone = "baseline"
    strength: float = 0.0
    words: str = ""
    sign: str = ""
    listed: str = ""


@dataclass(frozen=True)
class Heat:
    """Pairs of the same names on both sides; the columns are numbered, as names would not fit.

    Attributes:
        title: what the chart shows.
        names: of rows and columns.
        cells: (m, m), None on the diagonal or where there is nothing.
        corner: what stands over the rows.
        about: the longer description for a screen reader.
    """

    title: str
    names: tuple[str, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    corner: str = ""
    about: str = ""

    def table(self) -> Table:
        """All cells in words, as rows and columns of names."""
        body = [
            [name, *(cell.listed or cell.words or cell.shown if cell else "" for cell in row)]
            for name, row in zip(self.names, self.cells, strict=True)
        ]
        return Table([self.corner, *self.names], body)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return heat(self, width, ident)


def heat(spec: Heat, width: float, ident: str) -> str:
    """The chart as SVG text; what a cell has no room for is left out, its sign last, and told to a pointer."""
    if not spec.names:
        return nothing(width, ident, spec.title, spec.about)
    numbered = [f"{i + 1} {name}" for i, name in enumerate(spec.names)]
    wide = max((text_width(name) for name in numbered), default=0.0)
    room = min(max(wide, text_width(spec.corner, 11)) + 10, 0.36 * width)
    side = min((width - room) / max(len(spec.names), 1), 110.0)
    two = _two_lines(spec, side)
    height = _ROW + (14 if two else 0)
    parts = [text(0, _HEAD - 10, fit(spec.corner, room, 11), "tick", full=spec.corner)]
    for j, name in enumerate(spec.names):
        parts.append(text(room + side * (j + 0.5), _HEAD - 10, str(j + 1), "tick", anchor="middle", full=name))
    for i, row in enumerate(spec.cells):
        top = _HEAD + height * i
        base = top + height / 2 + 4
        parts.append(text(0, base, fit(numbered[i], room - 8), "label", full=numbered[i]))
        parts += _cells(row, (room, top, side), height, two)
    return root(
        width, _HEAD + height * len(spec.cells) + _FOOT, *parts, ident=ident, title=spec.title, about=spec.about
    )


def _one(cell: Cell) -> str:
    return cell.shown if cell.sign in cell.shown else f"{cell.sign} {cell.shown}"


def _two_lines(spec: Heat, side: float) -> bool:
    """Whether values and signs fit under each other, and not beside."""
    cells = [cell for row in spec.cells for cell in row if cell is not None]
    signed = [cell for cell in cells if cell.sign]
    if not signed or all(text_width(_one(cell)) + 4 <= side for cell in cells):
        return False
    return all(max(text_width(cell.shown), text_width(cell.sign, 11)) + 3 <= side for cell in cells)


def _cells(row: tuple[Cell | None, ...], at: tuple[float, float, float], height: float, two: bool) -> Iterator[str]:
    left, top, side = at
    for j, cell in enumerate(row):
        if cell is None:
            continue
        title = element("title", raw_text(cell.words or cell.shown))
        yield element(
            "rect", title, role=f"{cell.tone}-bar", x=left + side * j, y=top, width=max(side - 1, 0.5),
            height=height - 1, fill_opacity=0.06 + 0.5 * cell.strength,
        )  # fmt: skip
        middle = left + side * (j + 0.5)
        if two:
            yield text(middle, top + (16 if cell.sign else height / 2 + 4), cell.shown, "within", anchor="middle")
            yield text(middle, top + 32, cell.sign, "within", anchor="middle") if cell.sign else ""
            continue
        said = next((words for words in (_one(cell), cell.shown, cell.sign) if _fits(words, side, cell)), cell.sign[:1])
        if said and text_width(said) + 2 <= side:
            yield text(middle, top + height / 2 + 4, said, "within", anchor="middle")


def _fits(words: str, side: float, cell: Cell) -> bool:
    """Whether the words have room; a value whose sign would be lost gives way to the sign."""
    lost = bool(cell.sign) and cell.sign not in words
    return bool(words) and not lost and text_width(words) + 4 <= side
