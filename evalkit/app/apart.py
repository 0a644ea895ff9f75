"""`evalkit compare A B --unpaired`: two runs on different cases, as independent samples, because that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow.compute as pc

from evalkit.app.asked import Asked
from evalkit.app.compared.entries import Entry, entries_of
from evalkit.app.compared.ground import scored_otherwise
from evalkit.app.jobs import job_of
from evalkit.app.retrying import recorded_verdicts
from evalkit.app.stored_run import stored_variant
from evalkit.app.suites import stored_suite
from evalkit.core.comparison import ComparedSystem, Comparison
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable
from evalkit.engine.calls import Calls
from evalkit.engine.compare.apart import Sample, compared_apart
from evalkit.engine.compare.whole import leading
from evalkit.engine.preflight_scored import bound_of, numbers_of
from evalkit.engine.suite import LoadedSuite


def compare_apart(store: Store, refs: Sequence[str], loaded: LoadedSuite | None) -> Comparison:
    """Two runs on cases of their own, under the first one's scoring (or the one given).

    Args:
        store: where the runs are.
        refs: two systems (see `refs.run_ref`).
        loaded: the suite to score both under; None: that of the first run.

    Raises:
        InputError: not two systems, a run that broke, or cases that the metrics cannot use.
    """
    entries = entries_of(store, refs)
    if len(entries) != 2:
        remedy = "Name two, or compare paired."
        raise InputError(f"{len(entries)} systems were named, and two are compared as independent samples", "", remedy)
    suite = loaded or stored_suite(entries[0].record)
    ours, theirs = (_sample(store, entry, suite) for entry in entries)
    gated = {gate.metric for gate in suite.suite.gates}
    shown = [m for m, b in ours.numbers.bound.items() if b.of is None or m in gated]
    return Comparison(
        comparison_id=f"apart-{digest_of([entry.ref for entry in entries])[:12]}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        suite=suite.suite.name,
        suite_version=suite.suite.version,
        scored_as="the suite given" if loaded else entries[0].run_id,
        n_cases=0,
        repeats=ours.numbers.plan.repeats,
        lead=leading(shown, suite.suite.gates),
        systems=[_system(entry) for entry in entries],
        metrics=[compared_apart(metric, ours, theirs) for metric in shown],
        comparability=_said(entries, ours, theirs, given=loaded is not None),
    )


def _sample(store: Store, entry: Entry, suite: LoadedSuite) -> Sample:
    cases = CaseTable.from_arrow(store.read_table(entry.run_id, "cases"))
    asked = Asked(suite, cases, cases)
    variant = stored_variant(store, entry.ref, cases, entry.name, "candidate")
    known = recorded_verdicts(store, entry.record, {entry.info.name: entry.name})
    job = job_of(asked, [variant], Calls(replay=True, known=known), {})
    return Sample(entry.name, numbers_of(job, bound_of(job), store, entry.record.suite.repeats))


def _system(entry: Entry) -> ComparedSystem:
    info = entry.info
    return ComparedSystem(
        name=entry.name,
        run_id=entry.run_id,
        variant=info.name,
        run_name=entry.called,
        n_asked=entry.record.n_cases,
        n_failed=info.n_failed,
        n_missing=info.n_missing,
        failures=info.failures,
    )


def _said(entries: Sequence[Entry], ours: Sample, theirs: Sample, *, given: bool) -> list[str]:
    """What to keep in mind: the price of not pairing, cases in both, another scoring."""
    sizes = [len(sample.numbers.plan.cases) for sample in (ours, theirs)]
    source = "the suite given" if given else entries[0].run_id
    said = [
        f"No cases are compared in pairs; both runs are scored as {source} says.",
        f"{sizes[0]:,} cases of {entries[0].run_id} and {sizes[1]:,} of {entries[1].run_id} are compared as "
        "independent samples, as asked: that the cases differ counts as if the systems did.",
    ]
    ids = [sample.numbers.plan.cases.ids for sample in (ours, theirs)]
    both = int(pc.sum(pc.is_in(ids[0], value_set=ids[1])).as_py() or 0)
    if both:
        said.append(
            f"{both:,} cases are in both runs, which then are no independent samples: without --unpaired they are "
            "compared in pairs, and tell more."
        )
    if not given and scored_otherwise(entries):
        said.append(f"{entries[1].run_id} was scored otherwise than it is here.")
    return said
