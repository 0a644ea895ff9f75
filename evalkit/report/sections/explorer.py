"""The case explorer: what the page says around the packed cases."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.report.explorer.pack import pack
from evalkit.report.explorer.select import select
from evalkit.report.findings import Findings
from evalkit.report.page import json_for_script

__all__ = ["build"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """The packed columns, and in words which cases they hold."""
    if not len(dossier.cases):
        return None
    chosen = select(dossier)
    packed = pack(dossier, findings, chosen.rows)
    data = json_for_script({"encoding": "gzip+base64", "data": packed.data})
    return {"data": data, "statement": chosen.statement, "notes": packed.notes, "n": len(chosen.rows)}
