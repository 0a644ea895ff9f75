"""Types of a contract: values of text, of JSON and of Arrow columns read as them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.pipeline.contract.nouns import Kind

__all__ = ["ARROW", "Typed", "literal", "typed"]

ARROW: Final = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}
"""The type in which a column is held against its rules; times without a zone are UTC."""

_BOOLEANS = {"true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}


class Typed(NamedTuple):
    """One column as its type.

    Attributes:
        values: Arrow array (n,); null where there is none or a wrong one.
        wrong: bool (n,): a value is there and is not of the type; None: nowhere.
        raw: Arrow array (n,) as it came, for examples.
    """

    values: Any
    wrong: Any
    raw: Any


def typed(values: Any, kind: Kind, texts: str = "none") -> Typed:
    """A column read as a type of the contract.

    Args:
        values: Arrow array, without dictionaries.
        kind: what it should be.
        texts: which texts are read as values of another type; see `Given`.
    """
    here = values.type
    if pa.types.is_floating(here):  # NaN is what other libraries write for "missing"
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, here), values)
    if kind == "any":
        return Typed(values, None, values)
    wanted = ARROW[kind]
    if here == wanted or pa.types.is_null(here):
        return Typed(values if here == wanted else values.cast(wanted), None, values)
    if _is_text(here) and (kind == "text" or texts == "all" or (texts == "times" and kind in ("timestamp", "date"))):
        return _parsed(values.cast(pa.string()), kind)
    read = _converted(values, kind)
    if read is None:
        read = pa.nulls(len(values), wanted)
    lost = pc.and_(pc.is_valid(values), pc.is_null(read)).to_numpy(zero_copy_only=False)
    return Typed(read, lost if lost.any() else None, values)


def literal(value: Any, kind: Kind) -> Any:
    """A value of the contract as an Arrow scalar of the column's type; None: it is none."""
    if kind == "any":
        return pa.scalar(value)
    if kind in ("timestamp", "date"):
        found = _parsed(pa.array([value]), kind).values if isinstance(value, str) else None
        return found[0] if found is not None and found[0].is_valid else None
    right = {"integer": int, "number": int | float, "text": str, "boolean": bool}[kind]
    if not isinstance(value, right) or (isinstance(value, bool) and kind != "boolean"):
        # An integer column may have a bound that is none: `gt: 0.5`.
        return pa.scalar(value) if kind == "integer" and isinstance(value, float) else None
    try:
        return pa.scalar(value, pa.int64() if isinstance(value, int) and kind == "number" else ARROW[kind])
    except (pa.ArrowInvalid, OverflowError):
        return pa.scalar(float(value)) if kind == "number" else None


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _converted(values: Any, kind: Kind) -> Any:
    """Values of another Arrow type, null where they are not of the kind; None: none of them can be."""
    here = values.type
    if kind == "integer" and pa.types.is_integer(here):
        return _cast_or_null(values, pa.int64())
    if kind == "integer" and pa.types.is_floating(here):
        whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**63))
        return pc.if_else(whole, values, pa.scalar(None, here)).cast(pa.int64())
    if kind == "number" and (pa.types.is_integer(here) or pa.types.is_floating(here) or pa.types.is_decimal(here)):
        return values if pa.types.is_integer(here) else values.cast(pa.float64(), safe=False)
    if kind == "timestamp" and (pa.types.is_timestamp(here) or pa.types.is_date(here)):
        return _utc(values)
    if kind == "date" and pa.types.is_date(here):
        return values.cast(pa.date32())
    return None


def _cast_or_null(values: Any, kind: Any) -> Any:
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:  # uint64 beyond int64
        fits = pc.less_equal(values, pa.scalar(2**63 - 1, values.type))
        return pc.if_else(fits, values, pa.scalar(None, values.type)).cast(kind)


def _utc(values: Any) -> Any:
    wanted = ARROW["timestamp"]
    if pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("s" if pa.types.is_date32(values.type) else "ms"))
    return values.cast(pa.timestamp("us", values.type.tz), safe=False).cast(wanted)


_SHAPES = {
    "integer": r"^[ \t]*[+-]?[0-9]{1,18}[ \t]*$",
    "number": r"^[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$",
}


def _parsed(texts: Any, kind: Kind) -> Typed:
    """Texts read as a type: at once where all can be, else where they can be."""
    if kind == "text":
        return Typed(texts, None, texts)
    read = _quick(texts, kind)
    if read is None:
        distinct = texts.dictionary_encode()
        known = pa.array([_one(text, kind) for text in distinct.dictionary.to_pylist()], ARROW[kind])
        read = known.take(distinct.indices)
    lost = pc.and_(pc.is_valid(texts), pc.is_null(read)).to_numpy(zero_copy_only=False)
    return Typed(read, lost if lost.any() else None, texts)


def _quick(texts: Any, kind: Kind) -> Any:
    """By Arrow, where every text has the shape that it reads as we do; None: one by one."""
    if kind in ("timestamp", "date"):
        return _quick_times(texts, kind)
    shape = _SHAPES.get(kind)
    if shape is None:
        return None
    fits = pc.match_substring_regex(texts, shape)
    digits = pc.utf8_ltrim(pc.utf8_trim_whitespace(texts), characters="+")
    plain = pc.if_else(fits, digits, pa.scalar(None, texts.type))
    if plain.null_count > texts.null_count and kind == "integer":
        return None if _may_be_whole(texts, fits) else plain.cast(pa.int64())
    return plain.cast(ARROW[kind])


def _quick_times(texts: Any, kind: Kind) -> Any:
    for wanted in (pa.date32(),) if kind == "date" else (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return texts.cast(wanted).cast(ARROW[kind])
        except pa.ArrowInvalid:
            continue
    return None


def _may_be_whole(texts: Any, fits: Any) -> bool:
    """Whether a text that is no plain whole number is one all the same: 3.0 or 1e3, or one of 19 digits."""
    return bool(pc.any(pc.match_substring_regex(texts.filter(pc.invert(fits)), _SHAPES["number"])).as_py())


def _one(text: str, kind: Kind) -> Any:
    """One text as a value; None: it is none."""
    text = text.strip()
    try:
        if kind == "boolean":
            return _BOOLEANS[text]
        if kind == "integer":
            return _whole(text)
        if kind == "date":
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, KeyError, OverflowError):
        return None


def _whole(text: str) -> int | None:
    if len(text) > 40 or not text.isascii() or "_" in text:
        return None
    number = float(text)
    value = int(number) if number.is_integer() and abs(number) < 2**53 else int(text)
    return value if -(2**63) <= value < 2**63 else None
