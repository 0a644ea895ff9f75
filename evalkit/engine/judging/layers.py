"""Which answers a judge is asked about: those that no earlier layer decided, and pairs that differ at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from evalkit.core.tables import Column
from evalkit.engine.judging.questions import nothing
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock

OPEN_RULES = frozenset({"unparsed", "ambiguous"})
"""Rules by which an earlier layer says that it could not decide; a refusal or a wrong number is decided."""

IDENTICAL = {"label": "tie", "value": 0.5, "rule": "identical"}
BOTH_FAILED = {"label": "tie", "value": 0.5, "rule": "both_failed"}
OTHER_FAILED = {"label": "1", "value": 1.0, "rule": "other_failed"}


class Open(NamedTuple):
    """What is left to a judge.

    Attributes:
        asked: (rows,) bool: plan rows that it is asked about.
        answers: what it is shown of them beside the case, JSON columns of plan rows.
        fixed: plan row -> the verdict that needs no judge.
        about: (n cases,) bool: cases that the metric is about; None: all.
    """

    asked: np.ndarray
    answers: Mapping[str, Column]
    fixed: Mapping[int, dict[str, Any]]
    about: np.ndarray | None = None


def open_rows(plan: Plan, b: BoundMetric, found: Predictions, earlier: ScoreBlock | None) -> np.ndarray:
    """(rows,) bool: answered rows that the metric is about and that `after` did not decide."""
    mine: np.ndarray = np.asarray(found.table["failure_kind"].is_null())
    mine = mine & (b.applies & found.covered)[plan.case_row]
    if earlier is None:
        return mine
    rules = earlier.detail.get("rule")
    undecided = without_score(plan, earlier)
    if rules is not None:
        undecided = undecided | np.isin(rules.astype(str), list(OPEN_RULES))
    open_: np.ndarray = mine & undecided
    return open_


def without_score(plan: Plan, earlier: ScoreBlock) -> np.ndarray:
    """(rows,) bool: the earlier layer gave no score, because it could not, or because it is not about the case."""
    none: np.ndarray = earlier.why >= 0
    return none if earlier.about is None else none | ~earlier.about[plan.case_row]


def open_answers(plan: Plan, b: BoundMetric, found: Predictions, earlier: ScoreBlock | None) -> Open:
    """The open rows of a metric that grades one answer."""
    return Open(open_rows(plan, b, found, earlier), {"output": Column(found.table["output"])}, {})


def open_pairs(plan: Plan, b: BoundMetric, found: Predictions, other: Predictions | None, on_failure: str) -> Open:
    """The open rows of a metric that holds each answer against another one.

    Where both answers are the same there is nothing to ask: a tie. Where one system failed it loses, and where both
    did they tie; with `on_failure: unscored` such rows are unscored.

    Args:
        plan, b, found: as everywhere.
        other: the baseline's answers; None: the other answer is the gold.
        on_failure: of the suite.
    """
    mine = open_rows(plan, b, found, None)
    output = Column(found.table["output"])
    if other is None:
        theirs, answered = plan.cases.expected.take(plan.case_row), None
        about = None
    else:
        theirs = Column(other.table["output"])
        answered = np.asarray(other.table["failure_kind"].is_null())
        about = np.asarray(other.covered)
        mine = mine & about[plan.case_row]
    same = mine & np.asarray(pc.fill_null(pc.equal(output.text, theirs.text), False))
    fixed: dict[int, dict[str, Any]] = dict.fromkeys(np.flatnonzero(same).tolist(), IDENTICAL)
    asked = mine & ~same
    if other is not None and answered is not None:
        asked &= answered
        fixed |= _failures(plan, found, other, on_failure)
    shown = {"output_1": output, "output_2": theirs}
    if other is None:  # which of the two is the gold is not the judge's to know
        shown["expected"] = nothing(len(plan))
    return Open(asked, shown, fixed, about)


def _failures(plan: Plan, found: Predictions, other: Predictions, on_failure: str) -> dict[int, dict[str, Any]]:
    """What follows from an answer that is not there."""
    ours, theirs = (p.table["failure_kind"].to_pylist() for p in (found, other))
    reasons = other.table["failure_reason"].to_pylist()
    fixed: dict[int, dict[str, Any]] = {}
    for row, (own, its) in enumerate(zip(ours, theirs, strict=True)):
        if its is None:
            continue
        if its == "harness":
            fixed[row] = {"failure": f"baseline {reasons[row] or 'without an answer'}"}
        elif on_failure == "unscored":
            fixed[row] = {"failure": "baseline failed"}
        else:
            fixed[row] = BOTH_FAILED if own == "system" else OTHER_FAILED
    return fixed


def settle(plan: Plan, judged: ScoreBlock, earlier: ScoreBlock | None, asked: np.ndarray) -> ScoreBlock:
    """What the earlier layer decided stands; the judge's verdict fills what it left open."""
    if earlier is None:
        return judged
    closed = ~asked & ~without_score(plan, earlier)
    rule = np.where(closed, earlier.detail.get("rule", np.full(len(closed), None)), judged.detail.get("rule"))
    judged.parts[closed] = earlier.parts[closed]
    judged.why[closed] = -1
    judged.detail["rule"] = rule
    return judged


def decided(plan: Plan, b: BoundMetric, block: ScoreBlock, asked: np.ndarray) -> dict[str, int]:
    """How many answers each layer decided: the metric that came before, the judge, and rules that need neither."""
    mine = b.applies[plan.case_row]
    if block.about is not None:
        mine = mine & block.about[plan.case_row]
    scored = mine & (block.why < 0)
    counts = {"judge": int((scored & asked).sum())}
    rest = scored & ~asked
    if (after := b.spec.params.get("after")) is not None:
        return {str(after): int(rest.sum()), **counts}
    rules = Counter(str(rule or "failed") for rule in np.asarray(block.detail.get("rule"), object)[rest].tolist())
    return counts | dict(sorted(rules.items()))
