"""Rows of JSON Lines, CSV and Parquet as columns, each row with its place; nothing is interpreted yet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.errors import InputError
from evalkit.engine.csv_rows import numbered_rows
from evalkit.engine.files import BOM, need_file, not_utf8, unreadable
from evalkit.pipeline.ab.log import Ints

__all__ = ["Raw", "read_rows"]

_BLOCK = 1 << 21  # bytes of lines that are parsed at once
_LONGEST = 64_000_000  # of a line


@dataclass(frozen=True)
class Raw:
    """Columns as they stand in the file.

    Attributes:
        columns: name -> (n,) list of Python values, or an Arrow array.
        file: name of the file.
        at: (n,) line or row number.
        unit: "line" or "row".
    """

    columns: dict[str, Any]
    file: str
    at: Ints
    unit: str


def read_rows(path: Path, kind: str, fields: Sequence[str]) -> Raw:
    """The fields of every row.

    Args:
        path: ends in .jsonl (or .ndjson), .csv or .parquet; with another end, JSON Lines or Parquet by its first bytes.
        kind: what it holds, for sentences.
        fields: the columns that every row needs; others are passed over.

    Raises:
        InputError: no such file, another format, a row that is none, a field that is missing, no rows.
    """
    need_file(path, kind)
    readers: dict[str, Callable[[Path, Sequence[str]], Raw]] = {
        ".jsonl": _jsonl,
        ".ndjson": _jsonl,
        ".csv": _csv,
        ".parquet": _parquet,
    }
    try:
        reader = readers.get(path.suffix.lower()) or readers.get(_sniffed(path))
        if reader is None:
            what = f"{path.suffix or 'a file without a suffix'} is no format of {kind}"
            raise InputError(what, str(path), f"Give a file that ends in {', '.join(readers)}")
        raw = reader(path, fields)
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from None
    except OSError as error:
        raise unreadable(path, kind, error) from None
    if not len(raw.at):
        raise InputError(f"the file holds no {kind}", str(path), f"Give rows with {', '.join(fields)}")
    return raw


def _sniffed(path: Path) -> str:
    """The suffix that a file with another one should have, by its first bytes; "" where they tell nothing."""
    with path.open("rb") as file:
        begun = file.read(64).removeprefix(BOM).lstrip()
    return ".parquet" if begun.startswith(b"PAR1") else ".jsonl" if begun.startswith(b"{") else ""


_TYPES = {"unit": "string", "variant": "string", "metric": "string", "value": "double"}


def _jsonl(path: Path, fields: Sequence[str]) -> Raw:
    """Arrow's reader where every line is an object of the usual types; else line by line, which says what is wrong."""
    for clock in ("double", "string"):
        if (quick := _objects_at_once(path, fields, {**_TYPES, "ts": clock})) is not None:
            return quick
    return _by_lines(path, fields)


def _objects_at_once(path: Path, fields: Sequence[str], types: dict[str, str]) -> Raw | None:
    import pyarrow as pa
    from pyarrow import json as arrow

    data = path.read_bytes()
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    schema = pa.schema([(field, pa.type_for_alias(types[field])) for field in fields])
    try:
        table = arrow.read_json(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(use_threads=False, block_size=_BLOCK),
            parse_options=arrow.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        ).combine_chunks()
    except pa.ArrowException:
        return None
    if table.num_rows != lines or not lines or any(column.null_count for column in table.columns):
        return None
    return Raw({field: table[field].chunk(0) for field in fields}, str(path), np.arange(1, lines + 1), "line")


def _by_lines(path: Path, fields: Sequence[str]) -> Raw:
    columns: dict[str, list[Any]] = {field: [] for field in fields}
    at: list[Ints] = []
    line = 1
    with path.open("rb") as file:
        for lines in iter(lambda: file.readlines(_BLOCK), []):
            if line == 1:
                lines[0] = lines[0].removeprefix(BOM)
            rows, places = _objects(path, lines, line)
            for field in fields:
                try:
                    columns[field] += [row[field] for row in rows]
                except (KeyError, TypeError):
                    raise _lacking(path, rows, places, field, fields) from None
            at.append(places)
            line += len(lines)
    return Raw(dict(columns), str(path), np.concatenate(at) if at else np.zeros(0, np.int64), "line")


def _objects(path: Path, lines: list[bytes], first: int) -> tuple[list[Any], Ints]:
    """The JSON values of some lines and their line numbers: at once where that works, else one by one."""
    places = np.arange(first, first + len(lines))
    if all(line[:1] == b"{" and line.rstrip()[-1:] == b"}" for line in lines):  # no object goes over two lines
        try:
            rows = json.loads(b"[" + b",".join(lines) + b"]")
        except (ValueError, RecursionError):
            rows = []
        if len(rows) == len(lines):
            return rows, places
    return _one_by_one(path, lines, first)


def _one_by_one(path: Path, lines: list[bytes], first: int) -> tuple[list[Any], Ints]:
    rows, places = [], []
    for place, line in enumerate(lines, first):
        where = f"{path}:{place}"
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line.decode()))
        except UnicodeDecodeError as error:
            raise not_utf8(where, error) from None
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON: {_said(error)}", where, "Write one JSON object a line") from None
        places.append(place)
    return rows, np.array(places, np.int64)


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at column {error.colno}"
    return "too deeply nested, or a number with too many digits"


def _lacking(path: Path, rows: list[Any], places: Ints, field: str, fields: Sequence[str]) -> InputError:
    bad = next(i for i, row in enumerate(rows) if not isinstance(row, dict) or field not in row)
    what = f"the row has no {field!r}" if isinstance(rows[bad], dict) else "the line is not a JSON object"
    shape = ", ".join(f'"{name}": ...' for name in fields)
    return InputError(what, f"{path}:{places[bad]}", f"Write {{{shape}}}")


def _csv(path: Path, fields: Sequence[str]) -> Raw:
    """Arrow's reader where rows are lines; else, and wherever it finds a fault, row by row, which knows the line."""
    if (quick := _at_once(path, fields)) is not None:
        return quick
    limit = csv.field_size_limit(_LONGEST)
    try:
        with path.open("rb") as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            return _cells(path, csv.reader(text, strict=True), fields)
    finally:
        csv.field_size_limit(limit)


def _at_once(path: Path, fields: Sequence[str]) -> Raw | None:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    data = path.read_bytes()
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    header = data[: data.find(b"\n")]
    try:
        names = arrow.read_csv(pa.BufferReader(header)).column_names
        if any(names.count(field) > 1 for field in fields):
            return None
        table = arrow.read_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(use_threads=False, block_size=_BLOCK),
            convert_options=arrow.ConvertOptions(
                column_types={field: pa.string() for field in fields}, include_columns=list(fields), null_values=[]
            ),
        ).combine_chunks()
    except (pa.ArrowException, KeyError):
        return None
    if table.num_rows != lines - 1 or not table.num_rows:  # a blank line, or a line break in quotes
        return None
    columns = {field: pc.utf8_trim_whitespace(table[field].chunk(0)) for field in fields}
    return Raw(columns, str(path), np.arange(2, lines + 1), "line")


def _cells(path: Path, reader: Any, fields: Sequence[str]) -> Raw:
    rows = numbered_rows(reader, str(path))
    _, names = next(rows, (0, []))
    names = [name.strip() for name in names]
    for field in fields:
        if field not in names:
            there = ", ".join(names[:10]) or "nothing"
            raise InputError(f"there is no column {field!r}", f"{path}:1", f"The header has {there}")
        if names.count(field) > 1:
            raise InputError(f"two columns are {field!r}", f"{path}:1", "Leave one of them out")
    at, kept = [], []
    for line, row in rows:
        if len(row) != len(names):
            what = f"the row has {len(row)} cells, and the header has {len(names)}"
            raise InputError(what, f"{path}:{line}", "Put double quotes around a cell that holds a comma")
        at.append(line)
        kept.append(row)
    cells = list(zip(*kept, strict=True)) or [()] * len(names)
    import pyarrow as pa

    columns = {field: pa.array([cell.strip() for cell in cells[names.index(field)]], pa.string()) for field in fields}
    return Raw(columns, str(path), np.array(at, np.int64), "line")


def _parquet(path: Path, fields: Sequence[str]) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            for field in fields:
                if names.count(field) != 1:
                    what = f"there is no column {field!r}" if field not in names else f"two columns are {field!r}"
                    raise InputError(what, str(path), f"The file has {', '.join(names[:10])}")
            table = file.read(columns=list(fields)).combine_chunks()
    except pa.ArrowException as error:
        raise InputError(f"not Parquet: {str(error).splitlines()[0]:.200}", str(path), "Write the file again") from None
    columns = {field: table[field].combine_chunks() for field in fields}
    columns = {name: one.chunk(0) if isinstance(one, pa.ChunkedArray) else one for name, one in columns.items()}
    return Raw(columns, str(path), np.arange(1, table.num_rows + 1), "row")
