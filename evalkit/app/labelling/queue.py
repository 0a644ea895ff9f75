"""What a cascade left to people, or a judge could not say: the answers that wait for a label."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.labelling.answers import answers_of, settled_verdicts
from evalkit.core.errors import InputError
from evalkit.core.protocols import Store


class Queue(NamedTuple):
    """Rows for people, and why each is there (reason -> rows)."""

    rows: list[dict[str, Any]]
    reasons: dict[str, int]


def queue(store: Store, ref: str, metric: str) -> Queue:
    """The answers of a run that a judged metric has no label for, in the order of the cases.

    Raises:
        InputError: no such run, system or metric, or the metric asks no judge.
    """
    answers = answers_of(store, ref, metric)
    table = settled_verdicts(store, answers.record.run_id)
    mine = table.filter(
        pc.and_(pc.equal(table["metric"].cast(pa.string()), metric), pc.equal(table["variant"], answers.variant))
    )
    if not len(mine):
        judged = sorted(set(table["metric"].cast(pa.string()).to_pylist()))
        remedy = f"Judged metrics: {', '.join(judged) or 'none'}"
        raise InputError(f"no judge was asked for {metric!r:.60}", f"run {answers.record.run_id}", remedy)
    reasons: dict[str, str] = {}
    why = mine["why"] if "why" in mine.column_names else pa.nulls(len(mine), pa.string())
    for case_id, label, said, failure in zip(
        *(column.to_pylist() for column in (mine["case_id"], mine["label"], why, mine["failure_reason"])), strict=True
    ):
        if label is None:
            reasons.setdefault(case_id, str(said or failure or "no verdict"))
    ids = answers.cases.ids.to_pylist()
    at = [i for i, case_id in enumerate(ids) if case_id in reasons]
    return Queue([answers.row(i) for i in at], dict(Counter(reasons[ids[i]] for i in at).most_common()))
