"""The columns of a block, each once: what two systems say alike travels once, and few different texts as letters.

Both are for the packer: bzip2 sorts a block with long repetitions three times as slowly.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["block_of", "dumped"]

_FEW = 34
_FIRST = ord("]")
"""Different entries that have a letter each, from `]` to `~`: no letter is a quote, a backslash or a control."""


def dumped(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def block_of(body: Any) -> bytes:
    """JSON of a block: `columns`, and the body with the place of its column where each column stood.

    Args:
        body: dictionaries of dictionaries of columns: lists, texts of one letter a case, or None.
    """
    places: dict[str, int] = {}
    placed = _placed(body, places)
    return f'{{"columns":[{",".join(places)}],{dumped(placed)[1:]}'.encode("utf-8", "replace")


def _placed(body: Any, places: dict[str, int]) -> Any:
    if isinstance(body, dict):
        return {name: _placed(column, places) for name, column in body.items()}
    if body is None:
        return None
    return places.setdefault(dumped(_lettered(body)), len(places))


def _lettered(column: Any) -> Any:
    """`{values, codes}` where a column has few different entries, and they are no lists."""
    if isinstance(column, str) or len(column) <= 2 * _FEW or not _plain(column[: 2 * _FEW]):
        return column
    letters: dict[Any, str] = {}
    for entry in column:
        if entry not in letters:
            if len(letters) == _FEW or not _plain((entry,)):
                return column
            letters[entry] = chr(_FIRST + len(letters))
    return {"values": list(letters), "codes": "".join(map(letters.__getitem__, column))}


def _plain(entries: Any) -> bool:
    """Texts and nulls: 1, 1.0 and true would share a letter."""
    return all(entry is None or isinstance(entry, str) for entry in entries)
