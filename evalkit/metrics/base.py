"""What the built-in metrics share: picking a field, checking gold, and the shape of a mean over cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Extremes, Scores
from evalkit.core.tables import MISSING, Column

__all__ = [
    "Mean",
    "OpenView",
    "PerCase",
    "Share",
    "View",
    "absent_rule",
    "brief",
    "broken_gold",
    "check_field",
    "divide",
    "first_bad",
    "kind_of",
    "mean_scores",
    "over_one",
    "require_gold",
    "wrong_parameter",
]

_KINDS = {bool: "true/false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}


def kind_of(value: Any) -> str:
    """What a JSON value is, in words a person uses."""
    return "nothing" if value is MISSING else _KINDS.get(type(value), "null")


def brief(value: Any, limit: int = 80) -> str:
    """`value` as it can be shown inside a sentence."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def wrong_parameter(metric: str, name: str, value: Any, wanted: str) -> InputError:
    """The error for a parameter of a metric that has a wrong type or value."""
    return InputError(f"{name} is {brief(value)}, but has to be {wanted}", where=f"metric {metric}")


def broken_gold(metric: str, case_id: str, field: str | None, value: Any, wanted: str) -> InputError:
    """The error for a gold value that a metric cannot use."""
    what = f"expected.{field}" if field is not None else "expected"
    return InputError(
        f"{what} is {brief(value)} ({kind_of(value)}), but {metric} needs {wanted}",
        where=f"case {case_id}",
        remedy="Correct the case, or name another field of `expected` with field",
    )


def require_gold(metric: str, gold: Column, ids: pa.Array, field: str | None) -> list[Any]:
    """The gold of every case, with `field` picked.

    Raises:
        InputError: a case has no gold, or its gold lacks the field (names the case and the keys it has).
    """
    values = gold.values(field)
    for row, value in enumerate(values):
        if value is MISSING:
            raise _absent_gold(metric, gold, row, str(ids[row]), field)
    return values


def _absent_gold(metric: str, gold: Column, row: int, case_id: str, field: str | None) -> InputError:
    if not gold.present().any():
        what = f"{metric} compares with gold, but no case has an `expected` value"
        return InputError(what, where=f"metric {metric}", remedy="Add `expected` to the cases, or leave the metric out")
    whole = gold.values()[row]
    if whole is MISSING:
        what = f"there is no `expected` value, but {metric} needs one"
        remedy = "Add it, or limit the metric with `when` to the cases that have one"
        return InputError(what, where=f"case {case_id}", remedy=remedy)
    if type(whole) is not dict:
        what = f"expected is {brief(whole)} ({kind_of(whole)}), so it has no field {field!r}"
        return InputError(what, where=f"case {case_id}", remedy=f"Leave `field` out of {metric}, or make it an object")
    keys = ", ".join(sorted(whole)) or "no fields"
    return InputError(f"expected has no field {field!r}; it has: {keys}", where=f"case {case_id}")


def absent_rule(failed: bool) -> str:
    """The rule of an answer that is not there: the system failed, or its answer lacks the field."""
    return "failed" if failed else "missing_field"


def divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Elementwise ratio of arrays of one shape; NaN where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    out: np.ndarray = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def over_one(values: np.ndarray | Sequence[Any], scored: np.ndarray | None = None) -> np.ndarray:
    """(n, 2) parts (value, 1) of a mean over (n,) values; zeros where `scored`, (n,) bool, is False."""
    column = np.asarray(values, float)
    parts = np.column_stack([column, np.ones(len(column))])
    return parts if scored is None else np.where(scored[:, None], parts, 0.0)


def mean_scores(
    values: np.ndarray | Sequence[float],
    why: Sequence[str | None] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Scores:
    """Scores of a mean metric: parts (value, 1) for (n,) values, with a reason (or None) a row where given."""
    parts = over_one(values)
    if why is None:
        return Scores(parts, np.full(len(parts), -1, np.int32), (), detail or {})
    return Scores.build(parts, why, detail)


@dataclass(frozen=True)
class Mean:
    """Base of metrics whose value is the mean of one number a case; a failed answer scores the worst value."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    better: ClassVar[Better] = "higher"
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "mean"
    needs: ClassVar[frozenset[str]] = frozenset({"output"})
    unit: ClassVar[str] = "share"
    parts: ClassVar[tuple[str, ...]] = ("value", "one")

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """Of each case's value, hence of their mean."""
        return (0.0, 1.0)

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Nothing here depends on gold."""
        return self

    def score(self, batch: Batch) -> Scores:
        """Parts (value, 1) or a reason for each row."""
        raise TypeError(f"{type(self).__name__} does not define score")

    @property
    def _worst_best(self) -> tuple[float, float] | None:
        low, high = self.value_range
        if low is None or high is None:
            return None
        return (low, high) if self.better == "higher" else (high, low)

    def failed(self, batch: Batch) -> np.ndarray | None:
        """The worst value for each row; None where values have no bounds."""
        ends = self._worst_best
        return None if ends is None else _constant(ends[0], len(batch))

    def extremes(self, batch: Batch) -> Extremes | None:
        """The ends of `value_range`; None where it has none."""
        ends = self._worst_best
        return None if ends is None else Extremes(_constant(ends[0], len(batch)), _constant(ends[1], len(batch)))

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., 2) sums of value and of weight -> (...) means; NaN where there is no weight."""
        return divide(totals[..., 0], totals[..., 1])


@dataclass(frozen=True)
class View(Mean):
    """A number from another metric's pass, which makes its parts; by itself a mean of values in 0..1.

    Attributes:
        name: what it is called behind the metric's id.
    """

    name: str = ""  # type: ignore[misc]


@dataclass(frozen=True)
class Share(View):
    """A view that is a mean over cases, in the direction that is given."""

    better: Better = "higher"  # type: ignore[misc]


@dataclass(frozen=True)
class OpenView(View):
    """A view that is no mean, and that one row may move any way: nothing bounds what a case could have been."""

    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"

    def failed(self, batch: Batch) -> np.ndarray | None:
        """None: the metric's own parts hold what a failure is."""
        return None

    def extremes(self, batch: Batch) -> Extremes | None:
        """None: there are no bounds."""
        return None


@dataclass(frozen=True)
class PerCase(Mean):
    """A mean metric that compares an answer with gold.

    Attributes:
        field: the key of `expected` and of `output` to compare; None: the values themselves.
    """

    field: str | None = None

    needs: ClassVar[frozenset[str]] = frozenset({"gold", "output"})

    def __post_init__(self) -> None:
        check_field(self.name, self.field)

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Check that every case has gold.

        Raises:
            InputError: names the first case that has none.
        """
        require_gold(self.name, gold, ids, self.field)
        return self


def check_field(metric: str, field: Any) -> None:
    """Raises InputError unless `field` is text or None."""
    if field is not None and not isinstance(field, str):
        raise wrong_parameter(metric, "field", field, "the name of a field (text)")


def _constant(value: float, n: int) -> np.ndarray:
    return np.tile([float(value), 1.0], (n, 1))


def first_bad(values: Sequence[Any], usable: Callable[[Any], bool]) -> int | None:
    """The row of the first value that is not usable."""
    return next((row for row, value in enumerate(values) if not usable(value)), None)
