"""Rows of CSV with the lines on which they start: a cell may hold line ends, so that only the reader knows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from evalkit.core.errors import InputError

__all__ = ["numbered_rows"]


def numbered_rows(reader: Any, file: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it starts, cells) of each row that is not blank.

    Args:
        reader: of the module `csv`, at its beginning.
        file: its name, for the sentence.

    Raises:
        InputError: the rest is not CSV.
    """
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Close every double quote, and double those inside a cell"
        raise InputError(f"not CSV: {error}", f"{file}:{line}", remedy) from None
