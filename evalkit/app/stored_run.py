"""`run:ID` as a system: the stored answers of an earlier run, for the cases that are still the same question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.refs import run_ref
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record, VariantInfo
from evalkit.core.protocols import Store
from evalkit.core.tables import PREDICTIONS, CaseTable
from evalkit.engine.state import Variant


@dataclass(frozen=True)
class RunAnswers:
    """Answers of one variant of a stored run."""

    rows: pa.Table
    said: dict[str, Any]

    @property
    def spec(self) -> dict[str, Any]:
        """The spec of the system that gave them."""
        return self.said

    @property
    def identity(self) -> dict[str, Any] | None:
        """Stored answers are never asked for again."""
        return None

    def table(self) -> pa.Table:
        """The answers, schema PREDICTIONS."""
        return self.rows


def variant_of(record: Record, name: str | None) -> str:
    """The variant that a ref means: the one named after `/`, else the first candidate."""
    known = [v.name for v in record.variants]
    if name is None:
        return next(v.name for v in record.variants if v.role == "candidate")
    if name not in known:
        raise InputError(f"run {record.run_id} has no variant {name!r}", remedy=f"It has {', '.join(known)}.")
    return name


def check_unbroken(record: Record, variant: VariantInfo) -> None:
    """Refuse a baseline that never answered: whatever is compared with it would look good.

    Raises:
        InputError: the run broke, or the system gave no answer to any case.
    """
    where, remedy = f"run {record.run_id}", "Run the baseline again, and compare with that run."
    if record.outcome == "error":
        raise InputError("the run broke, so it cannot be a baseline", where, remedy)
    if variant.n_predictions - variant.n_failed > 0:
        return
    reasons = ", ".join(f"{reason}: {n:,}" for reason, n in list(variant.failures.items())[:3])
    what = f"its system {variant.name!r} answered none of {record.n_cases:,} cases ({reasons or 'no prediction'})"
    raise InputError(f"{what}, so nothing can be compared with it", where, remedy)


def stored_variant(
    store: Store,
    ref: str,
    cases: CaseTable,
    name: str,
    role: Literal["candidate", "baseline"],
    suite: str | None = None,
) -> Variant:
    """A stored run's answers, narrowed to the cases that it was asked in the same words.

    Args:
        store: where it is.
        ref: see `refs.run_ref`.
        cases: of the suite that is run now.
        name, role: of the variant that is made.
        suite: that is run now, whose baseline is meant; None: the stored answers are only scored again.

    Raises:
        InputError: unknown run or variant, a baseline that broke or never answered, or no case in common.
    """
    run_id, wanted = run_ref(store, ref, suite)
    record = store.read_record(run_id)
    chosen = variant_of(record, wanted)
    info = next(v for v in record.variants if v.name == chosen)
    if role == "baseline":
        check_unbroken(record, info)
    stored = CaseTable.from_arrow(store.read_table(record.run_id, "cases"))
    covered, changed = same_questions(cases, stored)
    if not covered.any():
        raise InputError(
            f"run {record.run_id} and this suite have no case in common",
            remedy="Run the baseline on this suite first, or check that the case ids are the same.",
        )
    table = store.read_table(record.run_id, "predictions")
    table = table.filter(pc.equal(table["variant"], chosen)).select(PREDICTIONS.names)
    asked = cases.ids.filter(pa.array(covered))
    table = table.filter(pc.is_in(table["case_id"], value_set=asked))
    return Variant(
        name,
        role,
        RunAnswers(table, info.spec),
        covered=None if covered.all() else covered,
        from_run=record.run_id,
        warnings=_narrowed(record.run_id, covered, changed),
        scoring=None if suite is None else record.digests.scoring,
    )


def same_questions(cases: CaseTable, stored: CaseTable) -> tuple[np.ndarray, int]:
    """(n,) bool: cases that the stored run had with the same input; and how many it had with another input."""
    row = np.asarray(pc.fill_null(pc.index_in(cases.ids, value_set=stored.ids), -1))
    known = row >= 0
    same = known.copy()
    theirs = stored.input.take(row).text
    equal = pc.fill_null(pc.equal(cases.input.text, theirs), False)
    both_empty = pc.and_(pc.is_null(cases.input.text), pc.is_null(theirs))
    same &= np.asarray(pc.or_(equal, both_empty))
    return same, int((known & ~same).sum())


def _narrowed(run_id: str, covered: np.ndarray, changed: int) -> tuple[str, ...]:
    if covered.all():
        return ()
    asked_otherwise = f" ({changed:,} of the others had another input)" if changed else ""
    return (
        f"run {run_id} answers {int(covered.sum()):,} of the {len(covered):,} cases{asked_otherwise}; "
        "the comparison is narrowed to them",
    )
