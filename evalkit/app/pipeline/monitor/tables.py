"""Tables of rows to be watched: Parquet, CSV, JSON lines. Whatever a column holds, it is read, never refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.pipeline.monitor.values import array_of, dated

__all__ = ["ENDINGS", "as_columns", "read_rows"]

ENDINGS = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson")
"""Of names of files that hold rows."""

_NULLS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "none"]


def read_rows(path: Path, texts: Set[str] = frozenset(), untimed: Set[str] = frozenset()) -> pa.Table:
    """The rows of a file, by its ending: .parquet, .csv, .tsv, .jsonl or .ndjson.

    Columns of CSV are numbers, dates or booleans where all of their cells are, else texts. A column of JSON lines whose
    values are of several types is texts: the JSON of each.

    Args:
        path: of the file.
        texts: columns that are texts whatever they look like, such as ids.
        untimed: columns of CSV that are no dates whatever they look like.

    Raises:
        InputError: there is no such file, or it is not of its kind.
    """
    readers: dict[str, Callable[[Path], pa.Table]] = {
        ".parquet": _parquet,
        ".csv": lambda p: _csv(p, ",", texts, untimed),
        ".tsv": lambda p: _csv(p, "\t", texts, untimed),
        ".jsonl": lambda p: _jsonl(p, texts),
        ".ndjson": lambda p: _jsonl(p, texts),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"the name ends in none of {', '.join(ENDINGS)}", str(path), "Convert it")
    if not path.is_file():
        raise InputError("there is no such file", str(path), "Check the path")
    try:
        return reader(path)
    except (pa.ArrowException, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"not a readable {path.suffix[1:]} file: {reason}", str(path), "Write it again") from None


def as_columns(rows: pa.Table, path: Path) -> pa.Table:
    """Rows of a file as what is held against a reference: JSON lines have no times, only texts that all are times."""
    if path.suffix.lower() not in (".jsonl", ".ndjson"):
        return rows
    return pa.table({name: dated(rows[name].combine_chunks()) for name in rows.column_names})


def _parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        table = file.read()
    table.validate(full=True)
    return table


def _csv(path: Path, delimiter: str, plain: Set[str], untimed: Set[str]) -> pa.Table:
    from pyarrow import csv

    if not path.stat().st_size:
        raise InputError("the file is empty", str(path), "Give it a header and rows")
    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    with path.open("rb") as file:
        header = csv.open_csv(file, parse_options=parse).schema.names
    as_texts = csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), null_values=_NULLS, strings_can_be_null=True
    )
    table = csv.read_csv(path, parse_options=parse, convert_options=as_texts)
    names = table.column_names
    typed = [table[i] if name in plain else _typed(table[i], name not in untimed) for i, name in enumerate(names)]
    return pa.table(typed, names=names)


_TIMES = (pa.timestamp("us"), pa.timestamp("us", "UTC"))


def _typed(column: pa.ChunkedArray, timed: bool = True) -> pa.ChunkedArray:
    """Texts as what all of them are."""
    if column.null_count == len(column):
        return column
    cells = pc.utf8_trim_whitespace(column)
    for kind in (pa.int64(), pa.float64(), pa.bool_(), *(_TIMES if timed else ())):
        try:
            found = cells.cast(kind)
        except pa.ArrowException:
            continue
        words = pa.types.is_boolean(kind) and pc.all(pc.is_in(cells.drop_null(), pa.array(["0", "1"]))).as_py()
        if not words:
            return found
    return column


def _jsonl(path: Path, plain: Set[str]) -> pa.Table:
    columns: dict[str, list[Any]] = {}
    rows = 0
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            row = _row(line, f"{path}:{number}")
            for name in row.keys() - columns.keys():
                columns[name] = [None] * rows
            for name, values in columns.items():
                value = row.get(name)
                values.append(str(value) if name in plain and type(value) in (int, float) else value)
            rows += 1
    arrays = {name: array_of(values) for name, values in sorted(columns.items())}
    return pa.table(arrays)


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"this line is no JSON: {error}", where, "Write one JSON object a line") from None
    if not isinstance(row, dict):
        raise InputError(f"this line is a {type(row).__name__}, not an object", where, "Write one JSON object a line")
    return row
