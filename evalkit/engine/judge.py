"""Open cases -> Verdicts: a judge is asked, last, only about what the layers before it left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.asks import asks_of
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, RunBroke
from evalkit.core.nouns import JudgeInfo
from evalkit.core.protocols import Judge, Store
from evalkit.core.tables import VERDICTS, Column, json_texts
from evalkit.engine.calls import Calls
from evalkit.engine.judging.asking import Errand, Heard, ask, policy_of
from evalkit.engine.judging.layers import OPEN_RULES, Open, open_answers, open_pairs, open_rows, settle
from evalkit.engine.judging.questions import Questions, questions_of
from evalkit.engine.judging.rows import settled_key, table_of, verdicts_key
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock

__all__ = [
    "OPEN_RULES",
    "Bench",
    "Judgement",
    "judge",
    "judge_digest",
    "open_rows",
    "settle",
    "verdicts_key",
    "with_judges",
]


class Journals(NamedTuple):
    """The journals of all stages, as one."""

    all: Sequence[Any]

    def close(self, *, done: bool = False) -> None:
        """Release every one of them; with `done` they are removed."""
        for journal in self.all:
            journal.close(done=done)


class Judgement(NamedTuple):
    """What one judge said for one metric and variant.

    Attributes:
        asked: (rows,) bool: the rows that were open.
        verdicts: JSON column of plan rows: {"label", ...} or {"failure": reason}; MISSING where it was not asked.
        table: the verdicts as rows of VERDICTS.
        journal: open until the record is written.
        about: (n cases,) bool: cases that the metric is about for this variant; None: all.
        n_reused: calls that were answered already.
        info: the judge's line in the record, once its verdicts are scores.
        questions, said: what it was asked, and the verdict of each question.
    """

    asked: np.ndarray
    verdicts: Column
    table: pa.Table
    journal: Journals | None = None
    about: np.ndarray | None = None
    n_reused: int = 0
    info: JudgeInfo | None = None
    questions: Questions | None = None
    said: Sequence[Any] = ()


@dataclass(frozen=True)
class Bench:
    """Where judging happens.

    Attributes:
        judges: by the id of the metric that asks them.
        calls: how they are asked.
        store: where their answers are kept.
        progress: told (metric and variant, done, total).
        baseline: the answers that pairs are held against; None: there is no baseline.
        on_failure: of the suite.
    """

    judges: Mapping[str, Judge]
    calls: Calls
    store: Store
    progress: Callable[[str, int, int], None]
    baseline: Predictions | None = None
    on_failure: str = "wrong"


def with_judges(bound: Mapping[str, BoundMetric], judges: Mapping[str, Judge]) -> dict[str, BoundMetric]:
    """The metrics, judged ones with the digest of their judge.

    Raises:
        InputError: a limit that a judge cannot have, or an `after` that decides nothing.
    """
    own = {name: _with_judge(b, bound, judges) for name, b in bound.items() if b.of is None}
    return {name: b._replace(judge=own[b.of or name].judge) for name, b in bound.items()}


def _with_judge(b: BoundMetric, bound: Mapping[str, BoundMetric], judges: Mapping[str, Judge]) -> BoundMetric:
    if "verdict" not in b.metric.needs:
        return b
    grader, after = judges[b.spec.id], b.spec.params.get("after")
    policy_of(grader, Calls(), b.spec.id)
    if after is not None:
        _check_after(b, str(after), bound)
    for one in getattr(grader, "stages", None) or (grader,):
        if asks_of(one) > 1 and not hasattr(one, "settle"):
            what = f"the judge of metric {b.spec.id!r} takes {asks_of(one)} calls a question and settles none of them"
            raise InputError(what, remedy="Give it settle(outputs) -> verdict.")
    try:
        return b._replace(judge=judge_digest(grader))
    except ValueError as error:
        what = f"the judge of metric {b.spec.id!r} has a spec or an identity that is not JSON: {error!s:.200}"
        raise InputError(what, remedy="Both hold texts, numbers, lists and mappings.") from error


def _check_after(b: BoundMetric, after: str, bound: Mapping[str, BoundMetric]) -> None:
    if any(v.of == b.spec.id and v.metric.kind != "mean" for v in bound.values()):
        what = f"metric {b.spec.id!r} has views, which cannot be filled with what {after!r} decided"
        raise InputError(what, f"metric {b.spec.id}", "Leave `after` out.")
    earlier = bound.get(after)
    fits = {k for k, e in bound.items() if e.metric.kind == "mean" and "verdict" not in e.metric.needs}
    if earlier is None or after not in fits:
        what = f"metric {b.spec.id!r} comes after {after!r}, which decides no single case"
        raise InputError(what, remedy=f"Name one of: {', '.join(sorted(fits)) or 'none'}.")
    if earlier.metric.better != b.metric.better or earlier.metric.value_range != b.metric.value_range:
        low, high = earlier.metric.value_range
        what = (
            f"metric {b.spec.id!r} comes after {after!r}, whose values cannot stand beside a judge's: they lie between "
            f"{low} and {high}, {earlier.metric.better} is better"
        )
        raise InputError(what, remedy="Name a metric that says right or wrong, or leave `after` out.")


def judge_digest(judge: Judge) -> str:
    """Identity of a judge: all that can change a verdict, and what pins its answers."""
    stands_for: str | None = getattr(judge, "digest", None) if getattr(judge, "settled", False) else None
    return stands_for or digest_of([judge.spec, judge.identity])


def judge(
    plan: Plan, b: BoundMetric, variant: str, found: Predictions, earlier: ScoreBlock | None, bench: Bench
) -> Judgement:
    """Ask the metric's judge about the open rows; every verdict is durable before it counts.

    Args:
        plan, b: as everywhere.
        variant, found: whose answers are judged.
        earlier: scores of the layer that decides first; None: there is none.
        bench: the judges.

    Raises:
        InputError: no call can succeed. RunBroke: the judge cannot be asked any further; what it said is kept.
    """
    left = _open(plan, b, found, earlier, bench)
    rows = np.flatnonzero(left.asked)
    if not len(rows):
        verdicts = _column(len(plan), rows, [], left.fixed)
        return Judgement(left.asked, verdicts, VERDICTS.empty_table(), about=left.about)
    questions = questions_of(plan, rows, left.answers)
    heard, final = _through_stages(plan, b, variant, questions, bench)
    journals = [one.journal for one in heard if one.journal is not None]
    said = _final(heard, final)
    return Judgement(
        left.asked,
        _column(len(plan), rows, said, left.fixed),
        table_of(b, variant, questions, heard, final),
        Journals(journals),
        left.about,
        sum(one.n_reused for one in heard),
        questions=questions,
        said=said,
    )


def _open(plan: Plan, b: BoundMetric, found: Predictions, earlier: ScoreBlock | None, bench: Bench) -> Open:
    against = b.against
    if against is None:
        return open_answers(plan, b, found, earlier)
    if against == "baseline" and (bench.baseline is None or bench.baseline is found):
        nobody = np.zeros(len(plan.cases), bool)
        return Open(np.zeros(len(plan), bool), {}, {}, nobody)
    return open_pairs(plan, b, found, bench.baseline if against == "baseline" else None, bench.on_failure)


def _through_stages(
    plan: Plan, b: BoundMetric, variant: str, questions: Questions, bench: Bench
) -> tuple[list[Heard], dict[int, int]]:
    """Ask every stage about what the stage before did not keep; gives what was heard, and whose verdict stands."""
    grader = bench.judges[b.spec.id]
    stages = getattr(grader, "stages", None) or (grader,)
    desk = (bench.calls, bench.store, bench.progress)
    heard: list[Heard] = []
    final: dict[int, int] = {}
    left = list(range(len(questions)))
    try:
        for stage, one in enumerate(stages):
            key = verdicts_key(b.spec.id, variant, str(b.judge), stage)
            if getattr(one, "settled", False):
                key = settled_key(key)
            said = ask(Errand(questions, f"{b.spec.id}@{variant}", key, plan.digest), one, left, desk)
            heard.append(said)
            final |= dict.fromkeys(left, stage)
            if stage + 1 < len(stages):
                left = [i for i, v in zip(left, said.verdicts, strict=True) if not _kept(grader, stage, v)]
            if not left:
                break
    except BaseException:
        Journals([h.journal for h in heard if h.journal is not None]).close()
        raise
    return heard, final


def _kept(cascade: Any, stage: int, verdict: Any) -> bool:
    """Whether a stage's verdict stands; what is no verdict never does."""
    if not isinstance(verdict, dict) or verdict.get("label") is None:
        return False
    try:
        return bool(cascade.keeps(stage, verdict))
    except Exception as error:
        what = f"its keeps raised {type(error).__name__}: {error!s:.200}"
        raise RunBroke(what, "judge", "Correct the judge; what it said is kept.") from error


def _final(heard: Sequence[Heard], final: Mapping[int, int]) -> list[Any]:
    """The verdict of each question, with the stage that gave it where there are several."""
    found: dict[int, Any] = {}
    for stage, one in enumerate(heard):
        for i, verdict in zip(one.at, one.verdicts, strict=True):
            if final[i] == stage:
                staged = len(heard) > 1 and isinstance(verdict, dict)
                found[i] = {**verdict, "stage": stage} if staged else verdict
    return [found[i] for i in range(len(found))]


def _column(n: int, rows: np.ndarray, said: Sequence[Any], fixed: Mapping[int, Any]) -> Column:
    """The verdicts of plan rows: what the judge said, and what needed no judge."""
    texts = np.full(n, None, object)
    texts[rows] = json_texts(list(said), None).to_pylist()
    texts[list(fixed)] = json_texts(list(fixed.values()), None).to_pylist()
    return Column(pa.array(texts.tolist(), pa.large_string()))
