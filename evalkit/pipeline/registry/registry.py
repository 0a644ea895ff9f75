"""The registry's verbs: each reads where a model stands, and adds one event by compare-and-swap."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from evalkit.core.chain import Anchor, Chains, Conflict, Move
from evalkit.core.errors import EXIT_FAIL, EvalkitError, InputError
from evalkit.core.versions import Event, ModelVersion
from evalkit.pipeline.registry.nouns import PREFIX, Promoted, Registered, Removed, Retired, RolledBack
from evalkit.pipeline.registry.state import Holding, State, state_of

__all__ = ["Refused", "Registry", "check_alias"]

_COUNT: Final = "#versions"
_RETIRED: Final = "#retired:"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ALIAS: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_TRIES: Final = 1_000


class Refused(EvalkitError):
    """A promotion that its evidence does not allow (exit 1)."""

    exit_code = EXIT_FAIL


class Registry:
    """Models by name; their events are in the chains `model/NAME`."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains

    def names(self) -> list[str]:
        """Registered models, sorted."""
        return [chain.removeprefix(PREFIX) for chain in self._chains.chains(PREFIX)]

    def known(self) -> list[str]:
        """Models of which there are events, or were: a head was written down; sorted."""
        anchored = (chain.removeprefix(PREFIX) for chain in self._chains.anchored(PREFIX))
        return sorted({*self.names(), *anchored})

    def state(self, name: str, until: Callable[[Event], bool] | None = None) -> State:
        """Where a model stands; with `until`, after the events of which it holds.

        Raises:
            InputError: there is no such model. StoreError: its events cannot be read.
        """
        events = self._chains.events(PREFIX + name)
        if not events:
            known = ", ".join(self.names()[:20]) or "none"
            raise InputError(f"there is no model {name!r:.120} in the registry", remedy=f"There are: {known}")
        return state_of(name, (event for event in events if until is None or until(event)))

    def register(self, name: str, make: Callable[[int], Registered], who: str) -> tuple[ModelVersion, Event | None]:
        """Add the next version; of what is registered already, and not retired, that version and no event.

        Args:
            name: of the model.
            make: number -> the version.
            who: registers it.

        Raises:
            InputError: the name cannot be used. StoreError: it cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r:.120} cannot be the name of a model", remedy="Use letters, digits, '.', '_' and '-'"
            )
        for _ in range(_TRIES):  # another process may take the number first; each time one of them succeeds
            state = state_of(name, self._chains.events(PREFIX + name))
            count = len(state.versions)
            made = make(count + 1)
            if (known := _same(state, made)) is not None:
                return known, None
            moves = [Move(_COUNT, str(count) if count else None, str(count + 1))]
            try:
                return made.version, self._add(name, "registered", made, who, moves)
            except Conflict:
                continue
        raise Conflict(f"{_TRIES} versions of {name} came in between", PREFIX + name, "Run it again")

    def promote(self, name: str, found: Promoted, who: str) -> Event:
        """Move an alias from `found.before` to `found.version`; whether evidence allows it was decided before.

        Raises:
            Conflict: the alias stands elsewhere by now, or the version was retired.
        """
        check_alias(found.alias)
        before = None if found.before is None else str(found.before)
        moves = [Move(found.alias, before, str(found.version)), _not_retired(found.version)]
        return self._add(name, "promoted", found, who, moves)

    def rollback(self, state: State, alias: str, who: str, why: str, to: int | None = None) -> Event:
        """Move an alias back to who held it before; a version that was retired since is passed over.

        Two rollbacks go two holders back, not to and fro. `to` names an earlier holder. An alias that was taken away
        stands on its last holder again.

        Raises:
            InputError: nobody held it before, or not `to`. Conflict: the alias moved meanwhile.
        """
        version, now = self.back_to(state, alias, to), state.holder(alias)
        move = _move(state, alias, version, None if now is None else now.version)
        return self._back(state, RolledBack(**move, why=why), who)

    def back_to(self, state: State, alias: str, to: int | None = None) -> int:
        """The version that a rollback would go back to.

        Raises:
            InputError: nobody held it before, or not `to`.
        """
        if alias in state.removed:
            now, below = None, state.removed[alias]
        else:
            now, below = self._holder(state, alias).version, state.holders[alias][:-1]
        fitting = [one for one in below if one.version not in state.retired and one.version != now]
        if to is not None:
            fitting = [one for one in fitting if one.version == to]
        if not fitting:
            raise InputError(_nobody(state, alias, now, to), f"model {state.name}", _undo_remedy(state, alias))
        return fitting[-1].version

    def undo(self, state: State, alias: str, who: str, why: str) -> Event:
        """Take back the rollback that was the alias's last move.

        Raises:
            InputError: its last move was none. Conflict: the alias moved meanwhile.
        """
        now, taken = self._holder(state, alias), state.taken.get(alias)
        if taken is None:
            what = f"the last move of {alias} was no rollback that took a holder away, so there is none to undo"
            raise InputError(what, f"model {state.name}")
        move = _move(state, alias, taken.version, now.version)
        return self._back(state, RolledBack(**move, undo=True, why=why), who)

    def remove(self, state: State, alias: str, who: str, why: str) -> Event:
        """Take an alias away: it stands nowhere. A rollback puts its last holder back.

        Raises:
            InputError: it stands nowhere. Conflict: it moved meanwhile.
        """
        now = self._holder(state, alias).version
        artifact = state.version(now).version.artifact
        found = Removed(alias=alias, before=now, artifact=artifact, why=why)
        return self._add(state.name, "removed", found, who, [Move(alias, str(now), None)])

    def retire(self, state: State, number: int, who: str, why: str) -> Event:
        """Let no alias stand on a version any more.

        Raises:
            InputError: there is no such version, an alias stands on it, or it is retired. Conflict: one moved.
        """
        state.version(number)
        if number in state.retired:
            raise InputError(f"version {number} of {state.name} is retired already")
        if held := state.aliases_of(number):
            what = f"{', '.join(held)} stands on version {number} of {state.name}"
            raise InputError(what, remedy="Move it, or take it away: evalkit registry remove NAME@ALIAS")
        stay = [Move(a, str(h[-1].version), str(h[-1].version)) for a, h in sorted(state.holders.items()) if h]
        gone = [Move(alias, None, None) for alias in sorted(state.removed)]
        moves = [Move(f"{_RETIRED}{number}", None, "retired"), *stay, *gone]
        return self._add(state.name, "retired", Retired(version=number, why=why), who, moves)

    def verify(self, name: str, anchors: Sequence[Anchor] = ()) -> list[str]:
        """What is wrong with a model's chain, as sentences."""
        return self._chains.verify(PREFIX + name, anchors)

    def _holder(self, state: State, alias: str) -> Holding:
        holder = state.holder(alias)
        if holder is None and alias in state.removed:
            what = f"{alias} of {state.name} was taken away, and stands nowhere"
            remedy = f"Its last holder is put back by: evalkit registry rollback {state.name} --alias {alias}"
            raise InputError(what, remedy=remedy)
        if holder is None:
            known = ", ".join(sorted(state.holders)) or "none"
            raise InputError(f"{state.name} has no alias {alias!r:.80}", remedy=f"It has: {known}")
        return holder

    def _back(self, state: State, found: RolledBack, who: str) -> Event:
        before = None if found.before is None else str(found.before)
        moves = [Move(found.alias, before, str(found.version)), _not_retired(found.version)]
        return self._add(state.name, "rolled-back", found, who, moves)

    def _add(self, name: str, kind: str, noun: Any, who: str, moves: Sequence[Move]) -> Event:
        try:
            return self._chains.append(PREFIX + name, kind, noun.model_dump(mode="json"), who=who, moves=moves)
        except Conflict as error:
            if _RETIRED not in error.what:
                raise
            raise Conflict(
                f"the version was retired, so nothing can stand on it: {noun.version}", PREFIX + name
            ) from None


def check_alias(alias: str) -> None:
    """Refuse what could be taken for a version or a pointer of ours.

    Raises:
        InputError: it cannot be used.
    """
    if not _ALIAS.fullmatch(alias):
        raise InputError(
            f"{alias!r:.120} cannot be an alias", remedy="Begin with a letter; use letters, digits, '.', '_' and '-'"
        )


def _same(state: State, made: Registered) -> ModelVersion | None:
    versions = reversed(state.versions.values())
    alike = (one.version for one in versions if one.version.digest == made.version.digest)
    return next((one for one in alike if one.version not in state.retired), None)


def _not_retired(number: int) -> Move:
    """Moves nothing, and is refused where the version is retired."""
    return Move(f"{_RETIRED}{number}", None, None)


def _move(state: State, alias: str, version: int, before: int | None) -> dict[str, Any]:
    return {"alias": alias, "version": version, "before": before, "artifact": state.version(version).version.artifact}


def _nobody(state: State, alias: str, now: int | None, to: int | None) -> str:
    """Why there is nobody to go back to."""
    if now is None:
        return f"{alias} was taken away, and all who held it are retired" + (f", or not {to}" if to is not None else "")
    if to is not None:
        return f"{alias} stands on version {now} and did not stand on version {to} before it, or {to} is retired"
    return f"nobody held {alias} before version {now}, or all who did are retired"


def _undo_remedy(state: State, alias: str) -> str:
    if (taken := state.taken.get(alias)) is None:
        return ""
    return f"To go back to version {taken.version}, which the last rollback took away: --undo"
