"""Bytes of records become objects; what cannot is a fault of that record alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from evalkit.core.ingesting import Fault
from evalkit.core.records import wide_cells
from evalkit.core.sources import Format

__all__ = ["decoded", "shown"]


_AT_ONCE: Final = 2_000  # records: one that is malformed makes only its neighbours slow


class _Refused(ValueError):
    """What Python's parser takes and JSON does not allow, or does not allow usefully."""


def decoded(raws: Sequence[bytes], format: Format) -> list[dict[str, Any] | Fault]:
    """(n,) an object of each record, or why there is none. Cells of CSV are texts."""
    if format.kind == "csv":
        with wide_cells():
            return [_csv(raw, format.header) for raw in raws]
    found: list[dict[str, Any] | Fault] = []
    for start in range(0, len(raws), _AT_ONCE):
        some = raws[start : start + _AT_ONCE]
        found += _all(some) or [_json(raw) for raw in some]
    return found


def shown(value: Any) -> str:
    """A value as text, at most 200 characters, whatever is in it."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text.encode(errors="backslashreplace").decode()[:200]


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [key for key, _ in pairs]
        raise _Refused(f"the key {next(n for n in names if names.count(n) > 1)!r:.80} is written twice")
    return made


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _all(raws: Sequence[bytes]) -> list[dict[str, Any] | Fault] | None:
    """All at once, several times faster; None where any of them needs a closer look."""
    try:
        rows = _decoder.decode("[" + b",".join(raws).decode() + "]")
    except (ValueError, RecursionError):
        return None
    # `{"a":1},{"b":2}` on one line would be two: the number tells
    return rows if len(rows) == len(raws) and set(map(type, rows)) <= {dict} else None


def _json(raw: bytes) -> dict[str, Any] | Fault:
    try:
        value = _decoder.decode(raw.decode())
    except UnicodeDecodeError as error:
        return _malformed(f"byte {error.start + 1} is not UTF-8", raw)
    except json.JSONDecodeError as error:
        return _malformed(f"not JSON: {error.msg} (character {error.pos + 1})", raw)
    except RecursionError:
        return _malformed("nested too deeply", raw)
    except _Refused as error:
        return _malformed(str(error), raw)
    except ValueError:  # more digits than Python reads
        return _malformed("a number has more than 4,300 digits", raw)
    if not isinstance(value, dict):
        return _malformed("a record is an object, and this is none", raw)
    return value


def _csv(raw: bytes, header: Sequence[str]) -> dict[str, Any] | Fault:
    try:
        text = raw.decode()
        rows = list(csv.reader([line + "\n" for line in text.split("\n")], strict=True))
    except UnicodeDecodeError as error:
        return _malformed(f"byte {error.start + 1} is not UTF-8", raw)
    except csv.Error as error:
        return _malformed(f"not CSV: {error}", raw)
    if len(rows) != 1:
        return _malformed("a cell's quote is not closed", raw)
    reason = f"there are {len(rows[0])} cells, and the header names {len(header)}"
    if len(rows[0]) > len(header):
        return Fault(kind="extra", reason=reason, value=shown(rows[0][len(header)]))
    if len(rows[0]) < len(header):  # which of them is missing nobody knows
        return Fault(kind="missing", reason=reason, value=shown(text.rstrip("\r\n")))
    return dict(zip(header, rows[0], strict=True))


def _malformed(reason: str, raw: bytes) -> Fault:
    return Fault(kind="malformed", reason=reason, value=shown(raw[:200].decode(errors="backslashreplace")))
