"""What the systems did not answer, by reason: a system's failure counts as wrong, ours leaves the case unscored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings
from evalkit.report.text import clip, count

__all__ = ["build"]

_FIRST, _MESSAGE = 3, 200
_KINDS = {"system": "the system's own: counts as wrong", "harness": "ours: the case is unscored"}


def build(dossier: Dossier, findings: Findings) -> dict[str, Any]:
    """One row per system, kind and reason, most frequent first, with the first message and cases."""
    rows = sorted(_rows(dossier.predictions), key=lambda r: (-r["count"], r["variant"], r["reason"]))
    policy = dossier.record.suite.source.get("on_failure", "wrong")
    return {"rows": rows, "wrong": policy == "wrong", "systems": findings.systems}


def _rows(predictions: pa.Table) -> Iterator[dict[str, Any]]:
    failed = predictions.filter(pc.is_valid(predictions["failure_kind"]))
    keys = ["variant", "failure_kind", "failure_reason"]
    groups = failed.group_by(keys, use_threads=False).aggregate([("case_id", "list"), ("failure_message", "first")])
    for group in groups.to_pylist():
        ids = group["case_id_list"]
        yield {
            "variant": group["variant"],
            "kind": _KINDS.get(group["failure_kind"], group["failure_kind"]),
            "reason": (group["failure_reason"] or "not stated").replace("_", " "),
            "message": clip(group["failure_message_first"] or "", _MESSAGE),
            "count": len(ids),
            "n": count(len(ids)),
            "examples": list(dict.fromkeys(ids))[:_FIRST],
        }
