"""The whole picture: suite and systems in, a record out. Read `core/nouns.py` first and this second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Digests, Environment, MetricSpec, Record, Suite, SuiteInfo
from evalkit.core.protocols import Metric, Store
from evalkit.core.tables import SCORES, CaseTable
from evalkit.engine.aggregate import Aggregator, estimates, held
from evalkit.engine.cases import groups_of
from evalkit.engine.gate import decide_all, outcome_of
from evalkit.engine.plan import plan as make_plan
from evalkit.engine.predict import Calls, predict
from evalkit.engine.record import metric_info, prediction_rows, score_rows, scoring_digest, variant_info
from evalkit.engine.reduce import per_case
from evalkit.engine.score import bind, score
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock, Variant
from evalkit.engine.suite import policy_source, scoring_source

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


@dataclass(frozen=True)
class Job:
    """Everything a run is made of: objects, no names.

    Attributes:
        suite, cases: as read and selected.
        metrics: id -> (spec, metric).
        variants: candidates first.
        info, environment, labels: what the record says of where it comes from (`labels`: run_id, created, name, ...;
            given by the caller, who has the clock).
        calls: how live systems are asked.
    """

    suite: Suite
    cases: CaseTable
    metrics: Mapping[str, tuple[MetricSpec, Metric]]
    variants: list[Variant]
    info: SuiteInfo
    environment: Environment
    labels: dict[str, Any]
    calls: Calls = field(default_factory=Calls)


def run(job: Job, store: Store, progress: Progress, clock: Callable[[], float]) -> Record:
    """Predict, score, aggregate, gate, record.

    Raises:
        InputError: cases, gold or predictions that cannot be used.
        RunBroke: the run could not be completed; what was answered is kept.
    """
    started = clock()
    plan = make_plan(job.suite, job.cases)
    bound = {b.spec.id: b for b in bind(job.metrics, job.cases)}
    answers: dict[str, Predictions] = {}
    try:
        for v in job.variants:
            answers[v.name] = predict(plan, v, job.calls, store, partial(progress, v.name))
        scores: dict[tuple[str, str], ScoreBlock] = {}
        for v in job.variants:
            blocks = score(plan, answers[v.name].table, list(bound.values()), job.suite.on_failure)
            scores |= {(metric, v.name): block for metric, block in blocks.items()}
        parts = {(m, v): per_case(plan, bound[m], block, answers[v].covered) for (m, v), block in scores.items()}
        numbers = Aggregator(plan, groups_of(job.cases), bound, parts)
        decisions = decide_all(held(job.suite.gates, numbers, job.variants))
        found = Record(
            suite=job.info,
            digests=_digests(job.suite, plan, bound),
            plan=plan.digest,
            n_cases=len(job.cases),
            n_groups=numbers.n_groups,
            variants=[variant_info(v, answers[v.name]) for v in job.variants],
            metrics=[metric_info(b) for b in bound.values()],
            estimates=estimates(numbers, job.variants, job.suite.slices),
            decisions=decisions,
            outcome=outcome_of(decisions),
            n_extra=sum(p.n_extra for p in answers.values()),
            warnings=[w for v in job.variants for w in (*v.warnings, *answers[v.name].warnings)],
            environment=job.environment,
            cost=_total([p.table for p in answers.values()]),
            seconds=clock() - started,
            **job.labels,
        )
        tables = {"cases": job.cases.to_arrow(), "predictions": prediction_rows(answers)}
        store.write_run(
            found, {**tables, "scores": pa.RecordBatchReader.from_batches(SCORES, score_rows(plan, bound, scores))}
        )
    except BaseException:
        _close(answers, done=False)
        raise
    _close(answers, done=True)
    return found


def _digests(suite: Suite, plan: Plan, bound: Mapping[str, BoundMetric]) -> Digests:
    return Digests(
        cases=plan.cases_digest,
        scoring=scoring_digest(scoring_source(suite, {name: b.metric.version for name, b in bound.items()}), bound),
        policy=digest_of(policy_source(suite)),
    )


def _close(answers: Mapping[str, Predictions], *, done: bool) -> None:
    for found in answers.values():
        if found.journal is not None:
            found.journal.close(done=done)


def _total(tables: list[Any]) -> float | None:
    """Known cost of the run in USD; None when no answer has a price."""
    spent = [value for table in tables for value in table["cost"].drop_null().to_pylist()]
    return sum(spent) if spent else None
