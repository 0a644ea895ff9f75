"""How answers were decided: which rule accepted or refused what share of them, and what stricter rules would say."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from evalkit.core.dossier import Dossier, RuleCount
from evalkit.core.nouns import MetricInfo
from evalkit.report import numbers
from evalkit.report.charts.spec import Table
from evalkit.report.charts.stack import Segment, Stack, StackRow
from evalkit.report.charts.theme import Tone
from evalkit.report.figures import Figure, draw
from evalkit.report.findings import Findings
from evalkit.report.text import plural

__all__ = ["build"]

_TELLING = 3
"""Rules that a metric has to have used: two say no more than right and wrong."""
_MOST = 9
"""Segments of a bar; the rest is one segment."""
SENSITIVITY = ("exact", "strict", "lenient")
"""Views that hold the same answers against other rules."""


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One figure a metric whose rules tell more than right and wrong, with its sensitivity where it has one."""
    counts: dict[str, dict[str, list[RuleCount]]] = defaultdict(lambda: defaultdict(list))
    for found in dossier.rules:
        counts[found.metric][found.variant].append(found)
    shown = []
    for i, (ident, metric) in enumerate(findings.metrics.items()):
        mine = counts.get(ident, {})
        sensitivity = _sensitivity(findings, metric)
        if sensitivity or len({c.rule for rows in mine.values() for c in rows}) >= _TELLING:
            shown.append({"figure": _figure(findings, ident, mine, f"rules-{i}"), "sensitivity": sensitivity})
    return {"metrics": shown, "sensitive": any(m["sensitivity"] for m in shown)} if shown else None


def _figure(findings: Findings, metric: str, counts: dict[str, list[RuleCount]], ident: str) -> Figure:
    order = _order([c for rows in counts.values() for c in rows])
    laid = _strengths(order)
    rows = tuple(_row(v.name, counts[v.name], order, laid) for v in findings.systems if counts.get(v.name))
    title = f"{metric}: which rule decided"
    about = "share of answers that each rule decided; accepted from the left, refused to the right"
    return draw(Stack(title, "share of answers, accepted first", rows, about), ident, "half")


def _order(counts: list[RuleCount]) -> dict[tuple[Tone, str], int]:
    """The place of each rule in every bar of a metric: accepted first, then by how often it decided in all systems."""
    total: dict[tuple[Tone, str], int] = defaultdict(int)
    for found in counts:
        total[_tone(found), found.rule] += found.n
    ranked = sorted(total, key=lambda key: (_TONES.index(key[0]), -total[key], key[1]))
    return {key: place for place, key in enumerate(ranked)}


def _strengths(order: dict[tuple[Tone, str], int]) -> dict[tuple[Tone, str], float]:
    """How strongly each rule's tone is laid on: the same in every bar, so that a legend can name it."""
    steps: dict[Tone, int] = defaultdict(int)
    found = {}
    for tone, rule in sorted(order, key=lambda key: order[key]):
        found[tone, rule] = max(0.2, 0.75 - 0.14 * steps[tone])
        steps[tone] += 1
    return found


def _row(
    name: str, counts: list[RuleCount], order: dict[tuple[Tone, str], int], laid: dict[tuple[Tone, str], float]
) -> StackRow:
    ordered = sorted(counts, key=lambda c: order[_tone(c), c.rule])
    parts: list[Segment] = []
    for found in ordered[:_MOST]:
        key = _tone(found), found.rule
        parts.append(Segment(found.rule.replace("_", " "), found.n, key[0], laid[key]))
    rest = ordered[_MOST:]
    if rest:
        parts.append(Segment(f"{len(rest)} other rules", sum(c.n for c in rest), _tone(rest[-1]), 0.2))
    return StackRow(name, tuple(parts), plural(sum(c.n for c in counts), "answer"))


_TONES: list[Tone] = ["pass", "inconclusive", "fail"]


def _tone(found: RuleCount) -> Tone:
    if found.value is None or 0 < found.value < 1:
        return "inconclusive"
    return "pass" if found.value else "fail"


def _sensitivity(findings: Findings, metric: MetricInfo) -> Table | None:
    """The metric's value under other rules beside its own, a row a system; None where it has no such views."""
    if not all(f"{metric.id}.{name}" in findings.metrics for name in SENSITIVITY):
        return None
    columns = [*SENSITIVITY[:-1], "as scored", SENSITIVITY[-1]]
    rows = []
    for variant in findings.systems:
        cells = [variant.name]
        for name in columns:
            ident = metric.id if name == "as scored" else f"{metric.id}.{name}"
            estimate = findings.estimate(ident, variant.name)
            cells.append(f"{numbers.point(estimate)} {numbers.interval(estimate)}".strip() if estimate else "")
        rows.append(cells)
    return Table(["System", *columns], rows)
