"""Lists of JSON values as Arrow columns, whatever is in them."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

__all__ = ["array_of", "dated", "table_of"]

_DEPTH = 2
_KEYS = 100
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def array_of(values: Sequence[Any]) -> pa.Array:
    """Numbers, booleans or texts where all values are; else texts: the JSON of each. None is null."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pa.array([None if v is None else _number(v) for v in values], pa.float64())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    texts = [v if v is None or kinds == {str} else json.dumps(v, ensure_ascii=False, sort_keys=True) for v in values]
    return pa.array([None if t is None else _sound(t) for t in texts], pa.string())


def dated(texts: pa.Array) -> pa.Array:
    """Texts as times where every one is (ISO 8601): JSON has no other way to write a time."""
    if not pa.types.is_string(texts.type) or texts.null_count == len(texts):
        return texts
    if not _DATE.match(next(str(text) for text in texts if text.is_valid)):
        return texts
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        with contextlib.suppress(pa.ArrowException):
            return texts.cast(kind)
    return texts


def table_of(rows: Sequence[Any], whole: str) -> dict[str, pa.Array]:
    """A column a key, sorted, of rows that are objects; else one called `whole`. Texts that are times are times.

    Objects inside of objects are columns too, named A.B, where all rows have objects there, down to three levels. What
    has more than 100 keys is a map rather than a record, and stays one text.
    """
    if not _objects(rows):
        return {whole: dated(array_of(rows))}
    keys = sorted({key for row in rows if row for key in row})
    columns = {key: [None if row is None else row.get(key) for row in rows] for key in keys}
    found: dict[str, pa.Array] = {}
    for name, values in columns.items():
        inner = _columns(name, values, _DEPTH)
        found |= inner if not inner.keys() & (columns.keys() - {name}) else {name: array_of(values)}
    return found


def _columns(name: str, values: Sequence[Any], depth: int) -> dict[str, pa.Array]:
    keys = sorted({key for value in values if value for key in value}) if depth and _objects(values) else []
    if not 0 < len(keys) <= _KEYS:
        return {name: dated(array_of(values))}
    found: dict[str, pa.Array] = {}
    for key in keys:
        found |= _columns(f"{name}.{key}", [None if value is None else value.get(key) for value in values], depth - 1)
    return found


def _objects(values: Sequence[Any]) -> bool:
    """All that are there are."""
    kinds = {type(value) for value in values if value is not None}
    return kinds == {dict}


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an int beyond floats
        return float("inf") if value > 0 else float("-inf")


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates, which JSON may hold and Arrow may not
