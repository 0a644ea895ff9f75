"""Files of requests and of their outcomes, as the traffic log has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.pipeline.ab.cells import names, times
from evalkit.app.pipeline.ab.rows import Raw
from evalkit.app.pipeline.monitor.tables import read_rows
from evalkit.core.errors import InputError
from evalkit.core.gold import KINDS
from evalkit.core.texts import json_value
from evalkit.stores.traffic_rows import schema_of

__all__ = ["is_log", "outcomes_at", "requests_at"]

_TEXTS: Final = frozenset({"id", "unit", "variant", "role", "kind", "who", "failure", "at"})
_VALUES: Final = frozenset({"input", "output", "value"})
_NUMBERS: Final = ("seconds", "confidence", "weight")
_NEEDED: Final = ("id", "at", "output", "failure")


def is_log(rows: pa.Table) -> bool:
    """Whether rows are requests, not rows of a table without times."""
    return set(_NEEDED) <= set(rows.column_names)


def requests_at(path: Path) -> pa.Table:
    """Requests: `at` is a time, `failure` null where there was an answer, other columns of the log as the log has them.

    Raises:
        InputError: it is no such file, or a cell is not what it should be.
    """
    rows = _read(path, _NEEDED, "requests")
    if not rows.num_rows:
        return rows
    rows = _named(rows, path)
    if pc.count_distinct(rows["id"]).as_py() < rows.num_rows:
        counts = pc.value_counts(rows["id"])
        twice = counts.field(0)[pc.index(pc.greater(counts.field(1), 1), True).as_py()].as_py()
        raise InputError(f"several requests have the id {twice!r:.60}", str(path), "A request has an id of its own")
    for name in (one for one in _NUMBERS if one in rows.column_names):
        rows = _set(rows, name, _floats(rows[name].combine_chunks(), name, path))
    failure = rows["failure"].combine_chunks()
    if pa.types.is_boolean(failure.type):
        failure = pc.if_else(failure, "failed", pa.scalar(None, pa.string()))
    failure = failure.cast(pa.string())
    fine = pc.is_in(pc.utf8_lower(failure), value_set=pa.array(["", "false"]))
    rows = _set(rows, "failure", pc.if_else(fine, pa.scalar(None, pa.string()), failure))
    for name in ("input", "output"):
        if name in rows.column_names:
            rows = _set(rows, name, _json(rows[name].combine_chunks()))
    return rows


def outcomes_at(path: Path) -> pa.Table:
    """Outcomes: id, at, kind and value (JSON).

    Raises:
        InputError: it is no such file, or a cell is not what it should be.
    """
    rows = _read(path, ("id", "at", "kind", "value"), "outcomes")
    if not rows.num_rows:
        return rows
    rows = _named(rows, path)
    kinds = rows["kind"].to_pylist()
    wrong = next((i for i, kind in enumerate(kinds) if kind not in KINDS), None)
    if wrong is not None:
        what = f"'kind' is {kinds[wrong]!r:.60}"
        raise InputError(what, f"{path}, row {wrong + 1}", f"Write one of {', '.join(KINDS)}")
    return _set(rows, "value", _json(rows["value"].combine_chunks()))


def _read(path: Path, needed: tuple[str, ...], what: str) -> pa.Table:
    rows = read_rows(path, _TEXTS, _VALUES)
    if path.suffix.lower() in (".jsonl", ".ndjson") and not rows.num_rows:
        return schema_of(what).empty_table()
    missing = [name for name in needed if name not in rows.column_names]
    if missing:
        said = ", ".join(map(repr, missing))
        raise InputError(f"the {what} have no column {said}", str(path), f"They have {', '.join(needed)}")
    return rows


def _named(rows: pa.Table, path: Path) -> pa.Table:
    """With ids that are there, as texts, and times."""
    place = np.arange(1, rows.num_rows + 1)
    columns = {name: rows[name].combine_chunks() for name in ("id", "at")}
    raw = Raw(columns, str(path), place, "row")
    rows = _set(rows, "id", names(raw, "id"))
    at, _ = times(raw, "at")
    return _set(rows, "at", pa.array(at, pa.int64()).cast(pa.timestamp("us", "UTC")))


def _set(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, column)


def _floats(column: pa.Array, name: str, path: Path) -> pa.Array:
    try:
        found = column.cast(pa.float64())
    except pa.ArrowException:
        what = f"the column {name!r} holds what is no number"
        raise InputError(what, str(path), "Write numbers, or nothing") from None
    if name == "confidence" and pc.any(pc.or_(pc.less(found, 0), pc.greater(found, 1))).as_py():
        raise InputError("a confidence is not between 0 and 1", str(path), "Write what the system states as a share")
    return found


def _json(column: pa.Array) -> pa.Array:
    """Texts as they are; of anything else the JSON."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    values = column.to_pylist()
    return pa.array([None if v is None else json.dumps(v, default=json_value) for v in values], pa.string())
