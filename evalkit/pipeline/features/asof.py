"""`asof_join`: what was known of each row's key at its time, and nothing that came later."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from evalkit.core.errors import InputError
from evalkit.pipeline.features.asof_columns import Codes, Column, key_codes, times
from evalkit.pipeline.features.asof_match import NONE, Side, ages, match
from evalkit.pipeline.features.asof_pandas import can_merge, merged
from evalkit.pipeline.features.asof_tables import column_of, joined, need_columns

__all__ = ["asof_join"]

_DIRECTIONS = ("backward", "forward", "nearest")


def asof_join(
    left: Any,
    right: Any,
    *,
    by: Any = None,
    left_time: Any,
    event_time: Any,
    created_time: Any = None,
    max_age: Any = None,
    direction: str = "backward",
    allow_equal: bool = True,
) -> Any:
    """For each left row, the values of its key that were known at its time. No left row is lost, doubled or moved.

    The right row of a left row is the one of the same key with the newest `event_time` at or before `left_time`; of
    equal ones the last. With `created_time` only rows that were created by `left_time` count, so that a correction
    which was written later does not leak into the past; of equal event times the one created last, then the last row.
    A row without key, event or creation time matches nothing. Nothing has to be sorted.

    Args:
        left: a pandas frame or an Arrow table: the rows to keep, in any order.
        right: likewise: values with the time at which they held.
        by: the key: a column that both have, or several; None: all rows are of one key.
        left_time: column of `left`: timestamps, dates or numbers.
        event_time: column of `right`: since when its values hold.
        created_time: column of `right`: when the row was written.
        max_age: a right row that is further away counts as none; a timedelta, or a number where times are numbers.
        direction: "backward"; "forward": the first at or after `left_time`, of equal ones the first row, as pandas
            has it; "nearest": the nearer of both, of equally near ones the one before. With `created_time` a forward
            match is the next event that was planned by `left_time`: ties go as in "backward".
        allow_equal: whether an event exactly at `left_time` counts. Creation exactly at it always does.

    Returns:
        `left` (its type, order and index) with the columns of `right` but `by` (and but `event_time` where it is
        called as `left_time`). Where nothing qualifies they are missing: Arrow types and nullable types stay; in
        numpy's, whole numbers become float64 as in pandas.merge_asof, or Int64 where a float cannot hold them. A right
        column with the name of a left one gets `_right`.

    Raises:
        InputError: columns, types, time zones or options that do not fit.
    """
    keys = _keys(by)
    if direction not in _DIRECTIONS:
        raise InputError(f"direction is {direction!r}", remedy=f"Use one of {', '.join(_DIRECTIONS)}")
    if not isinstance(allow_equal, bool | np.bool_):
        raise InputError(f"allow_equal is {allow_equal!r:.80}", remedy="Give True or False")
    need_columns(left, [*keys, left_time], "left")
    need_columns(right, [*keys, event_time, *([] if created_time is None else [created_time])], "right")
    columns = [Column(column_of(left, left_time), f"left column {left_time!r}")]
    columns += [Column(column_of(right, n), f"right column {n!r}") for n in (event_time, created_time) if n is not None]
    read, unit = times(columns)
    limit = _limit(max_age, unit) if any(_has_values(column) for column in read) else None
    codes = _codes(left, right, keys)
    frames = not any(hasattr(table, "column_names") for table in (left, right))  # then pandas is there
    found = _found(codes, read, (direction, bool(allow_equal), frames), limit)
    dropped = [*keys, *([event_time] if event_time == left_time else [])]
    return joined(left, right, found, dropped)


def _keys(by: Any) -> list[Any]:
    keys = [] if by is None else list(by) if isinstance(by, list | tuple) else [by]
    if not all(isinstance(key, Hashable) for key in keys):
        raise InputError(f"by is {by!r:.80}", remedy="Give a column, or a list of columns")
    if len(set(keys)) < len(keys):
        raise InputError(f"by names a column twice: {keys}", remedy="Name each once")
    return keys


def _codes(left: Any, right: Any, keys: Sequence[Any]) -> list[Codes]:
    sides = [
        [Column(column_of(table, name), f"{side} column {name!r}") for name in keys]
        for table, side in ((left, "left"), (right, "right"))
    ]
    return key_codes(sides[0], sides[1], (len(left), len(right)))


def _found(codes: Sequence[Codes], read: Sequence[Codes], how: tuple[str, bool, bool], limit: Any) -> Any:
    """Positions in the whole right table, int64 (n_left,)."""
    time, event, *created = read
    left_rows, right_rows = _rows(codes[0], time), _rows(codes[1], event, *created)
    left = Side(_taken(codes[0], left_rows), _taken(time, left_rows))
    right = Side(*(_taken(column, right_rows) for column in (codes[1], event, *created)))
    direction, equal, frames = how
    quick = frames and can_merge(left, right, direction)
    best = (merged if quick else match)(left, right, direction, equal)
    if limit is not None and len(right):
        best = np.where(ages(left, right, best) <= limit, best, NONE)
    if right_rows is not None and len(right):
        best = np.where(best == NONE, NONE, right_rows[best])
    if left_rows is None:
        return best
    found = np.full(len(codes[0].values), NONE)
    found[left_rows] = best
    return found


def _has_values(column: Codes) -> bool:
    return bool(len(column.values) if column.there is None else column.there.any())


def _rows(*columns: Codes) -> Any:
    """Positions of rows that have all they need; None: all have."""
    known = [column.there for column in columns if column.there is not None]
    return np.flatnonzero(np.logical_and.reduce(known)) if known else None


def _taken(column: Codes, rows: Any) -> Any:
    return column.values if rows is None else column.values[rows]


def _limit(max_age: Any, unit: str | None) -> Any:
    """`max_age` in ticks of the unit, or as the number that it is.

    Raises:
        InputError: it is below 0, or of another kind than the times.
    """
    if max_age is None:
        return None
    if unit is None:
        number = isinstance(max_age, int | float | np.integer | np.floating) and not isinstance(max_age, bool)
        if not number or math.isnan(max_age):
            raise InputError(f"max_age is {max_age!r}, and the times are numbers", remedy="Give a number in their unit")
        limit = max_age
    else:
        limit = _ticks(max_age, unit)
    if limit < 0:
        raise InputError(f"max_age is {max_age!r}", remedy="Give 0 or more")
    return min(limit, 2**64 - 1) if isinstance(limit, int) else limit


def _ticks(max_age: Any, unit: str) -> int:
    if hasattr(max_age, "to_timedelta64"):  # of pandas
        max_age = max_age.to_timedelta64()
    per = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
    if isinstance(max_age, np.timedelta64) and not np.isnat(max_age) and np.datetime_data(max_age)[0] not in "YM":
        return int(max_age.astype("m8[ns]").astype(np.int64)) // per
    if isinstance(max_age, timedelta):
        return (max_age // timedelta(microseconds=1)) * 1000 // per
    raise InputError(
        f"max_age is {max_age!r}, and the times are timestamps", remedy="Give a timedelta, such as timedelta(days=1)"
    )
