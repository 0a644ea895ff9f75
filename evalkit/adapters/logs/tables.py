"""Tables as rows of texts and values: CSV, JSON and Parquet."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.clean import printable
from evalkit.adapters.logs.files import objects, parsed, read_text
from evalkit.core.errors import InputError

_CELL = 1 << 28  # characters of a cell
_LITERAL = 1 << 20  # characters of a Python literal that is read


def read_csv(path: Path) -> tuple[list[str], Iterator[tuple[str, dict[str, str]]]]:
    """Names of the columns, and each row as (place, column -> text); commas, semicolons or tabs by the header.

    Raises:
        InputError: no header, a column twice, or (while reading) a row of another length.
    """
    csv.field_size_limit(_CELL)
    source = lines_kept(path)
    first = next(source, "")
    if not first.strip():
        raise InputError("the first line is empty, and should name the columns", str(path))
    mark = max(",;\t", key=first.count)
    reader = csv.reader(_again(first, source), delimiter=mark, strict=True)
    try:
        names = [name.strip() for name in next(reader)]
    except csv.Error as error:
        raise InputError(f"this is no CSV: {error}", f"{path}, line 1") from None
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two columns are called {twice!r:.80}", f"{path}, line 1", "Rename one of them.")
    return names, _csv_rows(path, names, reader)


def _csv_rows(path: Path, names: list[str], reader: Any) -> Iterator[tuple[str, dict[str, str]]]:
    line = reader.line_num + 1
    try:
        for cells in reader:
            if cells and len(cells) != len(names):
                what = f"the row has {len(cells):,} cells, and the header {len(names):,}"
                raise InputError(what, f"{path}, line {line:,}", "Was the file cut off? Texts with commas need quotes.")
            if cells:
                yield f"line {line:,}", dict(zip(names, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        what = f"this is no CSV: {error}"
        raise InputError(what, f"{path}, line {line:,}", "Was the file cut off? Quotes are doubled.") from None


def lines_kept(path: Path) -> Iterator[str]:
    """Lines with their ends, blank ones too: a quoted cell may hold them.

    Raises:
        InputError: the file cannot be read.
    """
    yield from io.StringIO(read_text(path), newline="")


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def read_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of a JSON table: a list of objects, JSON Lines, or {"columns", "data"} as pandas and mlflow write it.

    Raises:
        InputError: it is none of these.
    """
    if path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        yield from ((f"line {number:,}", value) for number, value in objects(path))
        return
    value = parsed(read_text(path), str(path))
    if isinstance(value, dict) and isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        names = [str(name) for name in value["columns"]]
        for at, cells in enumerate(value["data"]):
            if not isinstance(cells, list) or len(cells) != len(names):
                raise InputError(f"the row is no list of {len(names):,} cells", f"{path}, data[{at}]")
            yield f"data[{at}]", dict(zip(names, cells, strict=True))
        return
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise InputError('this is no table: neither a list of objects nor {"columns", "data"}', str(path))
    yield from ((f"row {at + 1:,}", row) for at, row in enumerate(value))


def read_parquet(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of a Parquet file, a batch at a time.

    Raises:
        InputError: it is none.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            at = 0
            for batch in file.iter_batches(1024):
                for row in batch.to_pylist():
                    at += 1
                    yield f"row {at:,}", row
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        told = printable(" ".join(str(error).split()))
        raise InputError(f"this is no whole Parquet file: {told:.150}", str(path)) from None


def cell(value: Any) -> Any:
    """A cell of a table as a value: JSON, or a literal of Python as pandas writes objects into CSV; else the text."""
    if not isinstance(value, str) or value[:1] not in '{["' or not value:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        pass
    if value[0] == '"' or len(value) > _LITERAL:
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value
