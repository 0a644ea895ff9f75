"""The cases that all systems have in common, and each metric's scores on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from evalkit.engine.aggregate import Aggregator
from evalkit.engine.state import CaseParts

Pair = tuple[str, str]


def narrowed(numbers: Aggregator, names: Sequence[str]) -> Aggregator:
    """The same numbers over the cases that every one of these systems was asked."""
    parts: dict[tuple[str, str], CaseParts] = {}
    changed = False
    for metric in numbers.bound:
        each = [numbers.parts[metric, name] for name in names]
        inside = np.logical_and.reduce([one.inside for one in each])
        for name, one in zip(names, each, strict=True):
            same = np.array_equal(one.inside, inside)
            changed |= not same
            parts[metric, name] = one if same else replace(one, inside=inside)
    if not changed:
        return numbers
    return replace(numbers, parts=parts, _gated={}, _drawn={})


def pairs_of(names: Iterable[str]) -> list[Pair]:
    """Every pair, the system that was named first first."""
    return list(combinations(names, 2))


def case_values(one: CaseParts) -> np.ndarray:
    """(n,) the value of each case of a metric that is a mean; NaN where it is not scored or does not belong."""
    values = np.full(len(one.scored), np.nan)
    rows = one.inside & one.scored
    values[rows] = one.parts[rows, 0] / one.parts[rows, 1]
    return values


def is_binary(columns: Iterable[np.ndarray]) -> bool:
    """Whether all values that there are, are 0 or 1."""
    return all(bool(np.isin(v[~np.isnan(v)], (0.0, 1.0)).all()) for v in columns)


def ids_of(numbers: Aggregator, rows: np.ndarray, most: int) -> list[str]:
    """The first case ids among (n,) bool rows."""
    ids = numbers.plan.cases.ids
    return [ids[int(row)].as_py() for row in np.flatnonzero(rows)[:most]]
