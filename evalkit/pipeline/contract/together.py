"""Rules of two columns that hold in data, to be suggested: a pair that tells rows apart, a time that is never later."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, permutations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Together", "together"]

_FEWEST, _MOST_COLUMNS = 20, 12
_EXPECTED = (
    3.0  # pairs of rows that would be alike by chance, from which it says something that none are: exp(-3) = 5 %
)
_TRIED = 1_000  # rows that a pair is tried on first


class Together(NamedTuple):
    """What two columns keep in all rows.

    Attributes:
        key: their values are never both the same in two rows.
        order: the first is never after the second, and sometimes before it.
    """

    key: tuple[str, str] | None = None
    order: tuple[str, str] | None = None


def together(columns: Mapping[str, Any]) -> Together:
    """What two columns keep.

    Args:
        columns: name -> (n,) Arrow values as their types read them.
    """
    times = {name: v for name, v in columns.items() if pa.types.is_timestamp(v.type) or pa.types.is_date(v.type)}
    return Together(_key(columns), _order(times))


def _key(columns: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of the pairs without a repeat the one that chance explains least; none where one column is enough."""
    coded = {name: _codes(v) for name, v in columns.items() if _may_be_key(v)}
    n = len(next(iter(coded.values()), ()))
    if any(int(codes.max()) + 1 == n for codes in coded.values()):
        return None
    names = list(coded)[:_MOST_COLUMNS]
    alike = {name: float(((np.bincount(coded[name]) / n) ** 2).sum()) for name in names}
    expected = {(a, b): n * (n - 1) / 2 * alike[a] * alike[b] for a, b in combinations(names, 2)}
    ranked = sorted((pair for pair in expected if expected[pair] >= _EXPECTED), key=lambda pair: -expected[pair])
    return next(((a, b) for a, b in ranked if _apart(coded[a], coded[b])), None)


def _may_be_key(values: Any) -> bool:
    kind = values.type
    tests = (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string, pa.types.is_timestamp, pa.types.is_date)
    return len(values) >= _FEWEST and not values.null_count and any(test(kind) for test in tests)


def _codes(values: Any) -> np.ndarray[Any, Any]:
    codes: np.ndarray[Any, Any] = pc.dictionary_encode(values).indices.to_numpy().astype(np.int64)
    return codes


def _apart(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    both = a * (int(b.max()) + 1) + b
    return all(len(np.unique(some)) == len(some) for some in (both[:_TRIED], both))


def _order(times: Mapping[str, Any]) -> tuple[str, str] | None:
    return next(((a, b) for a, b in permutations(times, 2) if _ordered(times[a], times[b])), None)


def _ordered(a: Any, b: Any) -> bool:
    if a.type != b.type:
        return False
    held = pc.drop_null(pc.less_equal(a, b))
    return len(held) >= _FEWEST and pc.all(held).as_py() and pc.any(pc.less(a, b)).as_py()
