"""What the registry says of itself, as JSON: now, at a time in the past, and whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.refs import named
from evalkit.core.chain import Anchor
from evalkit.core.errors import EvalkitError, InputError, StoreError
from evalkit.core.versions import Event
from evalkit.pipeline.registry.nouns import PREFIX
from evalkit.pipeline.registry.registry import Registry
from evalkit.pipeline.registry.state import State
from evalkit.pipeline.registry.telling import as_holding, evidence_of, move_of
from evalkit.pipeline.train.nouns import digest_of_model
from evalkit.stores.times import iso, seconds_of

__all__ = ["as_of", "faults", "listed", "shown", "shown_version"]

_ANCHOR = re.compile(r"(?:(?P<seq>[1-9][0-9]{0,17}):)?(?P<head>[0-9a-f]{64})")


def listed(bench: Bench) -> list[dict[str, Any]]:
    """All models: name, number of versions, aliases, newest version."""
    registry = Registry(bench.chains)
    states = [registry.state(name) for name in registry.names()]
    return [{"name": one.name, "versions": len(one.versions), "aliases": _standing(one)} for one in states]


def shown(bench: Bench, name: str) -> dict[str, Any]:
    """One model: versions, aliases with their evidence, all moves, and the head to write down."""
    state = Registry(bench.chains).state(name)
    last = state.events[-1]
    return {
        "name": name,
        "versions": [_version(state, number) for number in state.versions],
        "aliases": _holding(state),
        "suites": state.suites,
        "history": [{"seq": e.seq, **move_of(e).model_dump(mode="json")} for e in state.events],
        "heads": {"chain": PREFIX + name, "seq": last.seq, "head": last.head, "anchor": f"{last.seq}:{last.head}"},
    }


def shown_version(bench: Bench, model: str) -> dict[str, Any]:
    """One version of `NAME@VERSION` or `NAME@ALIAS`: what it was made of, its aliases with their evidence, its moves.

    Raises:
        InputError: there is no such model, version or alias.
    """
    state, number = named(Registry(bench.chains), model)
    moves = evidence_of(state, number, state.events[-1].at).moves
    held = {alias: one for alias, one in _holding(state).items() if one["version"] == number}
    return {**_version(state, number), "held": held, "history": [move.model_dump(mode="json") for move in moves]}


def as_of(bench: Bench, moment: str, name: str | None) -> dict[str, Any]:
    """Where the aliases stood at a time (those of all models that there were then).

    Raises:
        InputError: `moment` is no time, or there is no such model.
    """
    until = seconds_of(moment)
    registry = Registry(bench.chains)
    found = {}
    for one in registry.names() if name is None else [name]:
        state = registry.state(one, lambda event: _time(event) <= until)
        if state.events:
            head = {"seq": state.events[-1].seq, "head": state.events[-1].head}
            found[one] = {"versions": len(state.versions), "aliases": _holding(state), "head": head}
    return {"time": iso(until), "models": found}


def _time(event: Event) -> float:
    try:
        return seconds_of(event.at)
    except InputError:
        what = f"event {event.seq} of {event.chain} was changed after it was written: its time is none"
        raise StoreError(what, remedy="Restore registry.db from a copy") from None


def faults(bench: Bench, names: Iterable[str], anchors: Sequence[str]) -> dict[str, list[str]]:
    """What is wrong, by model: chains that were changed or rebuilt, artifacts and records that are gone or changed.

    Args:
        bench: the workspace.
        names: models to look at.
        anchors: heads that were written down, `HEAD` or `SEQ:HEAD`; each of one of these models.

    Raises:
        InputError: an anchor is none.
    """
    registry, names = Registry(bench.chains), list(names)
    parsed = [_anchor(text) for text in anchors]
    found: dict[str, list[str]] = {}
    for name in names:
        own = [Anchor(PREFIX + name, seq, head) for seq, head in parsed if seq is not None] if len(names) == 1 else []
        said = registry.verify(name, own)
        try:
            state = registry.state(name)
        except EvalkitError as error:
            found[name] = said or [error.what]
            continue
        found[name] = (
            said + [one for number in state.versions for one in _lost(bench, state, number)] + _records(bench, state)
        )
    for sentence in _unknown(bench, names, parsed):
        found.setdefault(names[0] if len(names) == 1 else "anchors", []).append(sentence)
    return found


def _unknown(bench: Bench, names: Sequence[str], anchors: Sequence[tuple[int | None, str]]) -> list[str]:
    """Heads that no event has; those with a place are looked at by the chain itself where there is one model."""
    if not anchors:
        return []
    heads = {head for name in names for head in _heads(bench, name)}
    return [
        f"no event has the head {head[:12]}, which was written down: the chain was cut or rebuilt"
        for seq, head in anchors
        if head not in heads and (seq is None or len(names) != 1)
    ]


def _heads(bench: Bench, name: str) -> list[str]:
    try:
        return [event.head for event in bench.chains.events(PREFIX + name)]
    except StoreError:  # `verify` says which event
        return []


def _anchor(text: str) -> tuple[int | None, str]:
    found = _ANCHOR.fullmatch(text.strip().lower())
    if found is None:
        raise InputError(f"{text!r:.100} is no head", "--anchor", "Write it as `registry show` prints it: SEQ:HEAD")
    return (None if found["seq"] is None else int(found["seq"])), found["head"]


def _lost(bench: Bench, state: State, number: int) -> list[str]:
    version = state.version(number).version
    said = []
    if version.digest != digest_of_model(version.model_dump(mode="json")):
        said.append(f"version {number} of {state.name} says another digest than its parts have")
    for kind, digest in {"artifact": version.artifact, "code": version.code}.items():
        try:
            bench.store.get_blob(digest)
        except EvalkitError as error:
            said.append(f"the {kind} of version {number} of {state.name} is gone or was changed: {error}")
    return said


def _records(bench: Bench, state: State) -> list[str]:
    """Records that allowed a promotion and are not what they were."""
    said = []
    for event in state.events:
        cited = event.data.get("cited") if event.kind == "promoted" else None
        if not cited:
            continue
        what = f"run {cited['run_id']}, which allowed event {event.seq} of {state.name},"
        try:
            record = bench.store.read_record(cited["run_id"])
        except EvalkitError as error:
            said.append(f"{what} is gone or was changed: {error.what}")
            continue
        if record.digest != cited["record"] or bench.store.verify(cited["run_id"]):
            said.append(f"{what} was changed since")
    return said


def _version(state: State, number: int) -> dict[str, Any]:
    found = state.versions[number]
    return {
        **found.version.model_dump(mode="json"),
        "source": found.source,
        "kind": found.kind,
        "trusted": found.trusted,
        "note": found.note,
        "aliases": state.aliases_of(number),
        "retired": state.retired.get(number) is not None,
        "forced": any(e.kind == "promoted" and e.data["version"] == number and e.data["forced"] for e in state.events),
    }


def _holding(state: State) -> dict[str, Any]:
    held = {alias: state.holder(alias) for alias in sorted(state.holders)}
    return {
        alias: as_holding(alias, one, state.version(one.version).version.artifact)
        for alias, one in held.items()
        if one is not None
    }


def _standing(state: State) -> dict[str, int]:
    return {alias: one["version"] for alias, one in _holding(state).items()}
