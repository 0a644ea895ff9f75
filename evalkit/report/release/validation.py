"""What the data contracts found: rules that are broken first, each with the rows that break it."""

from __future__ import annotations

import json
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Check, Validation
from evalkit.report.findings import Findings
from evalkit.report.release.told import badge_of, evidence_of, made, short
from evalkit.report.text import clip, count, plural

__all__ = ["build", "said"]

_MOST, _EXAMPLES = 40, 3
_ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A table a validated dataset."""
    found = evidence_of(dossier, Validation)
    return {"datasets": [_dataset(one) for one in reversed(found)]} if found else None


def said(found: Validation) -> str:
    """One line: rows, rows set apart, rules."""
    broken = sum(c.outcome == "fail" for c in found.checks)
    rules = (
        f"{count(broken)} of {plural(len(found.checks), 'rule')} broken"
        if broken
        else f"all {plural(len(found.checks), 'rule')} hold"
    )
    if not found.checks:
        rules = "no rule was checked"
    apart = f", {count(found.quarantined)} set apart" if found.quarantined else ""
    return f"{clip(found.dataset, 80)}: {plural(found.rows, 'row')}{apart}; {rules}"


def _dataset(found: Validation) -> dict[str, Any]:
    checks = sorted(found.checks, key=lambda c: _ORDER[c.outcome])
    left = len(checks) - _MOST
    return {
        "name": clip(found.dataset, 120),
        "badge": badge_of(found.outcome),
        "said": said(found),
        "made": made(found),
        "data": short(found.data),
        "contract": short(found.contract),
        "checks": [_check(c) for c in checks[:_MOST]],
        "left": count(left) if left > 0 else "",
    }


def _check(found: Check) -> dict[str, Any]:
    shown = [clip(json.dumps(e, ensure_ascii=False), 120) for e in found.examples[:_EXAMPLES]]
    return {
        "badge": badge_of(found.outcome),
        "column": clip(found.column or "the whole table", 80),
        "rule": clip(found.rule, 200),
        "failing": count(found.failing),
        "n": count(found.n) if found.n is not None else "not said",
        "examples": shown,
    }
