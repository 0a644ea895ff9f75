"""Whether the states that a chain names follow from the observations that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evalkit.core.versions import Event
from evalkit.pipeline.rollout.nouns import Observation, State
from evalkit.pipeline.rollout.reduce import begun, next_state

__all__ = ["replayed"]


def replayed(events: Sequence[Event]) -> list[str]:
    """What a replay of the observations finds wrong with the states that were kept, as sentences; empty: nothing.

    Each move is made again from the state before it. Words are not compared, and sums to one part in a million.
    """
    if not events:
        return ["the rollout has no events"]
    state, found = State(**events[0].data["state"]), []
    if not _alike(begun(state.id, state.plan, events[0].data["now"]), state):
        found.append(f"event 1 ({events[0].kind}): the rollout did not begin as its plan says")
    for event in events[1:]:
        again = next_state(state, Observation(**event.data["observation"]), event.data["now"])
        state = State(**event.data["state"])
        name = f"event {event.seq} ({event.kind})"
        if not _alike(again, state):
            found.append(f"{name}: its observation does not lead to the state that it names")
        elif state.digest != event.data["digest"]:
            found.append(f"{name}: its state is not the one whose digest it names")
    return found


def _alike(one: State, other: State) -> bool:
    (mine, my_logs), (others, their_logs) = _parts(one), _parts(other)
    return mine == others and bool(np.allclose(my_logs, their_logs, rtol=1e-6, atol=1e-6))


def _parts(state: State) -> tuple[dict[str, Any], list[float]]:
    """What has to be the same, and what is a sum of logarithms."""
    logs = [log for ledger in state.ledgers for log in (*ledger.harm, *ledger.promotion)]
    bare = [ledger.model_copy(update={"harm": [], "promotion": []}) for ledger in state.ledgers]
    plain = state.model_copy(update={"ledgers": bare, "decisions": [], "said": ""}).model_dump()
    return {**plain, "logs": len(logs)}, logs
