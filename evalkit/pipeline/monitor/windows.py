"""Traffic by windows of time, as columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.core.gold import gold_of
from evalkit.pipeline.monitor.values import table_of

__all__ = ["ORIGIN", "SEASONS", "Season", "Seen", "iso", "json_of", "phase_of", "windows"]

Season = Literal["none", "hour", "weekday", "week-hour"]
SEASONS: tuple[Season, ...] = ("none", "hour", "weekday", "week-hour")

ORIGIN = 4 * 86_400 * 1_000_000
"""Monday, 1970-01-05, in microseconds since 1970: windows are whole multiples of their length from there."""

_NEEDED = ("id", "at", "output", "failure")


@dataclass(frozen=True)
class Seen:
    """Some requests and what is known of them.

    Attributes:
        requests: columns of core/traffic.py (id, at, output, failure; where there are, input, unit, seconds,
            confidence, variant).
        outcomes: columns id, at, kind, value; None: there are no labels.
    """

    requests: pa.Table
    outcomes: pa.Table | None = None

    def __post_init__(self) -> None:
        missing = [name for name in _NEEDED if name not in self.requests.column_names]
        if missing:
            what = f"the requests have no column {', '.join(map(repr, missing))}"
            raise InputError(what, "traffic", f"They have {', '.join(_NEEDED)}, and more where it is known")

    def __len__(self) -> int:
        return int(self.requests.num_rows)

    @cached_property
    def at(self) -> np.ndarray:
        """(n,) microseconds since 1970."""
        kind = self.requests.schema.field("at").type
        if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            raise InputError(f"the column 'at' is of type {kind}, not of times", "traffic", "Cast it to a timestamp")
        times = self.requests["at"].combine_chunks()
        if times.null_count:
            raise InputError(f"{times.null_count:,} requests have no time", "traffic", "Leave them out")
        unzoned = times.cast(pa.timestamp("us", getattr(kind, "tz", None))).cast(pa.int64())
        found: np.ndarray = unzoned.to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def failed(self) -> np.ndarray:
        """(n,) bool."""
        found: np.ndarray = pc.is_valid(self.requests["failure"]).to_numpy(zero_copy_only=False)
        return found

    def floats(self, name: str) -> np.ndarray:
        """(n,) of a column; NaN where it is not known."""
        if name not in self.requests.column_names:
            return np.full(len(self), np.nan)
        column = pc.fill_null(self.requests[name].cast(pa.float64()), float("nan"))
        found: np.ndarray = column.to_numpy()
        return found

    def decoded(self, name: str) -> list[Any]:
        """(n,) values of a column of JSON texts; what is no JSON is its text."""
        if name not in self.requests.column_names:
            return [None] * len(self)
        return [json_of(text) for text in self.requests[name].to_pylist()]

    @cached_property
    def watched(self) -> pa.Table:
        """What may drift: a column a key of the input, the prediction, and the confidence."""
        inputs = table_of(self.decoded("input"), "input") if "input" in self.requests.column_names else {}
        outputs = self.decoded("output")
        split = any(isinstance(value, dict) for value in outputs)
        answers = {f"prediction.{k}" if split else "prediction": v for k, v in table_of(outputs, "prediction").items()}
        more = answers | ({"confidence": pa.array(self.floats("confidence"))} if self._has("confidence") else {})
        named = {f"input.{name}" if name in more else name: column for name, column in inputs.items()}
        return pa.table(named | more)

    def _has(self, name: str) -> bool:
        return name in self.requests.column_names and self.requests[name].null_count < len(self)

    @cached_property
    def labels(self) -> list[str | None]:
        """(n,) JSON of how each answer should have been: the best kind, the newest of it; None: not known."""
        return gold_of(self.outcomes, self.requests["id"].to_pylist())

    def take(self, rows: np.ndarray) -> Seen:
        """Some of the requests."""
        return Seen(self.requests.take(pa.array(rows)), self.outcomes)


def json_of(text: Any) -> Any:
    """The value of a JSON text; what is none is its text."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def windows(seen: Seen, seconds: float) -> Iterator[tuple[int, np.ndarray]]:
    """(begin in microseconds, rows) of each window from the first request to the last; some may be empty.

    Windows begin at whole multiples of their length since Monday, 1970-01-05, UTC.

    Raises:
        InputError: a length that is none, or more than 100,000 windows.
    """
    if not seconds > 0 or not np.isfinite(seconds):
        raise InputError(f"a window of {seconds:g} seconds is none", "--window")
    if not len(seen):
        return
    width = max(1, round(seconds * 1e6))
    at = (seen.at - ORIGIN) // width
    first, last = int(at.min()), int(at.max())
    if last - first >= 100_000:
        raise InputError(
            f"there are {last - first + 1:,} windows of {seconds:g} seconds", "--window", "Take longer ones"
        )
    order = np.argsort(at, kind="stable")
    edges = np.searchsorted(at[order], np.arange(first, last + 2))
    for place in range(last - first + 1):
        yield (first + place) * width + ORIGIN, order[edges[place] : edges[place + 1]]


def iso(microseconds: int) -> str:
    """ISO 8601, UTC, to the second."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))).isoformat(timespec="seconds")


def phase_of(microseconds: int, season: Season) -> str:
    """The phase of the season that a window begins in."""
    begin = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))
    hour, day = f"{begin.hour:02d}h", begin.strftime("%a")
    return {"none": "", "hour": hour, "weekday": day, "week-hour": f"{day} {hour}"}[season]
