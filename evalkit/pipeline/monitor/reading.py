"""Arrow columns of any type as profiles."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from evalkit.pipeline.monitor.column import MOST_CATEGORIES, ColumnProfile
from evalkit.stats.drift.sketch import Sketch, moments_of, sketch_of

__all__ = ["column_profile", "numbers_of", "texts_of"]


def column_profile(column: pa.ChunkedArray | pa.Array, capacity: int | None = None) -> ColumnProfile:
    """The profile of one column.

    Args:
        column: of any Arrow type; what is neither number, date, bool nor text is read as its JSON.
        capacity: the most points of a sketch; None: all values.
    """
    array = _whole(column)
    if types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    rows, kind = len(array), array.type
    if types.is_floating(kind):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array)
    nulls = int(array.null_count)
    if rows == nulls:
        return ColumnProfile("empty", rows, nulls)
    if types.is_boolean(kind):
        return ColumnProfile("bool", rows, nulls, categories=_counts(array.cast(pa.string())) or {})
    if types.is_temporal(kind) and not types.is_duration(kind) and not types.is_interval(kind):
        return _numbers("date", rows, nulls, _seconds(array), capacity)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_duration(kind):
        return _numbers("number", rows, nulls, _floats(array), capacity)
    return _text(rows, nulls, texts_of(array), capacity)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def numbers_of(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """(rows, values) of the numbers, dates or booleans in a column; none where it holds something else."""
    kind = array.type
    rows = np.flatnonzero(pc.is_valid(array).to_numpy(zero_copy_only=False))
    if types.is_temporal(kind) and not types.is_duration(kind) and not types.is_interval(kind):
        values = _seconds(array)
    elif types.is_boolean(kind):
        values = _floats(array.cast(pa.int8()))
    elif types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_duration(kind):
        values = _floats(array)
    else:
        return rows[:0], np.empty(0)
    there = ~np.isnan(values)
    return rows[there], values[there]


def _numbers(kind: Any, rows: int, nulls: int, x: np.ndarray, capacity: int | None) -> ColumnProfile:
    return ColumnProfile(kind, rows, nulls, sketch_of(x, capacity), moments_of(x))


def _floats(array: pa.Array) -> np.ndarray:
    if types.is_duration(array.type):
        array = array.cast(pa.int64())
    if types.is_float16(array.type):
        array = array.cast(pa.float32())
    if types.is_decimal(array.type):
        return np.array([float(v) for v in array.drop_null().to_pylist()], np.float64)
    numbers: np.ndarray = array.drop_null().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def _seconds(array: pa.Array) -> np.ndarray:
    kind = array.type
    if types.is_date(kind):
        array = array.cast(pa.timestamp("s"))
        kind = array.type
    whole = array.drop_null().view(pa.int32() if kind.bit_width == 32 else pa.int64())
    seconds: np.ndarray = whole.to_numpy(zero_copy_only=False) / _UNITS[kind.unit]
    return seconds


def texts_of(array: pa.Array) -> pa.Array:
    """The values that are there, as texts; what is none as its JSON."""
    if types.is_string(array.type) or types.is_large_string(array.type) or types.is_string_view(array.type):
        return array.drop_null().cast(pa.large_string())
    values = [json.dumps(_plain(v), ensure_ascii=False, sort_keys=True) for v in array.drop_null().to_pylist()]
    return pa.array(values, pa.large_string())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _text(rows: int, nulls: int, texts: pa.Array, capacity: int | None) -> ColumnProfile:
    categories = _counts(texts)
    many = categories is None
    return ColumnProfile("text", rows, nulls, categories=categories or {}, many=many, looks=_looks(texts, capacity))


def _counts(texts: pa.Array) -> dict[str, int] | None:
    """Value -> rows; None where there are more than are kept."""
    if len(texts) > MOST_CATEGORIES and pc.count_distinct(texts).as_py() > MOST_CATEGORIES:
        return None
    found = pc.value_counts(texts.drop_null())
    return dict(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True))


def _looks(texts: pa.Array, capacity: int | None) -> dict[str, Sketch]:
    """How texts look, in numbers that need no model: length, words, and shares of digits, capitals and letters beyond
    ASCII (another language or alphabet)."""
    length = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.float64)
    size = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.float64)
    per = np.maximum(length, 1.0)

    def times(pattern: str) -> np.ndarray:
        found: np.ndarray = pc.count_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        return found.astype(np.float64)

    looks = {
        "length": length,
        "words": times(r"\S+"),
        "digits": times(r"\d") / per,
        "capitals": times(r"[A-Z]") / per,
        "beyond ASCII": (size - length) / per,
    }
    return {name: sketch_of(x, capacity) for name, x in looks.items()}
