"""Rows that a metric is tried with, and the batch that they make."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.protocols import Batch, Metric
from evalkit.core.tables import Column
from evalkit.metrics.testing import batch_of

__all__ = ["Row", "batch", "column", "ids"]


class Row(NamedTuple):
    """One case and what came back.

    Attributes:
        gold: of the case.
        answer: of the system. A metric that reads a verdict, a trace, the seconds or the cost finds it there too: so an
            example of `seconds` has numbers for answers, and one of a judged metric verdicts.
        failed: the system did not answer.
        amount: seconds and cost, where the metric does not read them; None: unknown.
        confidence: in [0, 1]; None: unknown.
    """

    gold: Any
    answer: Any
    failed: bool = False
    amount: float | None = 0.0
    confidence: float | None = 1.0

    def to_json(self) -> dict[str, Any]:
        """What a person has to see of it."""
        said: dict[str, Any] = {"gold": self.gold}
        said |= {"failed": True} if self.failed else {"output": self.answer}
        if self.amount != 0.0:
            said["seconds"] = self.amount
        if self.confidence != 1.0:
            said["confidence"] = self.confidence
        return said


def batch(metric: Metric, rows: Sequence[Row], given: Any = None) -> Batch:
    """The rows as `metric` sees them; `given` is the input of every case."""
    needs = metric.needs
    plain = batch_of(
        [row.gold for row in rows],
        [row.answer for row in rows],
        failed=[row.failed for row in rows],
        seconds=[_amount(row, "seconds" in needs) for row in rows],
        cost=[_amount(row, "cost" in needs) for row in rows],
        verdict=[row.answer for row in rows] if "verdict" in needs else None,
        trace=[row.answer for row in rows] if "trace" in needs else None,
    )
    sure = np.array([np.nan if row.confidence is None else row.confidence for row in rows], float)
    return dataclasses.replace(plain, confidence=sure, input=Column.of([given] * len(rows)))


def _amount(row: Row, read: bool) -> float:
    number = row.answer if read and isinstance(row.answer, int | float) else row.amount
    try:
        return float("nan") if number is None else float(number)
    except OverflowError:
        return float("inf")


def column(golds: Sequence[Any]) -> Column:
    """Gold as `bind` takes it."""
    return Column.of(golds)


def ids(n: int) -> pa.Array:
    """Case ids as `batch` gives them."""
    return pa.array([f"c{i}" for i in range(n)], pa.string())
