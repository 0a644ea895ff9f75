"""A rollout as JSON and as lines for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from evalkit.core.nouns import Decision
from evalkit.core.versions import Event
from evalkit.pipeline.rollout.nouns import Ledger, State
from evalkit.pipeline.rollout.told import outcome
from evalkit.pipeline.rollout.verdicts import log_values

__all__ = ["exit_code", "lines", "of_state", "told_moves"]

_CODES: Final = {"rolled_back": EXIT_FAIL, "expired": EXIT_INCONCLUSIVE}


def exit_code(state: State) -> int:
    """Of the step that led there: 1 where harm was found, 3 where nothing was decided in time, else 0."""
    return _CODES.get(state.phase, EXIT_PASS)


def of_state(state: State) -> dict[str, Any]:
    """One JSON object."""
    plan = state.plan
    return {
        "id": state.id,
        "state": state.phase,
        "outcome": outcome(state),
        "weight": state.weight,
        "strategy": plan.strategy,
        "candidate": plan.candidate,
        "champion": plan.champion,
        "step": state.step,
        "steps": [step.model_dump(mode="json") for step in plan.steps],
        "units": state.units,
        "margin": plan.margin,
        "guards": plan.guards,
        "suite": plan.scoring.suite if plan.scoring else None,
        "alpha": plan.alpha,
        "alpha_harm": plan.alpha_harm,
        "metrics": [_metric(state, ledger) for ledger in state.ledgers],
        "decisions": [_decision(decision) for decision in state.decisions],
        "said": state.said,
        "digest": state.digest,
    }


def _metric(state: State, ledger: Ledger) -> dict[str, Any]:
    harm, promotion = log_values(state.plan, ledger)
    return {
        "metric": ledger.metric,
        "e_harm": _e(harm),
        "e_promotion": _e(promotion),
        "canary": {
            "units": sum(t.n_canary for t in ledger.tallies),
            "lost": sum(t.lost_canary for t in ledger.tallies),
        },
        "champion": {
            "units": sum(t.n_champion for t in ledger.tallies),
            "lost": sum(t.lost_champion for t in ledger.tallies),
        },
    }


def _e(log_value: float) -> float:
    return math.exp(min(log_value, 690.0))  # JSON has no infinity


def _decision(decision: Decision) -> dict[str, Any]:
    estimate = decision.estimate
    return {
        "gate": decision.gate.name,
        "metric": decision.gate.metric,
        "outcome": decision.outcome,
        "line": decision.gate.at_most,
        "point": estimate.point,
        "lo": estimate.lo,
        "hi": estimate.hi,
        "level": estimate.level,
        "unit": estimate.unit,
        "n": estimate.n,
        "p_pass": decision.p_pass,
        "p_fail": decision.p_fail,
        "alpha": decision.alpha,
        "reason": decision.reason,
        "would_decide": decision.would_decide,
    }


def lines(state: State) -> list[str]:
    """For a terminal."""
    found = [
        f"{state.id}  {state.phase.replace('_', ' ')}, weight {100 * state.weight:g} %",
        f"  {state.plan.strategy}: {state.plan.candidate} instead of {state.plan.champion}",
        f"  {state.said}",
    ]
    for one in state.decisions:
        found.append(f"  {one.gate.name} ({one.gate.metric}): {one.outcome}. {one.reason}")
        if one.would_decide and one is next(d for d in state.decisions if d.would_decide == one.would_decide):
            found.append(f"    {one.would_decide}")
    return found


def told_moves(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What happened, oldest first."""
    return [
        {
            "at": event.at,
            "kind": event.kind,
            "who": event.who,
            "weight": event.data["state"]["weight"],
            "said": event.data["state"]["said"],
            "note": event.data.get("note", ""),
            "head": event.head,
        }
        for event in events
    ]
