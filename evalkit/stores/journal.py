"""The journal of a run: one line a batch of answers, with a checksum, durable before the batch counts.

A line is `{"crc":"1a2b3c4d","rows":[[case_id, repeat, output, ...], ...]}`; the first one is a header that names the
columns. `crc` is the CRC-32 of what follows it up to the line's end. A damaged line at the end was never acknowledged
(a kill tore it): it is dropped and counted. A damaged line with whole ones after it had been, and is refused.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from evalkit.core.digest import digest_of
from evalkit.core.errors import StoreError
from evalkit.core.protocols import Answer, Request
from evalkit.stores.answers import PLAIN_FIELDS, dump, dump_answer, dump_failure, load_failure
from evalkit.stores.disk import SAFE_NAME, locked_file, make_folder, sync, sync_path, told, write_all

JOURNAL_SCHEMA: Final = 1
SUFFIX: Final = ".jsonl"
_COLUMNS: Final = ("case_id", "repeat", "failure", *PLAIN_FIELDS)
_plain = attrgetter(*PLAIN_FIELDS)
_BODY: Final = len('{"crc":"00000000",')


class _Line(NamedTuple):
    end: int  # offset after it
    found: dict[str, Any]


class FileJournal:
    """A `Journal` in one file, held by one process at a time."""

    def __init__(self, path: Path, key: str) -> None:
        """Open and lock.

        Args:
            path: the file.
            key: written into the header, for a person who looks.

        Raises:
            StoreError: another process (or another journal object) holds it, or it cannot be written.
        """
        self._path, self._key = path, key
        self._size, self._dropped = -1, 0  # bytes that are whole; -1: not read yet
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
        """Torn batches that `load` found at the end and left out."""
        return self._dropped

    def load(self) -> dict[tuple[str, int], Answer]:
        """All durable answers; of two for the same case and repeat the later one. A torn tail is cut off.

        Raises:
            StoreError: a batch that had been acknowledged is damaged, or another version of evalkit wrote the file.
        """
        answers: dict[tuple[str, int], Answer] = {}
        size = self._dropped = 0
        with told(self._path, "read the journal"):
            for line in self._whole_lines():
                if size == 0:
                    self._check_header(line.found)
                else:
                    answers.update(map(_answer, line.found["rows"]))
                size = line.end
            if os.fstat(self._fd).st_size > size:
                os.ftruncate(self._fd, size)
                sync(self._fd)
        self._size = size
        return answers

    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None:
        """Add a batch: one write, one sync. When it returns, the rows survive a kill and a power cut.

        Raises:
            InputError: an answer is not JSON. StoreError: the disk is full, gone or read-only; the journal is as
                it was before.
        """
        if self._size < 0:
            self.load()
        if not rows:
            return
        data = _sealed(f'"rows":{_dump_rows(rows)}}}')
        if self._size == 0:
            header = {"journal": JOURNAL_SCHEMA, "key": self._key, "columns": _COLUMNS}
            data = _sealed(dump(header)[1:]) + data
        with told(self._path, "write the journal"):
            try:
                write_all(self._fd, data)
                sync(self._fd)
                if self._size == 0:
                    sync_path(self._path.parent)
            except BaseException:
                os.ftruncate(self._fd, self._size)
                raise
        self._size += len(data)

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
        """Lines up to the first damaged one, which nothing whole may follow."""
        with open(os.dup(self._fd), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.seek(0)
            end = 0
            for number, text in enumerate(file, 1):
                found = _parse(text)
                if found is None:
                    self._dropped = 1 + self._count_torn(file, number)
                    return
                yield _Line(end := end + len(text), found)

    def _count_torn(self, rest: Iterator[bytes], number: int) -> int:
        """How many damaged lines follow damaged line `number`."""
        torn = 0
        for text in rest:
            if _parse(text) is not None:
                raise StoreError(
                    f"line {number} of the journal is damaged, and whole lines follow it",
                    str(self._path),
                    "Restore the file from a copy; or delete it, and the calls that it records are made again",
                )
            torn += 1
        return torn

    def _check_header(self, found: dict[str, Any]) -> None:
        version, columns = found.get("journal"), tuple(found.get("columns", ()))
        if (version, columns) != (JOURNAL_SCHEMA, _COLUMNS):
            raise StoreError(
                f"the journal has schema version {version}, and this evalkit supports version {JOURNAL_SCHEMA}",
                str(self._path),
                "Continue the run with the evalkit that began it; or delete the journal, and the calls are made again",
            )


def journal_path(folder: Path, key: str) -> Path:
    """The file of a key; a key that is no safe file name is replaced by its digest."""
    return folder / f"{key if SAFE_NAME.fullmatch(key) else digest_of(key)}{SUFFIX}"


def _row(request: Request, answer: Answer) -> tuple[Any, ...]:
    return (request.case_id, request.repeat, dump_failure(answer.failure), *_plain(answer))


def _answer(row: list[Any]) -> tuple[tuple[str, int], Answer]:
    case_id, repeat, failure, *plain = row
    return (case_id, repeat), Answer(**dict(zip(PLAIN_FIELDS, plain, strict=True)), failure=load_failure(failure))


def _dump_rows(rows: Sequence[tuple[Request, Answer]]) -> str:
    """JSON of a whole batch at once, which takes half the time of one text a row."""
    found = [_row(request, answer) for request, answer in rows]
    try:
        return dump(found)
    except (TypeError, ValueError, RecursionError):
        for row in found:
            dump_answer(row, f"case {row[0]!r}")  # raises for the row at fault, and names it
        raise


def _sealed(body: str) -> bytes:
    data = body.encode("ascii")
    return b'{"crc":"%08x",%b\n' % (zlib.crc32(data), data)


def _parse(text: bytes) -> dict[str, Any] | None:
    """A whole line, or None for a torn or damaged one."""
    body = text[_BODY:-1]
    if text != b'{"crc":"%08x",%b\n' % (zlib.crc32(body), body):
        return None
    found: dict[str, Any] = json.loads(text)
    return found
