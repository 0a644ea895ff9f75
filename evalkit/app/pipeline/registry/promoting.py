"""Promotion, rollback, retirement: a record is held against the policy, the alias moves, and others follow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.app.baselines import who as someone
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.registry.following import Moved, followed
from evalkit.app.pipeline.registry.refs import is_number, named
from evalkit.app.refs import run_ref
from evalkit.core.chain import Conflict
from evalkit.core.errors import EvalkitError, InputError, StoreError
from evalkit.core.nouns import Record
from evalkit.core.versions import Event
from evalkit.engine.nearest import did_you_mean
from evalkit.pipeline.registry.citing import DAY, Newer, Policy, cited, judges, objections, outcome_for, unlike
from evalkit.pipeline.registry.nouns import Cited, Promoted
from evalkit.pipeline.registry.registry import Refused, Registry, check_alias
from evalkit.pipeline.registry.state import State
from evalkit.stores.disk import StoreWarning
from evalkit.stores.times import seconds_of

__all__ = ["Asked", "Moved", "promote", "remove", "retire", "rollback"]


@dataclass(frozen=True)
class Asked:
    """A promotion that is asked for.

    Attributes:
        model: `NAME@VERSION` (or `NAME@ALIAS`: the version that it stands on).
        alias: that is to move.
        record: `run:ID` or `run:ID/VARIANT`; empty only with `force`.
        expect: where the alias must stand: a version, `none`; None: where it stands when this begins.
        suite: of which the record must be; None: the one of the last promotion of the alias.
        max_days: age that the record may have; None: any.
        force: promote against what speaks against it; needs `why`, and is flagged for ever.
        who, why: kept in the event.
    """

    model: str
    alias: str
    record: str = ""
    expect: str | None = None
    suite: str | None = None
    max_days: float | None = None
    force: bool = False
    who: str | None = None
    why: str = ""


def promote(bench: Bench, asked: Asked) -> Moved:
    """Let an alias stand on a version, where a passing record of that very artifact allows it.

    Raises:
        Refused: what speaks against it, as sentences. Conflict: the alias stands elsewhere than expected.
        InputError: there is no such model, version or run. StoreError: the workspace cannot be read or written.
    """
    check_alias(asked.alias)
    if asked.force and not asked.why.strip():
        raise InputError("a forced promotion needs its reason", remedy="Add --why TEXT")
    if not asked.record and not asked.force:
        raise InputError("a promotion cites the record that allows it", remedy="Add --record run:ID")
    registry = Registry(bench.chains)
    state, number = named(registry, asked.model)
    name, holder = state.name, state.holder(asked.alias)
    before = _expected(state, asked.alias, asked.expect)
    evidence, against = _weighed(bench, state, number, asked)
    if against and not asked.force:
        raise Refused("; ".join(against), f"promotion of {name}@{number} to {asked.alias}", _REMEDY)
    if holder is not None and holder.version == number:
        return followed(bench, state, Moved(name, asked.alias, number, before, None, holder.cited, holder.forced))
    found = Promoted(
        alias=asked.alias,
        version=number,
        before=before,
        artifact=state.version(number).version.artifact,
        cited=evidence,
        suite=asked.suite or (evidence.suite if evidence is not None and not against else None),
        forced=bool(against),
        against=against,
        why=asked.why,
    )
    event = registry.promote(name, found, someone() if asked.who is None else asked.who)
    moved = Moved(name, asked.alias, number, before, event, evidence, bool(against), tuple(against))
    if evidence is not None:
        moved = moved._replace(unlike=tuple(unlike(evidence, state.cited.get(asked.alias))))
    return followed(bench, registry.state(name), moved)


_REMEDY = (
    "Run the suite on this model and cite that run; --force --why TEXT promotes all the same, and is flagged for ever"
)


def rollback(
    bench: Bench,
    name: str,
    alias: str,
    *,
    to: int | None = None,
    undo: bool = False,
    who: str | None = None,
    why: str = "",
    expect: str | None = None,
) -> Moved:
    """Let an alias stand again where it stood before; with `undo`, where it stood before the last rollback.

    Of a chain that is not whole, that is warned about: a way back is not to be barred.

    Raises:
        InputError: nobody held it before. Conflict: it moved meanwhile, or does not stand where it is expected.
        StoreError: the model that it would go back to is gone or was changed.
    """
    registry, by = Registry(bench.chains), someone() if who is None else who
    state = registry.state(name)
    _expected(state, alias, expect)
    for fault in _chain(registry, name):
        warnings.warn(fault, StoreWarning, stacklevel=2)
    if not undo or alias in state.taken:
        _check_artifact(bench, state, state.taken[alias].version if undo else registry.back_to(state, alias, to))
    event = registry.undo(state, alias, by, why) if undo else registry.rollback(state, alias, by, why, to)
    now = registry.state(name)
    holder = now.holder(alias)
    moved = Moved(name, alias, event.data["version"], event.data["before"], event)
    if holder is not None:
        moved = moved._replace(cited=holder.cited, forced=holder.forced)
    return followed(bench, now, moved)


def remove(bench: Bench, ref: str, *, who: str | None = None, why: str = "", expect: str | None = None) -> Moved:
    """Take an alias away, `NAME@ALIAS`: it stands nowhere, until it is promoted or rolled back.

    Raises:
        InputError: there is no such alias. Conflict: it moved meanwhile, or does not stand where it is expected.
    """
    registry, (name, at, alias) = Registry(bench.chains), ref.removeprefix("model:").partition("@")
    state = registry.state(name)
    if not at or is_number(alias):
        raise InputError(
            f"{ref!r:.120} names no alias", remedy=f"Write {name}@ALIAS; see: evalkit registry show {name}"
        )
    before = _expected(state, alias, expect)
    for fault in _chain(registry, name):
        warnings.warn(fault, StoreWarning, stacklevel=2)
    event = registry.remove(state, alias, someone() if who is None else who, why)
    return followed(bench, registry.state(name), Moved(name, alias, None, before, event))


def retire(bench: Bench, model: str, *, who: str | None = None, why: str = "") -> Event:
    """Let no alias stand on a version any more.

    Raises:
        InputError: there is no such version, or an alias stands on it.
    """
    registry = Registry(bench.chains)
    return registry.retire(*named(registry, model), someone() if who is None else who, why)


def _check_artifact(bench: Bench, state: State, number: int) -> None:
    """Refuse to go back to what nobody could load."""
    for fault in _missing(bench, state.version(number).version.artifact):
        what = f"version {number} of {state.name} cannot be gone back to: {fault}"
        raise StoreError(what, remedy="Restore it, or name another holder with --to VERSION")


def _chain(registry: Registry, name: str) -> list[str]:
    """That the events of a model are not whole: the first fault."""
    return [f"the chain of {name} is not whole: {fault}" for fault in registry.verify(name)[:1]]


def _expected(state: State, alias: str, expect: str | None) -> int | None:
    """Where the alias is expected to stand."""
    holder = state.holder(alias)
    stands = None if holder is None else holder.version
    if expect is None:
        return stands
    if expect != "none" and not is_number(expect):
        raise InputError(f"{expect!r:.60} is no version", "--expect", "Write a number, or none")
    wanted = None if expect == "none" else int(expect)
    if wanted != stands:
        said = [f"on version {one}" if one is not None else "nowhere" for one in (stands, wanted)]
        what = f"{alias} of {state.name} stands {said[0]}, and was expected {said[1]}: someone else moved it"
        raise Conflict(what, f"model {state.name}", "Look at what they did (evalkit registry show), then decide again")
    return wanted


def _weighed(bench: Bench, state: State, number: int, asked: Asked) -> tuple[Cited | None, list[str]]:
    """The record as it is cited, and what speaks against the promotion."""
    artifact = state.version(number).version.artifact
    against = [f"version {number} of {state.name} is retired"] if number in state.retired else []
    against += [*_chain(Registry(bench.chains), state.name), *_missing(bench, artifact)]
    if not asked.record:
        return None, [*against, "no record is cited"]
    run_id, variant = run_ref(bench.store, asked.record)
    record, holder = bench.store.read_record(run_id), state.holder(asked.alias)
    names = [one.name for one in record.variants if one.role == "candidate"]
    if variant is not None and variant not in names:
        raise InputError(f"run {run_id} has no candidate {variant!r:.80}", remedy=did_you_mean(variant, names, "names"))
    held = None if holder is None or holder.version == number else state.version(holder.version).version.artifact
    policy = Policy(
        asked.suite or state.suites.get(asked.alias),
        asked.max_days,
        (bench.clock() - seconds_of(record.created)) / DAY,
        held,
        "" if holder is None else f"{state.name}@{holder.version}",
        state.cited.get(asked.alias),
    )
    newer = list(_newer(bench, record, artifact))
    against += objections(record, artifact, variant, policy, newer, bench.store.verify(run_id))
    return cited(record, artifact, variant), against


def _missing(bench: Bench, artifact: str) -> list[str]:
    try:
        bench.store.get_blob(artifact)
    except EvalkitError as error:
        return [f"its artifact cannot be read: {error}"]
    return []


def _newer(bench: Bench, record: Record, artifact: str) -> Iterator[Newer]:
    """Later runs of the same suite on the same artifact, oldest first."""
    since = seconds_of(record.created)
    runs = [run for run in bench.store.runs(suite=record.suite.name) if run.run_id != record.run_id]
    later = [run.run_id for run in reversed(runs) if seconds_of(run.created) > since]
    for found in bench.store.read_records(later):
        if isinstance(found, Record) and not found.selection:
            names = [one.name for one in found.variants if one.role == "candidate" and judges(one, artifact)]
            yield from (Newer(found.run_id, outcome_for(found, name)) for name in names)
