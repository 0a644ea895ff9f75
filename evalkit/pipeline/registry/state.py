"""Where a model stands, told from its events: versions, who holds each alias, and who held it before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import ValidationError

from evalkit.core.errors import InputError, StoreError
from evalkit.core.versions import Event
from evalkit.pipeline.registry.nouns import Cited, Promoted, Registered, Removed, Retired, RolledBack

__all__ = ["Holding", "State", "state_of"]


class Holding(NamedTuple):
    """A version on an alias.

    Attributes:
        version: its number.
        at, who, why: of the move that brought it here.
        cited: the record that allowed its promotion; None: it was forced.
        forced: it was promoted against what spoke against it; a rollback to it does not make that go away.
        kind: promoted or rolled-back.
        seq, head: of the event.
    """

    version: int
    at: str
    who: str
    why: str
    cited: Cited | None
    forced: bool
    kind: str
    seq: int
    head: str


@dataclass
class State:
    """One model after some of its events.

    Attributes:
        versions: number -> how it was registered.
        retired: number -> why.
        holders: alias -> those who hold it, the last one now; a rollback takes the ones above away.
        removed: alias that was taken away -> those who held it, the last one then.
        taken: alias -> the holder that the last event of the alias, a rollback, took away.
        suites: alias -> suite of which records allow promotions.
        cited: alias -> record of its last promotion that was not forced.
        events: all of them, oldest first.
    """

    name: str
    versions: dict[int, Registered] = field(default_factory=dict)
    retired: dict[int, str] = field(default_factory=dict)
    holders: dict[str, list[Holding]] = field(default_factory=dict)
    removed: dict[str, list[Holding]] = field(default_factory=dict)
    taken: dict[str, Holding] = field(default_factory=dict)
    suites: dict[str, str] = field(default_factory=dict)
    cited: dict[str, Cited] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def holder(self, alias: str) -> Holding | None:
        """Who holds an alias now."""
        held = self.holders.get(alias)
        return held[-1] if held else None

    def aliases_of(self, version: int) -> list[str]:
        """Aliases that stand on a version, sorted."""
        return sorted(alias for alias, held in self.holders.items() if held and held[-1].version == version)

    def version(self, number: int) -> Registered:
        """How a version was registered.

        Raises:
            InputError: there is no such version.
        """
        if number not in self.versions:
            known = f"versions 1 to {len(self.versions)}" if self.versions else "no version"
            raise InputError(f"{self.name} has {known}, and not {number}")
        return self.versions[number]


def state_of(name: str, events: Iterable[Event]) -> State:
    """The state after these events, oldest first.

    Raises:
        StoreError: an event cannot be read: it was changed, or is of a newer version.
    """
    state = State(name)
    for event in events:
        given = {key: value for key, value in event.data.items() if key != "moves"}
        try:
            _take(state, event, given)
        except (ValidationError, KeyError, IndexError) as error:
            what = f"event {event.seq} of the model {name} ({event.kind}) cannot be read: {type(error).__name__}"
            raise StoreError(what, remedy=f"See: evalkit registry verify {name}") from error
        state.events.append(event)
    return state


def _take(state: State, event: Event, given: dict[str, object]) -> None:
    if event.kind == "registered":
        registered = Registered.model_validate(given)
        state.versions[registered.version.version] = registered
    elif event.kind == "retired":
        retired = Retired.model_validate(given)
        state.retired[retired.version] = retired.why
    elif event.kind == "promoted":
        _promoted(state, event, Promoted.model_validate(given))
    elif event.kind == "rolled-back":
        _rolled_back(state, event, RolledBack.model_validate(given))
    elif event.kind == "removed":
        _removed(state, Removed.model_validate(given))
    else:
        raise KeyError(event.kind)


def _promoted(state: State, event: Event, found: Promoted) -> None:
    if found.version not in state.versions:
        raise KeyError(found.version)
    holding = Holding(
        found.version, event.at, event.who, found.why, found.cited, found.forced, event.kind, event.seq, event.head
    )
    state.holders.setdefault(found.alias, state.removed.pop(found.alias, [])).append(holding)
    state.taken.pop(found.alias, None)
    if found.suite is not None:
        state.suites[found.alias] = found.suite
    if found.cited is not None and not found.forced:
        state.cited[found.alias] = found.cited


def _rolled_back(state: State, event: Event, found: RolledBack) -> None:
    held = state.holders.setdefault(found.alias, state.removed.pop(found.alias, []))
    moved: dict[str, Any] = {
        "at": event.at,
        "who": event.who,
        "why": found.why,
        "kind": event.kind,
        "seq": event.seq,
        "head": event.head,
    }
    if found.undo:
        held.append(state.taken.pop(found.alias)._replace(**moved))
        return
    if found.before is not None:
        state.taken[found.alias] = held.pop()
    while held[-1].version != found.version:
        held.pop()
    held[-1] = held[-1]._replace(**moved)


def _removed(state: State, found: Removed) -> None:
    if state.holders[found.alias][-1].version != found.before:
        raise KeyError(found.before)
    state.removed[found.alias] = state.holders.pop(found.alias)
    state.taken.pop(found.alias, None)
