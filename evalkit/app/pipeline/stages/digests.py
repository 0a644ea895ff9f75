"""Digests of files and folders that come from outside. A large file is not read again while its inode says the same."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

from evalkit.core.digest import digest_file, digest_of
from evalkit.core.errors import InputError
from evalkit.stores.disk import make_folder, told, write_file
from evalkit.stores.times import Clock

__all__ = ["Digests", "size_of"]

_SMALL = 1 << 20  # bytes: such a file is read each time
_SETTLED = 2.0  # seconds: a file that changed so shortly before it was read may have changed after, in the same tick


class Digests:
    """Digests by path, remembered in a file that may be removed at any time.

    What is remembered counts only while size, modification time, change time and inode are the same, and where the file
    had been at rest for two seconds when it was read. The change time cannot be set from outside, so a file that was
    rewritten with its old modification time (`touch -d`, `cp -p`) is read again.
    """

    def __init__(self, memory: Path, clock: Clock = time.time) -> None:
        """Nothing is read yet; `memory` is the file."""
        self._memory, self._clock = memory, clock
        self._known: dict[str, list[object]] | None = None
        self._new = False

    def of(self, path: Path, where: str) -> str:
        """sha256 of a file; of a folder, over the relative paths and digests of all its files but hidden ones.

        Raises:
            InputError: there is no such file, or it cannot be read.
        """
        try:
            if path.is_dir():
                files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p.relative_to(path)))
                return digest_of([[p.relative_to(path).as_posix(), self._file(p)] for p in files])
            if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device has no content, or no end
                raise InputError(f"{str(path)!r:.300} is neither a file nor a folder", where, "Name a file")
            return self._file(path)
        except FileNotFoundError:
            raise InputError(f"there is no file {str(path)!r:.300}", where, "Correct the path of the input") from None
        except OSError as error:
            raise InputError(f"the input cannot be read: {error.strerror}", str(path)) from None

    def keep(self) -> None:
        """Remember what was read."""
        if self._new and self._known is not None:
            with told(self._memory, "remember digests"):
                make_folder(self._memory.parent)
                write_file(self._memory, json.dumps(self._known).encode())

    def _file(self, path: Path) -> str:
        before = path.stat()
        if before.st_size < _SMALL:
            return digest_file(path)
        key, signs = str(path.absolute()), _signs(before)
        known = self._remembered().get(key)
        if known is not None and known[:4] == signs:
            return str(known[4])
        digest = digest_file(path)
        if _signs(path.stat()) == signs and self._clock() - max(before.st_mtime, before.st_ctime) > _SETTLED:
            self._remembered()[key] = [*signs, digest]
            self._new = True
        return digest

    def _remembered(self) -> dict[str, list[object]]:
        if self._known is None:
            try:
                found = json.loads(self._memory.read_text(encoding="utf-8"))
                self._known = {k: v for k, v in found.items() if isinstance(v, list) and len(v) == 5}
            except (OSError, ValueError, AttributeError):
                self._known = {}
        return self._known


def size_of(path: Path) -> int | None:
    """Bytes of a file; None of a folder."""
    return None if path.is_dir() else path.stat().st_size


def _signs(found: os.stat_result) -> list[object]:
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)
