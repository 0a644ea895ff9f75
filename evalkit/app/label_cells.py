"""Rows of labels as CSV cells and back; a text that a spreadsheet would run as a formula stays a text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.errors import InputError

_RUNS = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # a full-width sign is one too
_MARKED = re.compile("'" + _RUNS.pattern)
_ANSWERS = ("input", "expected", "output", "output_1", "output_2")


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula (OWASP, CSV injection)."""
    return f"'{text}" if _RUNS.match(text) else text


def plain_cell(cell: str) -> str:
    """The inverse of `safe_cell`."""
    return cell[1:] if _MARKED.match(cell) else cell


def row_of_cells(cells: Mapping[str, str], where: str) -> dict[str, Any]:
    """The row that CSV cells stand for: `human.NAME` and `tags.NAME` are gathered, `NAME.json` is decoded.

    Raises:
        InputError: a cell of JSON that is none, or a weight that is no number.
    """
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        head, dot, tail = name.partition(".")
        text = plain_cell(cell)
        if not text.strip():
            continue
        if dot and tail == "json" and head in _ANSWERS:
            row[head] = _json(text, name, where)
        elif dot and head in ("human", "tags"):
            row.setdefault(head, {})[tail] = text.strip()
        elif name == "weight":
            row[name] = _number(text, where)
        else:
            row[name] = text if name in _ANSWERS else text.strip()
    return row


def cells_of_row(row: Mapping[str, Any]) -> dict[str, str]:
    """The CSV cells of a row; every text is safe to open in a spreadsheet."""
    cells: dict[str, str] = {}
    for name, value in row.items():
        if name in _ANSWERS and not isinstance(value, str):
            cells[f"{name}.json"] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, Mapping):
            cells |= {f"{name}.{key}": str(item) for key, item in value.items()}
        elif value is not None:
            cells[name] = str(value)
    return {name: safe_cell(text) for name, text in cells.items()}


def _json(text: str, name: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name} is not JSON: {error}", where, f"Name the column {name[:-5]!r} if it is text"
        ) from None


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"weight is {text!r:.60}", where, "A weight is a number above 0") from None
