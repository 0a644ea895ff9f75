"""Bytes by their content: `blobs/ab/abcdef...`. A run cites one by writing `blob:DIGEST` in its record or tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evalkit.core.digest import digest_bytes
from evalkit.core.errors import InputError, StoreError
from evalkit.stores.disk import make_folder, told, write_file

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def check_digest(digest: str) -> None:
    """Refuse what is no digest.

    Raises:
        InputError: not 64 hexadecimal digits.
    """
    if not _DIGEST.fullmatch(digest):
        raise InputError(f"{digest!r} is not the digest of a blob", remedy="A digest has 64 digits of 0-9 and a-f")


def put(blobs: Path, data: bytes) -> str:
    """Keep bytes, durably; gives their sha256. The same bytes are kept once."""
    digest = digest_bytes(data)
    path = path_of(blobs, digest)
    with told(path, "write the blob"):
        if _holds(path, data):
            path.touch()  # young again, so that `gc` leaves it to the run that is about to cite it
        else:  # absent, or damaged and healed by putting it again
            make_folder(path.parent)
            write_file(path, data)
    return digest


def get(blobs: Path, digest: str) -> bytes:
    """The bytes of a digest, verified.

    Raises:
        InputError: there is no such blob. StoreError: it was changed, or cannot be read.
    """
    check_digest(digest)
    path = path_of(blobs, digest)
    with told(path, "read the blob"):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise InputError("there is no such blob in the workspace", f"blob {digest}") from None
    if digest_bytes(data) != digest:
        raise StoreError("the blob was changed since it was written", str(path), "Restore it from a copy")
    return data


def path_of(blobs: Path, digest: str) -> Path:
    """Where a blob lies."""
    return blobs / digest[:2] / digest


def listed(blobs: Path) -> Iterator[Path]:
    """The files of all blobs."""
    yield from (path for path in sorted(blobs.glob("??/*")) if _DIGEST.fullmatch(path.name))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False
