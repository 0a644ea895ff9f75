"""What one rule found, and how it is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from evalkit.core.evidence import Check
from evalkit.core.nouns import Decision
from evalkit.pipeline.contract.nouns import Severity

__all__ = ["Finding", "plain_value"]

EXAMPLES = 5
_LONGEST = 200  # characters of a value in an example


@dataclass(frozen=True)
class Finding:
    """One rule of a contract held against a table.

    Attributes:
        column: its name; None: a rule of the whole table, or across columns.
        rule: in words.
        severity: of the rule.
        decision: the verdict.
        n: rows that it speaks of.
        rows: positions of the rows that break it, int64, ascending; empty where it is not about rows.
        failing: how many rows break it.
        value: position -> what stands there.
        sorts_out: whether a row that breaks it is bad: rules of severity error without `mostly`.
    """

    column: str | None
    rule: str
    severity: Severity
    decision: Decision
    n: int
    rows: np.ndarray[Any, Any]
    failing: int
    value: Callable[[int], Any]
    sorts_out: bool = False

    @property
    def words(self) -> str:
        """The rule, and that it only warns."""
        return self.rule if self.severity == "error" else f"{self.rule} (warns only)"

    def check(self) -> Check:
        """For reports and JSON: at most five examples."""
        examples = [{"row": int(row), "value": plain_value(self.value(int(row)))} for row in self.rows[:EXAMPLES]]
        return Check(
            column=self.column,
            rule=self.words,
            outcome=self.decision.outcome,
            n=self.n,
            failing=self.failing,
            examples=examples,
        )


def plain_value(value: Any) -> Any:
    """A value as JSON can hold it: long texts cut, times in ISO 8601, what is left as its text."""
    if hasattr(value, "as_py"):
        value = value.as_py()
    if isinstance(value, dict):
        return {str(key)[:_LONGEST]: plain_value(item) for key, item in list(value.items())[:20]}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value[:20]]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = str(value) if not isinstance(value, bytes | timedelta) else repr(value)
    text = text.encode("utf-8", "replace").decode()  # half a surrogate pair has no place in a file
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
