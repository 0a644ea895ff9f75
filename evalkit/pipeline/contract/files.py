"""A file as a table: CSV, JSON, Parquet, packed or not. A line that is no row is a row all the same, and is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.ingesting import Fault
from evalkit.core.records import header_names, json_records, wide_cells
from evalkit.core.sources import Format
from evalkit.core.versions import Dataset
from evalkit.engine.csv_rows import numbered_rows
from evalkit.engine.files import BOM, need_file, not_utf8, unreadable
from evalkit.pipeline.contract.nouns import Contract
from evalkit.pipeline.ingest.decode import decoded

__all__ = ["Read", "read_file"]

_LONGEST = 160  # characters of a line in a sentence


@dataclass(frozen=True)
class Read:
    """The rows of a file.

    Attributes:
        table: one row for each row of the file, in order; blank lines are none.
        texts: which texts are values of another type; see `Given`.
        bad: row -> what is wrong with its line, with the line's number; the table has nulls there.
        odd: column -> row -> value that does not fit into a column with the others; the table has null there.
        mixed: columns whose values are of several types; the table has their JSON.
        dataset: of the workspace, where the rows are of one.
    """

    table: pa.Table
    texts: Literal["none", "times", "all"]
    bad: dict[int, str] = field(default_factory=dict)
    odd: dict[str, dict[int, Any]] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    dataset: Dataset | None = None


def read_file(path: Path, contract: Contract | None = None) -> Read:
    """Read a file by its ending: .csv, .jsonl or .ndjson, .parquet.

    Raises:
        InputError: there is no such file, or nothing of it can be read.
    """
    need_file(path, "data")
    reader = _READERS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if reader is None:
        raise InputError(f"what is in a {path.suffix or 'nameless'} file is not known", str(path), _ENDINGS)
    try:
        return reader(path, contract)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"the packed file is damaged: {error}", str(path), "Pack it again with gzip") from None
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error, line=1) from None
    except OSError as error:
        raise unreadable(path, "data", error) from None


_ENDINGS = "Give a .csv, .json, .jsonl, .ndjson or .parquet file, or one of them packed (.gz)"


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _texts(file: IO[bytes]) -> IO[str]:
    return io.TextIOWrapper(file, "utf-8-sig", newline="")


def _parquet(path: Path, contract: Contract | None) -> Read:
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(_native(path)) as file:
            return Read(file.read(), "none")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"not Parquet: {str(error).splitlines()[0]:.200}", str(path), "Write the file again") from None


def _native(path: Path) -> Any:
    """The file as Arrow's threads may read it without Python: one that asks for Python at exit aborts the process."""
    if path.suffix.lower() != ".gz":
        return path
    unpacked = pa.BufferOutputStream()
    with gzip.open(path) as file:
        shutil.copyfileobj(file, unpacked)
    return unpacked.getvalue()


def _csv(path: Path, contract: Contract | None) -> Read:
    from pyarrow import csv as arrow_csv

    _all_closed(path)
    names, blank = _header(path)
    found: dict[int, str] = {}

    def keep(row: Any) -> str:
        found[row.number - 2] = f"{row.actual_columns} cells, not {row.expected_columns}: {row.text[:_LONGEST]!r}"
        return "skip"

    try:
        with _opened(path) as file:
            table = arrow_csv.read_csv(
                file,
                arrow_csv.ReadOptions(
                    use_threads=False, column_names=names, skip_rows=blank, skip_rows_after_names=1, block_size=1 << 24
                ),
                arrow_csv.ParseOptions(
                    newlines_in_values=True, invalid_row_handler=keep, ignore_empty_lines=len(names) > 1
                ),
                arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=True
                ),
            )
    except pa.ArrowInvalid as error:
        with _opened(path) as file:
            file.read().decode()  # if it is that it is not UTF-8, say where
        raise InputError(f"not CSV: {str(error).splitlines()[0]:.200}", str(path), "Correct it") from None
    lines = _lines_of(path, found)
    bad = {row: f"line {lines.get(row, row + 2)} has {what}" for row, what in found.items()}
    return Read(_with_gaps(table, sorted(bad)), "all", bad)


def _header(path: Path) -> tuple[list[str], int]:
    """Names of the columns, and how many blank lines stand before them."""
    with _opened(path) as file, _texts(file) as text, wide_cells():
        line, cells = next(numbered_rows(csv.reader(text), str(path)), (1, []))
    if not any(cells):
        raise InputError("the file is empty", str(path), "Begin with a line of column names")
    return header_names(cells, f"{path}:{line}"), line - 1


def _all_closed(path: Path) -> None:
    """Refuse a file whose last quote is never closed: Arrow would take all lines behind it as one cell."""
    with _opened(path) as file:
        quotes = sum(block.count(b'"') for block in iter(partial(file.read, 1 << 20), b""))
    if quotes % 2:
        with _opened(path) as file, _texts(file) as text, wide_cells():
            deque(numbered_rows(csv.reader(text, strict=True), str(path)), maxlen=0)


def _lines_of(path: Path, rows: dict[int, str]) -> dict[int, int]:
    """Row -> the line on which it starts: only a second reading knows, as a cell may hold line breaks."""
    if not rows:
        return {}
    lines: dict[int, int] = {}
    try:
        with _opened(path) as file, _texts(file) as text, wide_cells():
            for row, (line, _) in enumerate(numbered_rows(csv.reader(text), str(path)), -1):
                if row in rows:
                    lines[row] = line
    except InputError:
        pass  # the lines after it keep their count by rows
    return lines


def _with_gaps(table: pa.Table, rows: list[int]) -> pa.Table:
    """The table with a row of nulls at each of these places of the result."""
    if not rows:
        return table
    import numpy as np

    total = table.num_rows + len(rows)
    place = np.full(total, -1)
    kept = np.ones(total, bool)
    kept[rows] = False
    place[kept] = np.arange(table.num_rows)
    return table.take(pa.array(place, mask=~kept))


def _jsonl(path: Path, contract: Contract | None) -> Read:
    with _opened(path) as file:
        return _json_rows(
            [
                (f"line {line}", raw)
                for line, text in enumerate(file, 1)
                if (raw := (text.removeprefix(BOM) if line == 1 else text).strip())
            ],
            contract,
        )


def _json(path: Path, contract: Contract | None) -> Read:
    with _opened(path) as file:
        raws = json_records(file.read().decode("utf-8-sig"), str(path))
    return _json_rows([(f"record {number}", raw) for number, raw in enumerate(raws, 1)], contract)


def _json_rows(lines: list[tuple[str, bytes]], contract: Contract | None) -> Read:
    """Rows of (place in words, text)."""
    found = decoded([text for _, text in lines], Format())
    names = dict.fromkeys(name for row in found if not isinstance(row, Fault) for name in row)
    odd_names = {name for name in names if not _writable(name)}
    bad: dict[int, str] = {}
    rows: list[dict[str, Any]] = []
    for i, row in enumerate(found):
        whole = not isinstance(row, Fault) and not (odd_names and odd_names & row.keys())
        if not whole:
            (place, text), said = lines[i], row.reason if isinstance(row, Fault) else _HALF
            bad[i] = f"{place}: {said}: {text[:_LONGEST].decode(errors='replace')!r}"
        rows.append(row if whole else {})  # type: ignore[arg-type]
    if odd_names:
        names = dict.fromkeys(name for row in rows for name in row)
    odd: dict[str, dict[int, Any]] = {}
    columns = {}
    mixed: set[str] = set()
    for name in names:
        values = [row.get(name) for row in rows]
        kind = contract.columns[name].asked if contract and name in contract.columns else "any"
        columns[name], strange, several = _column(values, kind)
        if strange:
            odd[name] = strange
        if several:
            mixed.add(name)
    table = pa.table(columns) if columns else pa.table({"": pa.nulls(len(rows))}).select([])
    return Read(table, "times", bad, odd, mixed)


_HALF = "the name of a field holds half of a surrogate pair"

_FITS: dict[str, tuple[type, ...]] = {
    "integer": (int, float),
    "number": (int, float),
    "text": (str,),
    "boolean": (bool,),
    "timestamp": (str,),
    "date": (str,),
}


def _column(values: list[Any], kind: str) -> tuple[pa.Array, dict[int, Any], bool]:
    """An Arrow array, the values that it has no room for, and whether they are of several types."""
    strange: dict[int, Any] = {}
    if fits := _FITS.get(kind):
        for i, value in enumerate(values):
            wrong = not isinstance(value, fits) or (isinstance(value, bool) and kind != "boolean")
            if value is not None and (wrong or not _writable(value)):
                strange[i] = value
        values = [None if i in strange else value for i, value in enumerate(values)] if strange else values
    try:
        return pa.array(values), strange, False
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, UnicodeEncodeError):
        texts = [None if value is None else json.dumps(value) for value in values]
        return pa.array(texts, pa.string()), strange, True


def _writable(value: Any) -> bool:
    """Whether Arrow can hold it: no half of a surrogate pair, no number beyond 64 bits, or beyond a double."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in value)
    if isinstance(value, float):
        return value - value == 0
    return not isinstance(value, int) or -(2**63) <= value < 2**63


_READERS: dict[str, Callable[[Path, Contract | None], Read]] = {
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
