"""Where the model stands in its registry, and who moved it there, oldest move first."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Move, Registry
from evalkit.report.findings import Findings
from evalkit.report.release.told import badge_of, evidence_of, short, when
from evalkit.report.text import clip, count, listing

__all__ = ["build", "said"]

_MOST = 30


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One block a registered model; what a later one tells, too, is told once."""
    found = evidence_of(dossier, Registry)
    newest = [one for i, one in enumerate(found) if not any(_begins(one, later) for later in found[i + 1 :])]
    return {"models": [_model(one) for one in reversed(newest)]} if found else None


def _begins(one: Registry, later: Registry) -> bool:
    """The later one tells all that this one does."""
    same = (one.model, one.version, one.artifact) == (later.model, later.version, later.artifact)
    return same and later.moves[: len(one.moves)] == one.moves


def said(found: Registry) -> str:
    """One line: model, version, aliases."""
    aliases = f", {listing([clip(a, 40) for a in found.aliases])}" if found.aliases else ", without an alias"
    return f"{clip(found.model, 80)} {clip(found.version, 40)}{aliases}"


def _model(found: Registry) -> dict[str, Any]:
    left = len(found.moves) - _MOST
    return {
        "said": said(found),
        "badge": badge_of(found.outcome),
        "facts": [
            ("Model", clip(found.model, 120)),
            ("Version", clip(found.version, 120)),
            ("Aliases", ", ".join(clip(a, 40) for a in found.aliases) or "none"),
            ("Artifact", found.artifact or "no digest"),
            ("As of", when(found.created)),
        ],
        "moves": [_move(m) for m in found.moves[-_MOST:]],
        "left": count(left) if left > 0 else "",
    }


def _move(move: Move) -> dict[str, str]:
    stands = " → ".join(clip(v, 60) for v in (move.before, move.after) if v) or "–"
    return {
        "at": when(move.at),
        "what": clip(move.what, 60),
        "who": clip(move.who, 80) or "not said",
        "alias": clip(move.alias or "", 60),
        "stands": stands,
        "note": clip(move.note, 300),
        "head": short(move.head),
    }
