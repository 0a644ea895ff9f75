"""Which ranks each system may have: a bar from the best to the worst, with the letters of what is not told apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from evalkit.report.charts.axes import nothing, over
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["RankRow", "Ranks", "ranks"]

_ROW, _HEAD, _LETTER, _LETTERS = 26.0, 22.0, 12.0, 8


@dataclass(frozen=True)
class RankRow:
    """One system: its name, the ranks it may have (1 is best), its letters, a note at the right, and its cells.

    `best` and `worst` are None where it has no value.
    """

    label: str
    best: int | None
    worst: int | None
    letters: str = ""
    note: str = ""
    words: str = ""
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranks:
    """Rank intervals; systems that share a letter are not shown to differ.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        axis: what the ranks are about.
        rows: from the best to the worst.
        about: the longer description for a screen reader.
    """

    title: str
    axis: str
    rows: tuple[RankRow, ...]
    about: str = ""

    def table(self) -> Table:
        """One row a system: name, ranks, letters, its cells."""
        names = list(dict.fromkeys(name for row in self.rows for name in row.cells))
        body = [[row.label, _span(row), row.letters, *(row.cells.get(n, "") for n in names)] for row in self.rows]
        return Table(["System", "Rank", "Letters", *names], body)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return ranks(self, width, ident)


def _span(row: RankRow) -> str:
    if row.best is None or row.worst is None:
        return "–"
    return f"{row.best}" if row.best == row.worst else f"{row.best}–{row.worst}"


def ranks(spec: Ranks, width: float, ident: str) -> str:
    """The chart as SVG text: a column a rank, the first at the left; letters in columns of their own."""
    if not spec.rows:
        return nothing(width, ident, spec.title, spec.about)
    frame = _frame(spec, width)
    head = _HEAD + 16.0 if spec.axis else _HEAD
    ground = head + _ROW * len(spec.rows)
    parts = [*over(spec.axis, width)]
    every = max(1, math.ceil(24 / frame.step))
    for k in range(0, frame.most, every):
        x = frame.x(k + 1)
        parts.append(element("line", role="grid", x1=x, x2=x, y1=head - 4, y2=ground))
        parts.append(text(x, head - 9, str(k + 1), "tick", anchor="middle"))
    parts += [_row(row, frame, head + _ROW * i) for i, row in enumerate(spec.rows)]
    return root(width, ground + 4, *parts, ident=ident, title=spec.title, about=spec.about)


@dataclass(frozen=True)
class _Frame:
    """Names in [0, names), letters from `names` on, rank k at `x(k)`, notes at the right end."""

    width: float
    names: float
    alphabet: str
    left: float
    step: float
    most: int
    notes: float

    def x(self, rank: int) -> float:
        return self.left + self.step * (rank - 0.5)


def _frame(spec: Ranks, width: float) -> _Frame:
    most = max([1, len(spec.rows), *(row.worst or 1 for row in spec.rows)])
    names = min(max(text_width(row.label) for row in spec.rows) + 12, 0.36 * width)
    alphabet = "".join(sorted({letter for row in spec.rows for letter in row.letters}))
    told = alphabet if len(alphabet) <= _LETTERS else ""
    letters = _LETTER * len(told) if told else min(max(text_width(row.letters, 13) for row in spec.rows), 0.16 * width)
    notes = min(max(text_width(row.note) for row in spec.rows), 0.2 * width)
    left = names + letters + 6
    return _Frame(width, names, told, left, (width - left - (notes + 8 if notes else 0)) / most, most, notes)


def _row(row: RankRow, frame: _Frame, top: float) -> str:
    middle = top + _ROW / 2
    parts = [
        element("title", raw_text(row.words or f"{row.label}: rank {_span(row)} {row.letters}".strip())),
        element("rect", role="hit", x=0, y=top, width=frame.width, height=_ROW),
        text(0, middle + 4, fit(row.label, frame.names - 10), "label", full=row.label),
        *_letters(row, frame, middle + 4),
    ]
    if row.note:
        words = fit(row.note, frame.notes)
        parts.append(text(frame.width, middle + 4, words, "note", anchor="end", full=row.note))
    if row.best is None or row.worst is None:
        return element("g", *parts, text(frame.left, middle + 4, "no value", "note"))
    x1, x2 = frame.x(row.best), frame.x(row.worst)
    parts.append(element("line", role="candidate-thick", x1=x1, x2=x2, y1=middle, y2=middle))
    parts += [element("circle", role="candidate-dot", cx=x, cy=middle, r=4) for x in dict.fromkeys((x1, x2))]
    return element("g", *parts)


def _letters(row: RankRow, frame: _Frame, y: float) -> Iterator[str]:
    """Each letter in its own column, so that who shares it stands under each other."""
    if not frame.alphabet:
        words = fit(row.letters, frame.left - frame.names - 6, 13)
        if words:
            yield text(frame.names, y, words, "strong", full=row.letters)
        return
    for letter in dict.fromkeys(row.letters):
        yield text(frame.names + _LETTER * (frame.alphabet.index(letter) + 0.5), y, letter, "strong", anchor="middle")
