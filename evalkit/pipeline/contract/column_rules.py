"""The rules of one column, each as the mask of the rows that break it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.engine.nearest import listed
from evalkit.pipeline.contract.nouns import Column
from evalkit.pipeline.contract.types import literal

__all__ = ["Broken", "broken_bounds", "codes_of", "hashable", "repeated"]


class Broken(NamedTuple):
    """A rule in words, and the rows that break it: Arrow booleans (n,), null where there is no value."""

    rule: str
    mask: Any


def broken_bounds(column: Column, values: Any) -> Iterator[Broken]:
    """Range, length, set and regex, as far as the column has them. A value that they cannot be asked of breaks them."""
    if words := _range(column):
        yield Broken(words, _asked(_outside, column, values))
    if column.min_length is not None or column.max_length is not None:
        yield Broken(_lengths(column.min_length or 0, column.max_length), _asked(_short_or_long, column, values))
    if column.set is not None:
        yield Broken(_one_of(column.set), pc.and_(pc.is_valid(values), pc.invert(_member(column, values))))
    if column.regex is not None:
        yield Broken(f"matches {column.regex}", _asked(_unlike, column, values))


def repeated(codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Rows whose code was there before, bool (n,). Codes are in order of their first row; -1 is never repeated."""
    seen = np.maximum.accumulate(np.concatenate(([-1], codes[:-1])))
    again: np.ndarray[Any, Any] = (codes <= seen) & (codes >= 0)
    return again


def codes_of(columns: list[Any]) -> np.ndarray[Any, Any]:
    """A number for each row, equal where all columns are; in order of the first row, -1 where one is null."""
    total: Any = None
    for values in map(hashable, columns):
        found = values.dictionary_encode()
        codes = pc.fill_null(found.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        if total is not None:
            both = np.where((total < 0) | (codes < 0), -1, total * (len(found.dictionary) + 1) + codes)
            again = pa.array(both, mask=both < 0).dictionary_encode()
            codes = pc.fill_null(again.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        total = codes
    return np.asarray(total)


def hashable(values: Any) -> Any:
    """The same, where Arrow can tell its values apart; lists and objects as their text, equal where they are."""
    if pa.types.is_nested(values.type):
        return pa.array([None if value is None else repr(value) for value in values.to_pylist()], pa.string())
    return values.cast(pa.string()) if pa.types.is_null(values.type) else values


def _range(column: Column) -> str:
    low, high = (column.ge, column.gt), (column.le, column.lt)
    if low == (None, None) and high == (None, None):
        return ""
    if column.gt is None and column.lt is None and None not in (column.ge, column.le):
        return f"between {column.ge} and {column.le}"
    said = [
        f"{words} {bound}"
        for words, bound in (("at least", low[0]), ("above", low[1]), ("at most", high[0]), ("below", high[1]))
        if bound is not None
    ]
    return " and ".join(said)


def _asked(broken: Callable[[Column, Any], Any], column: Column, values: Any) -> Any:
    """The mask of a rule; where it makes no sense of the column's type, no value keeps it."""
    try:
        return broken(column, values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError, ValueError, OverflowError):
        return pc.is_valid(values)


def _unlike(column: Column, values: Any) -> Any:
    return pc.invert(pc.match_substring_regex(values, column.regex))


def _short_or_long(column: Column, values: Any) -> Any:
    length = pc.utf8_length(values) if _is_text(values) else pc.binary_length(values)
    short = pc.less(length, column.min_length or 0)
    return short if column.max_length is None else pc.or_(short, pc.greater(length, column.max_length))


def _outside(column: Column, values: Any) -> Any:
    found = None
    for key, broken in (("ge", pc.less), ("gt", pc.less_equal), ("le", pc.greater), ("lt", pc.greater_equal)):
        bound = getattr(column, key)
        if bound is not None:
            mask = broken(*_comparable(key, bound, column, values))
            found = mask if found is None else pc.or_(found, mask)
    return found


def _comparable(key: str, value: Any, column: Column, values: Any) -> tuple[Any, Any]:
    """Values and a bound of one type; whole numbers against a whole bound, as a float cannot hold all of them."""
    if pa.types.is_integer(values.type):
        try:
            return values, pa.scalar((math.ceil if key in ("ge", "lt") else math.floor)(value), values.type)
        except (pa.ArrowInvalid, OverflowError):  # beyond what the column can hold
            return values.cast(pa.float64(), safe=False), pa.scalar(float(value))
    if pa.types.is_floating(values.type):
        return values, pa.scalar(float(value))
    scalar = literal(value, column.type)
    return values, scalar.cast(values.type) if pa.types.is_temporal(values.type) else scalar


def _member(column: Column, values: Any) -> Any:
    known = pa.array([literal(value, column.type).as_py() for value in column.set or ()])
    for kind in (values.type, known.type):
        try:
            return pc.is_in(values.cast(kind, safe=not pa.types.is_floating(kind)), value_set=known.cast(kind))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
    return pa.array(np.zeros(len(values), bool))  # of another type: no value can be one of them


def _lengths(low: int, high: int | None) -> str:
    return f"at least {low} characters" if high is None else f"{low} to {high} characters"


def _one_of(known: list[Any]) -> str:
    return f"one of {listed([repr(value) for value in known], 10)}"


def _is_text(values: Any) -> bool:
    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))
