"""Columns in the middle: cases, predictions and scores as Arrow tables, never an object per row.

A value that may be any JSON (input, expected, output) is kept as its canonical JSON text, so that a scalar, a list and
an object live in one column, equal values have equal bytes, and a digest of a column is a digest of bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.digest import canonical_jsons


class _Missing:
    """The answer to "what is here?" where nothing is: not None, which is a JSON value."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class Column:
    """A column of JSON values: one canonical JSON text a row, Arrow null where there is no value."""

    def __init__(self, text: pa.Array | pa.ChunkedArray) -> None:
        """`text`: strings, each a canonical JSON text, or null."""
        if isinstance(text, pa.ChunkedArray):
            text = text.combine_chunks() if text.num_chunks != 1 else text.chunk(0)
        self.text: pa.Array = text if text.type == pa.large_string() else text.cast(pa.large_string())
        self._decoded: list[Any] | None = None

    @classmethod
    def of(cls, values: Iterable[Any]) -> Column:
        """Encode values; MISSING becomes null.

        Raises:
            ValueError: for NaN, infinity, or what JSON cannot hold.
        """
        return cls(json_texts(list(values), MISSING))

    def __len__(self) -> int:
        return len(self.text)

    def slice(self, start: int, stop: int) -> Column:
        """Rows [start, stop), without a copy."""
        return Column(self.text.slice(start, stop - start))

    def take(self, rows: np.ndarray) -> Column:
        """Rows by index; -1 gives MISSING."""
        return Column(self.text.take(pa.array(rows, mask=rows < 0)))

    def values(self, key: str | None = None) -> list[Any]:
        """Decoded values; with `key`, that key of each object, MISSING where the row is no object or lacks it."""
        if self._decoded is None:
            texts = self.text.to_pylist()
            present = [t for t in texts if t is not None]
            decoded = json.loads("[" + ",".join(present) + "]")
            if len(present) < len(texts):
                found = iter(decoded)
                decoded = [MISSING if t is None else next(found) for t in texts]
            self._decoded = decoded
        if key is None:
            return self._decoded
        return [v.get(key, MISSING) if type(v) is dict else MISSING for v in self._decoded]

    def present(self) -> np.ndarray:
        """(n,) bool: rows that hold a value."""
        return np.asarray(pc.is_valid(self.text))


def json_texts(values: Sequence[Any], absent: Any) -> pa.Array:
    """Canonical JSON texts of values, a block at a time; null where a value is `absent` itself.

    Raises:
        ValueError: for NaN, infinity, or what JSON cannot hold.
    """
    here = [value for value in values if value is not absent]
    texts: list[str | None] = [*canonical_jsons(here)]
    if len(here) < len(values):
        found = iter(texts)
        texts = [None if value is absent else next(found) for value in values]
    return pa.array(texts, pa.large_string())


def column_digest(columns: Sequence[tuple[str, pa.Array | pa.ChunkedArray]]) -> str:
    """sha256 (hex) over named columns: independent of chunking, of the file format, and of null padding."""
    hasher = hashlib.sha256()
    for name, column in columns:
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        kind = "text" if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) else str(column.type)
        hasher.update(f"{name}\0{kind}\0{len(column)}\0".encode())
        valid = np.asarray(pc.is_valid(column))
        hasher.update(np.packbits(valid).tobytes())
        if kind == "text":
            filled = pc.fill_null(column, "").cast(pa.large_string())
            hasher.update(np.asarray(pc.binary_length(filled), dtype="<i8").tobytes())
            hasher.update(_text_bytes(filled))
        else:
            hasher.update(np.ascontiguousarray(pc.fill_null(column, 0)).tobytes())
    return hasher.hexdigest()


def _text_bytes(values: pa.LargeStringArray) -> memoryview:
    """The bytes of all strings, one after the other, without a copy."""
    _, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1]
    return memoryview(data)[ends[0] : ends[-1]] if data is not None and len(values) else memoryview(b"")


PREDICTIONS: Final = pa.schema(
    [
        ("case_id", pa.string()),
        ("repeat", pa.int32()),
        ("output", pa.large_string()),  # canonical JSON
        ("failure_kind", pa.string()),  # null | system | harness
        ("failure_reason", pa.string()),
        ("failure_message", pa.string()),
        ("seconds", pa.float64()),
        ("cost", pa.float64()),
        ("tokens_in", pa.int64()),
        ("tokens_out", pa.int64()),
        ("confidence", pa.float64()),
        ("model", pa.string()),
        ("trace", pa.large_string()),  # canonical JSON
    ]
)
"""Predictions of one variant; in `predictions.parquet` a column `variant` stands before these."""

SCORES: Final = pa.schema(
    [
        ("metric", pa.dictionary(pa.int32(), pa.string())),
        ("variant", pa.dictionary(pa.int32(), pa.string())),
        ("case_id", pa.string()),
        ("repeat", pa.int32()),
        ("parts", pa.list_(pa.float64())),  # null where why is set
        ("why", pa.dictionary(pa.int32(), pa.string())),
        ("rule", pa.dictionary(pa.int32(), pa.string())),
        ("margin", pa.float64()),
        ("detail", pa.string()),  # JSON of what else the metric says of the row
    ]
)


VERDICTS: Final = pa.schema(
    [
        ("metric", pa.string()),
        ("variant", pa.string()),
        ("case_id", pa.string()),
        ("repeat", pa.int32()),  # of the answer that is judged
        ("judge", pa.string()),  # digest of the judge that the metric asks
        ("question", pa.string()),  # digest of what it was shown: input, gold and answer (or both answers)
        ("stage", pa.int32()),  # of a cascade, from 0; null: no cascade
        ("asks", pa.int32()),  # calls that the question took there (orders x votes)
        ("call", pa.int32()),  # which of them, from 0; null: the verdict that several calls came to
        ("settled", pa.bool_()),  # this row is the verdict that the metric read
        ("order", pa.string()),  # of a pair: ab where output 1 was shown first, ba where output 2 was
        ("label", pa.string()),
        ("value", pa.float64()),  # in [0, 1]
        ("probability", pa.float64()),  # that the label is right
        ("why", pa.string()),  # why there is no label
        ("points", pa.large_string()),  # canonical JSON {criterion: value}
        ("rationale", pa.large_string()),
        ("answer", pa.large_string()),  # all that was said, canonical JSON
        ("failure_reason", pa.string()),
        ("failure_message", pa.string()),
        ("model", pa.string()),  # that the response names
        ("tokens_in", pa.int64()),
        ("tokens_out", pa.int64()),
        ("seconds", pa.float64()),
        ("cost", pa.float64()),
        ("prompt", pa.large_string()),  # what this run sent, JSON; null: it sent nothing, or the judge has no prompt
    ]
)
"""Verdicts: a row a call. Where a question took one call, its row is the verdict too; where it took several, a row with
a null `call` follows them, which has no cost and no model of its own. Where rules leave nothing to ask (two identical
answers), there is no row: the scores say so. Records of step 3 have only the columns that one call needs."""


@dataclass(frozen=True)
class CaseTable:
    """The cases of a suite as columns, in file order.

    Attributes:
        ids: (n,) unique case ids.
        input, expected: JSON columns.
        group: (n,) cluster ids, or None when the suite declares none (each case is its own cluster).
        tags: name -> (n,) strings, null where a case lacks the tag.
        weight: (n,) positive floats, or None (all 1).
    """

    ids: pa.Array
    input: Column
    expected: Column
    group: pa.Array | None = None
    tags: dict[str, pa.Array] = field(default_factory=dict)
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def digest(self) -> str:
        """The identity of the cases: every column, in order."""
        columns = [("id", self.ids), ("input", self.input.text), ("expected", self.expected.text)]
        if self.group is not None:
            columns.append(("group", self.group))
        columns += [(f"tags.{name}", self.tags[name]) for name in sorted(self.tags)]
        if self.weight is not None:
            columns.append(("weight", pa.array(self.weight, pa.float64())))
        return column_digest(columns)

    def take(self, rows: np.ndarray) -> CaseTable:
        """The cases at these row numbers, in that order."""
        index = pa.array(rows)
        return CaseTable(
            self.ids.take(index),
            self.input.take(rows),
            self.expected.take(rows),
            None if self.group is None else self.group.take(index),
            {name: values.take(index) for name, values in self.tags.items()},
            None if self.weight is None else self.weight[rows],
        )

    def to_arrow(self) -> pa.Table:
        """One Arrow table: id, input, expected, group, weight, tags.*."""
        columns: dict[str, Any] = {"id": self.ids, "input": self.input.text, "expected": self.expected.text}
        if self.group is not None:
            columns["group"] = self.group
        if self.weight is not None:
            columns["weight"] = pa.array(self.weight, pa.float64())
        columns |= {f"tags.{name}": values for name, values in self.tags.items()}
        return pa.table(columns)

    @classmethod
    def from_arrow(cls, table: pa.Table) -> CaseTable:
        """The inverse of `to_arrow`."""
        columns = {name: table[name].combine_chunks() for name in table.column_names}
        return cls(
            columns["id"],
            Column(columns["input"]),
            Column(columns["expected"]),
            columns.get("group"),
            {name[5:]: values for name, values in columns.items() if name.startswith("tags.")},
            np.asarray(columns["weight"]) if "weight" in columns else None,
        )


def prediction_table(columns: dict[str, Any]) -> pa.Table:
    """A table with the PREDICTIONS schema from some of its columns; the others are null (repeat is 0)."""
    n = len(columns["case_id"])
    full = []
    for entry in PREDICTIONS:
        column = columns.get(entry.name)
        if column is None:
            column = pa.array(np.zeros(n, np.int32)) if entry.name == "repeat" else pa.nulls(n, entry.type)
        elif not isinstance(column, pa.Array | pa.ChunkedArray):
            column = pa.array(column, entry.type)
        full.append(column if column.type == entry.type else column.cast(entry.type))
    return pa.table(full, schema=PREDICTIONS)
