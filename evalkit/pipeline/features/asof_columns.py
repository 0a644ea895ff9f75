"""Columns of either side as integers that can be compared: times in one unit, keys by one numbering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError

__all__ = ["Codes", "Column", "key_codes", "times"]

Array = np.ndarray[Any, Any]
_UNITS = ("s", "ms", "us", "ns")
_FEW = 1 << 16  # keys that one pass of the radix sort can tell apart


class Column(NamedTuple):
    """One column, and how sentences call it: `left column 'at'`."""

    values: pa.Array
    name: str


class Codes(NamedTuple):
    """Values of a column as numbers (n,), and whether there is one, bool (n,); None: there is everywhere."""

    values: Array
    there: Array | None


def times(columns: Sequence[Column]) -> tuple[list[Codes], str | None]:
    """Each time column, all in one unit; and that unit (None: they are numbers).

    Values are int64 (ticks of the unit in UTC, or whole numbers) or float64. Dates are their first moment.

    Raises:
        InputError: a column holds no times, or they cannot be compared with the others.
    """
    columns = _filled(columns)
    kinds = [_kind(column) for column in columns]
    if len(set(kinds)) > 1:
        raise _differ(columns, kinds)
    if kinds[0] == "numbers":
        floats = any(pa.types.is_floating(column.values.type) for column in columns)
        return [_plain(_cast(column, pa.float64() if floats else pa.int64())) for column in columns], None
    unit = max((_unit(column.values.type) for column in columns), key=_UNITS.index)
    zone = "UTC" if kinds[0] == "times with a time zone" else None
    return [_plain(_cast(column, pa.timestamp(unit, zone))) for column in columns], unit


def key_codes(left: Sequence[Column], right: Sequence[Column], rows: tuple[int, int]) -> list[Codes]:
    """A number for each row of both sides: equal where all keys are.

    Raises:
        InputError: two columns of one key hold values that cannot be compared.
    """
    both = [Codes(np.zeros(n, np.uint16), None) for n in rows]
    size = 1
    for pair in zip(left, right, strict=True):
        found, count = _numbered(*_alike(*pair))
        both, size = list(map(_crossed, both, found, [count, count])), size * count
        if size > _FEW:
            again, size = _numbered(*(pa.array(codes.values.astype(np.int64, copy=False)) for codes in both))
            both = [Codes(new.values, old.there) for new, old in zip(again, both, strict=True)]
    return both


def _filled(columns: Sequence[Column]) -> list[Column]:
    """A column without any value has no type that could be wrong: it gets that of another."""
    some = [column.values.type for column in columns if column.values.null_count < len(column.values)]
    some += [column.values.type for column in columns if pa.types.is_temporal(column.values.type)]
    kind = some[0] if some else pa.int64()
    return [
        column
        if column.values.null_count < len(column.values)
        else Column(pa.nulls(len(column.values), kind), column.name)
        for column in columns
    ]


def _kind(column: Column) -> str:
    kind = column.values.type
    if pa.types.is_timestamp(kind):
        return "times with a time zone" if kind.tz else "times without a time zone"
    if pa.types.is_date(kind):
        return "times without a time zone"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "numbers"
    what = "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else str(kind)
    raise InputError(
        f"{column.name} holds {what}, and not times", remedy="Use timestamps (pandas.to_datetime), dates or numbers"
    )


def _differ(columns: Sequence[Column], kinds: Sequence[str]) -> InputError:
    other = next(i for i, kind in enumerate(kinds) if kind != kinds[0])
    what = f"{columns[0].name} holds {kinds[0]}, and {columns[other].name} holds {kinds[other]}"
    zones = "zone" in kinds[0] and "zone" in kinds[other]
    return InputError(what, remedy="Give both a time zone (tz_localize), or neither" if zones else "Use one kind")


def _unit(kind: Any) -> str:
    return str(kind.unit) if pa.types.is_timestamp(kind) else "s" if pa.types.is_date32(kind) else "ms"


def _cast(column: Column, kind: Any) -> pa.Array:
    values = column.values
    if values.type == kind:
        return values
    try:
        return values.cast(pa.timestamp(_unit(values.type))).cast(kind) if _is_date(values) else values.cast(kind)
    except pa.ArrowInvalid:
        raise InputError(
            f"{column.name} ({values.type}) holds values that {kind} cannot hold exactly",
            remedy="Give both sides the same type",
        ) from None


def _is_date(values: pa.Array) -> bool:
    return bool(pa.types.is_date(values.type))


def _plain(values: pa.Array) -> Codes:
    there = _there(values)
    whole = values if pa.types.is_floating(values.type) else values.view(pa.int64())
    plain = (whole if there is None else whole.fill_null(0)).to_numpy(zero_copy_only=False)
    if plain.dtype.kind == "f" and np.isnan(plain).any():
        there = ~np.isnan(plain) if there is None else there & ~np.isnan(plain)
    return Codes(plain, there)


def _there(values: pa.Array) -> Array | None:
    return values.is_valid().to_numpy(zero_copy_only=False) if values.null_count else None


def _alike(left: Column, right: Column) -> tuple[pa.Array, pa.Array]:
    """Both columns of a key in one type."""
    pair = [_decoded(column.values) for column in (left, right)]
    kinds = [values.type for values in pair]
    for column, kind in zip((left, right), kinds, strict=True):
        if pa.types.is_nested(kind):
            raise InputError(f"{column.name} holds {kind}, which is no key", remedy="Use texts, numbers or dates")
    if kinds[0] == kinds[1]:
        return pair[0], pair[1]
    for i in (0, 1):
        if pair[i].null_count == len(pair[i]):
            pair[i] = pa.nulls(len(pair[i]), kinds[1 - i])
            return pair[0], pair[1]
    wanted = _common(*kinds)
    if wanted is None:
        raise InputError(
            f"{left.name} holds {kinds[0]} and {right.name} holds {kinds[1]}: no key is equal in both",
            remedy="Give both the same type",
        )
    return _cast(Column(pair[0], left.name), wanted), _cast(Column(pair[1], right.name), wanted)


def _common(one: Any, other: Any) -> Any:
    if all(map(pa.types.is_integer, (one, other))):
        return pa.int64()
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (one, other)):
        return pa.float64()
    if all(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in (one, other)):
        return pa.large_string()
    if all(map(pa.types.is_timestamp, (one, other))) and bool(one.tz) == bool(other.tz):
        return pa.timestamp(max(one.unit, other.unit, key=_UNITS.index), one.tz)
    return None


def _decoded(values: pa.Array) -> pa.Array:
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _numbered(*sides: pa.Array) -> tuple[list[Codes], int]:
    """Codes from 0 for the values of both sides, and how many codes there are at most."""
    if pa.types.is_integer(sides[0].type) and all(len(values) > values.null_count for values in sides):
        bounds = [bound.as_py() for values in sides for bound in pc.min_max(values).values()]
        low, size = min(bounds), max(bounds) - min(bounds) + 1
        if size <= _FEW:
            return [Codes(_offsets(values, low), _there(values)) for values in sides], size
    if pa.types.is_floating(sides[0].type):  # NaN is no key, and -0.0 is 0.0
        sides = tuple(
            pc.add(pc.if_else(pc.is_nan(v), pa.scalar(None, v.type), v), pa.scalar(0.0, v.type)) for v in sides
        )
    found = pa.concat_arrays(sides).dictionary_encode()
    size = max(len(found.dictionary), 1)
    kind = np.uint16 if size <= _FEW else np.int64
    parts = [found.indices.slice(0, len(sides[0])), found.indices.slice(len(sides[0]))]
    return [Codes(i.fill_null(0).to_numpy(zero_copy_only=False).astype(kind), _there(i)) for i in parts], size


def _offsets(values: pa.Array, low: int) -> Array:
    plain = values.fill_null(low).to_numpy(zero_copy_only=False).astype(np.uint16)
    offsets: Array = plain - np.uint16(low % _FEW)  # modulo 2^16, which is as exact as they are few
    return offsets


def _crossed(one: Codes, other: Codes, count: int) -> Codes:
    there = other.there if one.there is None else one.there if other.there is None else one.there & other.there
    if not one.values.any():  # one key until now
        return Codes(other.values, there)
    return Codes(one.values.astype(np.int64) * count + other.values, there)
