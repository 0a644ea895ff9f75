"""Open cases -> Verdicts: a judge is asked, last, only about what the layers before it left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.digest import canonical_json, digest_of
from evalkit.core.errors import InputError, RunBroke
from evalkit.core.protocols import Answer, Journal, Judge, Request, Store
from evalkit.core.seeds import seed_from
from evalkit.core.tables import MISSING, VERDICTS, Column
from evalkit.engine.calls import Calls, ReplayOnly, open_cache, open_journal
from evalkit.engine.runner import run_blocking, run_calls
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock

OPEN_RULES = frozenset({"unparsed", "ambiguous"})
"""Rules by which an earlier layer says that it could not decide; a refusal or a wrong number is decided."""


class Judgement(NamedTuple):
    """What one judge said for one metric and variant.

    Attributes:
        asked: (rows,) bool: the rows that were open.
        verdicts: JSON column of plan rows: {"label", ...} or {"failure": reason}; MISSING where it was not asked.
        table: the verdicts as rows of VERDICTS.
        journal: open until the record is written.
    """

    asked: np.ndarray
    verdicts: Column
    table: pa.Table
    journal: Journal | None = None


def with_judges(bound: Mapping[str, BoundMetric], judges: Mapping[str, Judge]) -> dict[str, BoundMetric]:
    """The metrics, judged ones with the digest of their judge.

    Raises:
        InputError: a judge that the suite does not have, or an `after` that decides nothing.
    """
    own = {name: _with_judge(b, bound, judges) for name, b in bound.items() if b.of is None}
    return {name: b._replace(judge=own[b.of or name].judge) for name, b in bound.items()}


def _with_judge(b: BoundMetric, bound: Mapping[str, BoundMetric], judges: Mapping[str, Judge]) -> BoundMetric:
    if "verdict" not in b.metric.needs:
        return b
    after = b.spec.params.get("after")
    if after is not None and any(v.of == b.spec.id for v in bound.values()):
        what = f"metric {b.spec.id!r} has views, which cannot be filled with what {after!r} decided"
        raise InputError(what, f"metric {b.spec.id}", "Leave `after` out.")
    if after is not None:
        earlier = bound.get(after)
        if earlier is None or earlier.metric.kind != "mean" or "verdict" in earlier.metric.needs:
            fit = sorted(k for k, e in bound.items() if e.metric.kind == "mean" and "verdict" not in e.metric.needs)
            raise InputError(
                f"metric {b.spec.id!r} comes after {after!r}, which decides no single case",
                remedy=f"Name one of: {', '.join(fit) or 'none'}.",
            )
    return b._replace(judge=judge_digest(judges[b.spec.id]))


def judge_digest(judge: Judge) -> str:
    """Identity of a judge: all that can change a verdict, and what pins its answers."""
    return digest_of([judge.spec, judge.identity])


def verdicts_key(metric: str, variant: str, judge: str) -> str:
    """What recorded verdicts are kept under: those of another judge are not this one's."""
    return f"{metric}@{variant} by {judge[:16]}"


def open_rows(plan: Plan, b: BoundMetric, found: Predictions, earlier: ScoreBlock | None) -> np.ndarray:
    """(rows,) bool: answered rows that the metric is about and that `after` did not decide."""
    mine: np.ndarray = np.asarray(found.table["failure_kind"].is_null())
    mine = mine & (b.applies & found.covered)[plan.case_row]
    if earlier is None:
        return mine
    rules = earlier.detail.get("rule")
    undecided = earlier.why >= 0
    if rules is not None:
        undecided = undecided | np.isin(rules.astype(str), list(OPEN_RULES))
    open_: np.ndarray = mine & undecided
    return open_


@dataclass(frozen=True)
class Bench:
    """Where judging happens: the judges by the id of the metric that asks them, and how they are asked."""

    judges: Mapping[str, Judge]
    calls: Calls
    store: Store
    progress: Callable[[str, int, int], None]


def judge(plan: Plan, b: BoundMetric, variant: str, found: Predictions, asked: np.ndarray, bench: Bench) -> Judgement:
    """Ask the metric's judge about the open rows; every verdict is durable before it counts.

    Raises:
        RunBroke: the judge cannot be asked any further.
    """
    rows = np.flatnonzero(asked)
    if not len(rows):
        return Judgement(asked, Column(pa.nulls(len(plan), pa.large_string())), VERDICTS.empty_table())
    grader = bench.judges[b.spec.id]
    requests = _questions(plan, found, rows)
    name = verdicts_key(b.spec.id, variant, str(b.judge))
    key = digest_of([plan.digest, name, grader.spec, b.spec.params, digest_of([r.input for r in requests])])
    journal = open_journal(bench.store, key, bench.calls)
    try:
        answers = run_blocking(lambda: _ask(requests, grader, bench, journal, name))
    except BaseException:
        journal.close(done=False)
        raise
    said = [answers[r.case_id, r.repeat] for r in requests]
    return Judgement(asked, _column(len(plan), rows, said), _table(b, variant, requests, said), journal)


def _questions(plan: Plan, found: Predictions, rows: np.ndarray) -> list[Request]:
    """What the judge is shown: the input, the gold and the answer of each open row."""
    cases = plan.case_row[rows]
    inputs, gold = plan.cases.input.take(cases).values(), plan.cases.expected.take(cases).values()
    output = Column(found.table["output"]).take(rows).values()
    ids = plan.cases.ids.take(pa.array(cases)).to_pylist()
    return [
        Request(
            case_id,
            int(repeat),
            {name: None if v is MISSING else v for name, v in (("input", i), ("expected", g), ("output", o))},
            seed_from(plan.seed, "judge", case_id, int(repeat)),
        )
        for case_id, repeat, i, g, o in zip(ids, plan.repeat[rows], inputs, gold, output, strict=True)
    ]


async def _ask(
    requests: Sequence[Request], grader: Judge, bench: Bench, journal: Journal, name: str
) -> Mapping[tuple[str, int], Answer]:
    identity = grader.identity
    result = await run_calls(
        requests,
        ReplayOnly(grader) if bench.calls.replay else grader,
        bench.calls.policy,
        journal=journal,
        cache=None if identity is None else open_cache(bench.store, bench.calls),
        cache_key=None if identity is None else lambda r: digest_of([identity, r.input, r.case_id, r.repeat]),
        progress=lambda done, total: bench.progress(name.partition(" ")[0], done, total),
        known=bench.calls.known.get(name),
        budget=bench.calls.budget,
    )
    if result.stopped:
        raise RunBroke(result.stopped, remedy="What was judged is kept.")
    return result.answers


def _column(n: int, rows: np.ndarray, said: Sequence[Answer]) -> Column:
    texts = np.full(n, None, object)
    for row, answer in zip(rows, said, strict=True):
        texts[row] = canonical_json({"failure": answer.failure.reason} if answer.failure else answer.output)
    return Column(pa.array(texts.tolist(), pa.large_string()))


def _table(b: BoundMetric, variant: str, requests: Sequence[Request], said: Sequence[Answer]) -> pa.Table:
    n = len(said)
    columns = {
        "metric": [b.spec.id] * n,
        "variant": [variant] * n,
        "case_id": [r.case_id for r in requests],
        "repeat": [r.repeat for r in requests],
        "judge": [b.judge] * n,
        "label": [a.output.get("label") if isinstance(a.output, dict) else None for a in said],
        "answer": [None if a.failure else canonical_json(a.output) for a in said],
        "failure_reason": [a.failure and a.failure.reason for a in said],
        "failure_message": [a.failure and a.failure.message for a in said],
        "seconds": [a.seconds for a in said],
        "cost": [a.cost for a in said],
    }
    return pa.table({entry.name: pa.array(columns[entry.name], entry.type) for entry in VERDICTS}, schema=VERDICTS)


def settle(judged: ScoreBlock, earlier: ScoreBlock | None, asked: np.ndarray) -> ScoreBlock:
    """What the earlier layer decided stands; the judge's verdict fills what it left open."""
    if earlier is None:
        return judged
    closed = ~asked & (earlier.why < 0)
    rule = np.where(closed, earlier.detail.get("rule", np.full(len(closed), None)), judged.detail.get("rule"))
    judged.parts[closed] = earlier.parts[closed]
    judged.why[closed] = -1
    judged.detail["rule"] = rule
    return judged
