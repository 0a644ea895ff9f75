"""How the candidate went to users: its stages, and what was measured at them."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Rollout, Stage
from evalkit.report.findings import Findings
from evalkit.report.release import effects
from evalkit.report.release.told import LONG, badge_of, evidence_of, made, when
from evalkit.report.text import clip, count, plural

__all__ = ["build", "said"]

_MOST = 40


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One block a rollout, the newest first."""
    found = evidence_of(dossier, Rollout)
    return {"rollouts": [_rollout(one, i) for i, one in enumerate(reversed(found))]} if found else None


def said(found: Rollout) -> str:
    """One line: strategy and where it stands."""
    last = found.stages[-1] if found.stages else None
    stands = f", now {clip(last.state, 60)}" if last else ""
    weight = f" at {100 * last.weight:g}\u00a0% of the traffic" if last and last.weight is not None else ""
    return f"{found.strategy}, {plural(len(found.stages), 'stage')}{stands}{weight}"


def _rollout(found: Rollout, i: int) -> dict[str, Any]:
    return {
        "badge": badge_of(found.outcome),
        "said": said(found),
        "made": made(found),
        "stages": [_stage(s) for s in found.stages[:_MOST]],
        "figures": effects.effects(found.measured, f"rollout{i}", "candidate − before"),
        "rows": effects.rows(found.measured),
        "series": effects.differences_in_time(found.measured, f"rollout{i}-time"),
    }


def _stage(stage: Stage) -> dict[str, str]:
    return {
        "at": when(stage.at),
        "state": clip(stage.state, 60),
        "weight": f"{100 * stage.weight:g}\u00a0%" if stage.weight is not None else "–",
        "n": count(stage.n) if stage.n is not None else "–",
        "said": clip(stage.said, LONG),
    }
