"""Judged numbers in three rows: what the judge said, the corrected number, and people only; and why this method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Correction, Estimate, Record, Span
from evalkit.report import numbers
from evalkit.report.findings import Findings
from evalkit.report.inert import escape, table
from evalkit.report.sections.three_rows import rows_drawn
from evalkit.report.text import clip, count

__all__ = ["Block", "Line", "block", "build", "markdown"]

_MOST = 12
_LONG = 500


class Line(NamedTuple):
    """One row: what it is, the value, its interval, the cases or labels it rests on."""

    name: str
    value: str
    interval: str
    n: str


class Block(NamedTuple):
    """One judged number."""

    name: str
    lines: list[Line]
    words: str


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """The three rows of every judged number, drawn; None where none was corrected."""
    blocks = _blocks(dossier.record)
    return {"figures": rows_drawn(_corrected(dossier.record)), "said": _said(blocks)} if blocks else None


def markdown(record: Record) -> Iterator[str]:
    """The same as Markdown blocks."""
    blocks = _blocks(record)
    if not blocks:
        return
    yield "### Judged numbers, corrected"
    rows = [[escape(b.name), *(escape(cell) for cell in line)] for b in blocks for line in b.lines]
    yield table(["Number", "Row", "Value", "95 % interval", "n"], rows, frozenset({2, 3, 4}))
    yield "\n".join(f"- {escape(names)}: {escape(words)}" for names, words in _said(blocks))


def _blocks(record: Record) -> list[Block]:
    return [block(e, e.correction) for e in _corrected(record) if e.correction is not None]


def _corrected(record: Record) -> list[Estimate]:
    return [e for e in record.estimates if e.slice is None and e.correction is not None][:_MOST]


def _said(blocks: list[Block]) -> list[tuple[str, str]]:
    """(numbers, what is said of them): the same of several numbers is said once."""
    by_words: dict[str, list[str]] = {}
    for block in blocks:
        by_words.setdefault(block.words, []).append(block.name)
    return [("; ".join(names), words) for words, names in by_words.items()]


def block(e: Estimate, c: Correction) -> Block:
    """One judged number in its three rows."""
    signed = " - " in e.variant
    lines = [
        _line("judge said", c.judged, e, signed),
        Line(f"corrected ({c.method})", numbers.point(e, signed=signed), numbers.interval(e) or "none", count(e.n)),
        _line("people only", c.human_only, e, signed),
    ]
    return Block(f"{e.metric}, {e.variant}", lines, clip(" ".join(_words(e, c)), _LONG))


def _words(e: Estimate, c: Correction) -> Iterator[str]:
    yield c.because
    if c.label_value is not None and c.method in ("ppi++", "ppi"):
        yield f"With the judge, {count(c.n_labels)} labels act like {count(round(c.label_value))}."
    yield f"It assumes: {c.assumes}"
    if e.reason:
        yield f"No interval: {e.reason}."


def _line(name: str, span: Span | None, e: Estimate, signed: bool) -> Line:
    if span is None or span.point is None:
        return Line(name, "none", "", "0")
    shown = e.model_copy(update={"point": span.point, "lo": span.lo, "hi": span.hi})
    return Line(name, numbers.point(shown, signed=signed), numbers.interval(shown) or "none", count(span.n))
