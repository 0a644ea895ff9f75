"""Archives of plain files in one folder, .tar.gz or .zip: written the same for the same files, read with distrust."""

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

from evalkit.core.errors import InputError
from evalkit.stores.disk import sync_path, temporary_beside, told

HEADER: Final = "bundle.json"
_BLOCK: Final = 1 << 20
_DAMAGE: Final = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError)


class Member(NamedTuple):
    """One entry of an archive."""

    name: str
    is_file: bool
    open: Callable[[], IO[bytes]]


def check_target(file: Path) -> None:
    """Refuse a name of an archive that cannot be written.

    Raises:
        InputError: another ending, or no such folder.
    """
    if not file.name.endswith((".tar.gz", ".tgz", ".zip")):
        raise InputError(f"{file.name!r} is no name of an archive", remedy="End it in .tar.gz, .tgz or .zip")
    if not file.absolute().parent.is_dir():
        raise InputError("there is no such folder to write an archive into", str(file.parent), "Make it first")


def write(file: Path, header: bytes, files: list[Path], folder: Path | None = None) -> None:
    """Write FOLDER/bundle.json and the files into an archive, whole or not at all.

    Args:
        file: the archive.
        header: its first entry.
        files: at least one, all below `folder`.
        folder: what their names are told from; None: the folder of the first.

    Raises:
        StoreError: it cannot be written.
    """
    with told(file, "write the archive"):
        temporary = temporary_beside(file)
        try:
            (_pack_zip if file.name.endswith(".zip") else _pack_tar)(
                temporary, header, files, folder or files[0].parent
            )
            sync_path(temporary)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)


def copy(member: Member, path: Path, size: int) -> str:
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
def members(file: Path) -> Iterator[Iterator[Member]]:
    """The entries of an archive, in order; the format is recognised by content."""
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                yield (_zip_member(archive, info) for info in archive.infolist())
        else:
            with tarfile.open(file, "r|gz") as tar:
                yield (_tar_member(tar, info) for info in tar)
    except _DAMAGE as error:
        raise refusal(f"it is damaged or no archive ({error})", file) from error


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    return Member(info.filename, not info.is_dir() and kind in (0, stat.S_IFREG), lambda: archive.open(info))


def _tar_member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def opened() -> IO[bytes]:
        return tar.extractfile(info) or BytesIO()

    return Member(info.name, info.isreg(), opened)


def _pack_tar(path: Path, header: bytes, files: list[Path], folder: Path) -> None:
    run_id = folder.name
    with (
        path.open("xb") as raw,
        gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed,  # level 1: Parquet is compressed already
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        tar.addfile(_tar_entry(f"{run_id}/{HEADER}", len(header)), BytesIO(header))
        for file in files:
            with file.open("rb") as stream:
                name = f"{run_id}/{file.relative_to(folder).as_posix()}"
                tar.addfile(_tar_entry(name, file.stat().st_size), stream)


def _tar_entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)  # owner 0, time 0, mode 0644
    entry.size = size
    return entry


def _pack_zip(path: Path, header: bytes, files: list[Path], folder: Path) -> None:
    run_id = folder.name
    with zipfile.ZipFile(path, "x") as archive:
        archive.writestr(_zip_entry(f"{run_id}/{HEADER}", len(header)), header)
        for file in files:
            entry = _zip_entry(f"{run_id}/{file.relative_to(folder).as_posix()}", file.stat().st_size)
            with file.open("rb") as stream, archive.open(entry, "w") as target:
                while block := stream.read(_BLOCK):
                    target.write(block)


def _zip_entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
    entry.file_size = size
    return entry


def refusal(why: str, file: Path) -> InputError:
    """Why an archive is not taken in."""
    return InputError(f"the archive is refused: {why}", str(file), "Export the run again")
