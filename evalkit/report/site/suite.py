"""The page of one suite: its newest verdict, how every metric moved, all its runs, and how steady its verdicts are."""

from __future__ import annotations

from collections import Counter
from typing import Any

from markupsafe import Markup

from evalkit.core.dossier import Repeated, Site, SiteRun, SuiteTrend
from evalkit.report import sentences
from evalkit.report.document import Block, Document, markup, render
from evalkit.report.findings import Findings
from evalkit.report.site import trends, words
from evalkit.report.site.badge import badge
from evalkit.report.text import plural, visible

__all__ = ["page"]

_OPEN_ROWS = 50
"""Rows of the table of runs that are not folded away."""


def page(site: Site, trend: SuiteTrend) -> str:
    """The page as HTML."""
    told = trends.Told(trend)
    lead = words.lead(trend)
    first = _first(trend, told, lead)
    built = [
        ("metrics", "Metrics over runs", _metrics(told, lead)),
        ("runs", "Runs", _runs(trend, lead)),
        ("steadiness", "Steadiness of verdicts", _steady(trend)),
        ("use", "Compare, and take it elsewhere", _use(site, trend)),
    ]
    return render(
        Document(
            title=f"{trend.name}: trends",
            kicker=[
                Markup('<a href="../index.html">{}</a>').format(visible(site.title)),
                trend.name,
                plural(len(trend.runs), "run"),
            ],
            first=markup("site/suite.html", first),
            blocks=[Block(i, title, markup(f"site/{i}.html", given), given) for i, title, given in built if given],
            scripts=("site.js",),
            skip="Skip to the newest verdict",
            version=site.version,
        )
    )


def _first(trend: SuiteTrend, told: trends.Told, lead: str | None) -> dict[str, Any]:
    newest = trend.runs[-1] if trend.runs else None
    verdict = sentences.verdict(newest.record) if newest else None
    return {
        "name": trend.name,
        "verdict": verdict,
        "headline": f"{verdict.headline[:1].upper()}{verdict.headline[1:]}" if verdict else "",
        "newest": _link(newest) if newest else None,
        "when": words.moment(newest) if newest else "",
        "chart": trends.figure(told, lead, "lead", small=False) if lead else None,
        "unread": dict(trend.unread),
    }


def _link(run: SiteRun) -> dict[str, str]:
    """A run as a link from a page one folder down; without a page, the command that makes its report."""
    run_id = run.record.run_id
    return {
        "id": run_id,
        "name": run.record.name or "",
        "href": f"../{run.page}" if run.page else "",
        "why": run.why,
        "command": f"evalkit report run:{run_id}",
    }


def _metrics(told: trends.Told, lead: str | None) -> dict[str, Any] | None:
    shown = [ident for ident in told.shown() if ident != lead]
    charts = [trends.figure(told, ident, f"m{i}", small=True) for i, ident in enumerate(shown)]
    views = [trends.figure(told, ident, f"v{i}", small=True) for i, ident in enumerate(told.views())]
    found = {"charts": [c for c in charts if c], "views": [c for c in views if c]}
    return {**found, "names": trends.names(told)} if any(found.values()) else None


def _runs(trend: SuiteTrend, lead: str | None) -> dict[str, Any] | None:
    rows = [_row(run, lead) for run in reversed(trend.runs)]
    tally = Counter(row["outcome"] for row in rows)
    return (
        {
            "lead": lead,
            "open": rows[:_OPEN_ROWS],
            "older": rows[_OPEN_ROWS:],
            "n": len(rows),
            "filters": [{"outcome": o, "word": w, "n": tally[o]} for o, w in sentences.OUTCOMES.items() if tally[o]],
        }
        if rows
        else None
    )


def _row(run: SiteRun, lead: str | None) -> dict[str, Any]:
    record = run.record
    return {
        "run": _link(run),
        "when": words.moment(run),
        "outcome": record.outcome,
        "word": sentences.word(record.outcome),
        "headline": sentences.verdict(record).headline,
        "values": words.values(run, lead),
        "n": record.n_cases,
        "systems": [v.name for v in Findings(record).candidates],
        "baselines": run.baselines,
        "names": [name for name in run.names if name != record.name],
        "tags": run.tags,
        "first": run.changed is None,
        "changed": [words.change(c) for c in run.changed or ()],
        "apart": words.apart(run),
    }


def _steady(trend: SuiteTrend) -> dict[str, Any] | None:
    runs = {run.record.run_id: run for run in trend.runs}
    found = trend.repeated
    moved = sum(1 for r in found if r.n_changes)
    return (
        {
            "n": len(found),
            "n_runs": sum(len(r.runs) for r in found),
            "moved": moved,
            "rows": [_repeated(r, runs) for r in sorted(found, key=lambda r: (-r.n_changes, -len(r.runs), r.digest))],
        }
        if trend.runs
        else None
    )


def _repeated(found: Repeated, runs: dict[str, SiteRun]) -> dict[str, Any]:
    signs = words.outcomes(found.outcomes)
    return {
        "digest": found.digest[:12],
        "runs": [
            {**_link(runs[i]), **sign, "when": words.moment(runs[i])} for i, sign in zip(found.runs, signs, strict=True)
        ],
        "n_changes": found.n_changes,
        "n_answers": found.n_answers,
    }


def _use(site: Site, trend: SuiteTrend) -> dict[str, Any] | None:
    if not trend.runs:
        return None
    ids = [run.record.run_id for run in reversed(trend.runs)]
    standing = next((run.record.run_id for run in reversed(trend.runs) if run.baselines), None)
    other = standing if standing and standing != ids[0] else (ids[1] if len(ids) > 1 else None)
    return {
        "compare": f"evalkit compare run:{other} run:{ids[0]}" if other else "",
        "report": f"evalkit report compare run:{other} run:{ids[0]}" if other else "",
        "against": "the run on which a baseline stands" if other and other == standing else "the run before",
        "run": f"evalkit report run:{ids[0]}",
        "badge": Markup(badge(trend, alone=False)),
        "markdown": f"![{trend.slug}](badges/{trend.slug}.svg)",
    }
