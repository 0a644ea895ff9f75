"""One number a window for each thing that an alarm may watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from evalkit.pipeline.monitor.column import ColumnProfile
from evalkit.pipeline.monitor.performance import Performance
from evalkit.pipeline.monitor.profile import Profile
from evalkit.pipeline.monitor.reading import numbers_of, texts_of
from evalkit.pipeline.monitor.windows import Seen
from evalkit.stats.drift.expected import Calibration

__all__ = ["CONFIDENCE", "FAILURES", "SLOW", "Basis", "Signal", "expected_of", "input_of", "means", "signals"]

FAILURES, SLOW, CONFIDENCE = "failure rate", "slow answers", "confidence"


class Signal(NamedTuple):
    """A number that each row has, or has not.

    Attributes:
        name: failure rate, slow answers, confidence, METRIC, expected METRIC, or "input COLUMN".
        better: which way is good; None: either way is a change, none of it damage by itself.
        values: (n,) floats, NaN where a row has none.
    """

    name: str
    better: Literal["higher", "lower"] | None
    values: np.ndarray


class Basis(NamedTuple):
    """What of the reference the signals are made with.

    Attributes:
        profile: of its columns.
        slow: seconds within which 95 % of its answers came; None: not known.
        calibrations: metric -> how often its confidences were right.
    """

    profile: Profile
    slow: float | None
    calibrations: Mapping[str, Calibration]


def expected_of(metric: str) -> str:
    """The signal of a metric's expected value."""
    return f"expected {metric}"


def input_of(column: str) -> str:
    """The signal of a column."""
    return f"input {column}"


def signals(basis: Basis, seen: Seen, scored: Performance | None) -> list[Signal]:
    """All signals of n requests."""
    answered = ~seen.failed
    found = [Signal(FAILURES, "lower", seen.failed.astype(np.float64))]
    seconds = np.where(answered, seen.floats("seconds"), np.nan)
    if basis.slow is not None:
        found.append(Signal(SLOW, "lower", np.where(np.isnan(seconds), np.nan, seconds > basis.slow)))
    confidence = np.where(answered, seen.floats("confidence"), np.nan)
    if not np.isnan(confidence).all():
        found.append(Signal(CONFIDENCE, None, confidence))
    for name, known in basis.calibrations.items():
        found.append(Signal(expected_of(name), "higher", _expected(known, confidence, seen.failed)))
    if scored is not None:
        for name, values in scored.values.items():
            whole = np.full(len(seen), np.nan)
            whole[scored.rows] = values
            found.append(Signal(name, scored.bound[name].metric.better, whole))
    table = seen.watched
    for name in table.column_names:
        known_column = basis.profile.columns.get(name)
        if known_column is not None and name != "confidence":
            found.append(Signal(input_of(name), None, _place(known_column, table[name])))
    return found


def _expected(known: Calibration, confidence: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """(n,) what each request's confidence lets expect; a failure is 0."""
    at = np.searchsorted(np.asarray(known.edges), confidence, side="left")
    means = np.asarray(known.means)[np.minimum(at, len(known.means) - 1)]
    return np.where(failed, 0.0, np.where(np.isnan(confidence), np.nan, means))


def _place(known: ColumnProfile, column: pa.ChunkedArray) -> np.ndarray:
    """(n,) where each value stands in the reference: of numbers the share below it (half of the equal ones), of
    categories how often the reference has it, of other texts where its length stands. A null, and a value of another
    type, has no place."""
    array = column.combine_chunks()
    out = np.full(len(array), np.nan)
    sketch = known.numbers
    if sketch is not None and known.kind in ("number", "date"):
        rows, values = numbers_of(array)
    elif known.kind in ("bool", "text") and not known.many and known.categories and _is_text(array):
        valid = pc.is_valid(array).to_numpy(zero_copy_only=False)
        rows_of = known.categories
        out[valid] = [rows_of.get(key, 0) / known.values for key in array.drop_null().cast(pa.string()).to_pylist()]
        return out
    elif known.kind == "text" and "length" in known.looks and _is_text(array):
        sketch = known.looks["length"]
        rows = np.flatnonzero(pc.is_valid(array).to_numpy(zero_copy_only=False))
        values = pc.utf8_length(texts_of(array)).to_numpy(zero_copy_only=False).astype(np.float64)
    else:
        return out
    ends = np.r_[0, np.cumsum(sketch.counts)]
    below = ends[np.searchsorted(sketch.values, values, side="left")]
    upto = ends[np.searchsorted(sketch.values, values, side="right")]
    out[rows] = (below + upto) / 2 / max(1, ends[-1])
    return out


def _is_text(array: pa.Array) -> bool:
    kind = array.type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_boolean(kind))


def means(signal: Signal, windows: Sequence[np.ndarray]) -> list[tuple[float, int] | None]:
    """(mean, rows) of each window's rows that have a value; None where none has."""
    found: list[tuple[float, int] | None] = []
    for rows in windows:
        values = signal.values[rows]
        values = values[~np.isnan(values)]
        found.append((float(values.mean()), len(values)) if len(values) else None)
    return found
