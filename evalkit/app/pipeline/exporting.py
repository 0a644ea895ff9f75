"""Rows of a dataset as a file for others, and as plain JSON values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from evalkit.app.exporting import csv_of
from evalkit.app.whole import whole
from evalkit.core.errors import InputError
from evalkit.core.texts import json_value
from evalkit.stores.disk import told

__all__ = ["exported", "plain_rows"]

_Write = Callable[[pa.Table], Any]


def exported(parts: Iterable[pa.Table], schema: pa.Schema, output: Path) -> None:
    """Write rows, part by part, so that a large dataset is never whole in memory; the file is whole or as it was.

    In CSV a text that a spreadsheet would run as a formula has an apostrophe before it. Times are ISO 8601.

    Args:
        parts: of the dataset, in order.
        schema: where there is no part.
        output: ends in .parquet, .csv or .jsonl.

    Raises:
        InputError: another ending, or a number that JSON cannot hold.
        StoreError: the disk does not take it.
    """
    writers = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}
    writer = writers.get(output.suffix.lower())
    if writer is None:
        raise InputError(f"{output.name!r} ends in none of {', '.join(writers)}", "--output", "Name the file so")
    rest = iter(parts)
    first = next(rest, schema.empty_table())
    with told(output, "write the dataset"), whole(output) as place, writer(place, first.schema) as write:
        for part in chain([first], rest):
            write(part)


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as JSON values: times as ISO 8601, bytes as base64, NaN and infinities as texts."""
    return [{name: json_value(value) for name, value in row.items()} for row in table.to_pylist()]


@contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    from pyarrow.parquet import ParquetWriter

    with ParquetWriter(path, schema, compression="zstd") as writer:
        yield writer.write_table


@contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        header = csv_of(schema.empty_table())
        file.write(header)
        yield lambda part: file.write(csv_of(_cells(part))[len(header) :])


def _cells(table: pa.Table) -> pa.Table:
    """Times, bytes and nested values as texts."""
    types = pa.types
    for place, field in enumerate(table.schema):
        if not (types.is_floating(field.type) or types.is_integer(field.type) or types.is_string(field.type)):
            values = [json_value(value) for value in table.column(place).to_pylist()]
            texts = [v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table


@contextmanager
def _jsonl(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    with path.open("w", encoding="utf-8") as file:

        def write(part: pa.Table) -> None:
            for name in floats:
                if any(value is not None and not math.isfinite(value) for value in part[name].to_pylist()):
                    what = f"the column {name!r:.80} has a NaN or an infinity, which JSON cannot hold"
                    raise InputError(what, "--output", "Export to .parquet or .csv")
            file.writelines(f"{json.dumps(row, ensure_ascii=True)}\n" for row in plain_rows(part))

        yield write
