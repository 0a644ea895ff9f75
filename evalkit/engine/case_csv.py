"""Cases from CSV: every cell is a text, an empty one is nothing.

In `expected`, `expected.X` and `input.X` a cell that is exactly a number, true or false in JSON's spelling is read as
that (`02139` stays a text).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import IO

import numpy as np
import pyarrow as pa

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.engine.arrow_text import quoted
from evalkit.engine.case_columns import Block, CaseBuilder
from evalkit.engine.case_header import Header, joined, read_header
from evalkit.engine.csv_rows import numbered_rows
from evalkit.engine.files import not_utf8

BLOCK_ROWS = 20_000
MAX_CELL = 64_000_000
_MAX_NUMBER = 400
_WHOLE = re.compile(r"-?[1-9][0-9]*|0")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def read_csv(open_file: Callable[[], IO[bytes]], builder: CaseBuilder) -> None:
    """Add every row of a CSV file (comma, double quotes, a header line).

    Raises:
        InputError: not UTF-8, not CSV, or an unusable header. Other faults gather in `builder.faults`.
    """
    limit = csv.field_size_limit(MAX_CELL)
    try:
        with open_file() as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            _read(text, builder)
    except UnicodeDecodeError:
        raise _bad_byte(open_file, builder.faults.file) from None
    finally:
        csv.field_size_limit(limit)


def _read(text: IO[str], builder: CaseBuilder) -> None:
    faults = builder.faults
    rows = numbered_rows(csv.reader(text, strict=True), faults.file)
    _, names = next(rows, (0, []))
    if not names:
        raise InputError("the file is empty", faults.file, "Begin with a line of column names: id,input,expected")
    header = read_header([name.strip() for name in names], faults.file)
    kept: list[list[str]] = []
    at: list[int] = []
    for line, row in rows:
        if len(row) != len(names):
            what = f"the row has {len(row)} cells, and the header has {len(names)}"
            faults.add(line, what, "Put double quotes around a cell that holds a comma")
            continue
        kept.append(row)
        at.append(line)
        if len(kept) == BLOCK_ROWS:
            builder.add(_block(kept, np.array(at), header, builder))
            kept, at = [], []
    if kept:
        builder.add(_block(kept, np.array(at), header, builder))


def _block(rows: list[list[str]], at: np.ndarray, header: Header, builder: CaseBuilder) -> Block:
    cells = list(zip(*rows, strict=True))
    plain = {name: cells[position] for name, position in header.plain.items()}

    def numbers(column: Sequence[str]) -> pa.Array:
        return _literals(column, at, builder)

    return Block(
        at,
        _filled(plain["id"]).cast(pa.string()),
        quoted(_filled(plain["input"])) if "input" in plain else _parts(header, "input", cells, numbers),
        numbers(plain["expected"]) if "expected" in plain else _parts(header, "expected", cells, numbers),
        _filled(plain["group"]).cast(pa.string()) if "group" in plain else None,
        _weights(plain["weight"], at, builder) if "weight" in plain else None,
        {name: _filled(cells[position]).cast(pa.string()) for name, position in header.parts["tags"].items()},
    )


def _parts(
    header: Header, stem: str, cells: list[tuple[str, ...]], read: Callable[[Sequence[str]], pa.Array]
) -> pa.Array | None:
    return joined({key: read(cells[position]) for key, position in header.parts[stem].items()}, said=stem == "input")


def _filled(cells: Sequence[str]) -> pa.Array:
    return pa.array([cell or None for cell in cells], pa.large_string())


def _literals(cells: Sequence[str], at: np.ndarray, builder: CaseBuilder) -> pa.Array:
    """Canonical JSON of cells: numbers, true and false by themselves, other texts quoted, empty ones null."""
    texts: list[str | None] = []
    for i, cell in enumerate(cells):
        try:
            texts.append(_literal(cell))
        except ValueError as error:
            builder.faults.add(int(at[i]), str(error), "Put a letter or space before it if it is a text")
            texts.append(None)
    return pa.array(texts, pa.large_string())


def _literal(cell: str) -> str | None:
    if cell in ("", "true", "false"):
        return cell or None
    if not _NUMBER.fullmatch(cell):
        return canonical_json(cell)
    if len(cell) > _MAX_NUMBER:
        raise ValueError(f"a number of {len(cell):,} characters is too long")
    if _WHOLE.fullmatch(cell):
        return cell
    try:
        return canonical_json(float(cell))
    except ValueError:
        raise ValueError(f"{cell} is too large for a number (beyond 1.8e308)") from None


def _weights(cells: Sequence[str], at: np.ndarray, builder: CaseBuilder) -> np.ndarray:
    weight = np.ones(len(cells))
    for i, cell in enumerate(cells):
        if not cell:
            continue
        try:
            weight[i] = float(cell)
        except ValueError:
            builder.faults.add(int(at[i]), f"weight is {cell!r:.60}; it must be a finite number above 0", "Correct it")
    return weight


def _bad_byte(open_file: Callable[[], IO[bytes]], name: str) -> InputError:
    """Where the file stops being UTF-8, found in a second pass: the text reader does not know its place."""
    before, line = 0, 1
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_file() as file:
        while data := file.read(1_000_000):
            pending = decoder.getstate()[0]
            try:
                decoder.decode(data)
            except UnicodeDecodeError as error:
                return not_utf8(name, error, before - len(pending), line)
            before, line = before + len(data), line + data.count(b"\n")
    return InputError("the file ends inside a character: it is not UTF-8", f"{name}:{line}", "Save the file as UTF-8")
