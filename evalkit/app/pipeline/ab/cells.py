"""Columns of rows as what they mean: names, numbers, times. What means nothing is a sentence with its place."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.pipeline.ab.rows import Raw
from evalkit.core.errors import InputError
from evalkit.pipeline.ab.log import Clock, Ints, Place

__all__ = ["names", "numbers", "times"]

_LARGEST = 1e140  # whose squares, summed over any file, are still finite
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WORDS = {"true": 1.0, "false": 0.0}
_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (math.inf, 1e-3))  # below: in seconds, ms, us, ns -> microseconds


def _refuse(raw: Raw, row: int, what: str, remedy: str) -> InputError:
    return InputError(what, Place(raw.file, raw.at, raw.unit).of(row), remedy)


def _first(values: Any, bad: Callable[[Any], bool]) -> int:
    return next(i for i, value in enumerate(values) if bad(value))


def names(raw: Raw, field: str) -> pa.Array:
    """(n,) strings: texts, or whole numbers as they are written.

    Raises:
        InputError: one is empty, null or something else.
    """
    column = raw.columns[field]
    if isinstance(column, pa.Array):
        column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        if not (pa.types.is_integer(column.type) or _textual(column.type)):
            raise InputError(f"the column {field!r} is {column.type}, not text", raw.file, "Write names as text")
        found = column.cast(pa.string())
    else:
        kinds = set(map(type, column))
        if not kinds <= {str, int}:
            row = _first(column, lambda value: type(value) not in (str, int))
            what = f"{field!r} is {_shown(column[row])}, not a name"
            raise _refuse(raw, row, what, "Write a text or a whole number")
        if kinds - {str}:
            column = [str(value) for value in column]
        try:
            found = pa.array(column, pa.string())
        except (UnicodeEncodeError, pa.ArrowException):
            row = _first(column, lambda text: not text.isprintable() and _lone(text))
            raise _refuse(raw, row, f"{field!r} holds half a character (a lone surrogate)", "Correct it") from None
    empty = pc.fill_null(pc.equal(found, ""), True)
    if pc.any(empty).as_py():
        row = int(np.argmax(empty.to_numpy(zero_copy_only=False)))
        raise _refuse(raw, row, f"{field!r} is empty", "Every row needs it: fill it in")
    return found


def _textual(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _lone(text: str) -> bool:
    return any("\ud800" <= ch <= "\udfff" for ch in text)


def _shown(value: Any) -> str:
    return "null" if value is None else f"{value!r:.60}"


def numbers(raw: Raw, field: str) -> npt.NDArray[np.float64]:
    """(n,) finite numbers of at most 1e140 in size; true is 1 and false 0.

    Raises:
        InputError: one is none.
    """
    column = raw.columns[field]
    if isinstance(column, pa.Array):
        found = _arrow_numbers(raw, column, field)
    elif set(map(type, column)) <= {int, float, bool}:
        found = _floats(column)
    else:
        found = _cells(raw, column, field)
    bad = ~(np.abs(found) <= _LARGEST)
    if bad.any():
        row = int(np.argmax(bad))
        what = f"{field!r} is {found[row]:g}, not a finite number of at most {_LARGEST:g}"
        raise _refuse(raw, row, what, "Correct it, or leave the row out")
    return found


def _floats(column: list[Any]) -> npt.NDArray[np.float64]:
    try:
        return np.array(column, np.float64)
    except OverflowError:
        return np.array([float(value) if abs(value) < _LARGEST else math.inf for value in column])


def _arrow_numbers(raw: Raw, column: pa.Array, field: str) -> npt.NDArray[np.float64]:
    kind = column.type
    if _textual(kind):
        return _cells(raw, column.cast(pa.string()), field)
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind) or _decimal(kind)):
        raise InputError(f"the column {field!r} is {kind}, not numbers", raw.file, "Write numbers")
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise _refuse(raw, row, f"{field!r} is null", "Correct it, or leave the row out")
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    found: npt.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def _decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))


def _cells(raw: Raw, column: Any, field: str) -> npt.NDArray[np.float64]:
    """Of an Arrow column of texts (CSV), or of values that are not all numbers."""
    in_text = isinstance(column, pa.Array)
    if in_text:
        with contextlib.suppress(pa.ArrowException):  # true, false, or what is no number: one by one
            return np.array(column.cast(pa.float64()).fill_null(math.nan))
        column = column.to_pylist()
    found = np.empty(len(column))
    for row, cell in enumerate(column):
        text = cell.strip() if isinstance(cell, str) and in_text else None
        if text is not None and (_NUMBER.fullmatch(text) or text.lower() in _WORDS):
            found[row] = _WORDS[text.lower()] if text.lower() in _WORDS else float(text)
        elif isinstance(cell, int | float):
            found[row] = _floats([cell])[0]
        else:
            what = f"{field!r} is {_shown(cell)}, not a number" if cell not in ("", None) else f"{field!r} is empty"
            raise _refuse(raw, row, what, "Write a number, true or false, or leave the row out")
    return found


def times(raw: Raw, field: str) -> tuple[Ints, Clock]:
    """(n,) microseconds since 1970, and how they were written; texts without an offset are read as UTC.

    Numbers are seconds since 1970, or milli-, micro- or nanoseconds where they are too large for seconds.

    Raises:
        InputError: one is none, or they are written in more than one way.
    """
    column = raw.columns[field]
    if isinstance(column, pa.Array):
        return _arrow_times(raw, column, field)
    kinds = set(map(type, column))
    if kinds <= {int, float}:
        return _epochs(raw, _floats(column), field), "epoch"
    if kinds == {str}:
        return _texts(raw, column, field)
    return _not_alike(raw, column, field)


def _arrow_times(raw: Raw, column: pa.Array, field: str) -> tuple[Ints, Clock]:
    kind = column.type
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise _refuse(raw, row, f"{field!r} is null", "Every row needs its time")
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        zone = getattr(kind, "tz", None)
        found = column.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64())
        return found.to_numpy(zero_copy_only=False), "naive" if zone is None else "offset"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _epochs(raw, column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), field), "epoch"
    if _textual(kind):
        return _texts(raw, column.cast(pa.string()), field)
    raise InputError(f"the column {field!r} is {kind}, not times", raw.file, "Write timestamps")


def _epochs(raw: Raw, numbers: npt.NDArray[np.float64], field: str) -> Ints:
    bad = ~(np.abs(numbers) < 9e18)
    if bad.any():
        row = int(np.argmax(bad))
        raise _refuse(raw, row, f"{field!r} is {numbers[row]:g}, not a time", "Write seconds since 1970, or ISO 8601")
    largest = float(np.abs(numbers).max(initial=0.0))
    factor = next(factor for end, factor in _UNITS if largest < end)
    return np.rint(numbers * factor).astype(np.int64)


def _texts(raw: Raw, column: Any, field: str) -> tuple[Ints, Clock]:
    """Arrow's parser for all at once; what it does not read is read one by one, until the first that is no time."""
    clocks: tuple[tuple[Clock, str | None], ...] = (("offset", "UTC"), ("naive", None))
    with contextlib.suppress(UnicodeEncodeError):
        texts = pc.utf8_trim_whitespace(pa.array(column, pa.string()))
        for clock, zone in clocks:
            with contextlib.suppress(pa.ArrowException):
                found = texts.cast(pa.timestamp("us", zone)).cast(pa.int64())
                return found.to_numpy(zero_copy_only=False), clock
    column = column.to_pylist() if isinstance(column, pa.Array) else column
    if all(_NUMBER.fullmatch(text.strip()) for text in column):
        return _epochs(raw, np.array([float(text) for text in column]), field), "epoch"
    return _not_alike(raw, column, field)


def _not_alike(raw: Raw, column: list[Any], field: str) -> tuple[Ints, Clock]:
    """Row by row: each has to be a time, and written as the first."""
    found = np.empty(len(column), np.int64)
    first: Clock | None = None
    for row, cell in enumerate(column):
        read = _moment(cell)
        if read is None:
            what = f"{field!r} is {_shown(cell)}, not a time"
            raise _refuse(raw, row, what, "Write ISO 8601 such as 2026-05-01T12:00:00Z, or seconds since 1970")
        found[row], clock = read
        first = first or clock
        if clock != first:
            words = {"epoch": "a number", "offset": "a text with an offset", "naive": "a text without an offset"}
            what = f"{field!r} is {words[clock]}, and in the rows before it is {words[first]}"
            raise _refuse(raw, row, what, "Write all times of a file the same way")
    if first == "epoch":
        return _epochs(raw, _floats([float(cell) for cell in column]), field), "epoch"
    return found, first or "offset"


def _moment(cell: Any) -> tuple[int, Clock] | None:
    """Microseconds and how it is written; of a number 0, since its unit is seen from all."""
    if isinstance(cell, str) and not _NUMBER.fullmatch(cell.strip()):
        try:
            read = datetime.fromisoformat(cell.strip())
        except ValueError:
            return None
        clock: Clock = "naive" if read.tzinfo is None else "offset"
        at = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        since = at - datetime(1970, 1, 1, tzinfo=UTC)
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, clock
    return (0, "epoch") if isinstance(cell, int | float | str) and not isinstance(cell, bool) else None
