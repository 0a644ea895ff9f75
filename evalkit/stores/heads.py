"""Heads of hash chains beside the database: one line an event, one file a chain. They outlive a rebuilt database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from evalkit.core.chain import Anchor
from evalkit.stores.disk import make_folder, sync, told, write_all

__all__ = ["Heads", "Open"]

_TAIL = 2_048  # bytes: some twenty lines
_END = ".jsonl"


class Open(NamedTuple):
    """A file of heads that can be written to.

    Attributes:
        fd: descriptor.
        last: newest place that is written down; None: none is.
        text: what has to come before the next line.
    """

    fd: int
    last: int | None
    text: str


class Heads:
    """The folder of the files."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self.folder = folder

    def file(self, chain: str) -> Path:
        """Where the heads of a chain are."""
        return self.folder / f"{quote(chain, safe='')}{_END}"

    def names(self, beginning: str = "") -> list[str]:
        """Chains of which a head was written down, sorted."""
        with told(self.folder, "read the heads"):
            files = [*self.folder.glob(f"*{_END}")] if self.folder.is_dir() else []
            names = [unquote(file.stem) for file in files if file.stat().st_size]
        return sorted(name for name in names if name.startswith(beginning))

    def read(self, chain: str) -> list[Anchor]:
        """All that were written down, oldest first. A line that was cut short, or is none, is left out."""
        file = self.file(chain)
        with told(file, "read the heads"):
            data = file.read_bytes() if file.exists() else b""
        return _anchors(chain, data)

    @contextmanager
    def opened(self, chain: str) -> Iterator[Open]:
        """Open a file before its event is kept: where it cannot be, nothing is kept.

        Raises:
            StoreError: the file cannot be made or read.
        """
        file = self.file(chain)
        with told(file, "write the head down"):
            make_folder(self.folder)
            fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            with told(file, "write the head down"):
                tail = os.pread(fd, _TAIL, max(0, os.fstat(fd).st_size - _TAIL))
            last = max((anchor.seq for anchor in _anchors(chain, tail)), default=None)
            # A line that a kill cut short ends here.
            yield Open(fd, last, "" if tail.endswith(b"\n") or not tail else "\n")
        finally:
            os.close(fd)

    def add(self, file: Open, chain: str, heads: Sequence[tuple[int, str]]) -> None:
        """Write heads down, durably.

        Raises:
            StoreError: they cannot be written; the next event brings them.
        """
        lines = "".join(f'{{"seq":{seq},"head":"{head}"}}\n' for seq, head in heads)
        with told(self.file(chain), "write the head down"):
            write_all(file.fd, (file.text + lines).encode())
            sync(file.fd)


def _anchors(chain: str, data: bytes) -> list[Anchor]:
    found = []
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            entry = json.loads(line)
            found.append(Anchor(chain, int(entry["seq"]), str(entry["head"])))
        except (ValueError, KeyError, TypeError, OverflowError):
            continue
    return found
