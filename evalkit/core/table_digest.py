"""The identity of rows: by their values and types, whatever file, batch or encoding holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.digest import canonical_json, digest_of

__all__ = ["columns_of", "plain", "table_digest"]

_NAN = np.float64("nan")


def columns_of(schema: pa.Schema) -> dict[str, str]:
    """Column -> type as Arrow writes it; a dictionary is what it holds, large text is text."""
    return {field.name: str(_plain(field.type)) for field in schema}


def plain(table: pa.Table) -> pa.Table:
    """The same rows without dictionaries, large texts and notes of other libraries, so that parts fit together."""
    return table.cast(pa.schema([(field.name, _plain(field.type)) for field in table.schema]))


def table_digest(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> str:
    """sha256 of columns, types and values in order; where batches begin and end changes nothing.

    Nulls are apart from every value, and every NaN is the same one. Lists and structs count as their JSON.

    Raises:
        ValueError: a nested value holds what JSON cannot.
    """
    columns = [_Column(_plain(field.type)) for field in schema]
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        for column, array in zip(columns, batch.columns, strict=True):
            column.add(array)
    return digest_of({"columns": list(columns_of(schema).items()), "rows": rows, "of": [c.hexes() for c in columns]})


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind):
        return pa.string()
    return pa.binary() if pa.types.is_large_binary(kind) else kind


class _Column:
    """Hashes of one column: of its values, and of which there are (or how long they are)."""

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.values, self.shape = hashlib.sha256(), hashlib.sha256()

    def hexes(self) -> list[str]:
        return [self.values.hexdigest(), self.shape.hexdigest()]

    def add(self, array: Any) -> None:
        kind = self.kind
        if array.type != kind:
            array = array.cast(kind)
        if pa.types.is_string(kind) or pa.types.is_binary(kind):
            self._texts(array)
        elif pa.types.is_nested(kind):
            self._texts(
                pa.array([None if v is None else canonical_json(_json(v)) for v in array.to_pylist()], pa.string())
            )
        elif pa.types.is_null(kind):
            self.shape.update(bytes(len(array)))
        else:
            self._fixed(array)

    def _texts(self, array: Any) -> None:
        sizes = pc.fill_null(pc.binary_length(array), -1).to_numpy(zero_copy_only=False).astype("<i8")
        self.shape.update(sizes.tobytes())
        if len(array):
            offsets = np.frombuffer(array.buffers()[1], "<i4", len(array) + 1, array.offset * 4)
            kept = array if not array.null_count else array.drop_null()
            if array.null_count:  # bytes under a null may be anything
                kept = pa.concat_arrays([kept])
                offsets = (
                    np.frombuffer(kept.buffers()[1], "<i4", len(kept) + 1, kept.offset * 4)
                    if len(kept)
                    else offsets[:1]
                )
            data = kept.buffers()[2]
            if data is not None and len(offsets) > 1:
                self.values.update(memoryview(data)[int(offsets[0]) : int(offsets[-1])])

    def _fixed(self, array: Any) -> None:
        self.shape.update(pc.is_valid(array).to_numpy(zero_copy_only=False).astype(np.uint8).tobytes())
        kept = array.drop_null() if array.null_count else array
        if pa.types.is_boolean(self.kind):
            values = kept.to_numpy(zero_copy_only=False).astype(np.uint8)
        elif pa.types.is_floating(self.kind):
            values = kept.to_numpy(zero_copy_only=False)
            values = np.where(np.isnan(values), np.array(_NAN, values.dtype), values)
        elif pa.types.is_decimal(self.kind) or self.kind.bit_width not in (8, 16, 32, 64):
            self.values.update(canonical_json([str(value) for value in kept.to_pylist()]).encode())
            return
        else:
            values = _whole(kept).to_numpy(zero_copy_only=False)
        self.values.update(np.ascontiguousarray(values).tobytes())


def _whole(array: Any) -> Any:
    """Dates, times and whole numbers as the whole numbers that they are stored as."""
    kind = array.type
    return array if pa.types.is_integer(kind) else array.view(pa.int32() if kind.bit_width == 32 else pa.int64())


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
