"""Answers in a file that travels: JSON lines, packed with gzip, to commit beside a suite.

The first line is `{"evalkit_cache": 1}`, each other one an entry: `{"key", "answer": {...}, "at", "kind"?, "provider"?,
"model"?}`. The same entries make the same bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from evalkit.core.errors import InputError
from evalkit.stores.answers import dump
from evalkit.stores.cache_contents import Entry
from evalkit.stores.disk import told, write_file
from evalkit.stores.times import seconds_of

SCHEMA: Final = 1
_LONGEST: Final = 64 << 20  # bytes of a line
_KEY: Final = 512  # characters
_NUMBERS: Final = {"seconds": float, "cost": float, "confidence": float, "tokens_in": int, "tokens_out": int}
_TEXTS: Final = ("at", "kind", "provider", "model")


class BadLine(NamedTuple):
    """A line that is no entry."""

    line: int
    why: str


def write_entries(file: Path, entries: Iterable[Entry]) -> tuple[int, list[str]]:
    """Write a file, whole or not at all.

    Returns:
        How many entries it holds, and a sentence for each that is damaged and was left out.

    Raises:
        InputError: there is no entry. StoreError: it cannot be written.
    """
    n, damaged, packed = 0, [], io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as out:
        out.write(dump({"evalkit_cache": SCHEMA}).encode() + b"\n")
        for entry in entries:
            try:
                row = {"key": entry.key, "answer": _answer(json.loads(entry.answer, parse_constant=_no_constant))}
            except (ValueError, RecursionError) as error:
                damaged.append(f"the entry {str(entry.key)[:80]} is damaged: {error}")
                continue
            row |= {name: value for name in _TEXTS if (value := getattr(entry, name)) is not None}
            out.write(dump(row).encode() + b"\n")
            n += 1
    if not n:
        raise InputError("there is no answer to export", remedy="Run the suite once with the models.")
    with told(file, "write the answers"):
        write_file(file, packed.getvalue())
    return n, damaged


def read_entries(file: Path) -> Iterator[Entry | BadLine]:
    """The entries of a file, packed or not, and its bad lines.

    Raises:
        InputError: there is no such file, it is no export of a cache, or of a newer version.
    """
    with _opened(file) as lines:
        _check_header(lines, file)
        for number, line in enumerate(lines, 2):
            if isinstance(line, str):
                yield BadLine(number, line)
                return
            if line.strip():
                try:
                    yield _entry(line)
                except RecursionError:
                    yield BadLine(number, "it is nested too deeply")
                except ValueError as error:
                    yield BadLine(number, str(error)[:300])


@contextmanager
def _opened(file: Path) -> Iterator[Iterator[bytes | str]]:
    """The lines; one that cannot be read is a text, which says why, and the last."""
    try:
        raw = file.open("rb")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror or error}", str(file)) from None
    with raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        yield _lines(gzip.GzipFile(fileobj=raw) if packed else raw)


def _lines(source: Any) -> Iterator[bytes | str]:
    while True:
        try:
            line: bytes = source.readline(_LONGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            yield f"the file breaks off or is damaged here: {error}"
            return
        if not line:
            return
        if len(line) > _LONGEST:
            yield f"the line is longer than {_LONGEST:,} bytes"
            return
        yield line


def _check_header(lines: Iterator[bytes | str], file: Path) -> None:
    first = next(lines, b"")
    try:
        found = json.loads(first)
        version = found["evalkit_cache"]
    except (ValueError, TypeError, KeyError, RecursionError):
        remedy = "Name a file that `evalkit cache export` wrote."
        raise InputError("the file is no export of a cache", f"{file}, line 1", remedy) from None
    if version != SCHEMA:
        what = f"the file has version {str(version)[:40]}, and this evalkit reads version {SCHEMA}"
        raise InputError(what, f"{file}, line 1", "Upgrade evalkit.")


def _entry(line: bytes) -> Entry:
    """One line.

    Raises:
        ValueError: it is no entry.
    """
    try:
        row = json.loads(line, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(row, dict):
        raise ValueError("it is no JSON object")
    if unknown := sorted(set(row) - {"key", "answer", *_TEXTS}):
        raise ValueError(f"it has an unknown field {unknown[0][:80]!r}")
    key = row.get("key")
    if not isinstance(key, str) or not 0 < len(key) <= _KEY or not (key.isascii() and key.isprintable()):
        raise ValueError(f"its key is no printable text of 1 to {_KEY} characters")
    texts: dict[str, str | None] = {name: row.get(name) for name in _TEXTS}
    for name, value in texts.items():
        if value is not None and (not isinstance(value, str) or len(value) > 200):
            raise ValueError(f"its {name} is no text of at most 200 characters")
    if texts["at"] is not None:
        _check_time(texts["at"])
    return Entry(key, dump(_answer(row.get("answer"))), texts.pop("at") or "", **texts)


def _answer(found: Any) -> dict[str, Any]:
    """The fields of an answer that a run may use.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(found, dict):
        raise ValueError("its answer is no JSON object")
    if unknown := sorted(set(found) - {"output", "model", "trace", *_NUMBERS}):
        raise ValueError(f"its answer has a field {unknown[0][:80]!r}, which a kept answer has not")
    if found.get("output") is None:
        raise ValueError("its answer has no output")
    for name, kind in _NUMBERS.items():
        value = found.get(name)
        if value is None:
            continue
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (kind is float and isinstance(value, float))) or not 0 <= value < 1e300:
            raise ValueError(f"its {name} is {str(value)[:40]!r}, not a number from 0 up")
        if name == "confidence" and value > 1:
            raise ValueError(f"its confidence is {value!r}, not a number in [0, 1]")
    if not isinstance(found.get("model"), str | None):
        raise ValueError("its model is no text")
    for value in found.values():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("it holds a number that is not finite")
    return found


def _check_time(text: str) -> None:
    try:
        seconds_of(text)
    except (InputError, OverflowError):
        raise ValueError(f"its at is {text[:40]!r}, no ISO 8601 time") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}, which is no JSON")
