"""Human labels on a run's own outputs -> one value a case, for each system whose answers they are about."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.digest import canonical_json
from evalkit.core.protocols import Batch, Metric
from evalkit.core.tables import MISSING, Column
from evalkit.engine.state import Plan, Predictions


class HumanRow(NamedTuple):
    """One labelled answer.

    Attributes:
        item: case id.
        system: who answered; None: it does not say.
        outputs: the answer, or the two of a pair, as canonical JSON; empty: it does not say.
        value: of the label, in the metric's units.
        weight: how many answers it stands for.
    """

    item: str
    system: str | None
    outputs: tuple[str, ...]
    value: float
    weight: float


class HumanLabels(NamedTuple):
    """What a metric's `labels:` gave.

    Attributes:
        source: the file, as named in the suite.
        digest: of what it says.
        rows: labelled answers.
    """

    source: str
    digest: str
    rows: tuple[HumanRow, ...]


class Found(NamedTuple):
    """Labels of one system's answers.

    Attributes:
        human: (n cases,) values, NaN where there is none.
        weight: (n cases,) of the labels, 1 elsewhere.
        n_other: rows about this system or about no named one, whose answer is not the run's.
    """

    human: np.ndarray
    weight: np.ndarray
    n_other: int


def matched(labels: HumanLabels, plan: Plan, variant: str, found: Predictions, others: Sequence[Column] = ()) -> Found:
    """The labels that are about these very answers.

    A row counts where its output is the run's answer to that case, or where it names the system and no output. Of a
    pair one output is the run's answer, and the other is in `others` (the baseline's, the gold).
    """
    ids = {case: i for i, case in enumerate(plan.cases.ids.to_pylist())}
    human, weight = np.full(len(ids), np.nan), np.ones(len(ids))
    n_other = 0
    for row in labels.rows:
        case = ids.get(row.item)
        if case is None or row.system not in (None, variant):
            continue
        value = _value(row, case, plan.repeats, found, others)
        if value is None or plan.repeats > 1:
            n_other += 1
            continue
        human[case], weight[case] = value, row.weight
    return Found(human, weight, n_other)


def _value(row: HumanRow, case: int, repeats: int, found: Predictions, others: Sequence[Column]) -> float | None:
    """The label's value for the run's answer; None: it is about another answer."""
    if not row.outputs:
        return row.value if row.system is not None else None
    ours = _text(Column(found.table["output"]), case * repeats)
    if len(row.outputs) == 1:
        return row.value if row.outputs[0] == ours else None
    theirs = {_text(column, case) for column in others}
    first, second = row.outputs
    if first == ours and second in theirs:
        return row.value
    return 1 - row.value if second == ours and first in theirs else None


def _text(column: Column, row: int) -> str | None:
    value = column.slice(row, row + 1).values()[0]
    return None if value is MISSING else canonical_json(value)


def label_values(metric: Metric, labels: Sequence[str]) -> Mapping[str, float | None]:
    """What each label is worth to a metric that reads verdicts, in its units; None: it cannot read that label."""
    n = len(labels)
    blank = Column(pa.nulls(n, pa.large_string()))
    verdicts = pa.array([canonical_json({"label": label}) for label in labels], pa.large_string())
    nan = np.full(n, math.nan)
    batch = Batch(
        case_id=pa.array([str(i) for i in range(n)]),
        repeat=np.zeros(n, np.int32),
        gold=blank,
        output=Column(pa.array(['""'] * n, pa.large_string())),
        input=blank,
        failed=np.zeros(n, bool),
        seconds=nan,
        cost=nan,
        confidence=nan,
        verdict=Column(verdicts),
    )
    read: Any = metric.score(batch)
    values = [float(p[0] / p[1]) if w < 0 and p[1] else None for p, w in zip(read.parts, read.why, strict=True)]
    return dict(zip(labels, values, strict=True))
