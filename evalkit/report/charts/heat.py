"""A square of pairs: a row a system, a column a system, tinted by what is shown of the row against the column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.charts.theme import Tone

__all__ = ["Cell", "Heat", "heat"]

_ROW, _HEAD, _FOOT = 26.0, 30.0, 8.0


class Cell(NamedTuple):
    """One pair: its short text, its tone, how strongly that is laid on (0 to 1), all of it in words, and its sign.

    The sign stands where the text has no room, so that nothing is told by colour alone.
    """

    shown: str
    tone: Tone = "baseline"
    strength: float = 0.0
    words: str = ""
    sign: str = ""


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
            [name, *(cell.words or cell.shown if cell else "" for cell in row)]
            for name, row in zip(self.names, self.cells, strict=True)
        ]
        return Table([self.corner, *self.names], body)


def heat(spec: Heat, width: float, ident: str) -> str:
    """The chart as SVG text; a cell's text is left out where it has no room, and told to a pointer."""
    numbered = [f"{i + 1} {name}" for i, name in enumerate(spec.names)]
    room = min(max((text_width(name) for name in numbered), default=0.0) + 10, 0.42 * width)
    side = min((width - room) / max(len(spec.names), 1), 110.0)
    parts = [text(0, _HEAD - 10, fit(spec.corner, room, 11), "tick")]
    for j, name in enumerate(spec.names):
        parts.append(text(room + side * (j + 0.5), _HEAD - 10, str(j + 1), "tick", anchor="middle", full=name))
    for i, row in enumerate(spec.cells):
        top = _HEAD + _ROW * i
        parts.append(text(room - 8, top + 17, fit(numbered[i], room - 10), "label", anchor="end", full=spec.names[i]))
        parts += _cells(row, (room, top, side))
    return root(width, _HEAD + _ROW * len(spec.cells) + _FOOT, *parts, ident=ident, title=spec.title, about=spec.about)


def _cells(row: tuple[Cell | None, ...], at: tuple[float, float, float]) -> Iterator[str]:
    left, top, side = at
    for j, cell in enumerate(row):
        if cell is None:
            continue
        title = element("title", raw_text(cell.words or cell.shown))
        yield element(
            "rect", title, role=f"{cell.tone}-bar", x=left + side * j, y=top, width=max(side - 1, 0.5),
            height=_ROW - 1, fill_opacity=0.06 + 0.5 * cell.strength,
        )  # fmt: skip
        said = next((words for words in (cell.shown, cell.sign) if text_width(words) + 4 <= side), "")
        if said:
            yield text(left + side * (j + 0.5), top + 17, said, "label", anchor="middle")
