"""The first lines: the verdict, why, and what it is about."""

from __future__ import annotations

from rich.text import Text

from evalkit.core.nouns import Record
from evalkit.report import numbers, sentences
from evalkit.report.screen import text
from evalkit.report.terminal.rest import Part, folded
from evalkit.report.text import plural

__all__ = ["LOOKS", "build"]

LOOKS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "ungated": "cyan", "error": "magenta"}
_HEADLINE, _BECAUSE, _NOTE = 2, 3, 2  # lines


def build(record: Record, width: int, warnings: bool) -> Part:
    """The verdict with the reason of the gate that decided first, the run and what it took, cautions."""
    said = sentences.verdict(record)
    word = text(f"{said.word.mark} {said.word.text}", f"bold {LOOKS[said.outcome]}")
    lines = folded(Text.assemble(word, text(f": {said.headline}.")), width, _HEADLINE)
    if said.because and said.outcome != "pass":  # that all passed, the intervals say
        lines += folded(text(said.because), width, _BECAUSE)
    cost = "cost unknown" if record.cost is None else numbers.dollars(record.cost)
    took = f"{plural(record.n_cases, 'case')}, {numbers.duration(record.seconds)}, {cost}"
    about = f"{record.suite.name} v{record.suite.version}, {took}, run {record.run_id}"
    lines += folded(text(about, "dim"), width, 2)
    if said.caution:
        lines += folded(text(f"Note: {said.caution}", "yellow"), width, _NOTE)
    told = record.warnings if warnings else []
    for warning in told[:1]:
        lines += folded(text(f"Warning: {warning}", "yellow"), width, _NOTE)
    return Part(lines, [plural(len(told) - 1, "warning")] if len(told) > 1 else [])
