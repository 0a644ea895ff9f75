"""`evalkit compare run:A run:B`: two stored runs under one scoring, paired by case."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pyarrow.compute as pc

from evalkit.app.asked import asked_again
from evalkit.app.jobs import job_of, silent
from evalkit.app.retrying import recorded_verdicts
from evalkit.app.stored_run import stored_variant, variant_of
from evalkit.app.suites import stored_suite
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable
from evalkit.engine.calls import Calls, Recorded
from evalkit.engine.run import run as run_job
from evalkit.engine.suite import LoadedSuite
from evalkit.stores.memory import MemoryStore


def compare_runs(store: Store, candidate: str, baseline: str, loaded: LoadedSuite | None) -> tuple[Record, Store]:
    """A record of candidate against baseline, with its tables in a store of its own; nothing is written.

    The two are scored under the candidate's suite (or the one given), on the cases that both were asked.

    Raises:
        InputError: an unknown run, no case in common, or the same run twice.
    """
    ours, theirs = store.read_record(candidate.partition("/")[0]), store.read_record(baseline.partition("/")[0])
    if (ours.run_id, candidate.partition("/")[2]) == (theirs.run_id, baseline.partition("/")[2]):
        raise InputError(f"both are run {ours.run_id}", remedy="Name two runs, or two variants: run:ID/NAME.")
    asked = asked_again(store, ours, loaded or stored_suite(ours), given=loaded is not None)
    source = "the suite given" if loaded else ours.run_id
    variants = [
        stored_variant(store, candidate, asked.cases, "candidate", "candidate"),
        stored_variant(store, baseline, asked.cases, "baseline", "baseline"),
    ]
    created = datetime.now(UTC)
    labels = {
        "run_id": f"compare-{digest_of([ours.run_id, theirs.run_id, candidate, baseline])[:12]}",
        "created": created.isoformat(timespec="seconds"),
    }
    calls = Calls(replay=True, known=_verdicts(store, (ours, candidate), (theirs, baseline)))
    memory = MemoryStore()
    record = run_job(job_of(asked, variants, calls, labels), memory, silent, time.monotonic)
    other = CaseTable.from_arrow(store.read_table(theirs.run_id, "cases"))
    said = [*record.warnings]
    if ours.digests.scoring != theirs.digests.scoring:
        said.append(f"the runs were scored differently; both are scored here as {source} says")
    said += _differences(theirs.run_id, asked.cases, other, source)
    return record.model_copy(update={"warnings": said}), memory


def _verdicts(store: Store, *runs: tuple[Record, str]) -> Recorded:
    """What the judges of each run said of the variant that is compared."""
    found: Recorded = {}
    for role, (record, ref) in zip(("candidate", "baseline"), runs, strict=True):
        variant = variant_of(record, ref.partition("/")[2] or None)
        found |= recorded_verdicts(store, record, {variant: role})
    return found


def _differences(theirs: str, cases: CaseTable, other: CaseTable, source: str) -> list[str]:
    """Which cases the other run had otherwise, as sentences."""
    said = []
    row = np.asarray(pc.fill_null(pc.index_in(cases.ids, value_set=other.ids), -1))
    known = row >= 0
    # "" is the JSON text of nothing, so it can stand for a case without gold.
    gold = pc.fill_null(other.expected.take(row).text, "")
    changed = int((known & ~np.asarray(pc.equal(pc.fill_null(cases.expected.text, ""), gold))).sum())
    if changed:
        said.append(f"{changed:,} cases have another gold in {theirs}; the gold of {source} is used")
    extra = int(pc.sum(pc.invert(pc.is_in(other.ids, value_set=cases.ids))).as_py() or 0)
    if extra:
        said.append(f"{extra:,} cases of {theirs} are not in {source} and are left out")
    return said
