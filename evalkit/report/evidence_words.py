"""Evidence in a line each: what a list of it says."""

from __future__ import annotations

from evalkit.core.evidence import (
    AB,
    Approval,
    Evidence,
    Limits,
    Lineage,
    Monitor,
    Registry,
    Rollout,
    Shadow,
    Validation,
)
from evalkit.report.text import clip, count, listing, plural

__all__ = ["NAMES", "approval", "line"]

NAMES = {
    "validation": "Data validation",
    "lineage": "Lineage",
    "registry": "Registry",
    "shadow": "Shadow",
    "ab": "A/B test",
    "rollout": "Rollout",
    "monitor": "In use",
    "approval": "Approval",
    "limits": "Known limits",
}
_LONG = 160


def line(evidence: Evidence) -> str:
    """What it says, in a line."""
    return clip(" ".join(_line(evidence).split()), _LONG)


def _line(one: Evidence) -> str:
    match one:
        case Approval():
            return approval(one)
        case Limits():
            return "; ".join(one.sentences) or "none stated"
        case Validation():
            failing = sum(check.outcome != "pass" for check in one.checks)
            said = f"{one.dataset}: {plural(one.rows, 'row')}, {plural(len(one.checks), 'check')}, {failing} not passed"
            return said + (f", {count(one.quarantined)} set apart" if one.quarantined else "")
        case Lineage():
            return f"{plural(len(one.nodes), 'node')}, {plural(len(one.edges), 'step')}"
        case Registry():
            return f"{one.model} {one.version}" + (f", {listing(one.aliases)}" if one.aliases else "")
        case Shadow():
            return f"{one.challenger} beside {one.champion} on {plural(one.n, 'request')}"
        case AB():
            said = ", ".join(f"{name} {count(n)}" for name, n in one.units.items())
            return f"against {one.control}: {said or 'no unit'}" + ("; the split is off" if one.srm_ok is False else "")
        case Rollout():
            return f"{one.strategy}: " + (one.stages[-1].state if one.stages else "not begun")
        case Monitor():
            drifted = sum(column.outcome == "drift" for column in one.drift)
            return f"{plural(one.n, 'request')}, {len(one.series)} series, {plural(drifted, 'column')} drifted"


def approval(one: Approval) -> str:
    """`approved by ann (release manager): note`."""
    role = f" ({one.role})" if one.role else ""
    note = f": {one.note}" if one.note else ""
    return f"{'approved' if one.approved else 'rejected'} by {one.who}{role}{note}"
