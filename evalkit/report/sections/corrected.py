"""Judged numbers in three rows: what the judge said, the corrected number, and people only; and why this method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Correction, Estimate, Record, Span
from evalkit.report import numbers
from evalkit.report.findings import Findings
from evalkit.report.inert import escape, table
from evalkit.report.text import clip, count

__all__ = ["build", "markdown", "terminal"]

_MOST = 12
_LONG = 500


class _Line(NamedTuple):
    """One row: what it is, the value, its interval, the cases or labels it rests on."""

    name: str
    value: str
    interval: str
    n: str


class _Block(NamedTuple):
    """One judged number."""

    name: str
    lines: list[_Line]
    words: str


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One block a judged number; None where none was corrected."""
    blocks = _blocks(dossier.record)
    return {"blocks": [block._asdict() for block in blocks], "said": _said(blocks)} if blocks else None


def markdown(record: Record) -> Iterator[str]:
    """The same as Markdown blocks."""
    blocks = _blocks(record)
    if not blocks:
        return
    yield "### Judged numbers, corrected"
    rows = [[escape(b.name), *(escape(cell) for cell in line)] for b in blocks for line in b.lines]
    yield table(["Number", "Row", "Value", "95 % interval", "n"], rows, frozenset({2, 3, 4}))
    yield "\n".join(f"- {escape(names)}: {escape(words)}" for names, words in _said(blocks))


def terminal(record: Record) -> Iterator[str]:
    """The same as lines of text."""
    blocks = _blocks(record)[:4]
    last = {block.words: i for i, block in enumerate(blocks)}
    for i, block in enumerate(blocks):
        yield f"{block.name}:"
        wide = max(len(line.name) for line in block.lines)
        for line in block.lines:
            yield f"  {line.name.ljust(wide)}  {line.value} {line.interval}  n {line.n}"
        if last[block.words] == i:  # what is said of several numbers is said once, below the last of them
            yield f"  {block.words}"


def _blocks(record: Record) -> list[_Block]:
    found = [e for e in record.estimates if e.slice is None and e.correction is not None]
    return [_block(e, e.correction) for e in found[:_MOST] if e.correction is not None]


def _said(blocks: list[_Block]) -> list[tuple[str, str]]:
    """(numbers, what is said of them): the same of several numbers is said once."""
    by_words: dict[str, list[str]] = {}
    for block in blocks:
        by_words.setdefault(block.words, []).append(block.name)
    return [("; ".join(names), words) for words, names in by_words.items()]


def _block(e: Estimate, c: Correction) -> _Block:
    signed = " - " in e.variant
    lines = [
        _line("judge said", c.judged, e, signed),
        _Line(f"corrected ({c.method})", numbers.point(e, signed=signed), numbers.interval(e) or "none", count(e.n)),
        _line("people only", c.human_only, e, signed),
    ]
    return _Block(f"{e.metric}, {e.variant}", lines, clip(" ".join(_words(e, c)), _LONG))


def _words(e: Estimate, c: Correction) -> Iterator[str]:
    yield c.because
    if c.label_value is not None and c.method in ("ppi++", "ppi"):
        yield f"With the judge, {count(c.n_labels)} labels act like {count(round(c.label_value))}."
    yield f"It assumes: {c.assumes}"
    if e.reason:
        yield f"No interval: {e.reason}."


def _line(name: str, span: Span | None, e: Estimate, signed: bool) -> _Line:
    if span is None or span.point is None:
        return _Line(name, "none", "", "0")
    shown = e.model_copy(update={"point": span.point, "lo": span.lo, "hi": span.hi})
    return _Line(name, numbers.point(shown, signed=signed), numbers.interval(shown) or "none", count(span.n))
