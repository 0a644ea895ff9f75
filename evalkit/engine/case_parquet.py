"""Cases from Parquet, batch by batch: a text column holds texts (not JSON), other types their JSON form.

A null field of a struct of inputs is null: the system is told that it is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from evalkit.core.errors import InputError
from evalkit.engine.arrow_text import json_column, plain_text, said_column
from evalkit.engine.case_columns import Block, CaseBuilder, Faults
from evalkit.engine.case_header import PLAIN, Header, joined, read_header

BATCH_ROWS = 65_536
Convert = Callable[[pa.Array], pa.Array]


def read_parquet(path: Path, builder: CaseBuilder) -> None:
    """Add every row of a Parquet file.

    Raises:
        InputError: not Parquet, an unusable schema or column type, or a broken text. Other faults gather in
            `builder.faults`.
    """
    import pyarrow.parquet as pq

    name = builder.faults.file
    try:
        with pq.ParquetFile(path) as file:
            header = _header(file.schema_arrow, name)
            row = 1
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                batch.validate(full=True)
                builder.add(_block(batch, row, header, builder.faults))
                row += len(batch)
    except (pa.ArrowException, OSError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"not a readable Parquet file: {reason}", name, "Write the file again") from None


def _header(schema: pa.Schema, file: str) -> Header:
    header = read_header(schema.names, file, (*PLAIN, "tags"))
    kind = schema.types[header.plain["tags"]] if "tags" in header.plain else None
    if kind is not None and not types.is_struct(kind):
        raise InputError(f"the column 'tags' is of type {kind}", file, "Write one column a tag: tags.NAME")
    id_kind = schema.types[header.plain["id"]]
    text = id_kind.value_type if types.is_dictionary(id_kind) else id_kind
    if not (
        types.is_integer(text) or types.is_string(text) or types.is_large_string(text) or types.is_string_view(text)
    ):
        what = f"the column 'id' is of type {id_kind}; ids are texts or whole numbers"
        raise InputError(what, file, "Cast the column")
    return header


def _block(batch: pa.RecordBatch, row: int, header: Header, faults: Faults) -> Block:
    def column(position: int, convert: Convert) -> pa.Array:
        return _converted(batch.column(position), convert, batch.schema.names[position], row, faults)

    def plain(name: str, convert: Convert) -> pa.Array | None:
        return column(header.plain[name], convert) if name in header.plain else None

    def values(stem: str) -> pa.Array | None:
        parts = {key: column(position, json_column) for key, position in header.parts[stem].items()}
        said = stem == "input"  # what is not known is asked as such; of an expected answer it is not asked for
        return joined(parts, said) if parts else plain(stem, said_column if said else json_column)

    tags = {name: column(position, _short_text) for name, position in header.parts["tags"].items()}
    if "tags" in header.plain:
        struct = batch.column(header.plain["tags"])
        for field, child in zip(struct.type, struct.flatten(), strict=True):
            tags[field.name] = _converted(child, _short_text, f"tags.{field.name}", row, faults)
    weight = plain("weight", _number)
    return Block(
        np.arange(row, row + len(batch)),
        column(header.plain["id"], _short_text),
        values("input"),
        values("expected"),
        plain("group", _short_text),
        None if weight is None else np.asarray(pc.fill_null(weight, 1.0)),
        tags,
    )


def _converted(values: pa.Array, convert: Convert, name: str, row: int, faults: Faults) -> pa.Array:
    """The column converted; where a row prevents it, that is noted and the column left empty."""
    try:
        return convert(values)
    except ValueError as error:  # also what Arrow says of types: ArrowInvalid is a ValueError
        sentence = str(error)
    start, stop = 0, len(values)
    if len(values) and not _fails(values.slice(0, 0), convert):  # else it is the type, not a row
        while stop - start > 1:
            middle = (start + stop) // 2
            start, stop = (start, middle) if _fails(values.slice(start, middle - start), convert) else (middle, stop)
        what, _, remedy = sentence.partition("; ")
        faults.add(row + start, f"{name}: {what}", remedy[:1].upper() + remedy[1:])
        return pa.nulls(len(values), convert(values.slice(0, 0)).type)
    what, _, remedy = sentence.partition("; ")
    raise InputError(f"{name}: {what}", faults.file, remedy[:1].upper() + remedy[1:])


def _fails(values: pa.Array, convert: Convert) -> bool:
    try:
        convert(values)
    except ValueError:
        return True
    return False


def _short_text(values: pa.Array) -> pa.Array:
    return plain_text(values).cast(pa.string())


def _number(values: pa.Array) -> pa.Array:
    kinds = (types.is_integer, types.is_floating, types.is_decimal, types.is_null)
    if not any(is_kind(values.type) for is_kind in kinds):
        raise ValueError(f"the column type {values.type} is no number; cast it")
    return values.cast(pa.float64())
