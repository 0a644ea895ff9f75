"""What judges said of the cases of a page: the verdict that counted, and the calls that it came from."""

from __future__ import annotations

import json
from typing import Any

from evalkit.report.explorer.columns import short
from evalkit.report.explorer.rows import Kept

__all__ = ["verdicts_by_case"]

_SHOWN = (
    "stage",
    "call",
    "order",
    "label",
    "value",
    "probability",
    "why",
    "failure_reason",
    "model",
    "seconds",
    "cost",
)
_LONG = 1_500
"""Characters of a rationale that the page shows."""


def verdicts_by_case(kept: Kept) -> dict[str, list[dict[str, Any]]]:
    """Case id -> rows as {metric, system, repeat, settled, ...}, without what is absent."""
    table = kept.dossier.verdicts
    if table is None or not len(table):
        return {}
    table = kept.of_these(table)
    names = ("metric", "variant", "case_id", "repeat", "settled", "points", "rationale", *_SHOWN)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.select([n for n in names if n in table.column_names]).to_pylist():
        if row["repeat"] < kept.repeats:
            found.setdefault(row["case_id"], []).append(_row(row))
    return found


def _row(row: dict[str, Any]) -> dict[str, Any]:
    said = {name: row.get(name) for name in _SHOWN if row.get(name) is not None}
    said = {name: short(value) if isinstance(value, str) else value for name, value in said.items()}
    if row.get("points"):
        said["points"] = json.loads(row["points"])
    if rationale := row.get("rationale"):
        said["rationale"] = rationale if len(rationale) <= _LONG else rationale[:_LONG] + "…"
    settled = bool(row.get("settled", True))
    return {"metric": row["metric"], "system": row["variant"], "repeat": row["repeat"], "settled": settled, **said}
