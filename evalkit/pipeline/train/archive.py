"""Zip files that are the same bytes whenever the same members go in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

__all__ = ["MOST", "packed", "unpacked"]

MOST = 4 << 30
"""Bytes of an artifact, unpacked: more is refused."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip of the members, sorted by name, stored: no date, no compression that another library would do otherwise."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(ZipInfo(name, _EPOCH), members[name])
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The members of a zip.

    Raises:
        ValueError: it is none, is damaged, or unpacks to more than `MOST` bytes.
    """
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
            if size > MOST:
                raise ValueError(f"it unpacks to {size:,} bytes, more than {MOST:,}")
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ValueError(f"it is no zip file, or is damaged: {error}") from None
