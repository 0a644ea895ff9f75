"""`--watch`: run again when a file changes. It polls modification times, which works on any file system."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from evalkit.app.cli.console import note
from evalkit.core.errors import EvalkitError

SKIP = {".evalkit", ".git", ".venv", "__pycache__", "reports"}


def watched(suite: Path, candidates: tuple[str, ...], once: Callable[[], int], rounds: int | None = None) -> int:
    """Run, then run again after every change, until interrupted (or `rounds` times); gives the last exit code."""
    done = 0
    while True:
        before = snapshot(suite, candidates)
        code = _guarded(once)
        done += 1
        if done == rounds:
            return code
        note("watching for changes; Ctrl-C ends")
        while snapshot(suite, candidates) == before:
            time.sleep(0.3)
        note("changed: running again")


def _guarded(once: Callable[[], int]) -> int:
    """A broken suite file is said and waited for, not the end of the watch."""
    try:
        return once()
    except EvalkitError as error:
        note(f"error: {error}")
        return error.exit_code


def snapshot(suite: Path, candidates: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """(modification time, size) of every file that the run reads, as far as it can be told from the command line."""
    found = {}
    for file in _files(suite, candidates):
        try:
            stat = file.stat()
        except OSError:
            continue
        found[str(file)] = (stat.st_mtime_ns, stat.st_size)
    return found


def _files(suite: Path, candidates: tuple[str, ...]) -> Iterator[Path]:
    folder = suite if suite.is_dir() else suite.parent
    for path in folder.rglob("*"):
        if path.is_file() and not SKIP.intersection(path.relative_to(folder).parts):
            yield path
    for spec in candidates:
        match = re.search(r"(?:recorded|python|fake):([^:?]+)", spec)
        if match and Path(match[1]).is_file():
            yield Path(match[1])
