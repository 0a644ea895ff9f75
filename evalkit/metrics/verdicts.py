"""A judge's verdict as a number, or the reason why it is none: shared by all metrics that read verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from evalkit.core.protocols import Batch
from evalkit.core.tables import MISSING
from evalkit.metrics.base import absent_rule, brief, wrong_parameter

__all__ = ["Facts", "Reader", "RubricLike", "check_labels", "read_all", "reason_of", "share"]

RIGHT = ("correct", "right", "pass", "yes")
WRONG = ("incorrect", "wrong", "fail", "no")
LONGEST = 500  # characters of a judge's reasons beside a score; all of them are in the table of verdicts


class _CriterionLike(Protocol):
    @property
    def id(self) -> str: ...


class RubricLike(Protocol):
    """What a metric has to know of a rubric."""

    @property
    def id(self) -> str: ...
    @property
    def values(self) -> Mapping[str, float]: ...
    @property
    def criteria(self) -> Sequence[Any]: ...


class Facts(NamedTuple):
    """What a metric keeps of its rubric.

    Attributes:
        id: of the rubric.
        values: (label, value in [0, 1]) pairs.
        criteria: their names; empty or one where the verdict is one label.
    """

    id: str
    values: tuple[tuple[str, float], ...]
    criteria: tuple[str, ...] = ()

    @classmethod
    def of(cls, rubric: RubricLike) -> Facts:
        """Of a rubric."""
        return cls(rubric.id, tuple(rubric.values.items()), tuple(c.id for c in rubric.criteria))


@dataclass(frozen=True)
class Reader:
    """How one metric reads verdicts.

    Attributes:
        right, wrong: labels that are worth 1 and 0, where the suite says so; empty: as the rubric or the judge says.
        facts: of the rubric; None: it is not known.
        criterion: the only one that is read; None: the whole verdict.
    """

    right: Sequence[str] = ()
    wrong: Sequence[str] = ()
    facts: Facts | None = None
    criterion: str | None = None

    def read(self, verdict: Any) -> tuple[float, str | None]:
        """The value in [0, 1] and None, or 0 and the reason."""
        why = reason_of(verdict)
        if why is not None:
            return 0.0, why
        if self.criterion is not None:
            return _point(verdict, self.criterion)
        label, value = verdict.get("label"), share(verdict.get("value"))
        if label is None and value is not None:  # a judge that gives numbers and no labels
            return value, None
        if label is None and verdict.get("value") is not None:
            return 0.0, f"judge gave a value that is no number from 0 to 1: {brief(verdict['value'], 40)}"
        if self.right:
            known: Mapping[Any, float] = dict.fromkeys(self.wrong, 0.0) | dict.fromkeys(self.right, 1.0)
            value = None
        elif self.facts is not None and not self.facts.criteria:
            known = dict(self.facts.values)
        else:
            known = {} if value is not None else dict.fromkeys(WRONG, 0.0) | dict.fromkeys(RIGHT, 1.0)
        if known and not (isinstance(label, str) and label in known):
            return 0.0, f"judge gave a label that is not on the menu: {brief(label, 40)}"
        return (known[label] if value is None else value), None


def reason_of(verdict: Any) -> str | None:
    """Why there is no verdict to read; None: there is one."""
    if verdict is MISSING:
        return "no verdict"
    if not isinstance(verdict, dict):
        return "judge gave no verdict"
    if "failure" in verdict:
        return "judge: " + brief_words(verdict["failure"])
    if verdict.get("label") is None and share(verdict.get("value")) is None and verdict.get("why") is not None:
        return "judge: " + brief_words(verdict["why"])
    return None


def brief_words(reason: Any) -> str:
    """A short reason in words."""
    return str(reason)[:120].replace("_", " ")


def share(value: Any) -> float | None:
    """A number in [0, 1], or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _point(verdict: Mapping[str, Any], criterion: str) -> tuple[float, str | None]:
    points = verdict.get("points")
    value = share(points.get(criterion)) if isinstance(points, dict) else None
    return (0.0, "judge gave no value for the criterion") if value is None else (value, None)


class Read(NamedTuple):
    """What was read of n rows: values, a reason (or None) each, and what is said beside the score."""

    values: np.ndarray
    why: list[str | None]
    detail: dict[str, Any]


def read_all(batch: Batch, reader: Reader) -> Read:
    """Every row's verdict; a row that the system failed has nothing to judge."""
    n = len(batch)
    verdicts = verdicts_of(batch)
    values, rule = np.zeros(n), np.full(n, None, object)
    why: list[str | None] = [None] * n
    for row, verdict in enumerate(verdicts):
        if batch.failed[row]:
            rule[row] = absent_rule(True)  # what the system failed to answer is wrong
            continue
        values[row], why[row] = reader.read(verdict)
        if why[row] is None:
            named = verdict.get("rule")
            rule[row] = named if isinstance(named, str) else "judge"
    return Read(
        values, why, {"rule": rule, "label": _texts(verdicts, "label"), "rationale": _texts(verdicts, "rationale")}
    )


def verdicts_of(batch: Batch) -> list[Any]:
    """One verdict a row, MISSING where there is none."""
    return [MISSING] * len(batch) if batch.verdict is None else batch.verdict.values()


def _texts(verdicts: Sequence[Any], name: str) -> np.ndarray:
    found = np.full(len(verdicts), None, object)
    for row, verdict in enumerate(verdicts):
        text = verdict.get(name) if isinstance(verdict, dict) else None
        if isinstance(text, str) and text:
            found[row] = text[:LONGEST]
    return found


def check_labels(metric: str, right: Any, wrong: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lists of labels without one in both.

    Raises:
        InputError: they are no such lists.
    """
    for name, labels in (("right", right), ("wrong", wrong)):
        if isinstance(labels, str) or not labels or not all(isinstance(label, str) for label in labels):
            raise wrong_parameter(metric, name, labels, "a list of labels (text)")
    if both := sorted(set(right) & set(wrong)):
        raise wrong_parameter(metric, "wrong", both[0], "a label that is not in `right` too")
    return tuple(right), tuple(wrong)
