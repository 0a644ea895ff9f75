"""Start, step, abort: what a command does with a workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.rollout.rows_file import rows_of_file
from evalkit.app.pipeline.rollout.rows_traffic import rows_of_traffic
from evalkit.core.errors import InputError
from evalkit.pipeline.rollout import keeping
from evalkit.pipeline.rollout.naming import find
from evalkit.pipeline.rollout.nouns import Plan, State
from evalkit.pipeline.rollout.observing import Counted, by_weight, mismatch, nothing, observed, split
from evalkit.stores.units import LocalUnits

__all__ = ["Refusal", "Stepped", "aborted", "started", "stepped"]

Refusal = Callable[[str], str | None]
"""Of the candidate as typed: why it may not go to users, as half a sentence; None: it may."""


class Stepped(NamedTuple):
    """What a step came to.

    Attributes:
        before, after: the states.
        counted: what was read.
        said: remarks for people.
    """

    before: State
    after: State
    counted: Counted
    said: list[str]


def started(
    bench: Bench,
    plan: Plan,
    *,
    who: str,
    refusal: Refusal | None = None,
    force: str | None = None,
    ident: str | None = None,
) -> State:
    """Begin a rollout.

    Args:
        bench: the workspace.
        plan: what was decided.
        who: starts it.
        refusal: asked about the candidate.
        force: why it goes out although it is refused.
        ident: its id; None: one is made.

    Raises:
        InputError: the candidate is refused, and nobody says why it goes out all the same; or the id cannot be had.
    """
    reason = refusal(plan.candidate) if refusal else None
    if reason and not force:
        raise InputError(
            f"{plan.candidate:.80} may not go to users: {reason}",
            "rollout start",
            f'It takes a run that passes (evalkit run SUITE -c {plan.candidate:.80}); or say why, with --force "WHY"',
        )
    note = f"forced: {force} ({reason})" if reason else ""
    return keeping.start(bench.chains, plan, bench.clock(), who=who, note=note, ident=ident)


def stepped(bench: Bench, ref: str, observations: Path | None, *, who: str) -> Stepped:
    """Read what is new, and go on.

    Args:
        bench: the workspace.
        ref: the rollout.
        observations: a file of rows; None: the traffic log.
        who: does it.

    Raises:
        InputError: no such rollout; a row that is none; units that did not fall as their weights say. Conflict:
            somebody else moved it meanwhile.
    """
    ident = find(bench.chains, ref)
    events = bench.chains.events(keeping.CHAIN + ident)
    state, units = State(**events[-1].data["state"]), LocalUnits(bench.root)
    if state.ended:
        return Stepped(state, state, nothing(), ["it has ended; a new try is a new rollout"])
    seen = keeping.counted_units(events, units)
    if observations is None:
        found, read_to, said = rows_of_traffic(bench.traffic, state, keeping.cursor(events))
        counted = observed(found, seen, state.plan.late)
    else:
        (found, said), read_to = rows_of_file(observations, state.plan), 0
        counted = observed(found, seen, state.plan.late)
        splits = [split(counted.observation, i) for i in range(len(state.plan.metrics))]
        if fault := next(filter(None, map(mismatch, splits)), None):
            raise InputError(fault, str(observations), "Give all rows of both variants, with the weights as they were")
    return Stepped(state, _walked(bench, state, counted, read_to, who), counted, said)


def _walked(bench: Bench, state: State, counted: Counted, read_to: int, who: str) -> State:
    """One move for each weight at which units came in; the log counts as read when all of them were made."""
    units, parts = LocalUnits(bench.root), by_weight(counted)
    for part in parts:
        events = bench.chains.events(keeping.CHAIN + state.id)
        log = keeping.logged(events, keeping.counted_units(events, units), part, read_to if part is parts[-1] else 0)
        state = keeping.move(bench.chains, units, state, part, bench.clock(), who=who, log=log)
    return state


def aborted(bench: Bench, ref: str, why: str, *, who: str) -> State:
    """End a rollout: the champion has all traffic again.

    Raises:
        InputError: no such rollout, it has ended, or there is no reason. Conflict: somebody else moved it meanwhile.
    """
    if not why.strip():
        raise InputError("nobody says why", "--why", "It is kept for those who look at the rollout later")
    state = keeping.current(bench.chains, find(bench.chains, ref))
    if state.ended:
        raise InputError(f"the rollout is {state.phase.replace('_', ' ')}", f"rollout {state.id}", "It ended before")
    return keeping.move(bench.chains, LocalUnits(bench.root), state, nothing(why), bench.clock(), who=who)
