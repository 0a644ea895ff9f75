"""Which run was the last release: the one that was named, or the one that a baseline stands on, by a stated rule."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.app.refs import run_ref
from evalkit.app.stored_run import variant_of
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.report.text import listing
from evalkit.stores.times import seconds_of

__all__ = ["NAMES", "Previous", "previous"]

NAMES = ("production", "release", "main")
"""Baselines that mean what users have, the first that stands somewhere counts."""


class Previous(NamedTuple):
    """The last release.

    Attributes:
        record: of its run; None: there is none.
        variant: the system of that run that is meant.
        found: which rule found it, or why there is none, as a sentence.
    """

    record: Record | None
    variant: str
    found: str


def previous(store: Store, record: Record, since: str | None) -> Previous:
    """The last release before a run.

    The rule: what `--since` names; else the run that the baseline `production`, `release` or `main` of the run's
    suite stands on (where that is this very run: the run that it stood on before); else the baseline of the run's own
    gates; else none.

    Raises:
        InputError: `since` names no run, or this very run.
    """
    if since is not None:
        return _named(store, record, since)
    tried: list[str] = []
    for name in NAMES:
        found = _standing(store, record, name, tried)
        if found is not None:
            return found
    return _own(store, record, tried)


def _named(store: Store, record: Record, since: str) -> Previous:
    run_id, variant = run_ref(store, since, record.suite.name)
    if run_id == record.run_id and variant in (None, variant_of(record, None)):
        raise InputError(
            f"the last release is this very run, {run_id}", "--since", "Name the run that was released before."
        )
    found = store.read_record(run_id)
    said = f"The last release is run {run_id}, named with --since.{_odd(found, record)}"
    return Previous(found, variant_of(found, variant), said)


def _odd(found: Record, record: Record) -> str:
    """What a reader would not expect of a last release."""
    said = ""
    if found.suite.name != record.suite.name:
        said += f" It is of another suite, {found.suite.name}, not {record.suite.name}."
    if seconds_of(found.created) > seconds_of(record.created):
        said += " It was made after this run: the changes go back in time."
    return said


def _standing(store: Store, record: Record, name: str, tried: list[str]) -> Previous | None:
    """Where the baseline stands for this suite; where it is this run already, where it stood before."""
    events = [e for e in store.baseline_events(name) if e.suite == record.suite.name]
    if not events or events[-1].run_id is None:
        return None
    places = [e.run_id for e in events if e.run_id is not None]
    stands = places[-1]
    before = next((run for run in reversed(places) if run != record.run_id), None)
    if before is None:
        tried.append(f"the baseline {name} stands on this very run and never stood on another")
        return None
    try:
        found = store.read_record(before)
    except EvalkitError:
        tried.append(f"the run {before} of the baseline {name} is gone")
        return None
    how = "stands on" if stands == before else "stood on before it was moved to this run"
    said = f"The last release is run {before}, which the baseline {name} {how}."
    return Previous(found, variant_of(found, None), said)


def _own(store: Store, record: Record, tried: list[str]) -> Previous:
    """The baseline that the run itself was held against."""
    why = f"No baseline {listing(list(NAMES)).replace(' and ', ' or ')} stands on an earlier run of this suite"
    why += f" ({'; '.join(tried)})" if tried else ""
    baseline = next((v for v in record.variants if v.role == "baseline"), None)
    if baseline is None:
        return Previous(None, "", f"{why}, and the run has no baseline of its own: nothing is compared with.")
    if baseline.from_run is None:
        said = f"{why}: the baseline that this run was held against stands for the last release."
        return Previous(record, baseline.name, said)
    try:
        found = store.read_record(baseline.from_run)
    except EvalkitError:
        said = f"{why}; the run {baseline.from_run} of its own baseline is gone, so the answers kept here stand for it."
        return Previous(record, baseline.name, said)
    said = f"{why}: the run {found.run_id}, which this run was held against, stands for the last release."
    return Previous(found, _variant_in(found, baseline.digest), said)


def _variant_in(record: Record, digest: str) -> str:
    """The system of a run with this digest; else its first candidate."""
    return next((v.name for v in record.variants if v.digest == digest), variant_of(record, None))
