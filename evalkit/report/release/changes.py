"""What changed since the last release: a row a part of the pipeline, and beneath what of it is not as it was."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Change, Dossier, Moved
from evalkit.report.findings import Findings
from evalkit.report.release.told import LONG, release_of, short, when
from evalkit.report.text import clip, count

__all__ = ["build"]

_MOST = 60
_BENDS = {"added": "+", "removed": "\u2212", "loosened": "▼", "tightened": "▲", "changed": "→"}


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """The rows, the parts of what changed, and the gates that became easier."""
    release = release_of(dossier)
    if not release.changes:
        return {"found": release.found, "rows": [], "parts": [], "loud": [], "previous": None, "same": []}
    return {
        "found": release.found,
        "previous": _previous(dossier),
        "loud": [clip(p.said, LONG) for c in release.changes for p in c.parts if _is_loud(c, p)],
        "rows": [_row(change) for change in release.changes if change.same is not True],
        "same": [change.what for change in release.changes if change.same is True],
        "parts": [
            {
                "what": change.what,
                "rows": [_part(p) for p in change.parts[:_MOST]],
                "left": count(len(change.parts) - _MOST) if len(change.parts) > _MOST else "",
                "open": change.what in ("policy", "system", "cases", "scoring") or len(change.parts) <= 3,
            }
            for change in release.changes
            if change.parts
        ],
    }


def _previous(dossier: Dossier) -> dict[str, str] | None:
    last = release_of(dossier).previous
    return None if last is None else {"run": last.run_id, "name": last.name or "", "at": when(last.created)}


def _is_loud(change: Change, part: Moved) -> bool:
    return part.bend == "loosened" or (change.what == "policy" and part.bend == "removed")


def _row(change: Change) -> dict[str, str]:
    return {
        "what": clip(change.what, 120),
        "state": "changed" if change.same is False else "not known",
        "before": short(change.before),
        "after": short(change.after),
        "said": clip(change.said, LONG),
    }


def _part(part: Moved) -> dict[str, str]:
    return {
        "mark": _BENDS[part.bend],
        "bend": part.bend,
        "what": clip(part.what, 200),
        "before": "–" if part.before is None else clip(part.before, 300),
        "after": "–" if part.after is None else clip(part.after, 300),
    }
