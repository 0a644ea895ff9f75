"""The journal of a run: one line of JSON an answer, a checksum in each, durable batch by batch.

A line is `{"crc":"1a2b3c4d","from":128,"row":{...}}`. `crc` is the CRC-32 of what follows it up to the line's end;
`from` is the number of the first row of the line's batch. So a reader can tell what was never acknowledged (a tail of
the last batch, torn by a kill: dropped and counted) from what was and is damaged (refused).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from evalkit.core.digest import digest_of
from evalkit.core.errors import StoreError
from evalkit.core.protocols import Answer, Request
from evalkit.stores.answers import dump_answer, from_fields, to_fields
from evalkit.stores.disk import SAFE_NAME, locked_file, make_folder, sync, sync_path, told, write_all

JOURNAL_SCHEMA: Final = 1
SUFFIX: Final = ".jsonl"
_BODY: Final = len('{"crc":"00000000",')


class _Line(NamedTuple):
    end: int  # offset after it
    first: int  # row number of the first row of its batch
    row: dict[str, Any]


class FileJournal:
    """A `Journal` in one file, held by one process at a time. Row 0 is the header."""

    def __init__(self, path: Path, key: str) -> None:
        """Open and lock.

        Args:
            path: the file; made when the first row is appended to it.
            key: written into the header, for a person who looks.

        Raises:
            StoreError: another process (or another journal object) holds it, or it cannot be written.
        """
        self._path, self._key = path, key
        self._rows, self._size, self._dropped = -1, 0, 0
        with told(path, "open the journal"):
            make_folder(path.parent)
            fd = locked_file(path)
        if fd is None:
            raise StoreError(
                "the same plan is being run by another process, which holds its journal",
                str(path),
                "Wait until that run ends, or stop it; its answers are kept",
            )
        self._fd = fd

    @property
    def dropped(self) -> int:
        """Torn rows that `load` found at the end and left out."""
        return self._dropped

    def load(self) -> dict[tuple[str, int], Answer]:
        """All durable answers; of two for the same case and repeat the later one. A torn tail is cut off.

        Raises:
            StoreError: a line that had been acknowledged is damaged, or a newer evalkit wrote the file.
        """
        answers: dict[tuple[str, int], Answer] = {}
        rows = size = 0
        with told(self._path, "read the journal"):
            for rows, line in enumerate(self._whole_lines(), 1):
                size = line.end
                if rows == 1:
                    self._check_header(line.row)
                else:
                    answers[line.row.pop("case_id"), line.row.pop("repeat")] = from_fields(line.row)
            if os.fstat(self._fd).st_size > size:
                os.ftruncate(self._fd, size)
                sync(self._fd)
        self._rows, self._size = rows, size
        return answers

    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None:
        """Add a batch: one write, one sync. When it returns, the rows survive a kill and a power cut.

        Raises:
            InputError: an answer is not JSON. StoreError: the disk is full, gone or read-only; the journal is as
                it was before.
        """
        if self._rows < 0:
            self.load()
        if not rows:
            return
        lines = [
            _line({"case_id": asked.case_id, "repeat": asked.repeat, **to_fields(answer)}, self._rows, asked.case_id)
            for asked, answer in rows
        ]
        if self._rows == 0:
            lines.insert(0, _line({"journal": JOURNAL_SCHEMA, "key": self._key}, 0, "header"))
        data = b"".join(lines)
        with told(self._path, "write the journal"):
            try:
                write_all(self._fd, data)
                sync(self._fd)
                if self._size == 0:
                    sync_path(self._path.parent)
            except BaseException:
                os.ftruncate(self._fd, self._size)
                raise
        self._rows, self._size = self._rows + len(lines), self._size + len(data)

    def close(self, *, done: bool = False) -> None:
        """Release the journal; with `done` (the record is written) remove it. Closing twice is harmless."""
        if self._fd < 0:
            return
        with told(self._path, "close the journal"):
            try:
                if done or os.fstat(self._fd).st_size == 0:
                    self._path.unlink(missing_ok=True)
                    sync_path(self._path.parent)
            finally:
                os.close(self._fd)
                self._fd = -1

    def _whole_lines(self) -> Iterator[_Line]:
        """Lines up to the first damaged one, which must belong to the last batch."""
        with open(os.dup(self._fd), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.seek(0)
            end = 0
            for number, text in enumerate(file):
                line = _parse(text, end := end + len(text))
                if line is None:
                    self._dropped = 1 + self._count_torn(file, number)
                    return
                yield line

    def _count_torn(self, rest: Iterator[bytes], number: int) -> int:
        """How many lines follow damaged row `number`; none may be of a later batch, for then it was acknowledged."""
        torn = 0
        for text in rest:
            line = _parse(text, 0)
            if line is not None and line.first > number:
                raise StoreError(
                    f"line {number + 1} of the journal is damaged, and whole lines follow it",
                    str(self._path),
                    "Restore the file from a copy; or delete it, and the calls that it records are made again",
                )
            torn += 1
        return torn

    def _check_header(self, row: dict[str, Any]) -> None:
        found = row.get("journal")
        if found != JOURNAL_SCHEMA:
            raise StoreError(
                f"the journal has schema version {found}, and this evalkit supports version {JOURNAL_SCHEMA}",
                str(self._path),
                "Continue the run with the evalkit that began it; or delete the journal, and the calls are made again",
            )


def journal_path(folder: Path, key: str) -> Path:
    """The file of a key; a key that is no safe file name is replaced by its digest."""
    return folder / f"{key if SAFE_NAME.fullmatch(key) else digest_of(key)}{SUFFIX}"


def _line(row: dict[str, Any], first: int, case: str) -> bytes:
    return _sealed(f'"from":{first},"row":{dump_answer(row, f"case {case!r}")}}}'.encode("ascii"))


def _sealed(body: bytes) -> bytes:
    return b'{"crc":"%08x",%b\n' % (zlib.crc32(body), body)


def _parse(text: bytes, end: int) -> _Line | None:
    """A whole line, or None for a torn or damaged one."""
    if text != _sealed(text[_BODY:-1]):
        return None
    found = json.loads(text)
    return _Line(end, found["from"], found["row"])
