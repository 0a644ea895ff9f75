"""What several readers of records share: cells of any size, and a document of JSON as records. No I/O."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from evalkit.core.errors import InputError

__all__ = ["MAX_RECORD", "header_names", "json_records", "wide_cells"]

MAX_RECORD: Final = 64_000_000
"""Bytes of one record that are read at most."""

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_decoder: Final = json.JSONDecoder(parse_int=str)  # a number is looked at later, however long it is


@contextmanager
def wide_cells() -> Iterator[None]:
    """The module `csv` reads cells up to the size of a record, and not of 128 kB only."""
    before = csv.field_size_limit(MAX_RECORD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def header_names(cells: list[str], where: str) -> list[str]:
    """Names of columns from the first line of CSV, without the spaces around them.

    Raises:
        InputError: the columns are separated by something else.
    """
    names = [cell.strip() for cell in cells]
    for other, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and other in names[0]:
            remedy = "Save it with commas between the columns, and decimal points"
            raise InputError(f"the columns are separated by {called}, not by commas", where, remedy)
    return names


def json_records(text: str, where: str) -> list[bytes]:
    """The elements of a list, or the object that a document is; else its lines that are not blank.

    Raises:
        InputError: a list that is no JSON.
    """
    start = _past(text, 0)
    if text[start : start + 1] != "[":
        pieces = [text] if _is_one(text, start) else text.split("\n")
        return [line.encode() for piece in pieces if (line := piece.strip())]
    found: list[bytes] = []
    place = _past(text, start + 1)
    try:
        while text[place : place + 1] != "]":
            _, end = _decoder.raw_decode(text, place)
            found.append(text[place:end].encode())
            place = _past(text, end)
            if text[place : place + 1] == "," and text[(after := _past(text, place + 1)) : after + 1] != "]":
                place = after
            elif text[place : place + 1] != "]":
                raise json.JSONDecodeError("Expecting ',' or ']'", text, place)
        if (end := _past(text, place + 1)) < len(text):
            raise json.JSONDecodeError("Extra data", text, end)
    except json.JSONDecodeError as error:
        remedy = "Write the list again, or one object a line (.jsonl), so that a fault is one record's alone"
        raise InputError(f"not JSON: {error.msg}", f"{where}:{error.lineno}:{error.colno}", remedy) from None
    except RecursionError:
        raise InputError("not JSON: nested too deeply", where, "Write one object a line (.jsonl)") from None
    return found


def _past(text: str, place: int) -> int:
    found: Any = _SPACE.match(text, place)
    return int(found.end())


def _is_one(text: str, start: int) -> bool:
    try:
        return _past(text, _decoder.raw_decode(text, start)[1]) == len(text)
    except (ValueError, RecursionError):
        return False
