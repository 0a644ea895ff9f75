"""Lists of decoded values -> prediction columns: each cell checked, none kept as an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.tables import json_texts as encoded
from evalkit.core.tables import prediction_table
from evalkit.core.texts import clip
from evalkit.predictors.rows import failure_of

KEYS = (
    "case_id",
    "repeat",
    "output",
    "failure",
    "seconds",
    "cost",
    "confidence",
    "tokens_in",
    "tokens_out",
    "model",
    "trace",
)

Place = Callable[[int], str]
"""Row number (from 0) -> where that is, for a person: `answers.jsonl, line 7`."""

_EMPTY = ("system", "empty", "the system answered nothing (null)")


class BadCell(ValueError):
    """A cell that cannot be used: row number within the block, and a sentence."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def columns_table(cells: dict[str, list[Any]], n: int) -> pa.Table:
    """A block of n rows from lists of decoded cells (None where there is none; absent keys are not in `cells`).

    Raises:
        BadCell: the first cell that cannot be used.
    """
    columns: dict[str, Any] = {"case_id": _case_ids(cells.get("case_id") or [None] * n)}
    if "repeat" in cells:
        columns["repeat"] = _whole(cells["repeat"], "repeat", 2**31 - 1, 0).cast(pa.int32())
    for key, most in (("seconds", np.inf), ("cost", np.inf), ("confidence", 1.0)):
        if key in cells:
            columns[key] = _numbers(cells[key], key, most)
    for key in ("tokens_in", "tokens_out"):
        if key in cells:
            columns[key] = _whole(cells[key], key, 2**63 - 1, None)
    if "model" in cells:
        columns["model"] = _texts(cells["model"], "model")
    if "trace" in cells:
        columns["trace"] = json_texts(cells["trace"], "trace")
    output = json_texts(cells.get("output") or [None] * n, "output")
    columns |= failure_columns(output, cells.get("failure"))
    return prediction_table(columns)


def json_texts(values: Sequence[Any], key: str) -> pa.Array:
    """Canonical JSON texts; null for None.

    Raises:
        BadCell: NaN, an infinity, or a text with a lone surrogate.
    """
    try:
        return encoded(values, None)
    except ValueError:
        for row, value in enumerate(values):
            try:
                pa.scalar(canonical_json(value), pa.large_string())
            except ValueError as error:
                raise BadCell(row, f"{key} is {clip(repr(value), 200)}, which is no JSON value ({error})") from None
        raise


def failure_columns(output: pa.Array, failures: Sequence[Any] | None) -> dict[str, Any]:
    """`output` and the three failure columns; a row with neither output nor failure is `empty`.

    Raises:
        BadCell: a failure that is neither null, nor a reason, nor {kind, reason, message}.
    """
    n = len(output)
    absent = np.asarray(pc.is_null(output))
    given = np.zeros(n, bool) if failures is None else np.fromiter((f is not None for f in failures), bool, n)
    if not (absent | given).any():
        return {"output": output}
    triples: list[tuple[str, str, str] | None] = [None] * n
    for row in np.flatnonzero(absent | given).tolist():
        triples[row] = _triple(row, failures[row] if failures is not None and given[row] else None)
    return {
        "output": pc.if_else(pa.array(given), pa.scalar(None, output.type), output),
        "failure_kind": pa.array([t and t[0] for t in triples], pa.string()),
        "failure_reason": pa.array([t and t[1] for t in triples], pa.string()),
        "failure_message": pa.array([t and t[2] for t in triples], pa.string()),
    }


def _triple(row: int, value: Any) -> tuple[str, str, str]:
    if value is None:
        return _EMPTY
    try:
        failure = failure_of(value)
    except ValueError as error:
        raise BadCell(row, f"failure is {clip(repr(value), 200)}; {error}") from None
    return (failure.kind, failure.reason, failure.message) if failure else _EMPTY


def _case_ids(values: list[Any]) -> pa.Array:
    kinds = set(map(type, values))
    if kinds != {str}:
        for row, value in enumerate(values):
            if type(value) not in (str, int):
                what = "is missing" if value is None else f"is {clip(repr(value), 200)}"
                raise BadCell(row, f"case_id {what}; it is a text or a whole number")
        values = [str(value) for value in values]
    return _as_text(values, "case_id")


def _texts(values: list[Any], key: str) -> pa.Array:
    if not set(map(type, values)) <= {str, type(None)}:
        row = next(i for i, v in enumerate(values) if not isinstance(v, str | None))
        raise BadCell(row, f"{key} is {clip(repr(values[row]), 200)}, not a text")
    return _as_text(values, key)


def _as_text(values: list[Any], key: str) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except ValueError:  # a lone surrogate has no bytes
        row = next(i for i, v in enumerate(values) if v is not None and v != v.encode("utf-8", "ignore").decode())
        raise BadCell(row, f"{key} is {clip(repr(values[row]), 200)}, which is not valid Unicode") from None


def _numbers(values: list[Any], key: str, most: float) -> pa.Array:
    if not set(map(type, values)) <= {int, float, type(None)}:
        row = next(i for i, v in enumerate(values) if type(v) not in (int, float, type(None)))
        raise BadCell(row, f"{key} is {clip(repr(values[row]), 200)}, not a number")
    numbers = np.array([0.0 if v is None else v for v in values], np.float64)
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0) & (numbers <= most)))
    if len(bad):
        bound = "a finite number from 0 up" if np.isinf(most) else f"a number from 0 to {most:g}"
        raise BadCell(int(bad[0]), f"{key} is {values[bad[0]]!r}, not {bound}")
    return pa.array(numbers, mask=np.fromiter((v is None for v in values), bool, len(values)))


def _whole(values: list[Any], key: str, most: int, default: int | None) -> pa.Array:
    for row, value in enumerate(values) if not set(map(type, values)) <= {int, type(None)} else ():
        if type(value) is float and value.is_integer():
            values[row] = int(value)
        elif type(value) not in (int, type(None)):
            raise BadCell(row, f"{key} is {clip(repr(value), 200)}, not a whole number")
    row = next((i for i, v in enumerate(values) if v is not None and not 0 <= v <= most), -1)
    if row >= 0:
        raise BadCell(row, f"{key} is {values[row]}, not from 0 to {most:,}")
    return pa.array([default if v is None else v for v in values], pa.int64())


def refuse_duplicates(table: pa.Table, place: Place) -> None:
    """Each (case, repeat) has one row.

    Raises:
        InputError: naming the first repetition and where its like stands.
    """
    if not len(table):
        raise InputError("the file holds no predictions", place(-1))
    codes = table["case_id"].combine_chunks().dictionary_encode()
    keys = np.asarray(codes.indices).astype(np.int64)
    repeat = np.asarray(table["repeat"]).astype(np.int64)
    if repeat.any():
        keys = keys * (int(repeat.max()) + 1) + repeat
    elif len(codes.dictionary) == len(table):
        return
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    again = np.fromiter(compress(range(len(keys)), first[which] != np.arange(len(keys))), np.int64)
    if len(again):
        row = int(again[0])
        case_id, number = table["case_id"][row].as_py(), int(repeat[row])
        more = f"; so do {len(again) - 1:,} more rows" if len(again) > 1 else ""
        raise InputError(
            f"case_id {case_id!r} with repeat {number} stands here for the second time "
            f"(first in {place(int(first[which[row]]))}){more}",
            place(row),
            "Keep one row for each case, or number the repeats: 0, 1, ...",
        )
