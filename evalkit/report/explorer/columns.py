"""Arrow columns as short JSON: codes for what repeats, six digits for numbers, clipped text for what is endless."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Clipper", "coded", "floats", "strings"]

_MOST, _LEAST, _BUDGET = 4_000, 250, 32_000_000


def strings(column: pa.Array | pa.ChunkedArray) -> list[str | None]:
    """The column as Python strings."""
    found: list[str | None] = column.to_pylist()
    return found


def coded(column: pa.Array | pa.ChunkedArray) -> dict[str, Any] | None:
    """`{"values": [...], "codes": [...]}`, -1 where there is none; None for a column without any value."""
    if column.null_count == len(column):
        return None
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1)
    return {"values": encoded.dictionary.to_pylist(), "codes": codes.to_pylist()}


def floats(column: pa.Array | pa.ChunkedArray) -> list[float | int | None] | None:
    """Numbers to six significant digits, whole ones as integers; None for a column without any value."""
    if column.null_count == len(column):
        return None
    return [None if x is None else _short(x) for x in column.to_pylist()]


def _short(x: float) -> float | int | None:
    if not math.isfinite(x):
        return None
    return int(x) if x == int(x) and abs(x) < 2**53 else float(f"{x:.6g}")


@dataclass
class Clipper:
    """Clips JSON texts to `limit` characters and remembers how long the clipped ones were.

    Attributes:
        limit: characters a value may have: 4,000, less where the cases together would make the page unwieldy.
        clipped: column -> {row: characters that the value has}.
    """

    limit: int = _MOST
    clipped: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def for_columns(cls, columns: list[pa.Array | pa.ChunkedArray], share: float) -> Clipper:
        """The largest limit with which a `share` of the rows of these columns stays within 32 million characters."""
        lengths = [np.asarray(pc.fill_null(pc.utf8_length(c), 0), dtype=np.int64) for c in columns]
        limit = _MOST
        while limit > _LEAST and share * sum(float(np.minimum(x, limit).sum()) for x in lengths) > _BUDGET:
            limit //= 2
        return cls(max(limit, _LEAST))

    def clip(self, name: str, column: pa.Array | pa.ChunkedArray) -> list[str | None] | None:
        """The texts, those over the limit shortened; None for a column without any value."""
        if column.null_count == len(column):
            return None
        lengths = np.asarray(pc.fill_null(pc.utf8_length(column), 0))
        texts = pc.utf8_slice_codeunits(column, 0, self.limit) if (lengths > self.limit).any() else column
        found: list[str | None] = texts.to_pylist()
        for row in np.flatnonzero(lengths > self.limit).tolist():
            shown, length = self._shorten(column[row].as_py())
            found[row] = shown
            if length > self.limit:
                self.clipped.setdefault(name, {})[row] = length
        return found

    def _shorten(self, text: str) -> tuple[str, int]:
        """A string keeps the form of a JSON string, so that it still reads as one; other values are cut as text."""
        if not text.startswith('"'):
            return text[: self.limit], len(text)
        value = json.loads(text)
        return json.dumps(value[: self.limit], ensure_ascii=False), len(value)
