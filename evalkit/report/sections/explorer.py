"""The case explorer: what the page says around the packed cases."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from evalkit.core.dossier import Dossier
from evalkit.report.explorer.pack import pack
from evalkit.report.explorer.select import select
from evalkit.report.findings import Findings

__all__ = ["build"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """The packed columns, and in words which cases they hold."""
    if not len(dossier.cases):
        return None
    chosen = select(dossier)
    packed = pack(dossier, findings, chosen.rows)
    return {
        "data": Markup(packed.data),  # of an alphabet that can end no element
        "statement": chosen.statement,
        "notes": packed.notes,
        "n": len(chosen.rows),
        "file": dossier.cases_file,
    }
