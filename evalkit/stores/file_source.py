"""Files as a source: JSON, CSV and Parquet, packed or not; one, a folder, or all that a pattern finds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from glob import has_magic
from pathlib import Path
from typing import Final, Protocol

from evalkit.core.errors import InputError
from evalkit.core.sources import Batch, Format, Partition
from evalkit.stores.disk import told
from evalkit.stores.file_records import CsvRecords, JsonDocument, JsonLines, ParquetRecords
from evalkit.stores.unpacked import kind_of

_END: Final = 4096  # bytes at either end of what was read that are held against the file later


class Records(Protocol):
    """One file's records."""

    def read(self, start: int, rows: int, size: int) -> Batch: ...
    @property
    def format(self) -> Format: ...
    @property
    def columns(self) -> dict[str, str] | None: ...


_READERS: Final[dict[str, Callable[[Path], Records]]] = {
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".csv": CsvRecords,
    ".json": JsonDocument,
    ".parquet": ParquetRecords,
}


_WHOLE: Final = (".parquet", ".json", ".gz")  # nothing can be put behind what they hold


class FileSource:
    """`core.sources.Source` of files; each file is a partition, in order of their names.

    Offsets are bytes for JSON Lines and CSV, so that a file that grows is read on from where it ended (of what a packed
    one holds), and rows for Parquet and lists of JSON.
    """

    def __init__(self, path: str) -> None:
        """`path`: a file, a folder (its files with a known ending, not those of folders within), or a pattern."""
        self.name, self._given = f"file:{path}", path
        self._open: dict[str, Records] = {}

    def partitions(self) -> Sequence[Partition]:
        """The files.

        Raises:
            InputError: there is none, or one of a kind that cannot be read.
        """
        given = Path(self._given)
        with told(given, "look for files"):
            if given.is_file():
                return [_partition(given, given.parent)]
            root = given if given.is_dir() else _fixed(given)
            files = root.iterdir() if given.is_dir() else root.glob(str(given.relative_to(root)))
            found = sorted(p for p in files if kind_of(p) in _READERS and p.is_file() and p.name[:1] != ".")
        if not found:
            kinds = ", ".join(_READERS)
            what = "there is no file to read in this folder" if given.is_dir() else "there is no such file"
            raise InputError(what, self._given, f"Give a file, a folder or a pattern; kinds: {kinds}")
        return [_partition(path, root) for path in found]

    def format(self, partition: Partition) -> Format:
        """As the file's ending says; of CSV with its header."""
        return self._records(partition).format

    def columns(self, partition: Partition) -> Mapping[str, str] | None:
        """Types that a Parquet file declares."""
        return self._records(partition).columns

    def read(self, partition: Partition, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        with told(Path(partition.name), "read the file"):
            return self._records(partition).read(start, rows, size)

    def mark(self, partition: Partition, position: int) -> str:
        """Of the first and the last bytes before `position`; of a file that cannot grow, of its ends."""
        path = Path(partition.name)
        with told(path, "read the file"), path.open("rb") as file:
            end = path.stat().st_size if path.suffix.lower() in _WHOLE else position
            head = file.read(min(_END, end))
            file.seek(max(0, end - _END))
            tail = file.read(min(_END, end))
        return hashlib.sha256(b"%d:%s%s" % (end, head, tail)).hexdigest()

    def commit(self, partition: Partition, position: int) -> None:
        """A file need not know."""

    def _records(self, partition: Partition) -> Records:
        if partition.name not in self._open:
            path = Path(partition.name)
            with told(path, "read the file"):
                self._open = {partition.name: _READERS[kind_of(path)](path)}  # one at a time
        return self._open[partition.name]


def _partition(path: Path, root: Path) -> Partition:
    if kind_of(path) not in _READERS:
        raise InputError(f"a file of the kind {path.suffix or 'without ending'!r} cannot be read", str(path), _KINDS)
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError:
        raise InputError("the name of the file is no UTF-8", ascii(str(path)), "Rename it") from None
    return Partition(str(path.resolve()), path.relative_to(root).as_posix())


_KINDS: Final = f"Known endings: {', '.join(_READERS)}, and each with .gz"


def _fixed(pattern: Path) -> Path:
    """The folders of a pattern before its first part with a sign."""
    parts = []
    for part in pattern.parts[:-1]:
        if has_magic(part):
            break
        parts.append(part)
    return Path(*parts)
