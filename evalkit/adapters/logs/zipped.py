"""Members of a zip file, bounded: stored, deflated, or packed with zstd (which pyarrow unpacks)."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from evalkit.adapters.logs.files import text_of
from evalkit.core.errors import InputError

ZSTD = 93
LARGEST_MEMBER = 1 << 30  # bytes, uncompressed
SMALL = 1 << 30  # bytes, uncompressed: so much is read whatever its ratio
RATIO = 500  # beyond SMALL, all of it against the file: more is no log


class Zipped:
    """A zip file of texts.

    Args:
        path: the file.

    Raises:
        InputError: it is no zip file, it was cut off, or it unpacks to more than a log would.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            what = f"this is no whole zip file: {error}"
            raise InputError(what, str(path), "It was cut off, or it is no .eval file: copy it again.") from None
        except OSError as error:
            raise InputError(f"the file cannot be read: {error.strerror}", str(path)) from None
        self.members = {info.filename: info for info in self.zip.infolist()}
        self._left = max(SMALL, RATIO * path.stat().st_size)

    def __enter__(self) -> Zipped:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.zip.close()

    def names(self, folder: str) -> Iterator[str]:
        """Members in a folder, in the order of the file."""
        return (name for name in self.members if name.startswith(folder) and name.endswith(".json"))

    def text(self, name: str) -> str:
        """A member as text.

        Raises:
            InputError: it is broken, packed in an unknown way, or larger than a log would be.
        """
        where = f"{self.path}, {name}"
        try:
            data = self._bytes(self.members[name])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, pa.ArrowException, struct.error) as error:
            raise InputError(f"the member is broken: {error!s:.120}", where, "Copy the file again.") from None
        except (NotImplementedError, RuntimeError) as error:
            what = f"the member cannot be unpacked: {error}"
            raise InputError(
                what, where, "Convert the log: `inspect log convert --to json FILE --output-dir DIR`"
            ) from None
        self._left -= len(data)
        if len(data) > LARGEST_MEMBER or self._left < 0:
            what = "it unpacks to far more than it holds: this is no log of an evaluation"
            raise InputError(what, where, "Do not open files that you don't trust.")
        return text_of(data, where)

    def _bytes(self, info: zipfile.ZipInfo) -> bytes:
        most = min(LARGEST_MEMBER, self._left) + 1
        if info.compress_type != ZSTD:
            with self.zip.open(info) as member:
                return member.read(most)
        packed = pa.BufferReader(self._packed(info))
        found: bytes = pa.CompressedInputStream(packed, "zstd").read(most)
        return found

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        """The packed bytes of a member: they stand behind its local header, a name and extras."""
        if info.flag_bits & 1:
            raise RuntimeError("it is encrypted")
        with self.path.open("rb") as file:
            file.seek(info.header_offset)
            head = file.read(30)
            if head[:4] != b"PK\x03\x04":
                raise zipfile.BadZipFile("its header is gone")
            name, extra = struct.unpack("<HH", head[26:30])
            file.seek(name + extra, 1)
            data = file.read(info.compress_size)
        if len(data) < info.compress_size:
            raise EOFError("it ends in the middle")
        return data
