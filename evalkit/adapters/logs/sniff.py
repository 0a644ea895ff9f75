"""What a file looks like, by its beginning: so that the wrong FORMAT is named with the right one."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from pathlib import Path

from evalkit.adapters.logs.files import open_bytes
from evalkit.core.errors import InputError

_HEAD = 1 << 16
_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (  # format, and keys of which all stand in the beginning
    ("lm-eval", ("doc_id", "doc", "resps")),
    ("lm-eval", ("higher_is_better", "n-shot")),
    ("lm-eval", ("results", "group_subtasks")),
    ("promptfoo", ("evalId", "results")),
    ("promptfoo", ("promptIdx", "gradingResult")),
    ("promptfoo", ("promptIdx", "success")),
    ("deepeval", ("testCases",)),
    ("deepeval", ("conversationalTestCases",)),
    ("inspect", ("eval", "status", "version")),
    ("mlflow", ("columns", "data")),
    ("mlflow", ("trace_id", "assessments")),
)
_ALIKE = {"mlflow": {"csv"}, "csv": {"mlflow"}}


def looks_like(path: Path) -> str | None:
    """The format that the file seems to have; None: nothing tells.

    Raises:
        InputError: it cannot be read.
    """
    if not path.name.lower().endswith(".gz") and zipfile.is_zipfile(path):
        return _zip(path)
    try:
        with open_bytes(path) as file:
            head = file.read(_HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return None  # cut off: who reads it says so
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", str(path)) from None
    if head[:4] == b"PAR1":
        return "mlflow"
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith(("{", "[")):
        return "csv" if re.match(r"[^\n\x00]*[,;\t][^\n\x00]*\n", text) else None
    keys = set(re.findall(r'"([\w-]{2,40})"\s*:', text))
    return next((name for name, wanted in _TEXTS if keys >= set(wanted)), None)


def _zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as members:
            names = set(members.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None  # broken: who reads it says so
    return "inspect" if names & {"header.json", "_journal/start.json"} else "a zip file, but no log of inspect_ai"


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def check_format(path: Path, given: str) -> None:
    """Refuse a file that looks like another tool's.

    Raises:
        InputError: naming the format that it looks like.
    """
    seen = looks_like(path)
    if seen is None or seen == given or (seen in _ALIKE.get(given, ()) and not _is_parquet(path)):
        return
    if " " in seen:
        raise InputError(f"this is {seen}", str(path), "Unpack it, or name the log.")
    what = f"this looks like a log of {seen}, and the format given is {given}"
    raise InputError(what, str(path), f"Write: evalkit import {seen} {path.name}")
