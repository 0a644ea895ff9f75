"""`next_state`: the whole behaviour of a rollout, as a pure function.

A weight rises when enough units were seen and none of the verdicts says harm. Harm ends the rollout at once. Promotion
needs a pass of every metric, and is asked at the last weight only. No data, and nothing but open questions, change
nothing until the step's patience ends; then the candidate is taken back.
"""

from __future__ import annotations

from typing import Any

from evalkit.core.nouns import Decision
from evalkit.pipeline.rollout.counting import counted, units
from evalkit.pipeline.rollout.nouns import Ledger, Observation, Phase, Plan, State
from evalkit.pipeline.rollout.verdicts import harmed, promotable, said, warmed

__all__ = ["begun", "next_state"]


def begun(ident: str, plan: Plan, now: float) -> State:
    """A rollout before its first observation; `now` in seconds since 1970."""
    return State(
        id=ident,
        plan=plan,
        phase=_phase(plan.steps[0].weight),
        weight=plan.steps[0].weight,
        started=now,
        since=now,
        at=now,
        ledgers=[Ledger(metric=metric) for metric in plan.metrics],
        said=f"{plan.strategy} of {plan.candidate} begins at {_percent(plan.steps[0].weight)}",
    )


def next_state(state: State, seen: Observation, now: float) -> State:
    """Where the rollout stands after an observation.

    Args:
        state: where it stood.
        seen: units that were not counted before, or that somebody ends it.
        now: seconds since 1970; a clock that went back stands still.

    Raises:
        InputError: the observation does not fit the plan's metrics.
    """
    if state.ended:
        return state
    now, ledgers = max(now, state.at), counted(state.plan, state.ledgers, seen)
    before = state.counts or [0 if state.plan.scoring else state.units] * len(ledgers)
    counts = [old + new for old, new in zip(before, units(state.plan, state.weight, seen), strict=True)]
    kept = counts if state.plan.scoring else []
    state = state.model_copy(update={"at": now, "ledgers": ledgers, "units": min(counts), "counts": kept})
    harm = harmed(state.plan, state.ledgers)
    if seen.abort is not None:
        return _ended(state, "aborted", [harm], f"aborted: {seen.abort}")
    if harm.outcome == "fail":
        return _ended(state, "rolled_back", [harm], f"rolled back: {said(harm)}")
    moved = _warming(state) if state.weight == 0 else _serving(state, harm)
    if not moved.ended and moved.step == state.step and now - state.since >= _patience(state):
        return _ended(moved, "expired", moved.decisions, f"taken back after {_days(now - state.since)}: {moved.said}")
    return moved


def _warming(state: State) -> State:
    """No user sees the candidate yet; what it answers beside the champion has to be good enough as it is."""
    if open_ := _waits(state):
        return _with(state, [], f"held: {open_}")
    verdicts = warmed(state.plan, state.ledgers)
    bad = next((verdict for verdict in verdicts if verdict.outcome != "pass"), None)
    if bad is not None:
        return _ended(state, "rolled_back", verdicts, f"not switched: {bad.gate.metric}: {bad.reason}")
    return _raised(state, verdicts, "the warm-up was good enough")


def _serving(state: State, harm: Decision) -> State:
    """Users see the candidate: on to the next weight, or at the last one to promotion."""
    last = state.step == len(state.plan.steps) - 1
    verdicts = [harm, *promotable(state.plan, state.ledgers)] if last else [harm]
    if open_ := _waits(state):
        return _with(state, verdicts, f"held: {open_}")
    if not last:
        return _raised(state, verdicts, f"{state.units:,} units, no harm shown")
    undecided = [verdict for verdict in verdicts[1:] if verdict.outcome != "pass"]
    if undecided:
        names = " and ".join(verdict.gate.metric for verdict in undecided)
        return _with(state, verdicts, f"held: promotion needs a pass of {names}: {undecided[0].reason}")
    shown = "; ".join(said(verdict) for verdict in verdicts[1:])
    return _ended(state, "promoted", verdicts, f"promoted: {shown}", weight=1.0)


def _waits(state: State) -> str | None:
    """What the step still asks for before it is looked at, as half a sentence."""
    step = state.plan.steps[state.step]
    if state.units < step.min_units:
        fewest = state.plan.metrics[state.counts.index(state.units)] if any(state.counts) else ""
        scored = f" have a right answer to be scored by {fewest}" if fewest in state.plan.late.values() else ""
        return f"{state.units:,} of {step.min_units:,} units of the candidate at {_percent(step.weight)}{scored}"
    if state.at - state.since < step.pause:
        return f"{step.pause - (state.at - state.since):.0f} s of the pause are left at {_percent(step.weight)}"
    return None


def _patience(state: State) -> float:
    """A step stands at least as long as its pause asks for."""
    return max(state.plan.patience, state.plan.steps[state.step].pause)


def _raised(state: State, verdicts: list[Decision], why: str) -> State:
    weight = state.plan.steps[state.step + 1].weight
    update: dict[str, Any] = {"step": state.step + 1, "weight": weight, "phase": _phase(weight)}
    words = f"from {_percent(state.weight)} to {_percent(weight)}: {why}"
    return _with(state.model_copy(update=update | {"since": state.at, "units": 0, "counts": []}), verdicts, words)


def _ended(state: State, phase: Phase, verdicts: list[Decision], words: str, weight: float = 0.0) -> State:
    return _with(state.model_copy(update={"phase": phase, "weight": weight}), verdicts, words)


def _with(state: State, verdicts: list[Decision], words: str) -> State:
    return state.model_copy(update={"decisions": verdicts, "said": words})


def _phase(weight: float) -> Phase:
    return "warming" if weight == 0 else "watching" if weight == 1 else "canary"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _days(seconds: float) -> str:
    return f"{seconds / 86_400:.3g} days" if seconds >= 86_400 else f"{seconds:.0f} s"
