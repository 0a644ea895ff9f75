"""Cases from JSON Lines, block by block, and from one JSON list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.scanner import make_scanner
from typing import IO, Any, NoReturn

import numpy as np

from evalkit.core.errors import InputError
from evalkit.engine.case_columns import CaseBuilder, Faults
from evalkit.engine.case_rows import rows_block
from evalkit.engine.files import BOM, not_utf8

BLOCK_BYTES = 1_000_000
MAX_LINE_BYTES = 64_000_000
MAX_LIST_BYTES = 256_000_000
MAX_DEPTH = 100
_LIST_BLOCK = 20_000


class _Refused(ValueError):
    """What the JSON parser would take and JSON does not allow, or does not allow usefully."""


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(f"the key {twice!r:.80} is written twice")
    return made


def _float(text: str) -> int | float:
    """12.0 is 12 in canonical JSON: as an int it spares the encoder's search for such numbers."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
_scan = make_scanner(_decoder)  # type: ignore[arg-type] # without the whitespace handling of `decode`: 40 % less time on short lines


def read_jsonl(file: IO[bytes], builder: CaseBuilder) -> None:
    """Add every line of a JSON Lines file; blank lines are passed over.

    Raises:
        InputError: the file is not UTF-8, or one line is too long. Other faults gather in `builder.faults`.
    """
    for first, text in _blocks(file, builder.faults.file):
        lines = text.split("\n")
        at = np.arange(first, first + len(lines))
        rows = _parse_all(lines)
        if rows is None:
            kept = [i for i, line in enumerate(lines) if line.strip()]
            lines, at = [lines[i].strip() for i in kept], at[kept]
            rows = _parse_all(lines)
        if rows is None:
            rows, at = _parse_each(lines, at, builder.faults)
        if rows and (block := rows_block(rows, at, builder.faults)) is not None:
            builder.add(block)


def read_json_list(file: IO[bytes], builder: CaseBuilder) -> None:
    """Add every object of one JSON list.

    Raises:
        InputError: it is no list, not JSON, not UTF-8 or too large.
    """
    name = builder.faults.file
    data = file.read(MAX_LIST_BYTES + 1)
    if len(data) > MAX_LIST_BYTES:
        raise InputError(
            f"the list is larger than {MAX_LIST_BYTES:,} bytes", name, "Use .jsonl, which is read in blocks"
        )
    try:
        text = data.removeprefix(BOM).decode()
        rows = _decoder.decode(text)
    except UnicodeDecodeError as error:
        raise not_utf8(name, error, line=1) from None
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(*_sentence(error, f"{name}{line}")) from None
    if not isinstance(rows, list):
        raise InputError("a .json file of cases holds one list of objects", name, "Write [{...}, {...}], or use .jsonl")
    for start in range(0, len(rows), _LIST_BLOCK):
        part = rows[start : start + _LIST_BLOCK]
        at = np.arange(start + 1, start + 1 + len(part))
        for i in [i for i, row in enumerate(part) if _deep(row)]:
            builder.faults.add(int(at[i]), f"more than {MAX_DEPTH} levels are nested", "Make the value flatter")
        if (block := rows_block(part, at, builder.faults)) is not None:
            builder.add(block)


def _blocks(file: IO[bytes], name: str) -> Iterator[tuple[int, str]]:
    """(first line number, text of whole lines without the last newline)."""
    line, before, rest = 1, 0, b""
    while True:
        data = file.read(BLOCK_BYTES)
        if before == 0 and not rest:
            data, before = data.removeprefix(BOM), 3 if data.startswith(BOM) else 0
        whole, newline, tail = (rest + data).rpartition(b"\n")
        if not data:
            whole, newline, tail = rest, b"", b""
        elif not newline:
            rest = tail
            if len(rest) > MAX_LINE_BYTES:
                raise InputError(f"the line is longer than {MAX_LINE_BYTES:,} bytes", f"{name}:{line}", "Shorten it")
            continue
        if whole:
            try:
                text = whole.decode()
            except UnicodeDecodeError as error:
                raise not_utf8(name, error, before, line) from None
            yield line, text
        if not data:
            return
        line, before, rest = line + whole.count(b"\n") + 1, before + len(whole) + 1, tail


def _parse_all(lines: list[str]) -> list[Any] | None:
    """The values of lines that hold nothing but JSON; None when one does not."""
    try:
        rows, ends = zip(*[_scan(line, 0) for line in lines], strict=True)
    except (ValueError, StopIteration, RecursionError):  # ValueError also for no lines at all
        return None
    sizes = list(map(len, lines))
    if list(ends) != sizes:
        return None
    if max(sizes) > 2 * MAX_DEPTH and any(_deep(row, line) for row, line in zip(rows, lines, strict=True)):
        return None
    return list(rows)


def _parse_each(lines: list[str], at: np.ndarray, faults: Faults) -> tuple[list[Any], np.ndarray]:
    """The values of the lines that are JSON; the others are noted."""
    rows, good = [], []
    for i, line in enumerate(lines):
        try:
            row = _decoder.decode(line)
            if _deep(row, line):
                raise RecursionError
        except (ValueError, RecursionError) as error:
            what, _, remedy = _sentence(error, "")
            faults.add(int(at[i]), what, remedy)
        else:
            rows.append(row)
            good.append(i)
    return rows, at[good]


def _sentence(error: Exception, where: str) -> tuple[str, str, str]:
    """What, where, remedy of a parser's complaint."""
    if isinstance(error, RecursionError):
        return f"more than {MAX_DEPTH} levels are nested", where, "Make the value flatter"
    if isinstance(error, json.JSONDecodeError):
        near = error.doc[max(0, error.pos - 10) : error.pos + 20]
        what = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at column {error.colno}, near {near!r}"
        return what, where, "Write one JSON object a line, with double quotes and no trailing comma"
    if isinstance(error, _Refused):
        missing = "Use null, or leave the key out, where there is no number"
        return str(error), where, "Remove one of them" if "twice" in str(error) else missing
    return "a number has too many digits to be read", where, "Put it in quotes if it is a text"


def _deep(value: Any, text: str | None = None) -> bool:
    """Whether more than MAX_DEPTH levels are nested; `text` spares the walk when it has too few brackets."""
    if text is not None and text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
