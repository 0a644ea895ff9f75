"""What was seen of it in use: metrics in time with their alarms, and drift with evidence and size apart."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Column, Monitor
from evalkit.report import numbers
from evalkit.report.charts.bars import Bars
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.figures import Figure, draw
from evalkit.report.findings import Findings
from evalkit.report.release import effects
from evalkit.report.release.told import LONG, badge_of, between, evidence_of, made
from evalkit.report.text import clip, count, plural

__all__ = ["build", "said"]

_MOST = 30
_WORDS = {
    "drift": "drift",
    "shifted": "shifted",
    "no_drift": "no drift",
    "insufficient_data": "too few data",
}
_TONES: dict[str, Any] = {
    "drift": "fail",
    "shifted": "inconclusive",
    "no_drift": "baseline",
    "insufficient_data": "baseline",
}
_ORDER = {"drift": 0, "shifted": 1, "insufficient_data": 2, "no_drift": 3}


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One block a report of a monitor, the newest first."""
    found = evidence_of(dossier, Monitor)
    return {"reports": [_report(one, i) for i, one in enumerate(reversed(found))]} if found else None


def said(found: Monitor) -> str:
    """One line: requests, alarms, drift."""
    alarms = sum(len(s.alarms) for s in found.series)
    drifted = sum(c.outcome == "drift" for c in found.drift)
    told = [plural(found.n, "request"), plural(alarms, "alarm") if alarms else "no alarm"]
    if found.drift:
        told.append(f"drift in {drifted} of {plural(len(found.drift), 'column')}")
    return ", ".join(told)


def _report(found: Monitor, i: int) -> dict[str, Any]:
    drift = sorted(found.drift, key=lambda c: (_ORDER[c.outcome], -(c.effect or 0.0)))
    return {
        "badge": badge_of(found.outcome),
        "said": said(found),
        "made": made(found, between(found.since, found.until)),
        "happened": [clip(text, LONG) for text in found.said[:_MOST]],
        "series": effects.in_time(found.series, f"monitor{i}-time"),
        "figure": _figure(drift[:_MOST], f"drift{i}") if any(c.effect is not None for c in drift) else None,
        "rows": [_column(c) for c in drift[:_MOST]],
        "left": count(len(drift) - _MOST) if len(drift) > _MOST else "",
    }


def _column(column: Column) -> dict[str, str]:
    return {
        "name": clip(column.name, 80),
        "kind": clip(column.kind, 40),
        "effect": numbers.number(column.effect, 3),
        "interval": _interval(column),
        "p": numbers.p_value(column.p_holm),
        "outcome": column.outcome,
        "said": _WORDS[column.outcome],
    }


def _interval(column: Column) -> str:
    if column.effect_lo is None or column.effect_hi is None:
        return ""
    return f"[{numbers.number(column.effect_lo, 3)}, {numbers.number(column.effect_hi, 3)}]"


def _figure(columns: list[Column], ident: str) -> Figure:
    rows = tuple(Row(clip(c.name, 60), (_mark(c),), numbers.number(c.effect, 3)) for c in columns)
    n = sum(c.outcome == "drift" for c in columns)
    spec = Bars(
        f"Size of drift: {plural(n, 'column')} beyond what matters" if n else "Size of drift: none beyond what matters",
        "distance from the reference (0: alike, 1: disjoint)",
        rows,
        (Series("distance", "candidate"),),
        keep=True,
        bounds=(0.0, 1.0),
        about="The size of the change of each column with its interval; the evidence for it is in the table.",
    )
    return draw(spec, ident, "half")


def _mark(column: Column) -> Mark:
    known = column.effect_lo is not None and column.effect_hi is not None
    return Mark(
        point=column.effect,
        thin=Range(column.effect_lo or 0.0, column.effect_hi or 0.0) if known else None,
        tone=_TONES[column.outcome],
        words=f"{clip(column.name, 80)}: {_WORDS[column.outcome]}",
        cells={
            "Distance": numbers.number(column.effect, 3),
            "Interval": _interval(column),
            "p (Holm)": numbers.p_value(column.p_holm),
        },
    )
