"""Arrow columns as short JSON: codes for what repeats, few digits for numbers."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["coded", "floats", "short", "strings"]

_BINARY = {None: "-", 0: "0", 1: "1"}
_LABEL = 300
"""Characters of a tag, a group or a reason that a page shows."""


def strings(column: pa.Array | pa.ChunkedArray) -> list[str | None]:
    """The column as Python strings."""
    found: list[str | None] = column.to_pylist()
    return found


def coded(column: pa.Array | pa.ChunkedArray) -> dict[str, Any] | None:
    """`{"values": [...], "codes": [...]}`, -1 where there is none; None for a column without any value."""
    if column.null_count == len(column):
        return None
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    plain = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    encoded = plain.dictionary_encode()
    values = [short(text) for text in encoded.dictionary.to_pylist()]
    return {"values": values, "codes": pc.fill_null(encoded.indices, -1).to_pylist()}


def short(text: str) -> str:
    """A label that fits a line; an ellipsis says that there was more."""
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def floats(column: pa.Array | pa.ChunkedArray, digits: int = 6) -> list[float | int | None] | str | None:
    """Numbers to so many significant digits, whole ones as integers; None for a column without any value.

    A column of nothing but 0, 1 and null is a text of `0`, `1` and `-`.
    """
    if column.null_count == len(column):
        return None
    if pc.all(pc.is_in(column, value_set=pa.array([0, 1, None], column.type))).as_py():
        return "".join(_BINARY[x] for x in column.to_pylist())
    return [None if x is None else _number(x, digits) for x in column.to_pylist()]


def _number(x: float, digits: int) -> float | int | None:
    if not math.isfinite(x):
        return None
    return int(x) if x == int(x) and abs(x) < 2**53 else float(f"{x:.{digits}g}")
