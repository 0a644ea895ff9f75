"""Bytes -> lines, in bounded memory whatever a system writes."""

from __future__ import annotations

from typing import NamedTuple

KEPT = 4_096


class Overlong(NamedTuple):
    """A line that was longer than the cap: its two ends and its length in bytes."""

    head: bytes
    tail: bytes
    size: int


class Splitter:
    """Cuts a stream into lines; of a line beyond `cap` bytes only the two ends are kept."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._parts: list[bytes] = []
        self._size = 0
        self._head = b""  # of an overlong line

    def feed(self, data: bytes) -> list[bytes | Overlong]:
        """The lines that end in `data`, without their line ends; empty lines are left out."""
        *whole, rest = data.split(b"\n")
        found = [line for part in whole if (line := self._finish(part))]
        self._add(rest)
        return found

    def finish(self) -> list[bytes | Overlong]:
        """The last line, where the stream ended without a line end."""
        line = self._finish(b"")
        return [line] if line else []

    def _add(self, part: bytes) -> None:
        if not part:
            return
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._cap:
            joined = b"".join(self._parts)
            self._head = self._head or joined[:KEPT]
            self._parts = [joined[-KEPT:]]

    def _finish(self, part: bytes) -> bytes | Overlong | None:
        self._add(part)
        line, head, size = b"".join(self._parts), self._head, self._size
        self._parts, self._head, self._size = [], b"", 0
        return Overlong(head, line, size) if head else line.strip() or None
