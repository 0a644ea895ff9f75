"""The first page: every suite with its newest verdict, where its leading metric stands, and who stands as what."""

from __future__ import annotations

import shlex
from typing import Any

from evalkit.core.dossier import Site, SiteRun, SuiteTrend
from evalkit.core.nouns import Certificate
from evalkit.report import numbers, sentences
from evalkit.report.document import Document, markup, render
from evalkit.report.findings import Findings
from evalkit.report.site import trends, words
from evalkit.report.site.spark import spark
from evalkit.report.text import clip, plural

__all__ = ["page"]

_NAME = 60
_SIGNS = 16
"""Verdicts in a row of the index, the newest at the right."""


def page(site: Site) -> str:
    """The page as HTML."""
    given = {
        "title": site.title,
        "summary": _summary(site),
        "suites": [_suite(trend, i) for i, trend in enumerate(site.suites)],
        "judges": [_judge(site, c) for c in site.certificates],
        "command": shlex.join(site.command),
    }
    runs = sum(len(trend.runs) for trend in site.suites)
    return render(
        Document(
            title=site.title,
            kicker=[site.title, plural(len(site.suites), "suite"), plural(runs, "run")],
            first=markup("site/index.html", given),
            blocks=(),
            skip="Skip to the suites",
            version=site.version,
        )
    )


def _summary(site: Site) -> str:
    """How the newest runs of all suites ended, in a sentence."""
    newest = [trend.runs[-1].record.outcome for trend in site.suites if trend.runs]
    said = [f"{newest.count(o)} {_SAID[o]}" for o in sentences.OUTCOMES if o in newest]
    return f"Newest run of each suite: {', '.join(said)}." if said else ""


_SAID = {
    "pass": "passed",
    "fail": "failed",
    "inconclusive": "inconclusive",
    "ungated": "without a gate",
    "error": "broke",
}


def _suite(trend: SuiteTrend, i: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": clip(trend.name, _NAME),
        "href": f"suites/{trend.slug}.html",
        "n": len(trend.runs),
        "unread": len(trend.unread),
        "standing": _standing(trend),
        "newest": None,
    }
    if trend.runs:
        row |= {"newest": _newest(trend.runs[-1]), **_lead(trend, i)}
        row["history"] = words.outcomes(tuple(run.record.outcome for run in trend.runs[-_SIGNS:]))
    return row


def _newest(run: SiteRun) -> dict[str, Any]:
    verdict = sentences.verdict(run.record)
    return {
        "outcome": run.record.outcome,
        "word": verdict.word,
        "headline": verdict.headline,
        "when": words.moment(run),
        "href": run.page,
        "id": run.record.run_id,
    }


def _lead(trend: SuiteTrend, i: int) -> dict[str, Any]:
    metric = words.lead(trend)
    if metric is None:
        return {"metric": None, "values": [], "spark": ""}
    told = trends.Told(trend)
    findings: Findings = told.findings[-1]
    name = findings.candidates[0].name if findings.candidates else ""
    estimate = findings.estimate(metric, name)
    gate = trends.gate_of(findings, metric, name)
    line = None if gate is None else gate.gate.at_least if gate.gate.at_least is not None else gate.gate.at_most
    said = f"{metric} over {plural(len(trend.runs), 'run')}"
    if estimate is not None:
        said += f", newest {numbers.point(estimate)} {numbers.interval(estimate)}".rstrip()
    if line is not None:
        said += f", gate {line:g}"
    return {
        "metric": metric,
        "values": words.values(trend.runs[-1], metric),
        "spark": spark(told.dots(metric), f"s{i}", said, line),
    }


def _standing(trend: SuiteTrend) -> list[dict[str, str]]:
    """Baselines and names, with the runs they stand on."""
    found = []
    for run in reversed(trend.runs):
        for kind, names in (("baseline", run.baselines), ("name", run.names)):
            found += [{"name": name, "kind": kind, "href": run.page, "when": words.day(run)} for name in names]
    return sorted(found, key=lambda s: s["kind"])[:6]


def _judge(site: Site, held: Certificate) -> dict[str, str]:
    return {
        "digest": held.digest[:12],
        "href": site.cards.get(held.digest, ""),
        "rubric": held.rubric_id or "–",
        "may": "may gate"
        if held.usable and not held.revokes
        else "revoked"
        if held.revokes
        else "may advise, not gate",
        "n": plural(held.n, "label"),
        "created": held.created[:10],
        "expires": (held.expires or "")[:10] or "–",
        "command": f"evalkit report judge {held.digest[:12]}",
    }
