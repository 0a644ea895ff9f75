"""Identity: sha256 of canonical JSON (RFC 8785) or of file bytes.

One deliberate deviation from RFC 8785: integers keep all their digits (the RFC rounds them to IEEE doubles, which
would give 12345678901234567 and 12345678901234568 one identity).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

__all__ = ["canonical_json", "canonical_jsons", "digest_bytes", "digest_file", "digest_of"]

# A text without these tokens is already canonical: Python and ECMAScript print shortest digits alike, and differ only
# in "1.0" against "1" and in where the exponent form starts and how it looks.
_SUSPECT = re.compile(r"\d\.0(?!\d)|\d[eE]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?[eE][+-]?\d+|-?\d+\.\d+')
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode

_BETWEEN = ',"\\u0000",'  # how a NUL between two values is written


def canonical_json(value: Any) -> str:
    """The RFC 8785 text of a JSON value.

    Raises:
        ValueError: for NaN or infinity, for a key that is not a string, and for what JSON cannot hold.
    """
    whole = _whole(value)
    value = value if whole is None else whole
    try:
        text = _encode(value)
    except TypeError as error:
        raise ValueError(str(error)) from None
    if not text.isascii():
        text.encode("utf-8")  # a lone surrogate has no bytes, hence no identity: UnicodeEncodeError is a ValueError
        if any(ch > "\uffff" for ch in text):
            text = _encode(_utf16_sorted(value)) if _has_objects(value) else text
    return _TOKEN.sub(_number, text) if whole is not None and _SUSPECT.search(text) else text


def canonical_jsons(values: Sequence[Any]) -> list[str]:
    """`canonical_json` of each value, by one call of the encoder for all: several times faster than one by one.

    Raises:
        ValueError: as `canonical_json`, for any of the values.
    """
    if not values:
        return []
    whole = _whole(values)
    values = values if whole is None else whole
    try:
        joined = _encode(list(chain.from_iterable(zip(values, repeat("\0")))))
    except TypeError as error:
        raise ValueError(str(error)) from None
    texts = joined[1 : -len(_BETWEEN)].split(_BETWEEN)
    if len(texts) != len(values):  # a value holds what was put between them
        return [canonical_json(value) for value in values]
    if not joined.isascii() and len(joined.encode("utf-16-le")) > 2 * len(joined):  # the order of keys may differ
        texts = [text if text.isascii() else canonical_json(values[i]) for i, text in enumerate(texts)]
    if whole is None or not _SUSPECT.search(joined):
        return texts
    return [_TOKEN.sub(_number, text) if _SUSPECT.search(text) else text for text in texts]


def digest_of(value: Any) -> str:
    """sha256 (hex, 64 characters) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def digest_bytes(data: bytes) -> str:
    """sha256 (hex) of raw bytes."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """sha256 (hex) of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _number(match: re.Match[str]) -> str:
    token = match.group()
    if token[0] == '"':
        return token
    if token[-2:] == ".0" and len(token) < 18 and token != "-0.0":  # 12.0, the commonest by far
        return token[:-2]
    return _ecmascript(float(token))


def _ecmascript(x: float) -> str:
    """ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20), as RFC 8785 section 3.2.2.3 asks."""
    if not math.isfinite(x):
        raise ValueError(f"{x} is not JSON")
    if x == 0:
        return "0"
    mantissa, _, exponent = f"{abs(x)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + ("" if fraction == "0" else fraction)).lstrip("0")
    # `point`: where the decimal point stands, counted from the first significant digit.
    leading = len(whole) if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")))
    point = leading + int(exponent or 0)
    digits = digits.rstrip("0") or "0"
    size = len(digits)
    if size <= point <= 21:
        text = digits + "0" * (point - size)
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        tail = f".{digits[1:]}" if size > 1 else ""
        text = f"{digits[0]}{tail}e{point - 1:+d}"
    return f"-{text}" if x < 0 else text


def _has_objects(value: Any) -> bool:
    if isinstance(value, dict):
        return True
    return isinstance(value, list | tuple) and any(_has_objects(item) for item in value)


def _whole(value: Any) -> Any:
    """The same value with whole numbers as ints, which are written alike everywhere; None: it holds no float at all.

    To look through a value is quicker than to search its text, and far quicker than to mend it.
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    try:
        if isinstance(value, dict):
            return _mended(dict, value, value.items())
        return _mended(list, value, enumerate(value)) if isinstance(value, list | tuple) else None
    except RecursionError:
        return value


def _mended(copy: Any, value: Any, items: Iterable[tuple[Any, Any]]) -> Any:
    found = None
    for key, item in items:
        if type(item) is not str and (new := _whole(item)) is not None:
            found = copy(value) if found is None else found
            found[key] = new
    return found


class _Utf16(str):
    """A key that sorts by its UTF-16 code units, as RFC 8785 section 3.2.3 asks."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return self.encode("utf-16-be", "surrogatepass") < other.encode("utf-16-be", "surrogatepass")

    __hash__ = str.__hash__


def _utf16_sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {_Utf16(key): _utf16_sorted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_utf16_sorted(item) for item in value]
    return value
