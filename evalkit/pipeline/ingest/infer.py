"""The schema of a stream without a contract: what most of its first records have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

__all__ = ["JSON", "Schema", "inferred"]

JSON: Final = "json"
"""The type of a column that holds any JSON value, kept as canonical text."""

FEW: Final = 0.2
"""A field that at most this share of the first records has (or lacks) is a fault of those; between, it is optional."""

_TYPES: Final = {type(None): "", bool: "bool", int: "int64", float: "double", str: "string"}
_WHOLE = re.compile(r"[+-]?\d{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
NULLS: Final = frozenset(("NA", "N/A", "NaN", "nan", "null", "NULL"))
"""What in a cell of CSV stands for no value, where the column is not text; an empty cell always does."""


class Schema(NamedTuple):
    """What each record must look like."""

    columns: dict[str, str]  # name -> type, in order
    optional: frozenset[str]  # may be left out


def inferred(rows: Sequence[Mapping[str, Any]], declared: Mapping[str, str] | None = None, *, texts: bool) -> Schema:
    """Columns, types and what is optional.

    Args:
        rows: the first records, those that could be read.
        declared: types by name, where the source knows them.
        texts: values are cells of CSV, and are what they look like.
    """
    if declared is not None:
        return Schema(dict(declared), frozenset())
    has = Counter(name for row in rows for name in row)
    names = [name for name, n in has.items() if n > FEW * len(rows) and _is_text(name)]
    optional = frozenset(name for name in names if len(rows) - has[name] > FEW * len(rows))
    return Schema({name: _kind([row.get(name) for row in rows], texts) for name in names}, optional)


def _is_text(name: str) -> bool:
    """Whether it can be written: half of a surrogate pair cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(values: Sequence[Any], texts: bool) -> str:
    kinds: Counter[str] = Counter()
    for one, n in Counter(values if texts else map(type, values)).items():  # each distinct one is looked at once
        kinds[_of_text(one) if texts else _TYPES.get(one, JSON)] += n
    kinds.pop("", None)
    if not kinds:
        return JSON  # nothing is known of it
    numbers = kinds["int64"] + kinds["double"]
    kinds["double"] = numbers if kinds["double"] else 0
    top, n = max(kinds.items(), key=lambda item: item[1])
    return "string" if texts and n < (1 - FEW) * sum(kinds.values()) and top != "double" else top


def _of_text(cell: str | None) -> str:
    if not cell or cell in NULLS:
        return ""
    if _WHOLE.fullmatch(cell):
        return "int64"
    if _NUMBER.fullmatch(cell):
        return "double"
    return "bool" if cell.lower() in ("true", "false") else "string"
