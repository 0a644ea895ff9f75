"""Words for a run among others: when it was, what it said, what was changed before it."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Change, SiteRun, SuiteTrend
from evalkit.core.nouns import Estimate
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.text import clip, listing

__all__ = ["apart", "change", "day", "lead", "moment", "outcomes", "told", "values"]

_SYSTEMS, _NAME = 3, 28


def day(run: SiteRun) -> str:
    """2026-01-31."""
    return run.record.created[:10]


def moment(run: SiteRun) -> str:
    """2026-01-31 09:30, as the record has it (UTC)."""
    return run.record.created[:16].replace("T", " ")


def lead(trend: SuiteTrend) -> str | None:
    """The metric that the suite is about: of the newest run's first screen."""
    return Findings(trend.runs[-1].record).lead_metric() if trend.runs else None


def apart(run: SiteRun) -> str:
    """Why a run's numbers may not be joined with those before; empty where they may, and for the first run."""
    changed = {c.what for c in run.changed or ()}
    return "" if run.comparable else listing([name for name in ("cases", "scoring") if name in changed])


def change(found: Change) -> dict[str, str]:
    """One change for a cell: its name, both digests cut short, and what it means."""
    ends = [clip_digest(end) for end in (found.before, found.after)]
    return {"what": found.what, "ends": " → ".join(ends) if found.before and found.after else "", "said": found.said}


def clip_digest(text: str | None) -> str:
    """The beginning of a digest or commit; versions as they are."""
    return (text or "")[:8] if len(text or "") >= 40 else clip(text or "", 24)


def told(run: SiteRun) -> str:
    """A run in one line: when, which, its verdict, what was changed."""
    changed = listing([c.what for c in run.changed or ()], 4)
    verdict = sentences.word(run.record.outcome).text
    return f"{moment(run)}, run {run.record.run_id}: {verdict}" + (f"; changed: {changed}" if changed else "")


def outcomes(found: tuple[str, ...]) -> list[dict[str, Any]]:
    """Outcomes as signs with their words."""
    return [{"outcome": outcome, "word": sentences.OUTCOMES[outcome]} for outcome in found]


def values(run: SiteRun, metric: str | None) -> list[dict[str, str]]:
    """What a run's candidates reached under a metric: name (where there are several), value, interval or why not."""
    if metric is None:
        return []
    findings = Findings(run.record)
    found = [(v.name, findings.estimate(metric, v.name)) for v in findings.candidates]
    several = len(found) > 1
    cells = [{"name": clip(name, _NAME) if several else "", **_cell(e)} for name, e in found[:_SYSTEMS]]
    return [*cells, _more(len(found) - _SYSTEMS)] if len(found) > _SYSTEMS else cells


def _more(n: int) -> dict[str, str]:
    return {"name": f"and {n} more", "value": "", "span": "", "why": ""}


def _cell(estimate: Estimate | None) -> dict[str, str]:
    if estimate is None:
        return {"value": "–", "span": "", "why": "not measured"}
    span = numbers.interval(estimate)
    return {"value": numbers.point(estimate), "span": span, "why": "" if span else clip(estimate.reason or "", 80)}
