"""Records of one file by offset: lines of JSON, lines of CSV (whose cells may hold line ends), rows of Parquet."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from math import isnan
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.core.records import MAX_RECORD, header_names, json_records, wide_cells
from evalkit.core.sources import Batch, Format
from evalkit.core.table_digest import columns_of
from evalkit.core.texts import json_value
from evalkit.stores.unpacked import Unpacked

_BLOCK: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_MAX_LINES: Final = 1000  # of one record of CSV


class JsonLines:
    """Each line is a record; blank ones are none. What stands behind the last line end is one, too."""

    format = Format()
    columns: dict[str, str] | None = None

    def __init__(self, path: Path) -> None:
        self.path, self._bytes = path, Unpacked(path)

    def read(self, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        with self._bytes.open() as file:
            file.seek(start)
            return _batch(_lines(file, self.path), start, rows, size, _cleaned)


class CsvRecords:
    """Each line under the header is a record, and so are lines that a quoted cell ties together."""

    columns: dict[str, str] | None = None

    def __init__(self, path: Path) -> None:
        self.path, self._bytes, self._begin = path, Unpacked(path), 0
        with self._bytes.open() as file, wide_cells():
            for record in _records(file, path):
                self._begin += len(record)
                if header := record.removeprefix(_BOM).strip():
                    break
            else:
                raise InputError("there is no header", str(path), "Give the columns names in the first line")
        self.format = Format("csv", tuple(_cells(header, path)))

    def read(self, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        at = max(start, self._begin)
        with self._bytes.open() as file, wide_cells():
            file.seek(at)
            return _batch(_records(file, self.path), at, rows, size, _without_end)


class JsonDocument:
    """Each element of a list is a record, and so is one object by itself; offsets are their numbers."""

    format = Format()
    columns: dict[str, str] | None = None

    def __init__(self, path: Path) -> None:
        with Unpacked(path).open() as file:
            data = file.read()
        try:
            self._raws = json_records(data.decode("utf-8-sig"), str(path))
        except UnicodeDecodeError as error:
            what = f"byte {error.start + 1} is not UTF-8"
            raise InputError(what, str(path), "Save the file as UTF-8") from None

    def read(self, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        raws: list[bytes] = []
        while start + len(raws) < len(self._raws) and len(raws) < rows and size > 0:
            raws.append(self._raws[start + len(raws)])
            size -= len(raws[-1])
        return Batch(list(range(start, start + len(raws))), raws, start + len(raws))


class ParquetRecords:
    """Each row is a record; its bytes are its JSON."""

    def __init__(self, path: Path) -> None:
        from pyarrow import parquet

        self.path = path
        try:
            self._file = parquet.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise InputError(f"this is no Parquet file: {error}", str(path), "Write it anew") from None
        names = self._file.schema_arrow.names
        if twice := [name for name in names if names.count(name) > 1]:
            raise InputError(f"the column {twice[0]!r:.80} is there twice", str(path), "Rename one of them")
        self.columns: dict[str, str] | None = columns_of(self._file.schema_arrow)
        decimals = tuple(field.name for field in self._file.schema_arrow if pa.types.is_decimal(field.type))
        self.format = Format(numbers=decimals)

    def read(self, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        raws: list[bytes] = []
        at = 0
        for group in range(self._file.num_row_groups):
            n = self._file.metadata.row_group(group).num_rows
            if start < at + n and rows > 0 and size > 0:
                table = self._file.read_row_group(group).slice(max(0, start - at), rows)
                for raw in _rows(table):
                    raws.append(raw)
                    rows, size = rows - 1, size - len(raw)
                    if size <= 0:
                        break
            at += n
        return Batch(list(range(start, start + len(raws))), raws, start + len(raws))


def _rows(table: pa.Table) -> list[bytes]:
    names = table.column_names
    rows = zip(*(_values(column) for column in table.columns), strict=True)
    return [_encode(dict(zip(names, values, strict=True))).encode() for values in rows]


def _values(column: Any) -> list[Any]:
    """A column as JSON values."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python's times hold no nanoseconds
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_float16(kind):
        return _values(column.cast(pa.float32()))
    values: list[Any] = column.to_pylist()
    ready = pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind)
    if ready or (pa.types.is_floating(kind) and pc.all(pc.is_finite(column)).as_py() is not False):
        return values
    return [json_value(value, _odd) for value in values]


def _odd(value: float) -> str | None:
    """NaN is null; an infinity is a text, which is no number: the door says so, and nothing is lost."""
    return None if isnan(value) else str(value)


def _batch(pieces: Iterable[bytes], at: int, rows: int, size: int, kept: Callable[[bytes, int], bytes]) -> Batch:
    """Records from offset `at` on, at most `rows` and about `size` bytes of them.

    Args:
        pieces: of the file, one after another.
        at: where the first begins.
        rows: the most.
        size: bytes after which no further one is taken.
        kept: of a piece and its offset, the record; empty: there is none in it.
    """
    offsets: list[int] = []
    raws: list[bytes] = []
    for piece in pieces:
        if raw := kept(piece, at):
            offsets.append(at)
            raws.append(raw)
            size -= len(raw)
        at += len(piece)
        if len(raws) == rows or size <= 0:
            break
    return Batch(offsets, raws, at)


def _cleaned(line: bytes, at: int) -> bytes:
    return line.removeprefix(_BOM).strip() if at == 0 else line.strip()


def _without_end(record: bytes, at: int) -> bytes:
    return record.rstrip(b"\r\n") if record.strip() else b""


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Lines with their ends, from where the file stands."""
    rest: list[bytes] = []
    size = 0
    while data := file.read(_BLOCK):
        if b"\n" not in data:
            rest.append(data)
            size += len(data)
            if size > MAX_RECORD:
                raise InputError(
                    f"a record is longer than {MAX_RECORD:,} bytes", str(path), "Shorten it, or take it out of the file"
                )
            continue
        lines = b"".join((*rest, data)).split(b"\n")
        for line in lines[:-1]:
            yield line + b"\n"
        rest, size = [lines[-1]], len(lines[-1])
    if last := b"".join(rest):
        yield last


def _records(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Lines of CSV, joined where a quoted cell holds their ends. A quote that is never closed ends with its line."""
    lines, ahead = _lines(file, path), deque[bytes]()
    while True:
        if not ahead:
            if (line := next(lines, None)) is None:
                return
            if b'"' not in line:
                yield line
                continue
            ahead.append(line)
        taken = _lines_of_first(ahead, lines)
        yield b"".join(ahead.popleft() for _ in range(taken))


def _lines_of_first(ahead: deque[bytes], lines: Iterator[bytes]) -> int:
    """How many lines the record takes that begins with the first of `ahead`, which is filled from `lines`."""

    def texts() -> Iterator[str]:
        for place in range(_MAX_LINES):
            if place == len(ahead):
                if (line := next(lines, None)) is None:
                    return
                ahead.append(line)
            yield ahead[place].decode("latin-1")  # a byte is a character: the signs that matter are ASCII

    reader = csv.reader(texts(), strict=True)
    try:
        next(reader)
    except (csv.Error, StopIteration):
        return 1
    return reader.line_num


def _cells(record: bytes, path: Path) -> list[str]:
    try:
        names = header_names(next(csv.reader(record.decode().splitlines(keepends=True))), f"{path}:1")
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise InputError(f"the header cannot be read: {error}", str(path), "Save the file as UTF-8") from None
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise InputError(f"the column {twice[0]!r:.80} is named twice", str(path), "Rename one of them")
    return names
