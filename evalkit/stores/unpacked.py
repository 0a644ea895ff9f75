"""Bytes of a file, unpacked where its name ends in .gz."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from evalkit.core.errors import InputError

__all__ = ["Unpacked", "kind_of"]


def kind_of(path: Path) -> str:
    """The ending that says what is in it: `.csv` of `a.csv` and of `a.csv.gz`."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


class Unpacked:
    """A file that is read from any place; a packed one is unpacked once, into a file without a name."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet."""
        self.path = path
        self._whole: IO[bytes] | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes from the first on.

        Raises:
            InputError: it is not packed by gzip, or is cut off.
        """
        if self.path.suffix.lower() != ".gz":
            with self.path.open("rb") as file:
                yield file
            return
        if self._whole is None:
            self._whole = self._unpacked()
            weakref.finalize(self, self._whole.close)
        self._whole.seek(0)
        yield self._whole

    def _unpacked(self) -> IO[bytes]:
        whole: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as this)
        try:
            with gzip.open(self.path) as packed:
                shutil.copyfileobj(packed, whole, 1 << 20)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            whole.close()
            what = f"the packed file is damaged: {error}"
            raise InputError(what, str(self.path), "Pack it again with gzip") from None
        return whole
