"""How the system behaved, whatever it answered: did it answer, how fast, at what price."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from evalkit.core.nouns import Better
from evalkit.core.protocols import Batch, Example, Extremes, Metric, Scores
from evalkit.metrics.base import Mean, OpenView, mean_scores, wrong_parameter
from evalkit.metrics.ranking import quantile

__all__ = ["Answered", "Cost", "Seconds"]


@dataclass(frozen=True)
class _Operational(Mean):
    """No gold, no field: read from the columns that the runner fills; a failed row is a row like any other."""

    def failed(self, batch: Batch) -> None:
        """None: a failed call, too, took time and money, and `answered` is about nothing else."""
        return


@dataclass(frozen=True)
class Answered(_Operational):
    """Share of the cases that the system answered: refusing, raising and being too slow are 0."""

    name: ClassVar[str] = "answered"
    needs: ClassVar[frozenset[str]] = frozenset({"output"})

    @staticmethod
    def examples() -> list[Example]:
        """Any answer is one."""
        return [Example({}, [("Paris", "Rome"), (1, None), (None, "")])]

    def score(self, batch: Batch) -> Scores:
        """1 where there is an answer."""
        return mean_scores(~batch.failed)


@dataclass(frozen=True)
class _Quantile(OpenView):
    """A quantile of what was measured, from all answers: `p95` is what 95 % of them stay below.

    Attributes:
        q: in (0, 1).
        largest: the declared largest value, or None.
        unit, needs: those of the metric.
    """

    q: float = 0.5
    largest: float | None = None
    unit: str = ""  # type: ignore[misc]
    needs: frozenset[str] = frozenset()  # type: ignore[misc]

    better: ClassVar[Better] = "lower"

    @property
    def order(self) -> tuple[int, float]:
        """The quantile q of the first part."""
        return (0, self.q)

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """From 0 to the declared largest value."""
        return (0.0, self.largest)

    def value(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n, 2) rows, (..., n) weights -> (...) quantiles."""
        return quantile(parts[:, 0], weights, self.q)

    def extremes(self, batch: Batch) -> Extremes | None:
        """From 0 to the declared largest value, or to beyond all others: a quantile is bounded by ranks alone."""
        return _extremes(np.inf if self.largest is None else self.largest, len(batch))


@dataclass(frozen=True)
class _Measured(_Operational):
    """The mean of a column of floats in which NaN is "unknown": that row is unscored, never 0.

    Attributes:
        max: the largest value that counts, so that what is unknown is bounded: what is above it counts as `max`. None:
            there is no bound, and a gate on the mean is inconclusive as long as a case is unknown.
    """

    max: float | None = None
    asked: tuple[str, ...] = field(default=(), init=False)

    better: ClassVar[Better] = "lower"
    unknown: ClassVar[str]

    def __post_init__(self) -> None:
        known = isinstance(self.max, int | float) and not isinstance(self.max, bool) and 0 < self.max < np.inf
        if self.max is not None and not known:
            raise wrong_parameter(self.name, "max", self.max, "a number above 0")

    @property
    def value_range(self) -> tuple[float | None, float | None]:
        """From 0 to `max`; without it, nothing bounds it above."""
        return (0.0, None if self.max is None else float(self.max))

    def asked_for(self, names: Sequence[str]) -> Self:
        """The metric with these views: `p50`, `p95`, `p99.9`, `median`. Views that nobody asks for are not computed."""
        copy = dataclasses.replace(self)
        usable = [name for name in names if _q_of(name) is not None]
        object.__setattr__(copy, "asked", tuple(usable if len(usable) == len(names) else (*usable, *_USUAL)))
        return copy

    @cached_property
    def views(self) -> Mapping[str, Metric]:
        """The quantiles that were asked for."""
        names = dict.fromkeys(self.asked)
        return {
            name: _Quantile(name=name, q=q, largest=self.value_range[1], unit=self.unit, needs=self.needs)
            for name in names
            if (q := _q_of(name)) is not None
        }

    @staticmethod
    def examples() -> list[Example]:
        """What was measured stands for the answer."""
        return [Example({}, [("Paris", 0.0), (1, 0)], [0.01, 12.5]), Example({"max": 30}, [("Paris", 0.0)], [0.01, 60])]

    def _of(self, column: np.ndarray) -> Scores:
        known = np.isfinite(column) & (column >= 0)
        why = np.where(known, -1, 0).astype(np.int32)
        reasons = () if known.all() else (self.unknown,)
        counted = np.where(known, column, 0.0)
        if self.max is not None:
            counted = np.minimum(counted, self.max)
        return Scores(np.column_stack([counted, known.astype(float)]), why, reasons)


_USUAL = ("p50", "p90", "p95", "p99")


def _q_of(name: str) -> float | None:
    """The quantile that a view is of; None where the name is no quantile between p1 and p99.9."""
    if name == "median":
        return 0.5
    found = re.fullmatch(r"p([1-9]\d?(?:\.\d)?)", name)
    return float(found[1]) / 100 if found else None


def _extremes(worst: float, n: int) -> Extremes:
    ones = np.ones(n)
    return Extremes(np.column_stack([np.full(n, worst), ones]), np.column_stack([np.zeros(n), ones]))


@dataclass(frozen=True)
class Seconds(_Measured):
    """Mean seconds from question to answer; views such as `seconds.p95` are quantiles. A timeout took its limit."""

    name: ClassVar[str] = "seconds"
    unit: ClassVar[str] = "s"
    needs: ClassVar[frozenset[str]] = frozenset({"seconds"})
    unknown: ClassVar[str] = "no seconds recorded"

    def score(self, batch: Batch) -> Scores:
        """The seconds of each row, or the reason that none were recorded."""
        return self._of(batch.seconds)


@dataclass(frozen=True)
class Cost(_Measured):
    """Mean price of an answer in US dollars; views such as `cost.p95` are quantiles. An unknown price is not free."""

    name: ClassVar[str] = "cost"
    unit: ClassVar[str] = "USD"
    needs: ClassVar[frozenset[str]] = frozenset({"cost"})
    unknown: ClassVar[str] = "no cost recorded"

    def score(self, batch: Batch) -> Scores:
        """The price of each row, or the reason that none was recorded."""
        return self._of(batch.cost)
