"""The folder of one run: record.json, its tables, and manifest.json with the digest of each of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from evalkit.core.digest import digest_bytes, digest_file
from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import RECORD_SCHEMA, Digest, Record
from evalkit.stores import evidence
from evalkit.stores.disk import SAFE_NAME, told, write_file

RECORD: Final = "record.json"
MANIFEST: Final = "manifest.json"
TABLE: Final = ".parquet"
CASES: Final = ".cases.parquet"
"""The end of a file of cases beside a page: derived from tables, and no table of the run itself."""
_ROW_GROUP: Final = 1 << 17
_CHANGED_REMEDY = "Restore the run from a copy (`evalkit runs import`), or delete it"


class Entry(BaseModel):
    """One file of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sha256: Digest
    bytes: int


class Manifest(BaseModel):
    """What a run consists of. Attached files (a report) are derived, and not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    manifest: Literal[1] = 1
    files: dict[str, Entry]


class Loaded(NamedTuple):
    """A record, and the digest of the manifest that vouches for it."""

    record: Record
    manifest: str


def pretty(value: Any) -> bytes:
    """JSON as a person reads it: indented, with a last newline, in the order of the nouns and of the suite file."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def check_file_name(name: str) -> None:
    """Refuse a name that is no plain file name, or that belongs to the run itself.

    Raises:
        InputError: it is.
    """
    if not SAFE_NAME.fullmatch(name) or name in (RECORD, MANIFEST, evidence.FOLDER) or _is_table(name):
        raise InputError(
            f"a file {name!r} cannot be attached to a run", remedy="Use a plain file name, such as report.html"
        )


def _is_table(name: str) -> bool:
    return name.endswith(TABLE) and not name.endswith(CASES)


def fill(folder: Path, record: Record, tables: Mapping[str, pa.Table | pa.RecordBatchReader]) -> None:
    """Write a run's files into an empty folder.

    Args:
        folder: where to.
        record: what was found.
        tables: name -> columns; a reader is streamed, so a table need not fit in memory.

    Raises:
        InputError: a table's name is no file name.
        OSError: the disk is full.
    """
    for name, columns in tables.items():
        if not SAFE_NAME.fullmatch(name) or not _is_table(f"{name}{TABLE}"):
            raise InputError(f"{name!r} cannot be the name of a table", remedy="Use letters, digits, '.', '_' and '-'")
        write_table(folder / f"{name}{TABLE}", columns)
    (folder / RECORD).write_bytes(pretty(record.to_json()))
    files = {file.name: entry_of(file) for file in sorted(folder.iterdir())}
    (folder / MANIFEST).write_bytes(pretty(Manifest(files=files).model_dump()))


def entry_of(file: Path) -> Entry:
    """Digest and size of a file as it is now."""
    return Entry(sha256=digest_file(file), bytes=file.stat().st_size)


def write_table(path: Path, columns: pa.Table | pa.RecordBatchReader) -> None:
    """Stream columns into a Parquet file, zstd level 1 (dictionary pages made it smaller and no slower)."""
    from pyarrow import parquet

    options: dict[str, Any] = {"compression": "zstd", "compression_level": 1}
    with pa.OSFile(str(path), "wb") as sink, parquet.ParquetWriter(sink, columns.schema, **options) as writer:
        for table in [columns] if isinstance(columns, pa.Table) else _gathered(columns):
            writer.write_table(table)


def _gathered(batches: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Batches as tables of at least _ROW_GROUP rows, for each becomes a row group."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(len(b) for b in waiting) >= _ROW_GROUP:
            yield pa.Table.from_batches(waiting, batches.schema)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting, batches.schema)


def load(folder: Path) -> Loaded:
    """The record of a run, checked against its manifest.

    Raises:
        StoreError: a file is missing or changed, or a newer evalkit wrote the record.
    """
    with told(folder, "read the run"):
        listing = (folder / MANIFEST).read_bytes()
        data = (folder / RECORD).read_bytes()
    _check(folder / RECORD, Entry(sha256=digest_bytes(data), bytes=len(data)), _manifest(listing, folder))
    return Loaded(parse_record(data, folder / RECORD), digest_bytes(listing))


def parse_record(data: bytes, where: Path) -> Record:
    """A record from its JSON.

    Raises:
        StoreError: it is no record, or one of a newer schema version.
    """
    try:
        found = json.loads(data)
        version = found.get("schema_version") if isinstance(found, dict) else None
        if isinstance(version, int) and version > RECORD_SCHEMA:
            raise StoreError(
                f"the record has schema version {version}, and this evalkit supports up to version {RECORD_SCHEMA}",
                str(where),
                "Upgrade evalkit to read it",
            )
        return Record.model_validate(found)
    except (ValidationError, ValueError) as error:
        what = f"{error.errors()[0]['msg']} at {_place(error)}" if isinstance(error, ValidationError) else str(error)
        raise StoreError(f"this is no record of a run: {what}", str(where), _CHANGED_REMEDY) from None


def read_table(folder: Path, name: str) -> pa.Table:
    """One table of a run, checked against its manifest.

    Raises:
        InputError: the run has no such table. StoreError: it is missing, changed or unreadable.
    """
    from pyarrow import parquet

    path = folder / f"{name}{TABLE}"
    with told(folder, "read the run"):
        manifest = _manifest((folder / MANIFEST).read_bytes(), folder)
        if path.name not in manifest.files:
            tables = ", ".join(file.removesuffix(TABLE) for file in sorted(manifest.files) if file.endswith(TABLE))
            raise InputError(f"the run has no table {name!r}", f"run {folder.name}", f"It has: {tables or 'none'}")
        _check(path, entry_of(path), manifest)
        with parquet.ParquetFile(path) as file:
            return file.read()


def changes(folder: Path, manifest: str | None) -> list[str]:
    """A sentence for each file of a run that is not as it was written; none when the run is whole.

    Args:
        folder: of the run.
        manifest: the digest that the manifest had when the run was written, where an index knows it.

    Raises:
        StoreError: the folder or its manifest cannot be read.
    """
    with told(folder, "verify the run"):
        listing = (folder / MANIFEST).read_bytes()
        there = {file.name for file in folder.iterdir()}
        found = _manifest(listing, folder)
        said = []
        if manifest is not None and digest_bytes(listing) != manifest:
            said.append(f"{MANIFEST} was changed since the run was written")
        said += [f"{name} is missing" for name in sorted(found.files.keys() - there)]
        said += [
            f"{name} was changed since the run was written"
            for name in sorted(found.files.keys() & there)
            if entry_of(folder / name) != found.files[name]
        ]
        said += [f"{n} was added" for n in sorted(there - found.files.keys()) if _is_table(n)]
        return said + evidence.changes(folder)


def attach(folder: Path, name: str, data: bytes) -> Path:
    """Put a derived file, such as a report, beside the record; one of the same name is replaced."""
    check_file_name(name)
    with told(folder / name, "write the file"):
        write_file(folder / name, data)
    return folder / name


def folders(runs: Path) -> list[str]:
    """The run ids that have a folder."""
    with told(runs, "list the runs"):
        try:
            return [entry.name for entry in os.scandir(runs) if SAFE_NAME.fullmatch(entry.name) and entry.is_dir()]
        except FileNotFoundError:
            return []


def _manifest(data: bytes, folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise StoreError(
            f"the manifest is damaged at {_place(error)}", str(folder / MANIFEST), _CHANGED_REMEDY
        ) from None


def _check(path: Path, found: Entry, manifest: Manifest) -> None:
    if manifest.files.get(path.name) != found:
        raise StoreError(f"{path.name} was changed since the run was written", str(path), _CHANGED_REMEDY)


def _place(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors()[0]["loc"]) or "its start"
