"""Baselines by name: who moved them, where they stand, and how they travel to another machine."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import NamedTuple

from evalkit.app.refs import run_ref
from evalkit.app.stored_run import check_unbroken, variant_of
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.protocols import ANY_RUN, BaselineEvent, Store
from evalkit.stores.local import LocalStore

_USERS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID", "CIRCLE_USERNAME")


class Standing(NamedTuple):
    """Where a baseline stands.

    Attributes:
        name, suite: of the baseline.
        run_id: the run.
        state: the run's outcome, or `gone`, or `unreadable`.
        at, who, note: of the move that brought it here.
    """

    name: str
    suite: str
    run_id: str
    state: str
    at: str
    who: str
    note: str


def who() -> str:
    """Who moves a baseline: the user that CI names, else of the machine; empty where nobody is known."""
    named = next((os.environ[key] for key in _USERS if os.environ.get(key)), None)
    if named is not None:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that has no name
        return ""


def set_baseline(store: Store, name: str, ref: str, *, expect: str | None = None, note: str = "") -> BaselineEvent:
    """Let a baseline stand on a run.

    Args:
        store: the workspace.
        name: of the baseline.
        ref: the run.
        expect: a reference to where it must stand now, or `none`; None: wherever it stands.
        note: why.

    Raises:
        InputError: no such run; it broke, or its system never answered; or the baseline stands elsewhere.
    """
    run_id, variant = run_ref(store, ref)
    if variant is not None:
        raise InputError(f"{ref!r} names a variant, and a baseline is a whole run", remedy=f"Write run:{run_id}.")
    record = store.read_record(run_id)
    check_unbroken(record, next(v for v in record.variants if v.name == variant_of(record, None)))
    wanted = ANY_RUN if expect is None else None if expect == "none" else run_ref(store, expect).run_id
    return store.set_baseline(name, run_id, expect=wanted, who=who(), note=note)


def standings(store: Store) -> list[Standing]:
    """Where every baseline stands, by name and suite."""
    last = {(event.name, event.suite): event for event in store.baseline_events()}
    return [
        Standing(e.name, e.suite, e.run_id, _state(store, e.run_id), e.at, e.who, e.note)
        for _, e in sorted(last.items())
        if e.run_id is not None
    ]


def _state(store: Store, run_id: str) -> str:
    known = {run.run_id: run.outcome for run in store.runs()}
    if run_id not in known:
        return "gone"
    try:
        return store.read_record(run_id).outcome
    except EvalkitError:
        return "unreadable"


def export_baseline(store: LocalStore, name: str, file: Path) -> Path:
    """Pack a baseline and its runs into one archive.

    Raises:
        InputError: there is no such baseline, one of its runs is gone or broke, or another ending of the file.
    """
    from evalkit.stores.baseline_bundle import pack

    suites = [one.suite for one in standings(store) if one.name == name]
    runs = {suite: store.baseline(name, suite) for suite in suites}
    if not runs:
        store.baseline(name)  # says what there is
    pack(store, name, runs, file)
    return file


def import_baseline(store: LocalStore, file: Path, name: str | None = None) -> list[BaselineEvent]:
    """Take in an exported baseline (or one exported run, which then needs a name), and let the name stand on it here.

    Raises:
        InputError: no such archive, damaged, or of a newer version; or a run without a name to give it.
    """
    from evalkit.stores.baseline_bundle import is_baseline, unpack

    note = f"imported from {file.name}"
    if is_baseline(file):
        packed = unpack(store, file)
        moves = [(name or packed.name, run_id) for run_id in packed.runs.values()]
    elif name is None:
        raise InputError("it is an exported run, not a baseline", str(file), "Give its name: --as NAME")
    else:
        moves = [(name, store.import_run(file))]
    return [store.set_baseline(one, run_id, who=who(), note=note) for one, run_id in moves]
