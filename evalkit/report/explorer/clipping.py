"""Texts that are too long for a page: what is shown of them, and how long they were."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Clipper"]

_MOST, _LEAST, _BUDGET = 4_000, 250, 32_000_000
_MEMBERS = 200
_NESTED = 5
"""An object or a list may have so many times the characters of a text: what is long in it is shortened one by one."""


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
    def for_columns(cls, columns: list[pa.Array | pa.ChunkedArray]) -> Clipper:
        """The largest limit with which these columns stay within 32 million characters."""
        lengths = [np.asarray(pc.fill_null(pc.utf8_length(c), 0), dtype=np.int64) for c in columns]
        limit = _MOST
        while limit > _LEAST and sum(float(np.minimum(x, limit).sum()) for x in lengths) > _BUDGET:
            limit //= 2
        return cls(max(limit, _LEAST))

    def clip(self, name: str, column: pa.Array | pa.ChunkedArray) -> list[str | None] | None:
        """The texts, those over the limit shortened; None for a column without any value."""
        if column.null_count == len(column):
            return None
        lengths = np.asarray(pc.fill_null(pc.utf8_length(column), 0))
        long = np.flatnonzero(lengths > self.limit).tolist()
        if not long:
            found: list[str | None] = column.to_pylist()
            return found
        found = pc.utf8_slice_codeunits(column, 0, self.limit).to_pylist()
        for row in long:
            found[row], length = self._shorten(column[row].as_py())
            if length:
                self.clipped.setdefault(name, {})[row] = length
        return found

    def _shorten(self, text: str) -> tuple[str, int]:
        """What is shown of a JSON text, which stays JSON where that is short enough; how long it was, 0: all of it."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text[: self.limit], len(text)
        if isinstance(value, str):
            whole = len(value) <= self.limit
            return json.dumps(value[: self.limit], ensure_ascii=False), 0 if whole else len(value)
        shown = json.dumps(self._less(value, self.limit // 2), ensure_ascii=False)
        if len(shown) > _NESTED * self.limit:
            return text[: self.limit], len(text)
        return shown, len(text) if len(shown) < len(text) else 0

    def _less(self, value: Any, limit: int) -> Any:
        """The same structure with its long texts shortened and its many members left out, said where that is."""
        if isinstance(value, str):
            return value if len(value) <= limit else f"{value[:limit]}… [{len(value):,} characters]"
        if isinstance(value, list):
            rest = [f"… [{len(value) - _MEMBERS:,} more]"] if len(value) > _MEMBERS else []
            return [self._less(x, limit) for x in value[:_MEMBERS]] + rest
        if isinstance(value, dict):
            more = {"…": f"[{len(value) - _MEMBERS:,} more]"} if len(value) > _MEMBERS else {}
            return {k[:limit]: self._less(x, limit) for k, x in list(value.items())[:_MEMBERS]} | more
        return value
