"""Records, estimates and decisions in a notebook cell, and as a line: short, self-contained, escaped.

Inline styles, since a cell has no head of its own; what has a colour has a sign too, and text keeps the notebook's own
colour, so that it reads on a light and on a dark ground.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evalkit.core.nouns import Decision, Estimate, Record
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings, slice_label
from evalkit.report.text import count, plural, visible

__all__ = ["cells", "decision_html", "decision_text", "estimate_html", "estimate_text", "record_html"]

# Luminance near 0.19: at least 3 to 1 against white and against #1e1e1e.
_TONES = {"pass": "#0e8a73", "fail": "#cf5a24", "inconclusive": "#a57a12", "ungated": "#777d86", "error": "#d1467c"}
_MOST = 12
_CELL = Markup('<td style="text-align:left;padding:2px 12px 2px 0">{}</td>')
_HEAD = Markup('<th style="text-align:left;padding:2px 12px 2px 0;font-weight:500;opacity:.7">{}</th>')
_TABLE = Markup('<table style="border-collapse:collapse;margin:6px 0"><tr>{}</tr>{}</table>')


def record_html(record: Record) -> str:
    """The verdict, the gates and the estimates as HTML for `_repr_html_`."""
    findings = Findings(record)
    said = sentences.verdict(record)
    head = _headed(record.outcome, f"{said.headline}.", said.because)
    about = Markup('<p style="margin:0;opacity:.7">{} v{}, {}, run {}</p>').format(
        visible(record.suite.name),
        visible(str(record.suite.version)),
        plural(record.n_cases, "case"),
        visible(record.run_id),
    )
    return _cell(head, about, _gates(findings), _estimates(findings))


def estimate_html(e: Estimate) -> str:
    """The number, its interval as a picture, and where it comes from, for `_repr_html_`."""
    return _cell(_line(f"{_name(e)}: ", _value(e), picture(e)), *(_faint(line) for line in _sources(e)))


def decision_html(d: Decision) -> str:
    """The outcome, why, and the interval against its line, for `_repr_html_`."""
    advice = [Markup('<p style="margin:0">{}</p>').format(visible(d.would_decide))] if d.would_decide else []
    number = _line(f"{_name(d.estimate)}: ", _value(d.estimate, d.gate.versus is not None), picture(d.estimate, d))
    head = _headed(d.outcome, d.gate.label, d.reason)
    return _cell(head, number, *advice, *(_faint(line) for line in _sources(d.estimate)))


def estimate_text(e: Estimate) -> str:
    """`accuracy, candidate: 0.79 [0.76, 0.82], n 1,000, unscored 4` in one line."""
    unscored = f", unscored {count(e.n_unscored)}" if e.n_unscored else ""
    return visible(f"{_name(e)}: {_value(e)}, n {count(e.n)}{unscored}")


def decision_text(d: Decision) -> str:
    """`✓ Pass: accuracy >= 0.7: 0.79 [0.76, 0.82]; the reason` in one line."""
    said = sentences.word(d.outcome)
    value = _value(d.estimate, d.gate.versus is not None)
    return visible(f"{said.mark} {said.text}: {d.gate.label}: {value}; {d.reason}")


def _name(e: Estimate) -> str:
    return ", ".join(filter(None, [e.metric, e.variant, slice_label(e.slice)]))


def _value(e: Estimate, signed: bool = False) -> str:
    if e.point is None:
        return f"no value: {e.reason or 'not stated'}"
    return f"{numbers.point(e, signed=signed or ' - ' in e.variant)} {_span(e)}"


def _span(e: Estimate) -> str:
    return numbers.interval(e) or f"(no interval: {e.reason or 'not stated'})"


def _sources(e: Estimate) -> list[str]:
    level = f"{numbers.level(e.level)} interval by {e.method}" if e.lo is not None else ""
    unscored = f"unscored {count(e.n_unscored)}" if e.n_unscored else ""
    why = ", ".join(f"{reason} {count(n)}" for reason, n in list(e.unscored.items())[:3])
    said = [f"n = {count(e.n)}", f"{unscored}: {why}" if why else unscored, level]
    return ["; ".join(filter(None, said)), *([e.signature] if e.signature else [])]


def _headed(outcome: str, headline: str, because: str) -> Markup:
    said = sentences.OUTCOMES[outcome]
    head = Markup('<p style="margin:0 0 4px"><b><span style="color:{}">{}</span> {}: {}</b> {}</p>')
    return head.format(_TONES[outcome], said.mark, said.text, visible(headline), visible(because))


def _line(name: str, value: str, drawn: Markup) -> Markup:
    return Markup('<p style="margin:0 0 2px">{}<b>{}</b> {}</p>').format(visible(name), visible(value), drawn)


def _faint(words: str) -> Markup:
    return Markup('<p style="margin:0;opacity:.7;overflow-wrap:anywhere">{}</p>').format(visible(words))


def _cell(*blocks: Markup) -> str:
    style = Markup('<div style="font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums">{}</div>')
    return str(style.format(Markup("").join(blocks)))


def picture(e: Estimate, d: Decision | None = None) -> Markup:
    """The interval with its point, and the line of the gate, as a small SVG; nothing where there is no interval."""
    if e.lo is None or e.hi is None or e.point is None:
        return Markup("")
    line = d.estimate.tail.line if d is not None and d.estimate.tail is not None else None
    if line is None and " - " in e.variant:
        line = 0.0
    ends = [e.lo, e.hi, e.point, *([] if line is None else [line])]
    low, wide = min(ends), (max(ends) - min(ends)) or 1.0
    lo, hi, at, mark = (None if x is None else f"{6 + 148 * (x - low) / wide:.1f}" for x in (e.lo, e.hi, e.point, line))
    tone = _TONES[d.outcome] if d is not None else "currentColor"
    held = "" if mark is None else f" against {line:.4g}"
    ruled = Markup("") if mark is None else _RULE.format(mark, mark)
    return _PICTURE.format(visible(_value(e) + held), ruled, lo, hi, tone, at, tone)


_RULE = Markup('<line x1="{}" x2="{}" y1="1" y2="15" stroke="currentColor" stroke-dasharray="3 2"/>')
_PICTURE = Markup(
    '<svg width="160" height="16" viewBox="0 0 160 16" role="img" aria-label="{}" style="vertical-align:middle">{}'
    '<line x1="{}" x2="{}" y1="8" y2="8" stroke="{}" stroke-width="2"/><circle cx="{}" cy="8" r="4" fill="{}"/></svg>'
)


def cells(header: Sequence[str], rows: Sequence[Sequence[str | Markup]]) -> Markup:
    """A table of texts, all of them escaped but for what is markup of ours."""
    if not rows:
        return Markup("")
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(_CELL.format(cell if isinstance(cell, Markup) else visible(cell)) for cell in row)
        )
        for row in rows[:_MOST]
    )
    left = len(rows) - _MOST
    more = Markup('<p style="margin:0;opacity:.7">and {} more</p>').format(left) if left > 0 else Markup("")
    return _TABLE.format(Markup("").join(_HEAD.format(visible(name)) for name in header), body) + more


def _gates(findings: Findings) -> Markup:
    header = ["Outcome", "Gate", "Estimate", "95 %", "", "Reason"]
    return cells(header, [_gate(findings, d) for d in findings.record.decisions])


def _gate(findings: Findings, d: Decision) -> list[str | Markup]:
    said = sentences.word(d.outcome)
    point = numbers.point(d.estimate, signed=d.gate.versus is not None)
    span = numbers.interval(d.estimate) or f"none: {d.estimate.reason or 'not stated'}"
    name, drawn = sentences.gate_name(findings.record, d), picture(d.estimate, d)
    return [f"{said.mark} {said.text}", name, point, span, drawn, d.reason]


def _estimates(findings: Findings) -> Markup:
    rows = []
    for metric in findings.shown():
        for variant in findings.systems:
            e = findings.estimate(metric.id, variant.name)
            if e is not None:
                span = numbers.interval(e) or e.reason or "none"
                rows.append([metric.id, variant.name, numbers.point(e), span, count(e.n), count(e.n_unscored)])
    return cells(["Metric", "System", "Estimate", "95 %", "n", "Unscored"], rows)
