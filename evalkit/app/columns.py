"""Columns of a CSV file, read so that nothing becomes a number that was none."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evalkit.core.errors import InputError
from evalkit.core.records import header_names
from evalkit.engine.files import need_file, not_utf8, unreadable
from evalkit.engine.nearest import did_you_mean

MAX_CELL = 10_000_000
LARGEST = 1e140  # whose squares, summed over any file, are still finite
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_TRUTH = {"true": 1.0, "false": 0.0}
_NONE = ("nan", "na", "n/a", "#n/a", "null", "none", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity")
_NO_NUMBER = "Write a number, true or false, or leave the cell empty where the case is unscored"


@dataclass(frozen=True)
class Columns:
    """A CSV file in memory.

    Attributes:
        path: of the file, for sentences.
        names: of its columns, in order, without the space around them.
        rows: the cells of each row.
        lines: (n,) line of the file on which each row starts.
    """

    path: Path
    names: list[str]
    rows: list[list[str]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self, name: str, *, empty: bool = True) -> list[str]:
        """(n,) cells without the space around them.

        Args:
            name: of the column.
            empty: whether a cell may be empty.

        Raises:
            InputError: no such column, or a cell is empty that may not be.
        """
        at = self._at(name)
        cells = [row[at].strip() for row in self.rows]
        if not empty and "" in cells:
            row = cells.index("")
            raise InputError(f"{name!r} is empty", self._where(row), "Every row needs it: fill it in")
        return cells

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """(n,) finite numbers; NaN for an empty cell, which is a case that was not scored. true is 1 and false 0.

        Raises:
            InputError: no such column, or a cell is neither empty nor a number of at most 1e140 in size.
        """
        cells = self.texts(name)
        return np.array([self._number(cell, name, row) for row, cell in enumerate(cells)], np.float64)

    def _number(self, cell: str, name: str, row: int) -> float:
        if not cell:
            return np.nan
        if _NUMBER.fullmatch(cell):
            value = float(cell)
            if abs(value) <= LARGEST:
                return value
            remedy = "Give the column in a larger unit: squares of larger numbers cannot be summed"
            raise InputError(f"{name!r} is {cell:.40}, beyond {LARGEST:g}", self._where(row), remedy)
        if cell.lower() in _TRUTH:
            return _TRUTH[cell.lower()]
        remedy = _NO_NUMBER
        if cell.lower() in _NONE:
            remedy = "Leave the cell empty where the case is unscored: it is then counted, and bounds the interval"
        elif _NUMBER.fullmatch(cell.replace(",", ".")):
            remedy = "Write a decimal point, and no separator of thousands"
        elif cell.endswith("%") and _NUMBER.fullmatch(cell[:-1].strip()):
            remedy = f"Write {float(cell[:-1]) / 100:g}, or drop the sign throughout the column"
        raise InputError(f"{name!r} is {cell!r:.60}, not a finite number", self._where(row), remedy)

    def _at(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        remedy = did_you_mean(name, self.names, "columns")
        raise InputError(f"there is no column {name!r:.80}", str(self.path), remedy)

    def _where(self, row: int) -> str:
        return f"{self.path}:{self.lines[row]}"


def read_columns(path: Path) -> Columns:
    """A CSV file: UTF-8 (with or without a mark), commas, double quotes, a line of column names.

    Raises:
        InputError: no such file, not UTF-8, not CSV, a row of another length than the header, no names, a name twice,
            another delimiter, or no row.
    """
    text = _text(need_file(path, "CSV"))
    names: list[str] = []
    rows, lines = [], []
    for line, row in _rows(text, path):
        if not names:
            names = _header(row, path, line)
        elif len(row) == len(names):
            rows.append(row)
            lines.append(line)
        else:
            what = f"the row has {len(row)} cell{'s' * (len(row) != 1)}, and the header has {len(names)}"
            raise InputError(what, f"{path}:{line}", "Put double quotes around a cell that holds a comma")
    if not names:
        raise InputError("the file is empty", str(path), "Begin with a line of column names")
    if not rows:
        raise InputError("the file has a header and no row", str(path), "Add a row for each case")
    return Columns(path, names, rows, lines)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, "CSV file", error) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error, 0, 1) from None


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line on which it starts, cells) of each row; a blank line is an empty cell where there is one column."""
    limit = csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, width = 1, 0
    try:
        for row in reader:
            if row or width == 1:
                yield line, row or [""]
            width = width or len(row)
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Close every double quote, and double those inside a cell"
        raise InputError(f"not CSV: {error}", f"{path}:{line}", remedy) from None
    finally:
        csv.field_size_limit(limit)


def _header(row: list[str], path: Path, line: int) -> list[str]:
    where = f"{path}:{line}"
    names = header_names(row, where)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(f"the column {twice!r} is there twice", where, "Give each column a name of its own")
    if all(_NUMBER.fullmatch(name) for name in names):
        raise InputError(
            f"the first line holds numbers ({', '.join(names)[:40]})", where, "Begin with a line of column names"
        )
    return names
