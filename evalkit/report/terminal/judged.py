"""Judged numbers in three rows (the judge, corrected, people only), and what the judges did and may do."""

from __future__ import annotations

from evalkit.core.nouns import Estimate, Record
from evalkit.report import judging
from evalkit.report.findings import Findings
from evalkit.report.screen import text
from evalkit.report.sections import certificates, corrected
from evalkit.report.terminal.measured import Column, grid
from evalkit.report.terminal.rest import Part, folded
from evalkit.report.text import listing, plural

__all__ = ["judges", "rows"]


def rows(findings: Findings, width: int, words: int) -> Part:
    """The three rows of the judged metric that matters most: one a gate names, else the first."""
    found: dict[str, list[Estimate]] = {}
    for e in findings.record.estimates:
        if e.slice is None and e.correction is not None:
            found.setdefault(e.metric, []).append(e)
    if not found:
        return Part([])
    gated = findings.gated()
    metric = min(found, key=lambda m: m not in gated)
    blocks = [corrected.block(e, e.correction) for e in found[metric] if e.correction is not None]
    columns = [_column(e, block) for e, block in zip(found[metric], blocks, strict=True)]
    names = ["judge said", "corrected", "people only"]
    methods = {e.correction.method for e in found[metric] if e.correction is not None}
    if len(methods) == 1:
        names[1] = f"corrected ({methods.pop()})"
    labels = {block.lines[2].n for block in blocks}
    if len(labels) == 1 and labels != {"0"}:
        names[2] = f"people only (n {labels.pop()})"
    lines, dropped = grid(names, metric, columns, width)
    lines += folded(text(blocks[0].words, "dim"), width, words) if words else []
    left = [plural(len(found) - 1, "judged metric")] if len(found) > 1 else []
    return Part(lines, left + ([f"judged numbers of {listing(dropped)}"] if dropped else []))


def _column(e: Estimate, block: corrected.Block) -> Column:
    cells = [f"{line.value} {line.interval}".strip() for line in block.lines]
    spare = 0 if e.variant == "candidate" else 1 if " - " in e.variant else 2
    return Column("difference" if " - " in e.variant else e.variant, cells, spare)


def judges(record: Record, width: int, most: int) -> Part:
    """Whether each judge has a vote, then what it took, then who decided what; what is left out is counted."""
    votes = list(certificates.terminal(record)) if any(e.judge for e in record.estimates) else []
    told = judging.lines(record)
    took = [line for line in told if line.startswith("judge ")]
    lines = [*votes, *took, *(line for line in told if line not in took)]
    left = len(lines) - most
    shown = [part for line in lines[:most] for part in folded(text(line), width, 2 if most > 2 else 1)]
    return Part(shown, [f"{plural(left, 'line')} on judges"] if left > 0 else [])
