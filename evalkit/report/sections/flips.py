"""What flipped: how many cases broke and were fixed, and the first of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit.core.dossier import Dossier, Flips
from evalkit.report.charts.diverging import Diverging, DivergingRow
from evalkit.report.figures import draw
from evalkit.report.findings import Findings
from evalkit.report.text import plural

__all__ = ["build", "flip_label"]

_FIRST = 5


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A diverging bar per metric and candidate, and the first case ids of each side for the leading metric."""
    if not dossier.flips:
        return None
    several = len(findings.candidates) > 1
    rows = tuple(DivergingRow(flip_label(f, several), len(f.broke), len(f.fixed)) for f in dossier.flips)
    lead = next((f for f in dossier.flips if f.metric == findings.lead_metric()), dossier.flips[0])
    title = f"{lead.metric}: {plural(len(lead.broke), 'case')} broke, {len(lead.fixed):,} fixed"
    spec = Diverging(title, "cases whose value changed", rows, "broke", "fixed")
    return {
        "chart": draw(spec, "flips", "half"),
        "lead": lead,
        "broke": _first(dossier, lead.broke),
        "fixed": _first(dossier, lead.fixed),
        "n_broke": len(lead.broke),
        "n_fixed": len(lead.fixed),
    }


def flip_label(flips: Flips, several: bool) -> str:
    """The metric, with the candidate where there are several."""
    return f"{flips.metric} ({flips.candidate})" if several else flips.metric


def _first(dossier: Dossier, rows: np.ndarray) -> list[str]:
    return [dossier.cases.ids[int(row)].as_py() for row in rows[:_FIRST]]
