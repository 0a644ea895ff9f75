"""What a reference profile keeps of one column: never a row, and enough to hold any later rows against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from evalkit.stats.drift.sketch import Moments, Sketch, merged, merged_moments, smaller

__all__ = ["MOST_CATEGORIES", "ColumnProfile", "Kind", "mixed"]

Kind = Literal["number", "date", "bool", "text", "empty"]

MOST_CATEGORIES = 1_000
"""Distinct texts that are kept as categories; a column with more is described by how its texts look."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column of one or many tables.

    Attributes:
        kind: number (also durations), date (dates and times, in seconds since 1970), bool, text (also nested values,
            as JSON), or empty: nothing but nulls.
        rows: all of them.
        nulls: rows without a value; NaN is none.
        numbers: of a number or date: its values.
        moments: of the same.
        categories: of a bool or text: value -> rows; empty where there are more than 1,000 of them.
        many: there are.
        looks: of a text: descriptor (length, words, ...) -> its values.
    """

    kind: Kind
    rows: int = 0
    nulls: int = 0
    numbers: Sketch | None = None
    moments: Moments = field(default_factory=Moments)
    categories: Mapping[str, int] = field(default_factory=dict)
    many: bool = False
    looks: Mapping[str, Sketch] = field(default_factory=dict)

    @property
    def values(self) -> int:
        """Rows with a value."""
        return self.rows - self.nulls

    def smaller(self, capacity: int | None) -> ColumnProfile:
        """The same with sketches of at most so many points."""
        numbers = None if self.numbers is None else smaller(self.numbers, capacity)
        return replace(self, numbers=numbers, looks={name: smaller(s, capacity) for name, s in self.looks.items()})

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind,
            "rows": self.rows,
            "nulls": self.nulls,
            "numbers": None if self.numbers is None else _written(self.numbers),
            "moments": list(self.moments),
            "categories": dict(sorted(self.categories.items())),
            "many": self.many,
            "looks": {name: _written(sketch) for name, sketch in sorted(self.looks.items())},
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> ColumnProfile:
        """What `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is no such thing.
        """
        numbers = None if found["numbers"] is None else _read(found["numbers"])
        looks = {str(name): _read(sketch) for name, sketch in found["looks"].items()}
        if found["kind"] not in ("number", "date", "bool", "text", "empty"):
            raise ValueError(f"{found['kind']!r:.40} is no kind of column")
        categories = {str(key): int(rows) for key, rows in found["categories"].items()}
        rows, nulls = int(found["rows"]), int(found["nulls"])
        if not 0 <= nulls <= rows or min(categories.values(), default=0) < 0:
            raise ValueError("counts are not below 0")
        return cls(
            found["kind"], rows, nulls, numbers, Moments(*found["moments"]), categories, bool(found["many"]), looks
        )


def mixed(a: ColumnProfile, b: ColumnProfile, capacity: int | None) -> ColumnProfile | None:
    """One column of both; None where their kinds do not go together."""
    if a.kind == "empty" or b.kind == "empty":
        some, none = (b, a) if a.kind == "empty" else (a, b)
        return replace(some, rows=some.rows + none.rows, nulls=some.nulls + none.nulls)
    if a.kind != b.kind:
        return None
    many = a.many or b.many
    categories: dict[str, int] = {}
    if not many:
        categories = {
            key: a.categories.get(key, 0) + b.categories.get(key, 0) for key in {*a.categories, *b.categories}
        }
        many = len(categories) > MOST_CATEGORIES
    return ColumnProfile(
        kind=a.kind,
        rows=a.rows + b.rows,
        nulls=a.nulls + b.nulls,
        numbers=None if a.numbers is None or b.numbers is None else merged(a.numbers, b.numbers, capacity),
        moments=merged_moments(a.moments, b.moments),
        categories={} if many else categories,
        many=many,
        looks={name: merged(a.looks[name], b.looks[name], capacity) for name in a.looks.keys() & b.looks.keys()},
    )


def _written(sketch: Sketch) -> dict[str, Any]:
    return {"values": sketch.values.tolist(), "counts": sketch.counts.tolist(), "error": sketch.error}


def _read(found: Mapping[str, Any]) -> Sketch:
    values, counts = np.asarray(found["values"], np.float64), np.asarray(found["counts"], np.int64)
    sound = values.ndim == 1 and values.shape == counts.shape and bool((np.diff(values) > 0).all())
    if not sound or not np.isfinite(values).all() or (counts < 1).any() or int(found["error"]) < 0:
        raise ValueError("values are finite and ascend, with a count of at least 1 each")
    return Sketch(values, counts, int(found["error"]))
