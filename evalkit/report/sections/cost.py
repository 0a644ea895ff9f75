"""What the run cost, and how long it took, by system."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["build"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """One row a system; an unknown cost is "unknown", never 0."""
    rows = [
        {
            "name": v.name,
            "role": v.role,
            "answers": count(v.n_predictions),
            "reused": count(v.n_reused),
            "failed": count(v.n_failed),
            "missing": count(v.n_missing),
            "extra": count(v.n_extra),
            "seconds": numbers.duration(v.seconds),
            "cost": numbers.dollars(v.cost),
        }
        for v in findings.systems
    ]
    record = dossier.record
    return {"rows": rows, "seconds": numbers.duration(record.seconds), "cost": numbers.dollars(record.cost)}
