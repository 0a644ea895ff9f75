"""Bytes of logs: plain or gzip, bounded, as text; what cannot be read is told in a sentence."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from evalkit.core.errors import InputError

LARGEST = 2 << 30  # bytes of one document, uncompressed
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, uncompressed; whether it is gzip goes by its first bytes.

    Raises:
        InputError: there is no such file, or it is a folder, or empty.
    """
    if not path.exists():
        raise InputError("there is no such file", str(path), "Check the path.")
    if path.is_dir():
        raise InputError("this is a folder, not a log", str(path), "Name the files in it.")
    try:
        if path.stat().st_size == 0:
            raise InputError("the file is empty", str(path), "The tool wrote nothing: run it again.")
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", str(path)) from None


def read_text(path: Path) -> str:
    """The whole document.

    Raises:
        InputError: larger than LARGEST, cut off, or no UTF-8.
    """
    return text_of(_whole(path), str(path))


def _whole(path: Path) -> bytes:
    try:
        with open_bytes(path) as file:
            data = file.read(LARGEST + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"not a whole gzip file: {error}", str(path), "Copy it again; it was cut off.") from None
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", str(path)) from None
    if len(data) > LARGEST:
        what = f"the document has more than {LARGEST >> 30} GB uncompressed"
        raise InputError(what, str(path), "Split it: several FILEs with --shards are one run.")
    return data


def text_of(data: bytes, where: str) -> str:
    """UTF-8 bytes as text, without the mark at their beginning.

    Raises:
        InputError: no UTF-8.
    """
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"this is no text in UTF-8 (byte {error.start:,})"
        raise InputError(what, where, "Save it as UTF-8; or is it a log of another format, or compressed?") from None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, line) of each line that is not blank.

    Raises:
        InputError: cut off, no UTF-8, or a line larger than LARGEST.
    """
    try:
        with open_bytes(path) as file:
            number = 0
            while data := file.readline(LARGEST + 1):
                number += 1
                if len(data) > LARGEST:
                    raise InputError(f"the line has more than {LARGEST >> 30} GB", f"{path}, line {number:,}")
                if data.strip():
                    yield number, text_of(data, f"{path}, line {number:,}")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"not a whole gzip file: {error}", str(path), "Copy it again; it was cut off.") from None
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", str(path)) from None


def parsed(text: str, where: str) -> Any:
    """A JSON value; NaN and infinities are read as the tools write them.

    Raises:
        InputError: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise not_json(text, error, where) from None


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) of each line of a JSON Lines file.

    Raises:
        InputError: a line is no JSON object.
    """
    for number, line in lines(path):
        value = parsed(line, f"{path}, line {number:,}")
        if not isinstance(value, dict):
            raise InputError(
                "this line is no JSON object", f"{path}, line {number:,}", "Is it a log of another format?"
            )
        yield number, value


def not_json(text: str, error: Exception, where: str) -> InputError:
    """The sentence for what is no JSON: cut off, nested too deeply, or something else."""
    if isinstance(error, RecursionError):
        return InputError("the JSON is nested too deeply", where, "This is no log of an evaluation.")
    place = getattr(error, "pos", None)
    open_string = str(getattr(error, "msg", "")).startswith("Unterminated string")
    if place is not None and (open_string or place >= len(text.rstrip()) - 1):
        return InputError("the JSON ends in the middle: the file was cut off", where, "Copy it again, or run it again.")
    told = f"{getattr(error, 'msg', error)!s:.120}"
    at = f" at line {error.lineno:,}, column {error.colno:,}" if isinstance(error, json.JSONDecodeError) else ""
    return InputError(f"this is no JSON: {told}{at}", where, "Is it a log of another format, or cut off?")
