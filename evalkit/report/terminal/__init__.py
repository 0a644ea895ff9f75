"""The story of a run in twenty lines of a terminal. Imported only when something is printed.

What needs attention comes first; what there is no room for is counted. Sentences may wrap, rows of tables never do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.core.checks import Broke
from evalkit.core.nouns import Record
from evalkit.report import sentences
from evalkit.report.findings import Findings
from evalkit.report.screen import printed, text
from evalkit.report.terminal import gates, head, judged, measured, rest

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["LINES", "render"]

LINES = 20
"""What an ordinary run fits into; more gates, metrics, systems or judges are counted, not listed."""

_TIGHT = 4  # lines for gates and numbers, below which judges make room
_WIDE = 100  # columns, below which what is left out takes two lines


def render(
    record: Record,
    *,
    width: int = 100,
    color: bool = False,
    warnings: bool = True,
    broke: Sequence[Broke] = (),
    more: Sequence[str] = (),
) -> str:
    """Verdict and why, gates with intervals, what broke, main numbers, what was not scored, judges, the next step.

    Args:
        record: what to tell.
        width: columns of the terminal.
        color: with ANSI colours; the words say the same without.
        warnings: tell the first two warnings; False where they were told already.
        broke: what flipped against the baseline, with the first cases.
        more: lines before the next step.
    """
    findings, width = Findings(record), max(width, 40)

    def write(console: Console) -> None:
        blocks = _blocks(findings, width, warnings, broke, more)
        for i, lines in enumerate(blocks):
            if i:
                console.print()
            for line in lines:
                console.print(line, soft_wrap=True)

    return printed(write, width, color)


def _blocks(
    findings: Findings, width: int, warnings: bool, broke: Sequence[Broke], more: Sequence[str]
) -> list[list[Text]]:
    """What is told, in order; a blank line stands between two blocks."""
    record = findings.record
    first, broken = head.build(record, width, warnings), rest.broken(broke, width)
    end = [*(text(line) for line in more), text(f"Next: {sentences.next_step(record)}")]
    wanted = len(record.decisions) + min(len(findings.shown()), 4) + 2
    for least, words, most in ((wanted, 6, 6), (_TIGHT, 2, 2), (-LINES, 0, 1)):  # judges have what the others leave
        corrected = judged.rows(findings, width, words)
        facts = [broken, rest.missing(findings, width), judged.judges(record, width, most)]
        room = _room(first, corrected, *facts, rest.Part(end)) - (1 if width >= _WIDE else 2)
        if room >= least:
            break
    held = gates.build(findings, width, room)
    numbers = measured.build(findings, width, room - len(held.lines) - 1)
    left = [word for part in (held, numbers, corrected, first, *facts) for word in part.left]
    last = [*(line for part in facts for line in part.lines), *end[:-1], *rest.left_out(left, width), end[-1]]
    return [lines for lines in (first.lines, held.lines, numbers.lines, corrected.lines, last) if lines]


def _room(*parts: rest.Part) -> int:
    """Lines for gates and numbers: what the others and the blank lines leave."""
    return LINES - sum(len(part.lines) for part in parts) - sum(bool(part.lines) for part in parts[:2]) - 1
