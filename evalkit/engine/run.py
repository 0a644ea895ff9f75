"""The whole picture: suite and systems in, a record out. Read `core/nouns.py` first and this second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.errors import StoreError
from evalkit.core.nouns import Certificate, Digests, Environment, MetricSpec, Record, Suite, SuiteInfo
from evalkit.core.protocols import Judge, Metric, Store
from evalkit.core.tables import SCORES, CaseTable
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.asked_of import estimates, held
from evalkit.engine.baseline import check_answered
from evalkit.engine.calls import Calls
from evalkit.engine.cases import groups_of
from evalkit.engine.certify import Certifying
from evalkit.engine.correcting.human import HumanLabels
from evalkit.engine.correcting.numbers import CorrectedNumbers
from evalkit.engine.correcting.sources import correcting
from evalkit.engine.foresee import foresee
from evalkit.engine.gate import decide_all, outcome_of, policy_warnings
from evalkit.engine.gold_lint import remarks
from evalkit.engine.hull import ALPHA
from evalkit.engine.judge import Bench, Judgement, with_judges
from evalkit.engine.judging.scoring import scored
from evalkit.engine.judging.told import unread_templates, warnings_of
from evalkit.engine.oddities import oddities
from evalkit.engine.plan import plan as make_plan
from evalkit.engine.predict import predict
from evalkit.engine.record import metric_info, prediction_rows, score_rows, scoring_digest, variant_info
from evalkit.engine.reduce import all_cases
from evalkit.engine.score import bind
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock, Variant
from evalkit.engine.suite import policy_source, scoring_source
from evalkit.engine.views import check_gated_views
from evalkit.engine.vouching import Vouched, unvouched, vouched

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
        universe: all cases of the suite, of which `cases` were selected; None: there was no selection.
        place: path of keys -> where it stands in the suite file, for errors; None: only the path is known.
        look: reads the numbers before they become estimates: a comparison of many systems needs the cases' parts.
        confirm: holds a record (and its predictions) against earlier looks at the same candidate; None: there are none.
        warn: is told what can be foreseen before the first call, in sentences.
        certificates: of the judges that have one, by the judge's digest.
        certifying: what else is known of the judges' certificates.
        people: human labels on these systems' answers, by the judged metric that they correct.
    """

    suite: Suite
    cases: CaseTable
    metrics: Mapping[str, tuple[MetricSpec, Metric]]
    variants: list[Variant]
    info: SuiteInfo
    environment: Environment
    labels: dict[str, Any]
    calls: Calls = field(default_factory=Calls)
    judges: Mapping[str, Judge] = field(default_factory=dict)
    universe: CaseTable | None = None
    place: Callable[..., str] | None = None
    look: Callable[[Aggregator], None] | None = None
    confirm: Callable[[Record, pa.Table], Record] | None = None
    warn: Callable[[str], None] | None = None
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    certifying: Certifying = field(default_factory=Certifying)
    people: Mapping[str, HumanLabels] = field(default_factory=dict)

    @property
    def held_now(self) -> tuple[Mapping[str, Certificate], Certifying, str]:
        """What speaks for the judges: certificates, what else is known of them, and the time they are held against."""
        return self.certificates, self.certifying, str(self.labels.get("created", ""))


def run(job: Job, store: Store, progress: Progress, clock: Callable[[], float]) -> Record:
    """Predict, score, aggregate, gate, record.

    Raises:
        InputError: cases, gold or predictions that cannot be used.
        RunBroke: the run could not be completed; what was answered is kept.
    """
    started = clock()
    plan = make_plan(job.suite, job.cases)
    bound = with_judges({b.spec.id: b for b in bind(job.metrics, job.cases, job.universe)}, job.judges)
    check_gated_views(job.suite.gates, bound, job.place)
    alpha = ALPHA / job.suite.looks
    foreseen = _foreseen(job, bound, alpha)
    answers: dict[str, Predictions] = {}
    verdicts: list[Judgement] = []
    vouching = Vouched({}, {}, (), None)
    try:
        for v in job.variants:
            answers[v.name] = predict(plan, v, job.calls, store, partial(progress, v.name))
            check_answered(v, answers[v.name])
        baseline = next((v.name for v in job.variants if v.role == "baseline"), None)
        theirs = None if baseline is None else answers[baseline]
        bench = Bench(job.judges, job.calls, store, progress, theirs, job.suite.on_failure)
        scores: dict[tuple[str, str], ScoreBlock] = {}
        for v in job.variants:
            scores |= scored(plan, bound, v.name, answers[v.name], bench, verdicts)
        parts = all_cases(plan, bound, scores, {v: found.covered for v, found in answers.items()})
        given = {v: found.table for v, found in answers.items()}
        vouching = vouched(job.held_now, job.suite.gates, bound, verdicts, bench)
        refused = {judge: stands.why for judge, stands in vouching.standings.items()}
        corrections = correcting(plan, bound, answers, verdicts, job.people, (job.certificates, refused, baseline))
        numbers = CorrectedNumbers(
            plan, groups_of(job.cases), bound, parts, given, alpha, vouching.standings, corrections=corrections
        )
        if job.look is not None:
            job.look(numbers)
        gated = {gate.metric for gate in job.suite.gates}
        policy = job.suite.policy
        decisions = decide_all(held(job.suite.gates, numbers, job.variants), policy, alpha)
        infos = [variant_info(v, answers[v.name]) for v in job.variants]
        judges = [found.info for found in verdicts if found.info is not None]
        costs = (*(v.cost for v in infos), *(j.cost for j in judges), vouching.cost)
        known = all(j.cost is not None or not j.models for j in judges)
        spent = [cost for cost in costs if cost is not None and known]
        digests = _digests(job.suite, plan, bound)
        found = Record(
            suite=job.info,
            digests=digests,
            plan=plan.digest,
            n_cases=len(job.cases),
            n_groups=numbers.n_groups,
            variants=infos,
            metrics=[metric_info(b) for b in bound.values()],
            estimates=estimates(numbers, job.variants, job.suite.slices, gated),
            decisions=decisions,
            outcome=outcome_of(decisions, policy),
            policy=policy,
            n_extra=sum(p.n_extra for p in answers.values()),
            judges=judges,
            certificates={j: job.certificates[j] for j in vouching.standings if j in job.certificates},
            sentinels=vouching.sentinels,
            warnings=[
                *(w for v in job.variants for w in (*v.warnings, *answers[v.name].warnings)),
                *_scored_otherwise(job.variants, digests.scoring),
                *_other_versions(job.variants, bound),
                *remarks(job.metrics, job.cases),
                *_odd(job, answers, verdicts),
                *warnings_of(judges),
                *unread_templates(verdicts),
                *foreseen,
                *policy_warnings(decisions, policy),
            ],
            environment=job.environment,
            cost=sum(spent) if spent else None,
            seconds=clock() - started,
            **job.labels,
        )
        tables = {"cases": job.cases.to_arrow(), "predictions": prediction_rows(answers)}
        if job.confirm is not None:
            found = job.confirm(found, tables["predictions"])
        if verdicts:
            tables["verdicts"] = pa.concat_tables([judgement.table for judgement in verdicts])
        _write(store, found, tables, lambda: score_rows(plan, bound, scores, gated))
    except BaseException:
        _close([*answers.values(), *verdicts], done=False)
        vouching.close(done=False)
        raise
    _close([*answers.values(), *verdicts], done=True)
    vouching.close(done=True)
    return found


def _odd(job: Job, answers: Mapping[str, Predictions], verdicts: Sequence[Judgement]) -> list[str]:
    candidates = [v.name for v in job.variants if v.role == "candidate"]
    return oddities(job.cases, {v: p.table for v, p in answers.items()}, candidates, [j.table for j in verdicts])


def _scored_otherwise(variants: Sequence[Variant], scoring: str) -> list[str]:
    """Which stored answers have other scores here than in their own record."""
    return [
        f"run {v.from_run} has another scoring digest; its answers are scored here as this suite says"
        for v in variants
        if v.scoring not in (None, scoring)
    ]


def _other_versions(variants: Sequence[Variant], bound: Mapping[str, BoundMetric]) -> list[str]:
    """Which versions of one tool recorded the scores that are compared: a scorer may have changed between them."""
    found: dict[str, dict[str, None]] = {}
    for spec in (v.predictor.spec for v in variants) if any(b.spec.name == "recorded" for b in bound.values()) else ():
        if isinstance(tool := spec.get("tool"), str):
            found.setdefault(tool, {})[str(spec.get("version") or "an unknown version")] = None
    return [
        f"the scores were recorded by different versions of {tool} ({', '.join(versions)}), whose scorers may differ"
        for tool, versions in found.items()
        if len(versions) > 1
    ]


def _foreseen(job: Job, bound: Mapping[str, BoundMetric], alpha: float) -> list[str]:
    """What can be said of the gates before a system is asked; said at once, and kept for the record."""
    found = foresee(job.suite.gates, job.cases, bound, alpha)
    if job.warn is not None:
        # What the gates themselves say later is only told beforehand.
        for sentence in (*found, *unvouched(job.held_now, job.suite.gates, bound)):
            job.warn(sentence)
    return found


def _write(
    store: Store, record: Record, tables: Mapping[str, pa.Table], rows: Callable[[], Iterator[pa.RecordBatch]]
) -> None:
    """Store the run; where that fails, what was computed goes with the error."""

    def whole() -> dict[str, Any]:
        return {**tables, "scores": pa.RecordBatchReader.from_batches(SCORES, rows())}

    try:
        store.write_run(record, whole())
    except StoreError as error:
        error.unsaved = record, whole()
        raise


def _digests(suite: Suite, plan: Plan, bound: Mapping[str, BoundMetric]) -> Digests:
    return Digests(
        cases=plan.cases_digest,
        scoring=scoring_digest(scoring_source(suite, {name: b.metric.version for name, b in bound.items()}), bound),
        policy=digest_of(policy_source(suite)),
    )


def _close(journaled: Sequence[Predictions | Judgement], *, done: bool) -> None:
    for found in journaled:
        if found.journal is not None:
            found.journal.close(done=done)
