"""JSON Lines -> prediction columns, block by block, without a dict per row being kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.tables import PREDICTIONS
from evalkit.core.texts import clip, parse
from evalkit.predictors.recorded_columns import KEYS, BadCell, Place, columns_table

BLOCK_BYTES = 4 << 20
_BOM = b"\xef\xbb\xbf"


def read_jsonl(path: Path) -> tuple[pa.Table, set[str], Place]:
    """The table, the keys that mean nothing here, and where each row stands.

    Raises:
        InputError: naming the line, the key and the value.
        OSError: the file cannot be read.
    """
    tables, unknown = [], set[str]()
    known = frozenset(KEYS)
    for first, lines in _blocks(path):
        rows = _decode(path, first, lines)
        names = set[str]().union(*rows)
        unknown |= names - known
        cells = {key: [row.get(key) for row in rows] for key in KEYS if key in names}
        try:
            tables.append(columns_table(cells, len(rows)))
        except BadCell as error:
            raise InputError(str(error), _line(path, first, lines, error.row)) from None
    table = pa.concat_tables(tables) if tables else PREDICTIONS.empty_table()
    return table, unknown, lambda row: _place(path, row)


def _blocks(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first line from 1, lines) of about BLOCK_BYTES each; blank lines are kept, so that lines count."""
    with path.open("rb") as file:
        if file.read(3) != _BOM:
            file.seek(0)
        first = 1
        while lines := file.readlines(BLOCK_BYTES):
            yield first, lines
            first += len(lines)


def _decode(path: Path, first: int, lines: list[bytes]) -> list[dict[str, Any]]:
    """The rows of a block: one pass of the decoder over all of it, line by line only to say what is wrong."""
    texts = [text for line in lines if (text := line.strip())]
    # 123 and 125 are { and }: with as many objects as lines, each line is one object.
    if all(text[0] == 123 and text[-1] == 125 for text in texts):
        try:
            rows = parse(b"[" + b",".join(texts) + b"]")
        except ValueError:
            rows = []
        if len(rows) == len(texts) and set(map(type, rows)) <= {dict}:
            found: list[dict[str, Any]] = rows
            return found
    return [_row(path, first + i, line) for i, line in enumerate(lines) if line.strip()]


def _row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = parse(line.strip())
    except ValueError as error:
        shown = clip(line.strip().decode("utf-8", "replace"), 120)
        raise InputError(f"this is not JSON ({error}): {shown}", f"{path}, line {number:,}") from None
    if not isinstance(row, dict):
        raise InputError(f"this is no object but {clip(repr(row), 120)}", f"{path}, line {number:,}")
    return row


def _line(path: Path, first: int, lines: list[bytes], row: int) -> str:
    numbers = (first + i for i, line in enumerate(lines) if line.strip())
    return f"{path}, line {next(islice(numbers, row, None)):,}"


def _place(path: Path, row: int) -> str:
    """Where row `row` stands; read anew, since only errors ask."""
    if row < 0:
        return str(path)
    for first, lines in _blocks(path):
        n = sum(1 for line in lines if line.strip())
        if row < n:
            return _line(path, first, lines, row)
        row -= n
    return str(path)
