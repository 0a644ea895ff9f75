"""Stored runs compared under one scoring, paired by case: a record for two, a `Comparison` for any number."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from evalkit.app.asked import Asked, asked_again
from evalkit.app.certifying import certified
from evalkit.app.compared.entries import Entry, entries_of
from evalkit.app.compared.ground import Ground, ground
from evalkit.app.jobs import job_of, silent
from evalkit.app.retrying import recorded_verdicts
from evalkit.app.stored_run import stored_variant
from evalkit.app.suites import beside, stored_suite
from evalkit.core.comparison import ComparedSystem, Comparison
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Gate, Record
from evalkit.core.protocols import Store
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.calls import Calls, Recorded
from evalkit.engine.compare.whole import Question, compare, unscorable
from evalkit.engine.run import run as run_job
from evalkit.engine.state import Variant
from evalkit.engine.suite import LoadedSuite
from evalkit.stores.memory import MemoryStore


class Compared(NamedTuple):
    """A comparison, the record of all its systems under one scoring, and the record's tables.

    Of two systems the record is that of a run of the first against the second, with the suite's gates decided. Of more
    all are candidates and no gate is decided. `rescored` are the runs that were scored otherwise than the first one,
    where nobody said which scoring holds.
    """

    record: Record
    tables: Store
    comparison: Comparison
    rescored: tuple[str, ...] = ()


def compare_runs(store: Store, candidate: str, baseline: str, loaded: LoadedSuite | None) -> tuple[Record, Store]:
    """A record of candidate against baseline, with its tables in a store of its own; nothing is written.

    The two are scored under the candidate's suite (or the one given), on the cases that both were asked.

    Raises:
        InputError: an unknown run, no case in common, or the same run twice.
    """
    found = compare_all(store, [candidate, baseline], loaded)
    return found.record, found.tables


def compare_all(store: Store, refs: Sequence[str], loaded: LoadedSuite | None) -> Compared:
    """Any number of stored systems under the first one's suite (or the one given), on the cases that all were asked.

    Args:
        store: where the runs are.
        refs: two or more (see `refs.run_ref`), or one run with several systems.
        loaded: the suite to score all under; None: that of the first run.

    Raises:
        InputError: an unknown run, one that broke, one named twice, fewer than two; no case in common; scores that
            cannot be compared.
    """
    entries = entries_of(store, refs)
    first = entries[0].record
    asked = asked_again(store, first, loaded or stored_suite(first), given=loaded is not None)
    source = "the suite given" if loaded else first.run_id
    found = ground(store, entries, asked, source)
    gates = asked.suite.suite.gates
    asked = asked._replace(cases=asked.cases.take(np.flatnonzero(found.common)))
    if len(entries) > 2:
        asked = _ungated(asked)
    asked, said = _repeated(asked, entries)
    labels = _labels(entries)
    setting = _Setting(entries, gates, asked, source, found, said, labels)
    comparison: list[Comparison] = []

    def look(numbers: Aggregator) -> None:
        comparison.append(_compared(numbers, setting))

    variants = _variants(store, entries, asked)
    calls = Calls(replay=True, known=_verdicts(store, entries))
    memory = MemoryStore()
    with beside(first):
        job = replace(job_of(asked, variants, calls, labels), look=look)
    records = [entry.record for entry in entries]
    job = replace(job, **certified(asked.suite, job.judges, store, str(labels["created"]), records)._asdict())
    record = run_job(job, memory, silent, time.monotonic)
    warned = {"warnings": [*record.warnings, *said, *found.said]}
    rescored = () if loaded is not None else tuple(found.rescored)
    return Compared(record.model_copy(update=warned), memory, comparison[0], rescored)


def _labels(entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "run_id": f"compare-{digest_of([entry.ref for entry in entries])[:12]}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": ["evalkit", "compare", *(entry.typed for entry in entries)],
    }


def _ungated(asked: Asked) -> Asked:
    """Without gates, which judge a candidate against a baseline."""
    suite = asked.suite._replace(suite=asked.suite.suite.model_copy(update={"gates": []}))
    return asked._replace(suite=suite)


def _repeated(asked: Asked, entries: Sequence[Entry]) -> tuple[Asked, list[str]]:
    """As many answers a case as every run has: what was never asked is not unscored."""
    wanted = asked.suite.suite.repeats
    have = {entry.run_id: entry.record.suite.repeats for entry in entries}
    least = min(have.values())
    said = []
    if len({*have.values(), wanted}) > 1:
        runs = ", ".join(f"{run}: {n}" for run, n in list(have.items())[:5])
        said.append(f"the runs asked each case a different number of times ({runs}); {min(least, wanted)} is compared")
    if least >= wanted:
        return asked, said
    suite = asked.suite.suite.model_copy(update={"repeats": least})
    return asked._replace(suite=asked.suite._replace(suite=suite)), said


def _variants(store: Store, entries: Sequence[Entry], asked: Asked) -> list[Variant]:
    two = len(entries) == 2
    return [
        stored_variant(store, entry.ref, asked.cases, entry.name, "baseline" if two and i == 1 else "candidate")
        for i, entry in enumerate(entries)
    ]


def _verdicts(store: Store, entries: Sequence[Entry]) -> Recorded:
    """What the judges of each run said of the system that is compared."""
    found: Recorded = {}
    for entry in entries:
        found |= recorded_verdicts(store, entry.record, {entry.info.name: entry.name})
    return found


class _Setting(NamedTuple):
    """All that a comparison says beside its numbers."""

    entries: Sequence[Entry]
    gates: Sequence[Gate]
    asked: Asked
    source: str
    found: Ground
    said: Sequence[str]
    labels: dict[str, Any]


def _compared(numbers: Aggregator, setting: _Setting) -> Comparison:
    """The comparison out of the numbers.

    Raises:
        InputError: no metric has scores that can be compared.
    """
    names = [entry.name for entry in setting.entries]
    without = unscorable(numbers, names)
    if without and len(without) == len([b for b in numbers.bound.values() if b.of is None]):
        raise InputError(
            f"the scores cannot be compared: {'; '.join(without.values())}",
            remedy="They were recorded by another tool and cannot be made again: compare runs with the same scorers.",
        )
    suite, found, labels = setting.asked.suite.suite, setting.found, setting.labels
    said = [*_ground(found, names, setting.source), *setting.said, *without.values()]
    question = Question(
        systems=[_system(entry, found) for entry in setting.entries],
        gates=setting.gates,
        tags=suite.slices,
        labels={
            "comparison_id": labels["run_id"],
            "created": labels["created"],
            "suite": suite.name,
            "suite_version": suite.version,
            "scored_as": setting.source,
        },
        comparability=[_sentence(text) for text in said],
        without=list(without),
    )
    return compare(numbers, question)


def _ground(found: Ground, names: Sequence[str], source: str) -> list[str]:
    n = int(found.common.sum())
    asked = "both systems" if len(names) == 2 else f"all {len(names)} systems"
    head = f"{n:,} cases that {asked} were asked are compared, scored as {source} says"
    return [head, *found.said]


def _sentence(text: str) -> str:
    first, _, rest = text.partition(" ")
    named = first in ("run", "runs", "the", "under")  # else it begins with a name, which stays as it is
    return f"{first.capitalize() if named else first} {rest}".rstrip(".") + "."


def _system(entry: Entry, found: Ground) -> ComparedSystem:
    return ComparedSystem(
        name=entry.name,
        run_id=entry.run_id,
        variant=entry.info.name,
        run_name=entry.called,
        n_asked=entry.record.n_cases,
        left_out=found.left_out[entry.name],
    )
