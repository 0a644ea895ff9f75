"""Stored answers -> Predictions in plan order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.core.protocols import StoredPredictor
from evalkit.core.tables import PREDICTIONS, prediction_table
from evalkit.engine.state import Plan, Predictions


def align(plan: Plan, predictor: StoredPredictor, name: str, covered: np.ndarray | None = None) -> Predictions:
    """Put stored answers into plan order; a case without one is a harness failure, "no prediction".

    Args:
        plan: n cases, r repeats.
        predictor: the stored answers.
        name: the variant, for messages.
        covered: (n,) bool when only some of the cases were asked at all (a run over other cases).

    Raises:
        InputError: no stored prediction belongs to any case of the suite.
    """
    table = predictor.table().combine_chunks()
    covered = np.ones(len(plan.cases), bool) if covered is None else covered
    if not len(table):
        raise InputError(f"{name}: there is no prediction in it", remedy="Check the file that was given.")
    repeat = _zero_based(np.asarray(table["repeat"]), plan.repeats)
    case = np.asarray(pc.fill_null(pc.index_in(table["case_id"], value_set=plan.cases.ids), -1))
    known = case >= 0
    if not known.any():
        raise InputError(
            f"{name}: none of its {len(table):,} predictions is for a case of this suite "
            f"(it has {table['case_id'][0].as_py()!r:.80}, the suite has {plan.cases.ids[0].as_py()!r:.80})",
            remedy="Check that the predictions and the suite use the same case ids.",
        )
    wanted = known & (repeat >= 0) & (repeat < plan.repeats)
    rows = np.full(len(plan), -1)
    rows[case[wanted] * plan.repeats + repeat[wanted]] = np.flatnonzero(wanted)
    warnings = _warnings(name, table, known, wanted, rows, covered[plan.case_row])
    return Predictions(_take(plan, table, rows), covered, int((~known).sum()), 0, warnings)


def _zero_based(repeat: np.ndarray, repeats: int) -> np.ndarray:
    """Files that count repeats from 1 are read as such when they could not be meant otherwise."""
    return repeat - 1 if len(repeat) and repeat.min() == 1 and repeat.max() == repeats else repeat


def _take(plan: Plan, table: pa.Table, rows: np.ndarray) -> pa.Table:
    ids = plan.cases.ids.take(pa.array(plan.case_row)) if plan.repeats > 1 else plan.cases.ids
    missing = rows < 0
    if not missing.any() and np.array_equal(rows, np.arange(len(table))):
        taken = table
    else:
        taken = table.take(pa.array(rows, mask=missing))
    columns = {entry.name: taken[entry.name] for entry in PREDICTIONS}
    columns |= {"case_id": ids, "repeat": pa.array(plan.repeat)}
    if missing.any():
        absent = pa.array(missing)
        columns["failure_kind"] = pc.if_else(absent, "harness", columns["failure_kind"])
        columns["failure_reason"] = pc.if_else(absent, "no_prediction", columns["failure_reason"])
    return prediction_table(columns)


def _warnings(
    name: str, table: pa.Table, known: np.ndarray, wanted: np.ndarray, rows: np.ndarray, asked: np.ndarray
) -> tuple[str, ...]:
    found = []
    if n := int((~known).sum()):
        first = table["case_id"][int(np.flatnonzero(~known)[0])].as_py()
        found.append(
            f"{name}: {n:,} predictions are for cases that the suite does not have (first: {first!r:.80}); ignored"
        )
    if n := int((known & ~wanted).sum()):
        found.append(f"{name}: {n:,} predictions are for repeats that the suite does not ask for; ignored")
    if n := int(((rows < 0) & asked).sum()):
        found.append(
            f"{name}: {n:,} of {len(rows):,} answers are missing (no prediction); they are unscored, not wrong"
        )
    return tuple(found)
