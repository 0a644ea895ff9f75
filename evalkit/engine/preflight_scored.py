"""Answers that exist already -> the parts that gates are made of, one answer a case at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.protocols import Store, StoredPredictor
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.cases import groups_of
from evalkit.engine.judge import Bench, Judgement, with_judges
from evalkit.engine.judging.scoring import scored
from evalkit.engine.plan import plan as make_plan
from evalkit.engine.predict import predict
from evalkit.engine.reduce import all_cases
from evalkit.engine.run import Job
from evalkit.engine.score import bind
from evalkit.engine.state import BoundMetric, ScoreBlock, Variant
from evalkit.engine.views import check_gated_views


class OneAnswer:
    """Stored answers of one repeat, as the only one."""

    identity = None

    def __init__(self, rows: pa.Table, spec: dict[str, object]) -> None:
        self.rows, self.spec = rows, spec

    def table(self) -> pa.Table:
        """Schema PREDICTIONS, `repeat` 0."""
        return self.rows


def one_by_one(variant: Variant, predictor: StoredPredictor) -> list[Variant]:
    """A stored variant as one variant a repeat."""
    table = predictor.table()
    repeat = np.asarray(table["repeat"])
    at = table.schema.get_field_index("repeat")
    found = []
    for value in np.unique(repeat):
        rows = table.filter(pa.array(repeat == value))
        rows = rows.set_column(at, table.schema.field(at), pa.array(np.zeros(len(rows)), table.schema.field(at).type))
        name = f"{variant.name}#{value}"
        found.append(variant._replace(name=name, role="candidate", predictor=OneAnswer(rows, predictor.spec)))
    return found


def bound_of(job: Job) -> dict[str, BoundMetric]:
    """The metrics, bound to the gold, with the gates checked against them.

    Raises:
        InputError: a gold that a metric cannot use, or a gate on a metric or view that there is not.
    """
    found = with_judges({b.spec.id: b for b in bind(job.metrics, job.cases, job.universe)}, job.judges)
    check_gated_views(job.suite.gates, found, job.place)
    return found


def numbers_of(job: Job, bound: dict[str, BoundMetric], store: Store, repeats: int = 1) -> Aggregator:
    """Score `repeats` stored answers a case of every variant; nothing is called and nothing is written.

    Raises:
        InputError: answers that do not belong to the cases.
    """
    plan = make_plan(job.suite.model_copy(update={"repeats": repeats}), job.cases)
    verdicts: list[Judgement] = []
    answers = {v.name: predict(plan, v, job.calls, store, partial(_silent, v.name)) for v in job.variants}
    baseline = next((answers[v.name] for v in job.variants if v.role == "baseline"), None)

    bench = Bench(job.judges, replace(job.calls, replay=True), store, _silent, baseline, job.suite.on_failure)
    scores: dict[tuple[str, str], ScoreBlock] = {}
    try:
        for v in job.variants:
            scores |= scored(plan, bound, v.name, answers[v.name], bench, verdicts)
    finally:
        for judgement in verdicts:
            if judgement.journal is not None:
                judgement.journal.close(done=False)
    parts = all_cases(plan, bound, scores, {v: found.covered for v, found in answers.items()})
    return Aggregator(plan, groups_of(job.cases), bound, parts, {v: found.table for v, found in answers.items()})


def covered_by(numbers: Aggregator, variants: Sequence[Variant], repeats: int = 1) -> np.ndarray:
    """(n,) bool: cases that every variant answered `repeats` times (or failed to answer)."""
    mask = np.ones(len(numbers.plan.cases), bool)
    for v in variants:
        if v.covered is not None:
            mask &= v.covered
        absent = pc.equal(numbers.answers[v.name]["failure_reason"], "no_prediction")
        mask &= ~np.asarray(pc.fill_null(absent, False)).reshape(-1, repeats).any(axis=1)
    return mask


def _silent(stage: str, done: int, total: int) -> None:
    return
