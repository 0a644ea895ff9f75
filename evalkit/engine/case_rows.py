"""Rows of JSON objects become a block of case columns: column by column when all is well, row by row to find faults."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from evalkit.core.digest import canonical_json, canonical_jsons
from evalkit.engine.case_columns import FIELDS, MAX_TAGS, Block, Faults
from evalkit.engine.nearest import did_you_mean
from evalkit.engine.tag_text import tag_text

_KNOWN = frozenset(FIELDS)
_TOO_LARGE = "a number in it is too large for a float (beyond 1.8e308)"


class _OddRow(Exception):
    """Some row of the block is not as it should be."""


def rows_block(rows: Sequence[Any], at: np.ndarray, faults: Faults) -> Block | None:
    """Columns of these rows; None when a row has a fault, which is then noted.

    Args:
        rows: JSON values, each of which should be an object with the keys of a case.
        at: (n,) their lines or row numbers.
        faults: takes what is wrong.
    """
    try:
        return _columns(rows, at)
    except (_OddRow, ValueError, RecursionError):
        found = [(line, row_fault(row)) for line, row in zip(at.tolist(), rows, strict=True)]
    for line, fault in found:
        if fault is not None:
            faults.add(line, *fault)
    if all(fault is None for _, fault in found):  # each row by itself is well
        what = f"the rows from here on have more than {MAX_TAGS:,} different tags"
        faults.add(int(at[0]), what, "Tags are for slices; put other data into input")
    return None


def json_texts(rows: Sequence[dict[str, Any]], key: str) -> pa.Array:
    """Canonical JSON of one key of each row, null where a row lacks it.

    Raises:
        ValueError: a value is not JSON.
    """
    try:
        return pa.array(canonical_jsons([row[key] for row in rows]), pa.large_string())
    except KeyError:
        lacking = np.array([key not in row for row in rows])
        return pa.array(canonical_jsons([row.get(key) for row in rows]), pa.large_string(), mask=lacking)


def row_fault(row: Any) -> tuple[str, str] | None:
    """What is wrong with one row, and the remedy; None when nothing is."""
    if not isinstance(row, dict):
        return f"a case is an object, and this is {_short(row)}", 'Write {"id": ..., "input": ..., "expected": ...}'
    for key in row:
        if key not in _KNOWN:
            return f"unknown key {key!r:.80}", did_you_mean(key, FIELDS, "keys")
    id_ = row.get("id")
    if id_ is None:
        return "the row has no id", "Give each row a unique id: a text or a whole number"
    if isinstance(id_, bool) or not isinstance(id_, str | int):
        return f"id is {_short(id_)}; it must be a text or a whole number", "Put the id in quotes"
    return _value_fault(row) or _group_and_tags_fault(row) or _weight_fault(row.get("weight"))


def _columns(rows: Sequence[Any], at: np.ndarray) -> Block:
    if set(map(type, rows)) != {dict}:
        raise _OddRow
    keys = set().union(*rows)
    if not keys <= _KNOWN:
        raise _OddRow
    ids = [row.get("id") for row in rows]
    kinds = set(map(type, ids))
    if kinds != {str}:
        if not kinds <= {str, int}:
            raise _OddRow
        ids = [str(id_) for id_ in ids]

    def texts(key: str) -> pa.Array | None:
        return json_texts(rows, key) if key in keys else None

    group = [row.get("group") for row in rows] if "group" in keys else None
    return Block(
        at,
        pa.array(ids, pa.string()),
        texts("input"),
        texts("expected"),
        None if group is None else pa.array(_spelt(group), pa.string()),
        _weights([row.get("weight") for row in rows]) if "weight" in keys else None,
        _tags([row.get("tags") for row in rows]) if "tags" in keys else {},
    )


def _spelt(values: list[Any]) -> list[str | None]:
    """Tag or group values as texts."""
    if set(map(type, values)) <= {str, type(None)}:
        return values
    return [None if value is None else tag_text(value) for value in values]


def _weights(values: list[Any]) -> np.ndarray:
    if not set(map(type, values)) <= {int, float, type(None)}:
        raise _OddRow
    try:
        return np.array([1.0 if value is None else float(value) for value in values])
    except OverflowError:
        raise _OddRow from None


def _tags(values: list[Any]) -> dict[str, pa.Array]:
    if not set(map(type, values)) <= {dict, type(None)}:
        raise _OddRow
    objects: list[dict[str, Any]] = [value or {} for value in values]
    names = dict.fromkeys(chain.from_iterable(objects))
    if len(names) > MAX_TAGS or not all(name and name.isprintable() for name in names):
        raise _OddRow
    return {name: pa.array(_spelt([tags.get(name) for tags in objects]), pa.string()) for name in names}


def _value_fault(row: dict[str, Any]) -> tuple[str, str] | None:
    for key in ("id", "input", "expected"):
        try:
            canonical_json(row.get(key))
        except UnicodeEncodeError:
            return f"{key} holds half of a surrogate pair", "Write the character itself"
        except (ValueError, RecursionError):
            return f"{key} cannot be used: {_TOO_LARGE}", "Put it in quotes if it is a text"
    return None


def _group_and_tags_fault(row: dict[str, Any]) -> tuple[str, str] | None:
    tags = row.get("tags")
    if tags is not None and not isinstance(tags, dict):
        return f"tags is {_short(tags)}; it must be an object", 'Write {"tags": {"name": "value"}}'
    if len(tags or {}) > MAX_TAGS:
        return f"the row has {len(tags or {}):,} tags; the limit is {MAX_TAGS:,}", "Put other data into input"
    for name, value in {"group": row.get("group"), **{f"tags.{k}": v for k, v in (tags or {}).items()}}.items():
        if name == "tags." or not name.isprintable():
            return f"the tag name {name[5:]!r:.80} is empty or holds a control character", "Rename the tag"
        try:
            (value is None) or tag_text(value).encode()
        except UnicodeEncodeError:
            return f"{name:.80} holds half of a surrogate pair", "Write the character itself"
        except ValueError:
            return f"{name:.80} is {_short(value)}; it must be a text, a number, true or false", "Correct the value"
    return None


def _weight_fault(weight: Any) -> tuple[str, str] | None:
    if weight is None:
        return None
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return f"weight is {_short(weight)}; it must be a finite number above 0", "Leave weight out for 1"
    if not 0 < weight < math.inf or weight > 1e300:
        return f"weight is {_short(weight)}; it must be a finite number above 0", "Leave weight out for 1"
    return None


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str) else "null" if value is None else str(value).lower()
    return text if len(text) <= 60 else text[:57] + "..."
