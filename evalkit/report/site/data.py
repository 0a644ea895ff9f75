"""The site as data: what a machine would otherwise read off the pages."""

from __future__ import annotations

import json
from typing import Any

from evalkit.core.dossier import Site, SiteRun, SuiteTrend
from evalkit.core.nouns import Decision, Estimate

__all__ = ["data"]


def data(site: Site) -> str:
    """data.json: one line a run, numbers as the records have them, None where there is none, with the reason."""
    head = {"evalkit_site": 1, "title": site.title, "version": site.version, "command": list(site.command)}
    suites = ",\n".join(_suite(trend, site) for trend in site.suites)
    judges = ",\n".join(_line(_judge(site, held.digest, held.judge, held.usable)) for held in site.certificates)
    return f'{_line(head)[:-1]},\n"judges":[{judges}],\n"suites":[\n{suites}\n]}}\n'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _judge(site: Site, digest: str, judge: str, usable: bool) -> dict[str, Any]:
    return {"certificate": digest, "judge": judge, "usable": usable, "page": site.cards.get(digest)}


def _suite(trend: SuiteTrend, site: Site) -> str:
    head = {
        "name": trend.name,
        "page": f"suites/{trend.slug}.html",
        "badge": f"badges/{trend.slug}.svg" if trend.runs else None,
        "repeated": [
            {
                "candidate": r.digest,
                "runs": r.runs,
                "outcomes": r.outcomes,
                "changes": r.n_changes,
                "answers": r.n_answers,
            }
            for r in trend.repeated
        ],
        "unread": dict(trend.unread),
    }
    runs = ",\n".join(_line(_run(run)) for run in reversed(trend.runs))
    return f'{_line(head)[:-1]},"runs":[\n{runs}\n]}}'


def _run(run: SiteRun) -> dict[str, Any]:
    record = run.record
    return {
        "run_id": record.run_id,
        "created": record.created,
        "name": record.name,
        "page": run.page or None,
        "outcome": record.outcome,
        "outcome_alone": run.alone,
        "baselines": run.baselines,
        "names": run.names,
        "tags": run.tags,
        "n_cases": record.n_cases,
        "digests": {**record.digests.model_dump(), "plan": record.plan},
        "commit": record.environment.commit,
        "evalkit": record.environment.evalkit,
        "cost": record.cost,
        "seconds": record.seconds,
        "comparable_with_previous": run.comparable if run.changed is not None else None,
        "changed": None if run.changed is None else [[c.what, c.before, c.after] for c in run.changed],
        "systems": [
            {"name": v.name, "role": v.role, "digest": v.digest, "answers": v.answers} for v in record.variants
        ],
        "gates": [_gate(d) for d in record.decisions],
        "metrics": [_estimate(e) for e in record.estimates],
    }


def _gate(found: Decision) -> dict[str, Any]:
    return {"gate": found.gate.label, "system": found.variant, "outcome": found.outcome, "role": found.gate.role}


def _estimate(e: Estimate) -> dict[str, Any]:
    return {
        "metric": e.metric,
        "system": e.variant,
        "better": e.better,
        "unit": e.unit,
        "point": e.point,
        "lo": e.lo,
        "hi": e.hi,
        "level": e.level,
        "n": e.n,
        "n_unscored": e.n_unscored,
        "reason": e.reason,
        "method": e.method,
        "signature": e.signature,
    }
