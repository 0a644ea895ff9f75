"""One run as one file, to carry between machines: `ID/bundle.json` first, then the files that it lists.

An archive is made the same, byte for byte, from the same run; it is believed only as far as its digests hold.
"""

from __future__ import annotations

import gzip
import hashlib
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import RECORD_SCHEMA
from evalkit.stores.disk import SAFE_NAME, sync_path, temporary_beside, told
from evalkit.stores.folder import Entry, changes, entry_of, load, pretty
from evalkit.stores.summary import check_run_id

BUNDLE_SCHEMA: Final = 1
_HEADER: Final = "bundle.json"
_HEADER_LIMIT: Final = 1 << 20
_BLOCK: Final = 1 << 20
_DAMAGE: Final = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError)


class Header(BaseModel):
    """What an archive says of itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # of a newer one only the versions are read
    bundle: int
    run_id: str
    record_schema: int
    files: dict[str, Entry]


class _Member(NamedTuple):
    name: str
    is_file: bool
    open: Callable[[], IO[bytes]]


def pack(run: Path, file: Path) -> None:
    """Write a run's folder into an archive, whole or not at all.

    Args:
        run: the folder.
        file: ends in .tar.gz, .tgz or .zip; replaced if it is there.

    Raises:
        InputError: another ending. StoreError: the run is not as it was written, or the file cannot be written.
    """
    if not file.name.endswith((".tar.gz", ".tgz", ".zip")):
        raise InputError(f"{file.name!r} is no name of an archive", remedy="End it in .tar.gz, .tgz or .zip")
    if not file.absolute().parent.is_dir():
        raise InputError("there is no such folder to write an archive into", str(file.parent), "Make it first")
    if said := changes(run, None):
        raise StoreError("; ".join(said), str(run), "Restore the run from a copy before it is exported")
    with told(file, "write the archive"):
        paths = [path for path in sorted(run.iterdir()) if SAFE_NAME.fullmatch(path.name) and path.is_file()]
        header = Header(
            bundle=BUNDLE_SCHEMA,
            run_id=run.name,
            record_schema=load(run).record.schema_version,
            files={path.name: entry_of(path) for path in paths},
        )
        temporary = temporary_beside(file)
        try:
            (_pack_zip if file.name.endswith(".zip") else _pack_tar)(temporary, pretty(header.model_dump()), paths)
            sync_path(temporary)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)


def unpack(file: Path, folder: Path) -> str:
    """Unpack an archive into an empty folder, and check everything that it says; gives the run's id.

    Raises:
        InputError: it is no archive of a run, is damaged, of a newer version, or holds what it should not.
    """
    with told(file, "read the archive"), _members(file) as members:
        header = _read_header(next(members, None), file)
        seen: set[str] = set()
        for member in members:
            name = member.name.removeprefix(f"{header.run_id}/")
            if not member.is_file or name in seen or name not in header.files or not SAFE_NAME.fullmatch(name):
                raise _refusal(f"it holds {member.name!r}, which is no file of a run", file)
            seen.add(name)
            if _copy(member, folder / name, header.files[name].bytes) != header.files[name].sha256:
                raise _refusal(f"{name} differs from its digest", file)
    missing = sorted(header.files.keys() - seen)
    said = [f"{name} is missing" for name in missing] or changes(folder, None)
    if said:
        raise _refusal("; ".join(said), file)
    if load(folder).record.run_id != header.run_id:
        raise _refusal("its record is of another run", file)
    return header.run_id


def _read_header(member: _Member | None, file: Path) -> Header:
    if member is None or not member.is_file or not member.name.endswith(f"/{_HEADER}"):
        raise _refusal(f"it does not begin with {_HEADER}, so it is no exported run", file)
    with member.open() as stream:
        data = stream.read(_HEADER_LIMIT)
    try:
        header = Header.model_validate_json(data)
    except ValidationError:
        raise _refusal(f"its {_HEADER} is damaged", file) from None
    for what, found, supported in (
        ("archive", header.bundle, BUNDLE_SCHEMA),
        ("record", header.record_schema, RECORD_SCHEMA),
    ):
        if found > supported:
            raise InputError(
                f"the {what} has schema version {found}, and this evalkit supports up to version {supported}",
                str(file),
                "Upgrade evalkit to import it",
            )
    check_run_id(header.run_id)
    return header


def _copy(member: _Member, path: Path, size: int) -> str:
    """Unpack at most `size` bytes (an archive may claim little and hold much); gives their sha256, "" for more."""
    hasher = hashlib.sha256()
    with member.open() as source, path.open("xb") as target:
        while block := source.read(min(_BLOCK, size + 1)):
            size -= len(block)
            if size < 0:
                return ""
            hasher.update(block)
            target.write(block)
    return hasher.hexdigest()


@contextmanager
def _members(file: Path) -> Iterator[Iterator[_Member]]:
    """The entries of an archive, in order; the format is recognised by content."""
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                yield (_zip_member(archive, info) for info in archive.infolist())
        else:
            with tarfile.open(file, "r|gz") as tar:
                yield (_tar_member(tar, info) for info in tar)
    except _DAMAGE as error:
        raise _refusal(f"it is damaged or no archive ({error})", file) from error


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    return _Member(info.filename, not info.is_dir() and kind in (0, stat.S_IFREG), lambda: archive.open(info))


def _tar_member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    def opened() -> IO[bytes]:
        return tar.extractfile(info) or BytesIO()

    return _Member(info.name, info.isreg(), opened)


def _pack_tar(path: Path, header: bytes, files: list[Path]) -> None:
    run_id = files[0].parent.name
    with (
        path.open("xb") as raw,
        gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed,  # level 1: Parquet is compressed already
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        tar.addfile(_tar_entry(f"{run_id}/{_HEADER}", len(header)), BytesIO(header))
        for file in files:
            with file.open("rb") as stream:
                tar.addfile(_tar_entry(f"{run_id}/{file.name}", file.stat().st_size), stream)


def _tar_entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)  # owner 0, time 0, mode 0644
    entry.size = size
    return entry


def _pack_zip(path: Path, header: bytes, files: list[Path]) -> None:
    run_id = files[0].parent.name
    with zipfile.ZipFile(path, "x") as archive:
        archive.writestr(_zip_entry(f"{run_id}/{_HEADER}", len(header)), header)
        for file in files:
            entry = _zip_entry(f"{run_id}/{file.name}", file.stat().st_size)
            with file.open("rb") as stream, archive.open(entry, "w") as target:
                while block := stream.read(_BLOCK):
                    target.write(block)


def _zip_entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
    entry.file_size = size
    return entry


def _refusal(why: str, file: Path) -> InputError:
    return InputError(f"the archive is refused: {why}", str(file), "Export the run again")
