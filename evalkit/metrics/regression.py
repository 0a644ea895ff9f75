"""`regression`: how far predicted numbers are from the right ones, as many numbers from one pass."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyarrow as pa

from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Example, Extremes, Metric, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import (
    OpenView,
    PerCase,
    View,
    absent_rule,
    broken_gold,
    check_field,
    divide,
    mean_scores,
    require_gold,
    wrong_parameter,
)
from evalkit.metrics.ranking import quantile

__all__ = ["Regression"]

LARGEST = 1e150
"""Numbers beyond this have no square: they are no answers, and no gold."""

_PARTS = ("one", "error", "absolute", "square", "gold", "gold_square", "gold_absolute", "symmetric")


def _number(value: Any) -> float | None:
    """A JSON number as a float; None for everything else, text with digits included."""
    if type(value) not in (int, float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) and abs(found) <= LARGEST else None


@dataclass(frozen=True)
class _Over(OpenView):
    """A view over the sums of `_PARTS`, or over each row's (median)."""

    unit: str = ""  # type: ignore[misc]

    parts: ClassVar[tuple[str, ...]] = _PARTS

    @property
    def better(self) -> Better:  # type: ignore[override]
        """Errors are better low; R2 is better high."""
        return "higher" if self.name == "r2" else "lower"

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """Errors begin at 0; sMAPE ends at 2, R2 at 1; bias has no ends."""
        ends = {"r2": (None, 1.0), "smape": (0.0, 2.0), "bias": (None, None)}
        return ends.get(self.name, (0.0, None))

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., 8) sums -> (...) values."""
        return over_sums(self.name, np.asarray(totals, float))


class _Median(_Over):
    """The median absolute error: from all rows."""

    order: ClassVar[tuple[int, float]] = (2, 0.5)

    def value(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n, 8) rows, (..., n) weights -> (...) medians."""
        return quantile(parts[:, 2], weights, 0.5)


@dataclass(frozen=True)
class _Rows(View):
    """A view that is a share of all rows; `of_gold`: whatever was answered."""

    of_gold: bool = False

    def failed(self, batch: Batch) -> np.ndarray | None:
        """Wrong; None for what is of gold alone."""
        return None if self.of_gold else super().failed(batch)


def over_sums(name: str, sums: np.ndarray) -> np.ndarray:
    """One of mae, rmse, r2, smape, wape, bias from (..., 8) sums; NaN where it is undefined."""
    n, error, absolute, square, gold, gold_square, gold_absolute, symmetric = np.moveaxis(sums, -1, 0)
    if name == "rmse":
        root: np.ndarray = np.sqrt(np.maximum(divide(square, n), 0.0))
        return root
    if name == "r2":
        spread = gold_square - divide(gold * gold, n)
        constant = ~(spread > 1e-12 * gold_square)  # what is left there is rounding
        found: np.ndarray = np.where(constant, np.nan, 1.0 - divide(square, np.where(constant, 1.0, spread)))
        return found
    top, bottom = {
        "mae": (absolute, n),
        "smape": (symmetric, n),
        "wape": (absolute, gold_absolute),
        "bias": (error, n),
    }[name]
    with np.errstate(over="ignore"):  # a gold like 1e-320 has no share
        found = divide(top, bottom)
    return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True)
class Regression(PerCase):
    """Mean absolute error of predicted numbers, and what else is asked of a forecast, from one pass.

    The value is the mean absolute error; the views, in gates and reports `ID.view`, are

    - `rmse` (root of the mean square), `median_ae`, `bias` (mean of predicted minus gold; the engine holds it to be
      better low, so gate it from both sides with at_least and at_most);
    - `r2`: 1 - sum of squares / sum of squares around the mean of gold; no value where gold is constant, never 1 or 0;
    - `smape`: mean of 2 |error| / (|gold| + |predicted|), in [0, 2]; 0 where both are 0 (Makridakis 1993);
    - `wape`: sum of |error| / sum of |gold|: defined where single golds are 0, unlike MAPE, which is not offered;
    - `share_within`: the share of cases with |error| <= abs or <= rel |gold|, where a tolerance is given;
    - `answered`: the share of cases that were answered with a number;
    - `zero_gold`: the share of cases whose gold is 0, on which relative errors say nothing.

    An answer that is no number has no natural error: it may not be dropped (refusing what is hard would pay), and
    nobody can say how wrong it is. So it is unscored, with the reason, in every view of errors, whose gates are then
    inconclusive; or, with `worst`, it counts as an error of that size (a prediction of gold + worst), openly, under the
    rule not_a_number. `share_within` and `answered` count it as wrong in either case. A system failure is such an
    answer. Only JSON numbers are numbers: `numeric` reads text.

    Attributes:
        field: the key of `expected` and of the output that holds the number; None: the values themselves.
        abs: tolerance of `share_within` in units of gold (<=).
        rel: tolerance of `share_within` as a share of |gold| (<=); with `abs` either is enough.
        worst: the error, in units of gold, of an answer that is no number; None: it is unscored.
        unit: of gold, for reports.
    """

    abs: float | None = None
    rel: float | None = None
    worst: float | None = None
    unit: str = ""  # type: ignore[misc]
    centre: float = dataclasses.field(default=0.0, init=False)

    name: ClassVar[str] = "regression"
    better: ClassVar[Better] = "lower"
    kind: ClassVar[Literal["mean", "ratio", "general"]] = "general"
    parts: ClassVar[tuple[str, ...]] = _PARTS

    @staticmethod
    def examples() -> list[Example]:
        """Minutes of delay, with a worst error; and bare numbers."""
        pairs = [({"minutes": 5}, {"minutes": 5.0}), ({"minutes": -3.5}, {"minutes": -3.5})]
        return [
            Example({"field": "minutes", "worst": 60, "abs": 10, "unit": "min"}, pairs, [{"minutes": "5"}, {}, None]),
            Example({"rel": 0.1, "worst": 100.0}, [(100, 100), (250.5, 250.5), (0, 0)], [1e6, "many", None, [1]]),
        ]

    def __post_init__(self) -> None:
        check_field(self.name, self.field)
        for name in ("abs", "rel", "worst"):
            value = getattr(self, name)
            usable = value is None or (_number(value) is not None and (value > 0 if name == "worst" else value >= 0))
            if not usable:
                wanted = "a number above 0" if name == "worst" else "a number >= 0"
                raise wrong_parameter(self.name, name, value, wanted)
        if not isinstance(self.unit, str):
            raise wrong_parameter(self.name, "unit", self.unit, "text")

    def bind(self, gold: Column, ids: pa.Array) -> Self:
        """Every gold is a number.

        Raises:
            InputError: names the first case whose gold is none.
        """
        values = require_gold(self.name, gold, ids, self.field)
        for row, value in enumerate(values):
            if _number(value) is None:
                raise broken_gold(self.name, str(ids[row]), self.field, value, "a number")
        bound = dataclasses.replace(self)
        numbers = [number for value in values if (number := _number(value)) is not None]
        object.__setattr__(bound, "centre", math.fsum(numbers) / len(numbers) if numbers else 0.0)
        return bound

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """From 0; nothing bounds an error above."""
        return (0.0, None)

    @cached_property
    def views(self) -> Mapping[str, Metric]:
        """See the class."""
        units = {"r2": "", "smape": "", "wape": ""}
        found: dict[str, Metric] = {
            name: _Over(name=name, unit=units.get(name, self.unit)) for name in ("rmse", "bias", "r2", "smape", "wape")
        }
        found["median_ae"] = _Median(name="median_ae", unit=self.unit)
        shares = ("share_within",) if self.abs is not None or self.rel is not None else ()
        return found | {
            name: _Rows(name=name, of_gold=name == "zero_gold") for name in (*shares, "answered", "zero_gold")
        }

    def score(self, batch: Batch) -> Scores:
        """Sums of each row; rule scored, not_a_number, missing_field or failed; `error` is predicted minus gold."""
        gold, known = _numbers(batch.gold.values(self.field))
        output = batch.output.values(self.field)
        predicted, answered = _numbers(output)
        rules = np.where(answered, "scored", "not_a_number").astype(object)
        for row in np.flatnonzero(~answered).tolist():
            if output[row] is MISSING:
                rules[row] = absent_rule(bool(batch.failed[row]))
        rules[~known] = None
        counted = known & answered
        why: list[str | None] = [None if k else "gold is no number" for k in known]
        if self.worst is None:
            said = ["no answer" if rule == "failed" else "the answer is no number" for rule in rules]
            why = [w or (None if a else s) for w, a, s in zip(why, answered, said, strict=True)]
        else:
            predicted = np.where(answered, predicted, gold + self.worst)
            counted = known
        error = np.where(counted, predicted - gold, 0.0)
        detail = {"rule": rules, "error": np.where(known & answered, error, np.nan)}
        found = Scores.build(self._sums(gold, error), why, detail)
        own = ["gold is no number" if not k else None for k in known]
        shares = {"answered": answered, "zero_gold": gold == 0, "share_within": self._within(gold, error) & answered}
        return dataclasses.replace(
            found, views={n: mean_scores(shares[n] & known, own) for n in shares if n in self.views}
        )

    def _sums(self, gold: np.ndarray, error: np.ndarray) -> np.ndarray:
        """(n, 8), see `_PARTS`; gold is kept as its distance from the mean of all gold, so that squares keep digits."""
        apart = gold - self.centre
        size, off = np.abs(gold), np.abs(error)
        symmetric = np.nan_to_num(divide(2 * off, size + np.abs(gold + error)))
        return np.column_stack([np.ones(len(gold)), error, off, error**2, apart, apart**2, size, symmetric])

    def _within(self, gold: np.ndarray, error: np.ndarray) -> np.ndarray:
        """(n,) bool; both sides of `rel` carry rounding, which a billionth forgives."""
        bound = np.full(len(gold), -1.0)
        if self.abs is not None:
            bound = np.maximum(bound, self.abs)
        if self.rel is not None:
            bound = np.maximum(bound, self.rel * np.abs(gold))
        within: np.ndarray = np.abs(error) <= bound * (1 + 1e-9)
        return within

    def failed(self, batch: Batch) -> np.ndarray | None:
        """An error of `worst`; None without one: no answer has no error, and is unscored with the reason."""
        if self.worst is None:
            return None
        gold, known = _numbers(batch.gold.values(self.field))
        parts: np.ndarray = self._sums(gold, np.full(len(gold), float(self.worst))) * known[:, None]
        return parts

    def extremes(self, batch: Batch) -> Extremes | None:
        """None: an error has no bounds (`worst` is what no answer costs, not the largest error)."""
        return None

    def combine(self, totals: np.ndarray) -> np.ndarray:
        """(..., 8) sums -> (...) mean absolute errors."""
        return over_sums("mae", np.asarray(totals, float))


def _numbers(values: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """(n,) floats, 0 where there is none, and (n,) bool where there is one."""
    found = [_number(value) for value in values]
    known = np.array([number is not None for number in found], bool)
    return np.array([number or 0.0 for number in found], float), known
