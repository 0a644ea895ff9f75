"""A record in a notebook cell: short, self-contained, escaped. Inline styles, since a cell has no head of its own."""

from __future__ import annotations

from markupsafe import Markup

from evalkit.core.nouns import Decision, Record
from evalkit.report import numbers, sentences
from evalkit.report.charts.theme import COLOURS
from evalkit.report.findings import Findings
from evalkit.report.text import count, plural, visible

__all__ = ["cells", "record_html"]

_TONES = {"ungated": "#5d636b", "error": "#a3174a"}
_MOST = 12
_CELL = Markup('<td style="text-align:left;padding:2px 12px 2px 0">{}</td>')
_HEAD = Markup('<th style="text-align:left;padding:2px 12px 2px 0;font-weight:500;opacity:.7">{}</th>')
_TABLE = Markup('<table style="border-collapse:collapse;margin:6px 0"><tr>{}</tr>{}</table>')


def record_html(record: Record) -> str:
    """The verdict, the gates and the estimates as HTML for `_repr_html_`."""
    findings = Findings(record)
    said = sentences.verdict(record)
    tone = COLOURS[record.outcome] if record.outcome in ("pass", "fail", "inconclusive") else _TONES[record.outcome]
    head = Markup('<p style="margin:0 0 4px"><b><span style="color:{}">{} {}</span>: {}.</b> {}</p>').format(
        tone, said.word.mark, said.word.text, visible(said.headline), visible(said.because)
    )
    about = Markup('<p style="margin:0;opacity:.7">{} v{}, {}, run {}</p>').format(
        visible(record.suite.name),
        visible(str(record.suite.version)),
        plural(record.n_cases, "case"),
        visible(record.run_id),
    )
    style = Markup('<div style="font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums">{}</div>')
    return str(style.format(Markup("").join([head, about, _gates(findings), _estimates(findings)])))


def cells(header: list[str], rows: list[list[str]]) -> Markup:
    """A table of texts, all of them escaped."""
    if not rows:
        return Markup("")
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(_CELL.format(visible(cell)) for cell in row))
        for row in rows[:_MOST]
    )
    left = len(rows) - _MOST
    more = Markup('<p style="margin:0;opacity:.7">and {} more</p>').format(left) if left > 0 else Markup("")
    return _TABLE.format(Markup("").join(_HEAD.format(visible(name)) for name in header), body) + more


def _gates(findings: Findings) -> Markup:
    return cells(
        ["Outcome", "Gate", "Estimate", "95 %", "Reason"], [_gate(findings, d) for d in findings.record.decisions]
    )


def _gate(findings: Findings, d: Decision) -> list[str]:
    said = sentences.word(d.outcome)
    point = numbers.point(d.estimate, signed=d.gate.versus is not None)
    span = numbers.interval(d.estimate) or "none"
    return [f"{said.mark} {said.text}", sentences.gate_name(findings.record, d), point, span, d.reason]


def _estimates(findings: Findings) -> Markup:
    rows = []
    for metric in findings.shown():
        for variant in findings.systems:
            e = findings.estimate(metric.id, variant.name)
            if e is not None:
                span = numbers.interval(e) or e.reason or "none"
                rows.append([metric.id, variant.name, numbers.point(e), span, count(e.n), count(e.n_unscored)])
    return cells(["Metric", "System", "Estimate", "95 %", "n", "Unscored"], rows)
