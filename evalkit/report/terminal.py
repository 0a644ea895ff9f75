"""The story of a run in about twenty lines of a terminal. Imported only when something is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.core.nouns import Decision, Estimate, Record
from evalkit.report import judging, numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.screen import printed, table, text
from evalkit.report.text import clip, count, plural

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["render"]

_LOOKS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "ungated": "cyan", "error": "magenta"}
_GATES, _ESTIMATES, _REASONS, _JUDGES = 6, 8, 3, 4


def render(
    record: Record, *, width: int = 100, color: bool = False, warnings: bool = True, more: Sequence[str] = ()
) -> str:
    """Verdict, gates with intervals and reasons, estimates, what was not scored, and the next step.

    Args:
        record: what to tell.
        width: columns of the terminal.
        color: with ANSI colours; the words say the same without.
        warnings: tell the first two warnings; False where they were told already.
        more: lines before the next step.
    """
    findings = Findings(record)

    def write(console: Console) -> None:
        _verdict(console, record, record.warnings[:2] if warnings else [])
        _gates(console, findings)
        _estimates(console, findings)
        _corrected(console, record)
        _decided(console, record)
        _missing(console, findings)
        _judges(console, record)
        for line in more:
            console.print(text(line), soft_wrap=True)
        console.print(text(f"Next: {sentences.next_step(record)}"), soft_wrap=True)

    return printed(write, width, color)


def _verdict(console: Console, record: Record, warnings: list[str]) -> None:
    said = sentences.verdict(record)
    head = text(f"{said.word.mark} {said.word.text}", f"bold {_LOOKS[said.outcome]}")
    console.print(head + text(f": {said.headline}."))
    about = f"{record.suite.name} v{record.suite.version}, {plural(record.n_cases, 'case')}, run {record.run_id}"
    console.print(text(about, "dim"))
    if said.caution:
        console.print(text(f"Note: {said.caution}", "yellow"))
    for warning in warnings:
        console.print(text(f"Warning: {clip(warning, 200)}", "yellow"))
    console.print()


def _gates(console: Console, findings: Findings) -> None:
    # What needs attention first, what is for information last.
    decisions = sorted(findings.record.decisions, key=lambda d: (d.gate.role == "info", d.outcome == "pass"))
    if not decisions:
        return
    few = len(decisions) <= 4
    for decision in decisions[:_GATES]:
        console.print(_gate_line(findings, decision))
        if few or decision.outcome != "pass":
            console.print(text(decision.reason, "dim"), style="dim")
    if len(decisions) > _GATES:
        console.print(text(f"and {plural(len(decisions) - _GATES, 'more gate', 'more gates')}", "dim"))
    console.print()


def _gate_line(findings: Findings, d: Decision) -> Text:
    said = sentences.word(d.outcome)
    span = numbers.interval(d.estimate) or f"no interval: {d.estimate.reason or 'not stated'}"
    line = text(f"{said.mark} {said.text}", _LOOKS[d.outcome])
    line += text(f"  {sentences.gate_name(findings.record, d)}", "bold")
    value = numbers.point(d.estimate, signed=d.gate.versus is not None)
    return line + text(f"  {value} {span}") + text(f"  {sentences.role(d)}", "dim")


def _estimates(console: Console, findings: Findings) -> None:
    alone = findings.baseline is not None and len(findings.candidates) == 1  # there is one difference to show
    heads = [v.name for v in findings.systems] + ["difference"] * alone
    told = table(("metric", "left"), *((name, "left") for name in heads), ("n", "right"))
    metrics = findings.shown()
    for metric in metrics[:_ESTIMATES]:
        found = [findings.estimate(metric.id, v.name) for v in findings.systems]
        if alone:
            found.append(findings.estimate(metric.id, findings.contrast(findings.candidates[0].name)))
        signed = [False] * len(findings.systems) + [True]
        cells = [text(_cell(e, sign)) for e, sign in zip(found, signed, strict=False)]
        n = max((e.n for e in found if e is not None), default=0)
        told.add_row(text(metric.id), *cells, count(n))
    if told.row_count:
        console.print(told)
    if len(metrics) > _ESTIMATES:
        console.print(text(f"and {len(metrics) - _ESTIMATES} more metrics", "dim"))
    console.print()


def _cell(estimate: Estimate | None, signed: bool) -> str:
    if estimate is None:
        return "–"
    return f"{numbers.point(estimate, signed=signed)} {numbers.interval(estimate)}"


def _corrected(console: Console, record: Record) -> None:
    """The three rows of each judged number."""
    if not any(e.correction for e in record.estimates):
        return
    from evalkit.report.sections.corrected import terminal

    for line in terminal(record):
        console.print(text(line), soft_wrap=True)
    console.print()


def _decided(console: Console, record: Record) -> None:
    told = judging.lines(record)
    for line in told[:_JUDGES]:
        console.print(text(line), soft_wrap=True)
    if len(told) > _JUDGES:
        console.print(text(f"and {len(told) - _JUDGES} more lines on judges", "dim"))


def _missing(console: Console, findings: Findings) -> None:
    for variant in findings.systems:
        reasons = sorted(variant.failures.items(), key=lambda item: -item[1])[:_REASONS]
        said = ", ".join(f"{reason} {count(n)}" for reason, n in reasons)
        if variant.n_failed or variant.n_missing:
            line = f"{variant.name}: {count(variant.n_failed)} failed (wrong)"
            line += f", {count(variant.n_missing)} missing (unscored)"
            console.print(text(f"{line}: {said}" if said else line))
    worst = max(findings.record.estimates, key=lambda e: e.n_unscored if e.slice is None else 0, default=None)
    if worst is not None and worst.n_unscored:
        why = ", ".join(f"{reason} {count(n)}" for reason, n in list(worst.unscored.items())[:_REASONS])
        line = f"unscored: {count(worst.n_unscored)} of {count(worst.n + worst.n_unscored)} under {worst.metric}"
        console.print(text(f"{line} ({worst.variant}): {why}" if why else f"{line} ({worst.variant})"))


def _judges(console: Console, record: Record) -> None:
    """Whether each judge has a vote."""
    if not any(e.judge for e in record.estimates):
        return
    from evalkit.report.sections.certificates import terminal

    for line in terminal(record):
        console.print(text(line, "dim"), soft_wrap=True)
