"""`evalkit compare run:A run:B`: two stored runs under one scoring, paired by case."""

from __future__ import annotations

import time

import numpy as np
import pyarrow.compute as pc

from evalkit.app.catalog import make_metrics
from evalkit.app.environment import environment
from evalkit.app.stored_run import stored_variant
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable
from evalkit.engine.run import Job
from evalkit.engine.run import run as run_job
from evalkit.engine.suite import LoadedSuite
from evalkit.stores.memory import MemoryStore


def compare_runs(store: Store, candidate: str, baseline: str, loaded: LoadedSuite | None) -> tuple[Record, Store]:
    """A record of candidate against baseline, with its tables in a store of its own; nothing is written.

    The two are scored under the candidate's suite (or the one given), on the cases that both were asked.

    Raises:
        InputError: an unknown run, no case in common, or the same run twice.
    """
    from evalkit.app.api import now, stored_suite, suite_info

    ours, theirs = store.read_record(candidate.partition("/")[0]), store.read_record(baseline.partition("/")[0])
    if (ours.run_id, candidate.partition("/")[2]) == (theirs.run_id, baseline.partition("/")[2]):
        raise InputError(f"both are run {ours.run_id}", remedy="Name two runs, or two variants: run:ID/NAME.")
    loaded = loaded or stored_suite(ours)
    cases = CaseTable.from_arrow(store.read_table(ours.run_id, "cases"))
    other = CaseTable.from_arrow(store.read_table(theirs.run_id, "cases"))
    variants = [
        stored_variant(store, candidate, cases, "candidate", "candidate"),
        stored_variant(store, baseline, cases, "baseline", "baseline"),
    ]
    created = now()
    job = Job(
        suite=loaded.suite,
        cases=cases,
        metrics=make_metrics(loaded.suite, loaded.base),
        variants=variants,
        info=suite_info(loaded),
        environment=environment(loaded.base),
        labels={
            "run_id": f"compare-{digest_of([ours.run_id, theirs.run_id, candidate, baseline])[:12]}",
            "created": created.isoformat(timespec="seconds"),
        },
    )
    memory = MemoryStore()
    record = run_job(job, memory, lambda stage, done, total: None, time.monotonic)
    said = [*record.warnings, *_differences(ours, theirs, cases, other)]
    return record.model_copy(update={"warnings": said}), memory


def _differences(ours: Record, theirs: Record, cases: CaseTable, other: CaseTable) -> list[str]:
    """What the two runs do not have in common, as sentences."""
    said = []
    if ours.digests.scoring != theirs.digests.scoring:
        said.append(f"the runs were scored differently; both are scored here as {ours.run_id} was")
    row = np.asarray(pc.fill_null(pc.index_in(cases.ids, value_set=other.ids), -1))
    known = row >= 0
    gold = other.expected.take(row).text
    changed = int((known & ~np.asarray(pc.fill_null(pc.equal(cases.expected.text, gold), False))).sum())
    if changed:
        said.append(f"{changed:,} cases have another gold in {theirs.run_id}; the gold of {ours.run_id} is used")
    extra = int(pc.sum(pc.invert(pc.is_in(other.ids, value_set=cases.ids))).as_py() or 0)
    if extra:
        said.append(f"{extra:,} cases of {theirs.run_id} are not in {ours.run_id} and are left out")
    return said
