"""What is known of a system before it is run: its stored answers, one or several to each case, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.asked import Asked
from evalkit.app.jobs import job_of
from evalkit.app.retrying import has_verdicts
from evalkit.app.stored_run import RunAnswers, same_questions
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record, VariantInfo
from evalkit.core.protocols import Store, StoredPredictor
from evalkit.core.tables import PREDICTIONS, CaseTable
from evalkit.engine.calls import Calls, Recorded
from evalkit.engine.judging.rows import known_answers as rows_known
from evalkit.engine.preflight_cases import Known, known_of
from evalkit.engine.preflight_scored import bound_of, covered_by, numbers_of, one_by_one
from evalkit.engine.state import BoundMetric, Variant

SEEN = "Two runs of one system differ as the {count} answers to each case do ({where})."
ASSUMED = (
    "Two runs of one system are assumed to differ in their score on {share:.0%} of the cases ({why}; --discordance "
    "sets it)."
)


class Source(NamedTuple):
    """Stored answers of one system.

    Attributes:
        variants: one a repeat, of one or several runs.
        where: the runs or files, in words.
        run_ids: the runs.
        seconds, cost: of an answer, on average; None: unknown.
    """

    variants: list[Variant]
    where: str
    run_ids: list[str]
    seconds: float | None
    cost: float | None


def source_of(store: Store, asked: Asked, variant: Variant) -> Source | None:
    """The stored answers of a system: its own, or those of its earlier runs; None: it was never asked.

    Several answers to each case are wanted: where a run asked for one only, an earlier run of the same system whose
    answers were not taken from the cache is put beside it.
    """
    suite, cases = asked.suite.suite.name, asked.cases
    stored = isinstance(variant.predictor, StoredPredictor)
    digest = digest_of([variant.predictor.spec, variant.predictor.identity])
    own: list[Variant] = []
    run_ids: list[str] = []
    told: set[str] = set()  # answers that are there already: told again, they say nothing of another run
    if isinstance(variant.predictor, StoredPredictor):
        own = one_by_one(variant, variant.predictor)
        run_ids = [variant.from_run] if variant.from_run else []
        said = _info(store, variant)
        digest = digest if said is None else said.digest
        told = set() if said is None else {said.answers}
    # a run that was limited to a few cases says nothing of the others: the most complete first, the newest of those
    for record, info in sorted(_runs(store, suite, digest), key=lambda run: -run[0].n_cases):
        if len(own) > 1:
            break
        if record.run_id in run_ids or info.answers in told or (own and info.n_reused):
            continue
        found = _answers(store, record, info, cases, f"r{len(run_ids)}")
        if found is None or (own and _covered(found, cases) < _covered(own[0], cases)):
            continue
        if isinstance(found.predictor, StoredPredictor):
            own += one_by_one(found, found.predictor)
            run_ids.append(record.run_id)
            told.add(info.answers)
    if not own:
        return None
    where = " and ".join(f"run {one}" for one in run_ids) if run_ids else "the recorded answers"
    table = own[0].predictor.table() if isinstance(own[0].predictor, StoredPredictor) else None
    assert table is not None or not stored
    return Source(own, where, run_ids, _average(table, "seconds"), _average(table, "cost"))


def known_cases(
    asked: Asked, source: Source, store: Store, repeats: int, discordance: float | None
) -> tuple[Known, dict[str, BoundMetric], str, bool]:
    """The cases with their known answers; what two runs are taken to differ by, as a sentence, and if it is assumed.

    Raises:
        InputError: no case was answered, or the answers cannot be scored.
    """
    job = job_of(asked, source.variants, Calls(known=_verdicts(store, source)), {})
    bound = bound_of(job)
    numbers = numbers_of(job, bound, store)
    covered = covered_by(numbers, source.variants)
    if not covered.any():
        first = covered_by(numbers, source.variants[:1])
        if not first.any():
            raise InputError(
                f"none of the {len(asked.cases):,} cases has an answer in {source.where}",
                remedy="Run the baseline on this suite first.",
            )
        covered = first
        source = source._replace(variants=source.variants[:1])
    names = [v.name for v in source.variants]
    known = known_of(numbers, names, covered, repeats, 0.1 if discordance is None else discordance)
    if len(names) > 1 and discordance is None and _varies(known):
        return known, bound, SEEN.format(count=len(names), where=source.where), False
    if len(names) > 1:
        known = replace(known, parts={metric: parts[:1] for metric, parts in known.parts.items()})
    why = (
        "as given"
        if discordance is not None
        else "its stored answers to each case are the same, which says nothing of another system"
        if len(names) > 1
        else "the baseline answered each case once"
    )
    return known, bound, ASSUMED.format(share=known.discordance, why=why), True


def _varies(known: Known) -> bool:
    """Whether the answers to one case ever score differently, on a metric that reads them."""
    return any(
        bool((parts != parts[:1]).any())
        for metric, parts in known.parts.items()
        if "output" in known.bound[metric].metric.needs
    )


def _info(store: Store, variant: Variant) -> VariantInfo | None:
    """What the record says of a stored run's variant."""
    if variant.from_run is None or not isinstance(variant.predictor, RunAnswers):
        return None
    said = store.read_record(variant.from_run).variants
    return next((v for v in said if v.spec == variant.predictor.spec), None)


def _runs(store: Store, suite: str, digest: str) -> Iterator[tuple[Record, VariantInfo]]:
    """Runs of this suite by this system, newest first."""
    for summary in store.runs(suite=suite):
        record = store.read_record(summary.run_id)
        for info in record.variants:
            if info.digest == digest and info.from_run is None:
                yield record, info
                break


def _answers(store: Store, record: Record, info: VariantInfo, cases: CaseTable, name: str) -> Variant | None:
    stored = CaseTable.from_arrow(store.read_table(record.run_id, "cases"))
    covered, _ = same_questions(cases, stored)
    if not covered.any():
        return None
    table = store.read_table(record.run_id, "predictions")
    table = table.filter(pc.equal(table["variant"], info.name)).select(PREDICTIONS.names)
    table = table.filter(pc.is_in(table["case_id"], value_set=cases.ids.filter(pa.array(covered))))
    answers = RunAnswers(table, info.spec)
    return Variant(name, "candidate", answers, None if covered.all() else covered, record.run_id)


def _covered(variant: Variant, cases: CaseTable) -> int:
    """How many of the cases it was asked."""
    return len(cases) if variant.covered is None else int(variant.covered.sum())


def _verdicts(store: Store, source: Source) -> Recorded:
    """What judges said in those runs, under the names that the answers have here."""
    found: Recorded = {}
    for run_id in source.run_ids:
        here: dict[str | None, str] = {
            v.name.rpartition("#")[2]: v.name for v in source.variants if v.from_run == run_id
        }
        found |= run_verdicts(store, run_id, here)
    return found


def run_verdicts(store: Store, run_id: str, names: Mapping[str | None, str]) -> Recorded:
    """What judges said in a run.

    Args:
        store, run_id: where.
        names: repeat (as text) -> the name of the variant that has this answer as its only one; or None -> the name of
            the one that has them all.
    """
    if not has_verdicts(store.read_record(run_id)):
        return {}

    def place(variant: str, repeat: int) -> tuple[str, int] | None:
        whole = names.get(None)
        if whole is not None:
            return whole, repeat
        name = names.get(str(repeat))
        return None if name is None else (name, 0)

    return rows_known(store.read_table(run_id, "verdicts"), place)


def _average(table: pa.Table | None, name: str) -> float | None:
    """Mean of a column where it is known; None: nowhere."""
    if table is None:
        return None
    values = np.asarray(pc.drop_null(table[name]), float)
    return float(values.mean()) if len(values) else None
