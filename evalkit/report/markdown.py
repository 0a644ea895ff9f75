"""The report as Markdown: the story of a run for a pull request, with every text of strangers made inert."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Decision, Record
from evalkit.report import judging, numbers, sentences
from evalkit.report.compared.markdown import blocks as compared_blocks
from evalkit.report.compared.markdown import render as compared
from evalkit.report.findings import Findings
from evalkit.report.inert import code, escape, table
from evalkit.report.sections import certificates, corrected
from evalkit.report.sections.identity import facts
from evalkit.report.text import count, plural

__all__ = ["code", "decided", "escape", "estimates", "failures", "gates", "render", "unscored"]

_FIRST, _MOST = 8, 15


def render(subject: Dossier | Record) -> str:
    """The verdict, the gates, the main estimates, and, from a dossier, flips and unscored cases; then the identity."""
    dossier = subject if isinstance(subject, Dossier) else None
    record = subject.record if isinstance(subject, Dossier) else subject
    if dossier is not None and dossier.comparison is not None and len(dossier.comparison.systems) > 2:
        return compared(dossier.comparison)
    findings = Findings(record)
    two = None if dossier is None else dossier.comparison
    said = sentences.verdict(record) if two is None else sentences.of_two(two, record)
    blocks = [*_verdict(record, said), *gates(findings), *estimates(findings)]
    blocks += [*corrected.markdown(record), *decided(record), *certificates.markdown(record)]
    if dossier is not None:
        told = compared_blocks(dossier.comparison) if dossier.comparison else _flips(dossier)
        blocks += [*told, *unscored(dossier)]
    blocks += [*failures(findings), *_identity(record)]
    return "\n\n".join(blocks) + "\n"


def _verdict(record: Record, said: sentences.Verdict) -> Iterator[str]:
    yield f"## {said.word.mark} {said.word.text}: {escape(said.headline)}"
    suite = f"**{escape(record.suite.name)}**, version {escape(str(record.suite.version))}"
    yield f"Suite {suite}, on {plural(record.n_cases, 'case')}."
    if said.because:
        yield escape(said.because)
    if said.caution:
        yield f"**Note.** {escape(said.caution)}"
    if record.outcome == "inconclusive":
        yield f"**What would decide it.** {escape(sentences.next_step(record))}"


def gates(findings: Findings) -> Iterator[str]:
    """Every gate with its numbers, as a table."""
    decisions = findings.record.decisions
    if not decisions:
        return
    header = ["Outcome", "Gate", "Estimate", "95 % interval", "n", "Unscored", "p (pass)", "p (fail, Holm)", "Reason"]
    yield "### Gates"
    yield table(header, [_gate(findings, d) for d in decisions], frozenset({2, 3, 4, 5, 6, 7}))


def _gate(findings: Findings, d: Decision) -> list[str]:
    said = sentences.word(d.outcome)
    return [
        f"{said.mark} **{said.text}**",
        f"{escape(sentences.gate_name(findings.record, d))} ({sentences.role(d)})",
        numbers.point(d.estimate, signed=d.gate.versus is not None),
        _interval(d.estimate.lo is not None, numbers.interval(d.estimate), d.estimate.reason),
        count(d.estimate.n),
        count(d.estimate.n_unscored),
        escape(numbers.p_value(d.p_pass)),
        escape(numbers.p_value(d.p_fail_holm)),
        escape(d.reason),
    ]


def _interval(known: bool, text: str, reason: str | None) -> str:
    return escape(text) if known and text else f"none: {escape(reason or 'not stated')}"


def estimates(findings: Findings) -> Iterator[str]:
    """Every metric that a short form tells, as a table."""
    rows = []
    shown = {m.id for m in findings.shown()}
    for layer, metrics in findings.layers():
        for metric in (m for whole in metrics for m in (whole, *findings.views(whole.id)) if m.id in shown):
            for variant in findings.systems:
                e = findings.estimate(metric.id, variant.name)
                if e is None:
                    continue
                span = _interval(e.lo is not None, numbers.interval(e), e.reason)
                names = [escape(layer), escape(metric.id), escape(variant.name)]
                rows.append([*names, numbers.point(e), span, count(e.n), count(e.n_unscored)])
    if rows:
        header = ["Layer", "Metric", "System", "Estimate", "95 % interval", "n", "Unscored"]
        yield "### Estimates"
        yield table(header, rows, frozenset({3, 4, 5, 6}))


def decided(record: Record) -> Iterator[str]:
    """What the judges decided, in sentences."""
    if told := judging.lines(record):
        yield "### What the judges decided"
        yield "\n".join(f"- {escape(line)}" for line in told)


def _flips(dossier: Dossier) -> Iterator[str]:
    if not dossier.flips:
        return
    yield "### What flipped"
    lines = []
    for f in dossier.flips:
        lines.append(
            f"- {escape(f.metric)}, {escape(f.candidate)} against {escape(f.baseline)}: "
            f"**{count(len(f.broke))} broke**, **{count(len(f.fixed))} fixed**, {count(f.n_same)} the same, "
            f"{count(f.n_unscored)} without a value in both"
        )
        for name, rows in (("broke", f.broke), ("fixed", f.fixed)):
            ids = [code(dossier.cases.ids[int(row)].as_py()) for row in rows[:_FIRST]]
            if ids:
                lines.append(f"  - {name}: " + ", ".join(ids) + (", …" if len(rows) > _FIRST else ""))
    yield "\n".join(lines)


def unscored(dossier: Dossier) -> Iterator[str]:
    """What could not be scored, by reason."""
    yield "### Unscored cases"
    if not dossier.unscored:
        yield "Every case was scored by every metric."
        return
    rows = [
        [escape(g.metric), escape(g.variant), escape(g.reason), count(g.n), ", ".join(code(i) for i in g.examples[:3])]
        for g in dossier.unscored[:_MOST]
    ]
    yield table(["Metric", "System", "Reason", "Cases", "First"], rows, frozenset({3}))
    if len(dossier.unscored) > _MOST:
        yield f"{len(dossier.unscored) - _MOST} more reasons are in the HTML report."


def failures(findings: Findings) -> Iterator[str]:
    """How the systems failed, by reason."""
    rows = [
        [escape(v.name), escape(reason), count(n)]
        for v in findings.systems
        for reason, n in sorted(v.failures.items(), key=lambda item: -item[1])
    ]
    if rows:
        yield "### Failures"
        yield table(["System", "Reason", "Answers"], rows, frozenset({2}))


def _identity(record: Record) -> Iterator[str]:
    rows = [[name, code(value)] for name, value in facts(record)]
    yield "<details><summary>Identity</summary>"
    yield table(["What", "Value"], rows)
    yield "</details>"
    if record.warnings:
        yield "\n".join(f"- Warning: {escape(w)}" for w in record.warnings)
