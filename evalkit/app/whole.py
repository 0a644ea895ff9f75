"""Files that people name with -o: whole or not at all, and written through where a name is no plain file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evalkit.stores.disk import temporary_beside


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Where to write what is to stand at `file`: a name beside it, that takes its place when all went well.

    A device, a pipe and a link (`/dev/null`, `/dev/stdout`) are written through: a rename would put a file in their
    place, and root may do that.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        yield file
        return
    part = temporary_beside(file)
    try:
        yield part
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
