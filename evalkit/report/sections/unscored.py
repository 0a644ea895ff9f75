"""Cases that a metric could not score, with the reason."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["build"]

_MOST, _FIRST = 40, 5


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """Groups by metric, system and reason, most frequent first; empty groups are said in words, not left out."""
    rows = [
        {
            "metric": g.metric,
            "variant": g.variant,
            "reason": g.reason,
            "n": count(g.n),
            "examples": g.examples[:_FIRST],
            "more": max(g.n - len(g.examples[:_FIRST]), 0),
        }
        for g in dossier.unscored[:_MOST]
    ]
    return {"rows": rows, "left": max(len(dossier.unscored) - _MOST, 0)}
