"""Columns of the traffic log's tables, and their rows as Arrow tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa

from evalkit.core.traffic import DROPS, OUTCOMES, REQUESTS, SHADOWS

__all__ = ["TABLES", "chunks", "micros", "schema_of"]

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "requests": REQUESTS,
    "shadows": SHADOWS,
    "outcomes": OUTCOMES,
    "drops": DROPS,
}
_ROWS: Final = 50_000  # that are turned into columns at once
_TYPES: Final = {
    "string": pa.string(),
    "double": pa.float64(),
    "int64": pa.int64(),
    "timestamp[us, UTC]": pa.timestamp("us", "UTC"),
}


def schema_of(table: str) -> pa.Schema:
    """The columns of `requests`, `shadows`, `outcomes` or `drops`."""
    return pa.schema([(name, _TYPES[kind]) for name, kind in TABLES[table].items()])


def micros(seconds: float) -> int:
    """Time as the log has it."""
    return round(seconds * 1e6)


def chunks(rows: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.Table]:
    """Rows of a query, in columns, some tens of thousands at once."""
    while chunk := rows.fetchmany(_ROWS):
        columns = [pa.array(column, field.type) for column, field in zip(zip(*chunk, strict=True), schema, strict=True)]
        yield pa.table(columns, schema=schema)
