"""Which layer decided how many answers, and what the judges took."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings
from evalkit.report.judging import by_judge, decided, spent

__all__ = ["build"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A row a judged metric and system, and a sentence a judge."""
    record = dossier.record
    if not record.judges:
        return None
    rows = [
        {"metric": info.metric, "variant": info.variant, "judge": info.name or info.judge[:12], "said": decided(info)}
        for info in record.judges
    ]
    return {"rows": rows, "judges": [{"name": name, "said": spent(infos)} for name, infos in by_judge(record).items()]}
