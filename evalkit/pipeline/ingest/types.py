"""Values become typed columns: column by column when all is well, value by value to find faults."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.digest import canonical_json
from evalkit.core.ingesting import Fault
from evalkit.pipeline.ingest.decode import shown
from evalkit.pipeline.ingest.infer import JSON, NULLS

__all__ = ["arrow_type", "kept_as", "typed"]


_PLAIN: Final = {"int64": "^-?[0-9]{1,18}$", "double": r"^-?[0-9]{1,15}(\.[0-9]{1,20})?$"}
_EMPTY: Final = frozenset(("",))


class _Odd(ValueError):
    """The value is not of the type; the sentence says how."""


def arrow_type(kind: str) -> Any:
    """The Arrow type of a column's type as it is written: `int64`, `double`, `string`, `bool`, `timestamp[us, tz=UTC]`,
    `date32[day]`, ...; `json` is text.

    Raises:
        KeyError: there is no such type here.
    """
    return _TYPES[kind]


def kept_as(kind: str) -> str:
    """The type in which values of an Arrow type are kept: lists and structs as JSON, times in UTC and at most
    microseconds, what has no JSON of its own (decimals, bytes, spans of time) as text."""
    if kind in _TYPES:
        return kind.replace("[ns", "[us")
    if "<" in kind or kind == "null":
        return JSON
    if found := re.match(r"timestamp\[(s|ms|us|ns)", kind):
        return f"timestamp[{found[1].replace('ns', 'us')}, tz=UTC]"
    return {"halffloat": "float", "date64[ms]": "date32[day]"}.get(kind, "string")


def typed(
    values: Sequence[Any], name: str, kind: str, *, texts: bool, nulls: Set[str] | None = None
) -> tuple[pa.Array, dict[int, Fault]]:
    """(n,) column and the faults of its values, which are null in it.

    Args:
        values: (n,) JSON values, or cells of CSV; None is null.
        name: of the column.
        kind: as `arrow_type` takes it.
        texts: values are cells.
        nulls: cells that are no value; None: empty ones, and of columns that are not text also NA, NaN and null.
    """
    target = arrow_type(kind)
    convert = _converter(kind, target, texts)
    if texts:
        none = nulls if nulls is not None else _EMPTY if pa.types.is_string(target) else _EMPTY | NULLS
        values = [None if cell is None or cell in none else cell for cell in values]
    if texts and (quick := _cast(values, kind)) is not None:
        return quick, {}
    faults: dict[int, Fault] = {}
    found: list[Any] = []
    for i, value in enumerate(values if not _is_ready(values, kind, target, texts) else ()):
        try:
            found.append(None if value is None else convert(value))
        except (_Odd, OverflowError) as error:
            found.append(None)
            faults[i] = Fault(kind="type", reason=str(error), field=name, value=shown(value))
    return pa.array(found if len(found) == len(values) else values, target), faults


def _cast(cells: Sequence[str | None], kind: str) -> Any:
    """Cells that all are plain numbers, by Arrow; None: they have to be looked at."""
    shape = _PLAIN.get(kind)
    if shape is None:
        return None
    array = pa.array(cells, pa.string())
    fits = pc.all(pc.match_substring_regex(array, shape)).as_py()
    return array.cast(arrow_type(kind)) if fits is not False else None


def _is_ready(values: Sequence[Any], kind: str, target: Any, texts: bool) -> bool:
    """Whether Arrow takes the values as they are, for all of them are of the one type."""
    kinds = set(map(type, values)) - {type(None)}
    if texts or kind == JSON:
        return texts and kind == "string" and _encodes(values)
    if pa.types.is_string(target):
        return kinds <= {str} and _encodes(values)
    if pa.types.is_boolean(target):
        return kinds <= {bool}
    if kind == "int64" and kinds <= {int}:
        return all(value is None or -(2**63) <= value < 2**63 for value in values)
    return kind == "double" and kinds <= {float} and all(v is None or v - v == 0 for v in values)


def _encodes(values: Sequence[str | None]) -> bool:
    try:
        "".join(filter(None, values)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _converter(kind: str, target: Any, texts: bool) -> Callable[[Any], Any]:
    if kind == JSON:
        return _as_json
    base: Callable[[Any], Any]
    if pa.types.is_integer(target):
        lowest, highest = _bounds(target)
        base = lambda value: _whole(value, lowest, highest)  # noqa: E731
    elif pa.types.is_floating(target):
        base = _number
    elif pa.types.is_boolean(target):
        base = _flag
    elif pa.types.is_timestamp(target):
        base = lambda value: _moment(value, target.tz is not None)  # noqa: E731
    elif pa.types.is_date(target):
        base = _day
    else:
        return _text
    read = str.strip if pa.types.is_temporal(target) else _read  # 20260101 is a day
    return (lambda cell: base(read(cell))) if texts else base


def _read(cell: str) -> Any:
    """What a cell looks like: a number, a flag or itself."""
    text = cell.strip()
    for reader in (int, float):
        try:
            return reader(text) if "_" not in text else cell
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def _bounds(target: Any) -> tuple[int, int]:
    bits = target.bit_width
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if pa.types.is_signed_integer(target) else (0, 2**bits - 1)


def _whole(value: Any, lowest: int, highest: int) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Odd(f"{_said(value)} is not a whole number")
    if not lowest <= value <= highest:
        raise _Odd(f"{_said(value)} is beyond {lowest} to {highest}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Odd(f"{_said(value)} is not a number")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Odd(f"{_said(value)} is not true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Odd(f"{_said(value)} is not a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Odd("the text holds half of a surrogate pair") from None
    return value


def _moment(value: Any, aware: bool) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Odd(f"{_said(value)} is not an ISO 8601 time") from None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if aware else moment.replace(tzinfo=None)


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Odd(f"{_said(value)} is not an ISO 8601 date") from None


def _as_json(value: Any) -> str:
    try:
        return canonical_json(value)
    except (ValueError, RecursionError):
        raise _Odd("the value has no canonical JSON") from None


def _said(value: Any) -> str:
    text = shown(value)
    clipped = text if len(text) <= 60 else text[:59] + "…"
    return repr(clipped) if isinstance(value, str) else clipped


_UNITS: Final = ("s", "ms", "us", "ns")
_TYPES: Final[Mapping[str, Any]] = {
    **{
        str(t): t
        for t in (
            *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
            *(pa.float32(), pa.float64(), pa.bool_(), pa.string(), pa.date32()),
            *(pa.timestamp(unit) for unit in _UNITS),
            *(pa.timestamp(unit, "UTC") for unit in _UNITS),
        )
    },
    JSON: pa.string(),
}
