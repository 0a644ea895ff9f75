"""The main numbers: a row a metric, a column a system, and the difference where there is one."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from evalkit.core.nouns import Estimate
from evalkit.report import numbers
from evalkit.report.findings import Findings
from evalkit.report.screen import text
from evalkit.report.terminal.rest import Part, cut, fit
from evalkit.report.text import count, listing, plural

__all__ = ["Column", "build", "cell", "grid"]

_NAME = 14  # columns that a name keeps


class Column(NamedTuple):
    """One column of numbers; the highest `spare` is left out first where there is no room."""

    head: str
    cells: list[str]
    spare: int


def build(findings: Findings, width: int, room: int) -> Part:
    """At most `room` lines, with the heading; gated metrics first, and those of which three rows are told last."""
    gated = findings.gated()
    corrected = {e.metric for e in findings.record.estimates if e.correction is not None}
    metrics = sorted(findings.shown(), key=lambda m: (m.id in corrected, m.id not in gated))
    shown = metrics[: room - 1] if room > 1 else []
    left = [plural(len(metrics) - len(shown), "metric")] if len(metrics) > len(shown) else []
    if not shown:
        return Part([], left)
    lines, dropped = grid([m.id for m in shown], "metric", _columns(findings, [m.id for m in shown]), width)
    return Part(lines, left + ([f"numbers of {listing(dropped)}"] if dropped else []))


def _columns(findings: Findings, metrics: list[str]) -> list[Column]:
    alone = findings.baseline is not None and len(findings.candidates) == 1  # there is one difference to show
    found = []
    for i, system in enumerate(findings.systems):
        cells = [cell(findings.estimate(m, system.name)) for m in metrics]
        found.append(Column(system.name, cells, i + 1 if i else 0))
    if alone:
        name = findings.contrast(findings.candidates[0].name)
        found.append(Column("difference", [cell(findings.estimate(m, name), signed=True) for m in metrics], 0))
    known = [[findings.estimate(m, v.name) for v in findings.systems] for m in metrics]
    ns = [count(max((e.n for e in row if e is not None), default=0)) for row in known]
    return [*found, Column("n", [n.rjust(max(map(len, ns))) for n in ns], 99)]


def cell(e: Estimate | None, *, signed: bool = False) -> str:
    """A value with its interval; a value without one says so."""
    if e is None or e.point is None:
        return "–"
    return f"{numbers.point(e, signed=signed)} {numbers.interval(e) or 'no interval'}"


def grid(names: list[str], head: str, columns: list[Column], width: int) -> tuple[list[Text], list[str]]:
    """Rows of one line each, under a heading, and the heads of the columns that there was no room for."""
    names = [text(name).plain for name in names]
    kept = [c._replace(head=text(c.head).plain) for c in columns]
    dropped: list[str] = []
    least = min(max(map(cell_len, [head, *names])), _NAME)
    while len(kept) > 1 and least + sum(2 + _wide(c) for c in kept) > width:
        worst = max(kept, key=lambda c: c.spare)
        kept.remove(worst)
        dropped += [worst.head] if worst.spare < 99 else []
    first = min(max(map(cell_len, [head, *names])), max(width - sum(2 + _wide(c) for c in kept), least))
    heading = fit(head, first) + "".join("  " + fit(c.head, _wide(c)) for c in kept)
    lines = [cut(Text(heading, "dim"), width)]
    for i, name in enumerate(names):
        lines.append(cut(Text(fit(name, first) + "".join("  " + fit(c.cells[i], _wide(c)) for c in kept)), width))
    return lines, dropped[::-1]


def _wide(column: Column) -> int:
    return max(min(cell_len(column.head), 24), max(map(cell_len, column.cells), default=0))
