"""The seam to the disk: what is written is durable and whole, and what fails is a sentence.

What must survive a kill goes through `write_file`, through `temporary_folder`, `settle` and `place`, or through `sync`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from evalkit.core.errors import StoreError

SAFE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""What may be a file or folder name in the workspace: no separator, nothing hidden, no parent."""

TEMPORARY: Final = ".tmp-"
"""How every name begins that is not finished; such files and folders are never read."""


class StoreWarning(UserWarning):
    """Something in the workspace could not be used, and the work goes on without it."""


_FULL = "Free some space (`evalkit runs gc` removes old runs), then run the same command again"
_READ_ONLY = "Make it writable, or choose another workspace with --workspace or EVALKIT_HOME"
_BY_ERRNO: Final = {
    errno.ENOSPC: ("the disk is full", _FULL),
    errno.EDQUOT: ("the disk quota is used up", _FULL),
    errno.EFBIG: ("the file is larger than the system allows", "Raise the limit (ulimit -f), then run again"),
    errno.EROFS: ("the file system is read-only", _READ_ONLY),
    errno.EACCES: ("permission is denied", _READ_ONLY),
    errno.EPERM: ("permission is denied", _READ_ONLY),
    errno.ENOTDIR: ("a file stands where the workspace needs a folder", "Move the file, or choose another workspace"),
    errno.EEXIST: ("a file stands where the workspace needs a folder", "Move the file, or choose another workspace"),
    errno.ENOTEMPTY: ("another process has put a folder there meanwhile", "Run it again under another name"),
    errno.ENOENT: ("there is no such file", "Restore it from a copy of the workspace"),
}
_BY_SQLITE: Final = {
    "SQLITE_BUSY": ("the database is locked by another process", "Wait until that process ends, then run again"),
    "SQLITE_FULL": ("the disk is full", _FULL),
    "SQLITE_READONLY": ("the database is read-only", _READ_ONLY),
    "SQLITE_CANTOPEN": ("the database cannot be opened", _READ_ONLY),
    "SQLITE_NOTADB": ("the file is not a database", "Move it aside; runs are found again, names and tags are lost"),
    "SQLITE_CORRUPT": ("the database is damaged", "Restore it from a copy, or move it aside; names and tags are lost"),
    "SQLITE_IOERR": (
        "the disk failed, or is full, while the database was used",
        "Check the disk, then run again",
    ),
}


@contextmanager
def told(path: Path, doing: str) -> Iterator[None]:
    """Turn what the disk or SQLite raises inside into a sentence about `path`.

    Args:
        path: what is read or written; used where the error names no file of its own.
        doing: what was attempted: "write the run", "read the registry".

    Raises:
        StoreError: instead of OSError and sqlite3.Error, with the cause attached.
    """
    try:
        yield
    except OSError as error:
        why, remedy = _BY_ERRNO.get(error.errno or 0, (error.strerror or str(error), ""))
        named = str(error.filename or path)
        place = path if TEMPORARY in named else named  # a name that nobody has seen helps nobody
        raise StoreError(f"cannot {doing}: {why}", str(place), remedy) from error
    except sqlite3.Error as error:
        why, remedy = _BY_SQLITE.get(sqlite_kind(error), (str(error), ""))
        raise StoreError(f"cannot {doing}: {why}", str(path), remedy) from error


def sqlite_kind(error: sqlite3.Error) -> str:
    """The primary result code of a SQLite error, such as SQLITE_BUSY; empty when the driver gives none."""
    return "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; `os.write` may stop short."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync(fd: int) -> None:
    """Wait until the file's bytes (or the folder's entries) are on the disk."""
    os.fsync(fd)


def sync_path(path: Path) -> None:
    """`sync` of a file or folder by its path."""
    fd = os.open(path, os.O_RDONLY)
    try:
        sync(fd)
    finally:
        os.close(fd)


def make_folder(path: Path) -> None:
    """Create a folder and its parents, each durable in its parent."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_path(path.parent)


def temporary_beside(path: Path) -> Path:
    """A fresh unfinished name in the same folder, hence the same file system."""
    return path.with_name(f"{TEMPORARY}{uuid.uuid4().hex}")


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that, whatever happens, `path` holds all of `data` or what it held before."""
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            sync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_path(path.parent)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder to fill, `settle` and `place`; what is not placed is removed at the end."""
    make_folder(parent)
    folder = temporary_beside(parent / "any")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(folder: Path) -> None:
    """Wait until a filled folder, its files and its folders are on the disk."""
    for file in sorted(folder.iterdir()):
        if file.is_dir():
            settle(file)
        else:
            sync_path(file)
    sync_path(folder)


def place(folder: Path, final: Path) -> None:
    """Rename a settled folder to `final`, on the same file system, where nothing may be yet."""
    folder.rename(final)
    sync_path(final.parent)


def put_away(path: Path) -> Path:
    """Rename a file or folder that is to be removed, so that it is never seen half removed; gives the new name."""
    gone = temporary_beside(path)
    path.rename(gone)
    sync_path(path.parent)
    return gone


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_dir() and not path.is_symlink():
        return sum(size_of(child) for child in path.iterdir())
    return path.lstat().st_size


def locked_file(path: Path) -> int | None:
    """Open (or create) a file for reading and appending and take its lock; None while someone else holds it.

    The lock goes with the descriptor: closing it, or the death of the process, releases it.
    """
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except BaseException:
            os.close(fd)
            raise
        # The holder before us may have removed the file between our open and our lock: ours would have no name.
        if _is_at(fd, path):
            return fd
        os.close(fd)


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
