"""Chains of events: what an event's head is, and what is wrong with a chain that was tampered with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.versions import Event

__all__ = ["Anchor", "Chains", "Conflict", "Move", "broken", "head_of"]


class Conflict(InputError):
    """Someone else moved it first: what was expected is no longer so."""


class Move(NamedTuple):
    """A pointer to be moved with an event, by compare-and-swap: refused unless it stands on `expected`."""

    pointer: str
    expected: str | None  # None: it stands nowhere
    value: str | None  # None: it stands nowhere from now on


class Anchor(NamedTuple):
    """A head that was written down elsewhere: a chain that was rebuilt has another one there."""

    chain: str
    seq: int
    head: str


class Chains(Protocol):
    """Append-only events in hash chains, and pointers that move with them."""

    def append(
        self,
        chain: str,
        kind: str,
        data: Mapping[str, Any],
        *,
        who: str = "",
        moves: Sequence[Move] = (),
        check: Callable[[Sequence[Event]], None] | None = None,
    ) -> Event: ...  # Conflict where a move is refused; `check` sees the events within the transaction, and may raise
    def events(self, chain: str, *, after: int = 0) -> list[Event]: ...  # oldest first
    def chains(self, beginning: str = "") -> list[str]: ...  # names, sorted
    def anchored(self, beginning: str = "") -> list[str]: ...  # names of which a head was written down, sorted
    def pointers(self, chain: str) -> dict[str, str]: ...  # name -> where it stands
    def anchors(self, chain: str) -> list[Anchor]: ...  # heads beside the database, oldest first
    def verify(self, chain: str, also: Sequence[Anchor] = ()) -> list[str]: ...  # faults as sentences


def head_of(event: Mapping[str, Any]) -> str:
    """The digest of an event with all its fields but `head`; `previous` ties it to all before it."""
    return digest_of({key: value for key, value in event.items() if key != "head"})


def broken(events: Sequence[Event], anchors: Sequence[Anchor] = ()) -> list[str]:
    """What is wrong with a chain, as sentences that name the event; empty for a whole one.

    Args:
        events: all of one chain, oldest first.
        anchors: heads that were written down elsewhere.
    """
    found: list[str] = []
    previous: str | None = None
    for place, event in enumerate(events, 1):
        name = f"event {event.seq} of {event.chain} ({event.kind}, {event.at})"
        if event.seq != place:
            found.append(f"{name} stands where event {place} should: one was taken out or put in")
            break
        if event.previous != previous:
            found.append(f"{name} does not follow the one before it: that was changed or replaced")
        if head_of(event.model_dump(mode="json")) != event.head:
            found.append(f"{name} was changed after it was written")
        previous = event.head
    heads = {event.seq: event.head for event in events}
    for anchor in anchors:
        if anchor.seq not in heads:
            found.append(
                f"{anchor.chain} ends before event {anchor.seq}, whose head {anchor.head[:12]} was written down"
            )
        elif heads[anchor.seq] != anchor.head:
            found.append(
                f"{anchor.chain} was rebuilt: event {anchor.seq} has the head {heads[anchor.seq][:12]}, "
                f"and {anchor.head[:12]} was written down"
            )
            break
    return found
