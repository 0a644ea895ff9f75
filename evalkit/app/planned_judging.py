"""How many calls the judges of a run would take, and what they would cost, before one is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.app.asked import Asked
from evalkit.app.known_answers import Source
from evalkit.app.options import Options
from evalkit.core.asks import asks_of
from evalkit.core.nouns import JudgeInfo
from evalkit.core.protocols import Judge, Store, StoredPredictor
from evalkit.engine.align import align
from evalkit.engine.judging.asking import cache_key_of
from evalkit.engine.judging.layers import Open, open_answers, open_pairs, open_rows
from evalkit.engine.judging.questions import questions_of
from evalkit.engine.judging.told import requested
from evalkit.engine.plan import plan as make_plan
from evalkit.engine.score import score
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock, Variant

_REPLY_TOKENS, _CHARACTERS = 200, 4  # of a reply with its reasons; of a token of a prompt
STORED = "its answers are stored"
_RUNS = 20  # earlier runs of the suite that are looked at


@dataclass(frozen=True)
class JudgeCalls:
    """Of one judged metric and system.

    Attributes:
        metric, judge, name: id of the metric, name of the judge, name of the system.
        answers: that would be left to the judge.
        of: answers that the metric is about.
        calls: answers x orders x votes; of a cascade at most.
        cost: US dollars of those that are not recorded; None: unknown.
        seconds: at this concurrency; None: unknown.
        basis: what the numbers rest on, in words.
    """

    metric: str
    judge: str
    name: str
    answers: int
    of: int
    calls: int
    cost: float | None
    seconds: float | None
    basis: str = ""
    reused: int = 0  # calls whose answers are recorded


def judge_calls(
    asked: Asked,
    variants: Sequence[Variant],
    bound: Mapping[str, BoundMetric],
    judges: Mapping[str, Judge],
    known: tuple[Mapping[str, Source], Store, Options],
) -> list[JudgeCalls]:
    """What each judge would be asked about each system.

    Args:
        asked: suite and cases.
        variants: of the run that is planned.
        bound: the metrics.
        judges: by the id of the metric.
        known: stored answers by system, the workspace, and the options of the run.
    """
    plan = make_plan(asked.suite.suite, asked.cases)
    judged = [b for b in bound.values() if b.judge is not None and b.of is None]
    if not judged:
        return []
    sources, store, options = known
    earlier = list(earlier_of(store, asked.suite.suite.name))
    other = next(
        (v.predictor for v in variants if v.role == "baseline" and isinstance(v.predictor, StoredPredictor)), None
    )
    beside = store, other, asked.suite.suite.on_failure
    return [
        _calls(
            plan,
            b,
            v,
            judges[b.spec.id],
            _Known(bound, sources.get(v.name), earlier, options, judges[b.spec.id], *beside),
        )
        for b in judged
        for v in variants
        if not (b.against == "baseline" and v.role == "baseline")
    ]


@dataclass(frozen=True)
class _Known:
    bound: Mapping[str, BoundMetric]
    source: Source | None
    earlier: Sequence[JudgeInfo]
    options: Options
    judge: Judge
    store: Store
    against: StoredPredictor | None
    on_failure: str


def earlier_of(store: Store, suite: str) -> Iterator[JudgeInfo]:
    """What judges did in the newest runs of this suite."""
    for summary in store.runs(suite=suite, limit=_RUNS):
        yield from store.read_record(summary.run_id).judges


def _calls(plan: Plan, b: BoundMetric, variant: Variant, judge: Judge, known: _Known) -> JudgeCalls:
    whole = int(b.applies[plan.case_row].sum())
    answers, why, reused = _left(plan, b, variant, known, whole)
    stages = [stage for stage in getattr(judge, "stages", None) or (judge,) if not getattr(stage, "offline", False)]
    calls = answers * sum(asks_of(stage) for stage in stages)
    nothing = "nothing is left to it" if stages else "it calls nobody"
    new = calls - reused
    cost, seconds, basis = price_of(plan, b, judge, known.earlier) if new else (0.0, 0.0, nothing if not calls else "")
    if reused:
        why += f"; {reused:,} of the calls are recorded"
    if len(stages) > 1:
        why += "; at most, if every stage is asked about all of them"
    limits: Mapping[str, Any] = getattr(judge, "limits", None) or {}
    width = min(max(new, 1), int(limits.get("concurrency") or known.options.concurrency))
    return JudgeCalls(
        b.spec.id,
        str(b.spec.params.get("judge")),
        variant.name,
        answers,
        whole,
        calls,
        None if cost is None else cost * new,
        None if seconds is None else seconds * new / width,
        f"{why}; {basis}" if basis else why,
        reused,
    )


def _left(plan: Plan, b: BoundMetric, variant: Variant, known: _Known, whole: int) -> tuple[int, str, int]:
    """How many answers the layers before leave open, how that is known, and the calls about them that are recorded."""
    after = known.bound.get(str(b.spec.params.get("after")))
    stored, where = _answers(variant, known.source)
    if stored is not None:
        found = align(plan, stored, variant.name) if len(stored.table()) else None
        if found is not None:
            scores = None if after is None else score(plan, found.table, [after], "wrong")[after.spec.id]
            if scores is not None and after is not None:
                scores.about = np.asarray(after.applies)
            if where == STORED and (b.against is None or b.against == "expected" or known.against is not None):
                left = _open(plan, b, found, scores, known)
                return int(left.asked.sum()), where, _recorded(plan, left, known)
            rows = open_rows(plan, b, found, scores)
            answered = np.asarray(found.table["failure_kind"].is_null()) & b.applies[plan.case_row]
            share = float(rows.sum()) / max(1, int(answered.sum()))
            if where == STORED:
                return int(rows.sum()), where, 0
            return round(share * whole), f"as {where} left open", 0
    if after is None:
        return whole, "every answer", 0
    return whole, f"at most: nothing is known of what {after.spec.id} leaves open", 0


def _open(plan: Plan, b: BoundMetric, found: Predictions, earlier: ScoreBlock | None, known: _Known) -> Open:
    """The open rows with their answers, as the run would ask about them."""
    if b.against is None:
        return open_answers(plan, b, found, earlier)
    other = known.against if b.against == "baseline" else None
    theirs = None if other is None else align(plan, other, "baseline")
    return open_pairs(plan, b, found, theirs, known.on_failure)


def _recorded(plan: Plan, left: Open, known: _Known) -> int:
    """Calls about these rows that the workspace has the answers of."""
    rows = np.flatnonzero(left.asked)
    if known.options.fresh or not len(rows):
        return 0
    questions, found = questions_of(plan, rows, left.answers), 0
    for stage in getattr(known.judge, "stages", None) or (known.judge,):
        if getattr(stage, "offline", False):
            continue
        requests = questions.requests(range(len(rows)), asks_of(stage))
        key = cache_key_of(stage, requests)
        if key is not None:
            names = [key(request) for request in requests]
            there = known.store.cache().get_many(names)
            found += sum(name in there for name in names)
    return found


def _answers(variant: Variant, source: Source | None) -> tuple[StoredPredictor | None, str]:
    if isinstance(variant.predictor, StoredPredictor):
        return variant.predictor, STORED
    first = source.variants[0].predictor if source is not None and source.variants else None
    return (first, source.where) if source is not None and isinstance(first, StoredPredictor) else (None, "")


def price_of(
    plan: Plan, b: BoundMetric, judge: Judge, earlier: Sequence[JudgeInfo]
) -> tuple[float | None, float | None, str]:
    """US dollars and seconds of a call: as earlier verdicts of this judge (or its model) took, else by the table."""
    model = requested(judge.spec)
    same = [info for info in earlier if info.judge == b.judge and info.n_calls]
    alike = same or [info for info in earlier if model is not None and requested(info.spec) == model and info.n_calls]
    seconds = _mean([(info.seconds, info.n_calls) for info in alike])
    cost = _mean([(info.cost, info.n_calls) for info in alike])
    if cost is not None:
        return cost, seconds, "priced as the verdicts of earlier runs"
    cost = _by_table(plan, judge)
    if cost is not None:
        about = f"priced by the table, at {_CHARACTERS} characters a token and {_REPLY_TOKENS} tokens a reply"
        return cost, seconds, about
    return None, seconds, "its price is unknown"


def _mean(totals: Sequence[tuple[float | None, int]]) -> float | None:
    found = [(total, n) for total, n in totals if total is not None]
    return sum(total for total, _ in found) / sum(n for _, n in found) if found else None


def _by_table(plan: Plan, judge: Judge) -> float | None:
    """The price of a call about the first cases, with no answer in them yet."""
    price = getattr(getattr(judge, "provider", None), "price", None)
    render = getattr(judge, "render", None)
    if price is None or render is None or not len(plan.cases):
        return None
    few = range(min(20, len(plan.cases)))
    inputs = plan.cases.input.slice(0, len(few)).values()
    golds = plan.cases.expected.slice(0, len(few)).values()
    sizes = []
    for given, gold in zip(inputs, golds, strict=True):
        question = {
            "input": given or "",
            "expected": gold or "",
            **dict.fromkeys(("output", "output_1", "output_2"), gold or ""),
        }
        sizes.append(sum(len(str(message)) for message in render({**question, "tags": {}}, 0)))
    return float(price.of(round(sum(sizes) / len(sizes) / _CHARACTERS), _REPLY_TOKENS))
