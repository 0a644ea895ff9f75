"""The gates: a row each with mark, estimate and interval; what is not passed comes first, with its reason."""

from __future__ import annotations

from collections import Counter

from rich.cells import cell_len
from rich.text import Text

from evalkit.core.nouns import Decision
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.screen import text
from evalkit.report.terminal.head import LOOKS
from evalkit.report.terminal.rest import Part, cut, fit
from evalkit.report.text import plural, visible

__all__ = ["build"]

_FEWEST = 3
_NUMBERS = 4  # lines that the numbers need: a blank one, their heading and two of them
_SHORT = {"primary gate": "primary", "for information only": "info", "advice of a judge, not a gate": "advice"}
_DONE = {"pass": "passed", "fail": "failed", "inconclusive": "inconclusive"}


def build(findings: Findings, width: int, room: int) -> Part:
    """A row a gate, at most `room` lines (and three at least); reasons of what did not pass where there is room."""
    decisions = sorted(findings.record.decisions, key=_gravity)
    shown = decisions[: max(room if len(decisions) <= room else room - _NUMBERS, _FEWEST)]
    left = room - len(shown) - _NUMBERS
    first = sentences.decisive(findings.record)[:1]
    lines = []
    for d, row in zip(shown, _rows(findings, shown, width), strict=True):
        lines.append(row)
        if d.outcome != "pass" and d not in first and left > 0 and d.reason:  # of the first it is said above
            lines.append(cut(text(f"  {d.reason}", "dim"), width))
            left -= 1
    rest = Counter(_DONE[d.outcome] for d in decisions[len(shown) :])
    said = ", ".join(f"{n} {name}" for name, n in rest.items())
    return Part(lines, [f"{plural(rest.total(), 'gate')} ({said})"] if rest else [])


def _gravity(d: Decision) -> tuple[bool, int]:
    """What needs attention first, what is for information last."""
    return d.gate.role == "info", ("fail", "inconclusive", "pass").index(d.outcome)


def _rows(findings: Findings, shown: list[Decision], width: int) -> list[Text]:
    if not shown:
        return []
    cells = [_cells(findings, d) for d in shown]
    wide = [max(cell_len(row[i]) for row in cells) for i in range(4)]
    name = width - wide[0] - wide[2] - 6
    if name - wide[3] < wide[1]:  # no room for roles in full
        cells = [(*row[:3], _SHORT.get(row[3], row[3])) for row in cells]
        wide[3] = max(cell_len(row[3]) for row in cells)
    wide[1] = min(wide[1], max(name - wide[3], 8))
    rows = []
    for d, (word, label, value, role) in zip(shown, cells, strict=True):
        line = Text(fit(word, wide[0]), LOOKS[d.outcome]) + Text("  " + fit(label, wide[1]), "bold")
        rows.append(cut(line + Text("  " + fit(value, wide[2])) + Text("  " + role, "dim"), width))
    return rows


def _cells(findings: Findings, d: Decision) -> tuple[str, str, str, str]:
    said = sentences.word(d.outcome)
    span = numbers.interval(d.estimate) or f"no interval: {d.estimate.reason or 'not stated'}"
    value = f"{numbers.point(d.estimate, signed=d.gate.versus is not None)} {span}"
    label = text(sentences.gate_name(findings.record, d)).plain
    return f"{said.mark} {said.text}", label, visible(value)[:40], sentences.role(d)
