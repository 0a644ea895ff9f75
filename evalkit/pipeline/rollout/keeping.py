"""A rollout as events of the chain `rollout/ID`: each move with the observation, the state's digest, the decisions.

The pointer `state` moves with every event, by compare-and-swap on the state's digest: of two operators who look at the
same state, one moves it, and the other is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from evalkit.core.chain import Chains, Conflict, Move
from evalkit.core.errors import InputError
from evalkit.core.versions import Event
from evalkit.pipeline.rollout.naming import CHAIN, STARTED, ident_of
from evalkit.pipeline.rollout.nouns import Ledger, Observation, Plan, State
from evalkit.pipeline.rollout.observing import Counted, Hashes, mismatch
from evalkit.pipeline.rollout.reduce import begun, next_state

__all__ = [
    "CHAIN",
    "Log",
    "Units",
    "counted_units",
    "current",
    "cursor",
    "logged",
    "move",
    "start",
    "weight",
]

_STATE, _WEIGHT = "state", "weight"  # the pointers
_BLOBS: Final = 50  # of new units, until all are put into one again
_AWAY: Final = ("rolled_back", "expired", "aborted")  # to take a candidate back needs no sound split


class Units(Protocol):
    """Keeps which units were counted, by content."""

    def put(self, data: bytes) -> str: ...  # its digest, when it is durable
    def get(self, digest: str) -> bytes: ...


class Log(NamedTuple):
    """What the reader of the log keeps with an event.

    Attributes:
        read_to: place in the log up to which rows were read.
        all_units: hashes of all units counted so far, these included; None: they are in the events before.
    """

    read_to: int = 0
    all_units: Hashes | None = None


NO_LOG: Final = Log()


def start(chains: Chains, plan: Plan, now: float, *, who: str = "", note: str = "", ident: str | None = None) -> State:
    """Begin a rollout.

    Args:
        chains: where its events go.
        plan: what was decided.
        now: seconds since 1970.
        who: starts it.
        note: for people; such as why a refused candidate goes out.
        ident: its id; None: one is made.

    Raises:
        InputError: it cannot be the id. Conflict: there is such a rollout.
    """
    state = begun(ident_of(plan, now, ident), plan, now)
    data = {"now": now, "state": state.model_dump(mode="json"), "digest": state.digest, "note": note}
    moves = [Move(STARTED, None, repr(now)), Move(_STATE, None, state.digest), Move(_WEIGHT, None, repr(state.weight))]

    def check(events: Sequence[Event]) -> None:
        if events:
            raise Conflict(
                f"there is a rollout {state.id} already; a new try is a new rollout, with an id of its own",
                "rollout start",
                f"See: evalkit rollout status {state.id}",
            )

    chains.append(CHAIN + state.id, "started", data, who=who, moves=moves, check=check)
    return state


def move(
    chains: Chains, units: Units, state: State, seen: Counted, now: float, *, who: str = "", log: Log = NO_LOG
) -> State:
    """What an observation makes of a rollout; kept as an event, unless nothing changed.

    Args:
        chains: where its events are.
        units: where it is kept who was counted.
        state: where it stands, as far as the caller knows.
        seen: the new units, or an abort.
        now: seconds since 1970.
        who: does it.
        log: what the reader of the log keeps.

    Raises:
        Conflict: somebody else moved it meanwhile. InputError: the units did not fall as their weights say.
    """
    after = next_state(state, seen.observation, now)
    if after is state or _idle(state, after, seen.observation):
        return after
    fault = next(((ledger.metric, said) for ledger in after.ledgers if (said := _mismatch(ledger))), None)
    if fault and after.phase not in _AWAY:
        rows = "Give all rows of both variants, with the weights as they were"
        late = f"Right answers have to be told of both variants alike to go by {fault[0]}, or abort the rollout"
        waits = fault[0] in after.plan.late.values()
        raise InputError(fault[1], f"rollout {state.id}", late if waits else rows)
    data: dict[str, Any] = {
        "now": now,
        "observation": seen.observation.model_dump(mode="json"),
        "units": _put(units, seen.units) if len(seen.units) else None,
        "all_units": None if log.all_units is None else _put(units, log.all_units),
        "read_to": log.read_to,
        "state": after.model_dump(mode="json"),
        "digest": after.digest,
    }
    moved = [Move(_STATE, state.digest, after.digest)]
    if after.weight != state.weight:
        moved.append(Move(_WEIGHT, repr(state.weight), repr(after.weight)))
    try:
        chains.append(CHAIN + state.id, _kind(state, after), data, who=who, moves=moved)
    except Conflict:
        raise Conflict(
            "somebody else moved this rollout meanwhile; nothing of this step was kept",
            f"rollout {state.id}",
            f"Look at what they did: evalkit rollout status {state.id}",
        ) from None
    return after


def _mismatch(ledger: Ledger) -> str | None:
    return mismatch((t.weight, t.n_canary, t.n_champion) for t in ledger.tallies)


def _idle(before: State, after: State, seen: Observation) -> bool:
    """A look at nothing new that moved nothing: not worth an event."""
    return not seen.groups and (before.phase, before.step) == (after.phase, after.step)


def _kind(before: State, after: State) -> str:
    if after.ended:
        return after.phase
    return "raised" if after.step > before.step else "held"


def current(chains: Chains, ident: str) -> State:
    """Where a rollout stands: its `weight` is what a gateway goes by.

    Raises:
        InputError: there is no such rollout.
    """
    events = chains.events(CHAIN + ident)
    if not events:
        raise InputError(f"there is no rollout {ident!r:.80}", remedy="See: evalkit rollout status")
    return State(**events[-1].data["state"])


def cursor(events: Sequence[Event]) -> int:
    """The place in the log up to which the rollout's steps have read."""
    return max((int(event.data.get("read_to") or 0) for event in events), default=0)


def counted_units(events: Sequence[Event], units: Units) -> Hashes:
    """Hashes of all units that a rollout has counted."""
    kept = []
    for event in reversed(events):
        whole = event.data.get("all_units")
        if digest := whole or event.data.get("units"):
            kept.append(units.get(digest))
        if whole:
            break
    return np.frombuffer(b"".join(kept), "<u8").astype(np.uint64)


def logged(events: Sequence[Event], counted: Hashes, seen: Counted, read_to: int) -> Log:
    """What the next event keeps for the reader of the log; now and then all units in one place, to be read at once.

    Args:
        events: of the rollout, oldest first.
        counted: units that were counted before.
        seen: the new ones.
        read_to: place in the log up to which rows were read.
    """
    apart = 0
    for event in reversed(events):
        if event.data.get("all_units"):
            break
        apart += bool(event.data.get("units"))
    return Log(read_to, np.concatenate([counted, seen.units]) if apart >= _BLOBS else None)


def weight(chains: Chains, ident: str) -> float:
    """The candidate's weight now, without reading the events: for whoever asks every second.

    Raises:
        InputError: there is no such rollout.
    """
    found = chains.pointers(CHAIN + ident).get(_WEIGHT)
    if found is None:
        raise InputError(f"there is no rollout {ident!r:.80}", remedy="See: evalkit rollout status")
    return float(found)


def _put(units: Units, hashes: Hashes) -> str:
    return units.put(hashes.astype("<u8").tobytes())
