"""What a chart says, apart from how it is drawn: frozen data, so that a table and a picture come from one thing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from evalkit.report.charts.theme import Tone

__all__ = ["Chart", "Mark", "Range", "Row", "Series", "Table", "table_of"]


class Range(NamedTuple):
    """Both ends of an interval."""

    lo: float
    hi: float


@dataclass(frozen=True)
class Mark:
    """One estimate in a row.

    Attributes:
        series: index into the chart's series.
        point: the dot, or None where there is no value (then `words` says why).
        thin: the 95 % interval.
        thick: the 90 % interval, whose ends are the one-sided bounds that decide.
        line: what the gate holds the estimate against.
        side: where the truth has to be, seen from the line.
        tone: a look of its own, instead of the series' one.
        words: what a pointer or a reader is told.
        cells: name -> formatted text, for the table behind the chart.
    """

    series: int = 0
    point: float | None = None
    thin: Range | None = None
    thick: Range | None = None
    line: float | None = None
    side: Literal["above", "below"] | None = None
    tone: Tone | None = None
    words: str = ""
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of a forest plot: a label, its marks, and a short note at the right (a number, an n)."""

    label: str
    marks: tuple[Mark, ...]
    note: str = ""
    dim: bool = False


class Series(NamedTuple):
    """A name in the legend with its look; `hollow` draws a ring instead of a dot."""

    name: str
    tone: Tone
    hollow: bool = False


class Table(NamedTuple):
    """The numbers behind a chart."""

    header: list[str]
    rows: list[list[str]]

    @property
    def looks(self) -> list[str]:
        """How each column is set: `num` where all cells are numbers or intervals, `sig` for signatures, else ""."""
        return [
            "sig" if name == "Signature" else "num" if _numeric([row[i] for row in self.rows if i < len(row)]) else ""
            for i, name in enumerate(self.header)
        ]


_NUMBER = re.compile(r"[<≤≥~]?\s?[-+\u2212]?[\d,]*\.?\d+(?:\s?(?:%|s|USD))?")

_LONGEST = 40
"""Characters of a number or an interval, at most."""


def _numeric(cells: Sequence[str]) -> bool:
    told = [cell for cell in cells if cell not in ("", "–")]
    parts = [part for cell in told for part in cell.strip("[]").split(", ")]
    return bool(told) and max(map(len, told)) <= _LONGEST and all(_NUMBER.fullmatch(part) for part in parts)


def table_of(
    rows: Sequence[Row],
    series: Sequence[Series],
    first: str = "",
    told: Mapping[str, Mapping[str, str]] | None = None,
    kind: str = "System",
) -> Table:
    """All marks as rows: label, series (where there are several), the marks' own cells, and more by the row's label.

    Args:
        rows: in order.
        series: what the marks refer to.
        first: what the labels are.
        told: header -> label -> cell, further columns at the end.
        kind: what the series are.
    """
    more = told or {}
    names = list(dict.fromkeys(name for row in rows for mark in row.marks for name in mark.cells))
    several = len(series) > 1
    header = [first, *([kind] if several else []), *names, *more]
    body = [
        [
            row.label,
            *([series[mark.series].name] if several else []),
            *(mark.cells.get(name, "") for name in names),
            *(cells.get(row.label, "") for cells in more.values()),
        ]
        for row in rows
        for mark in row.marks
    ]
    return Table(header, body)


class Chart(Protocol):
    """What every kind of chart is: a frozen declaration that has a title, a table behind it, and draws itself.

    Attributes:
        title: what the chart shows, as a sentence or a phrase with its numbers.
        about: the longer description for a screen reader.
    """

    @property
    def title(self) -> str: ...
    @property
    def about(self) -> str: ...
    def table(self) -> Table:
        """All numbers of the chart, as text."""
        ...

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text.

        Args:
            width: in pixels; the height follows from what is shown.
            ident: unique in the page; prefix of the ids inside.
            narrow: for small pages: labels above their rows instead of beside them.
        """
        ...
