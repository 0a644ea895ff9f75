"""`--watch`: run again when a file changes. It polls modification times, which works on any file system."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from evalkit.app.cli.console import note
from evalkit.core.errors import EvalkitError
from evalkit.predictors.fingerprint import command_files, python_files

SKIP = {"__pycache__", "reports", "node_modules"}
_SPEC = re.compile(r"(?:[A-Za-z_][\w.-]*=)?(recorded|fake|python|command):([^?]+)")


def watched(
    suite: Path,
    specs: Sequence[str],
    once: Callable[[], int],
    rounds: int | None = None,
    ignore: Sequence[Path] = (),
) -> int:
    """Run, then run again after every change, until interrupted (or `rounds` times); gives the last exit code.

    Args:
        suite: the suite file or its folder; all that lies there is watched, but for hidden folders.
        specs: systems and prompt files, whose own files are watched too.
        once: one run; a change during it starts the next.
        rounds: how many runs; None: until interrupted.
        ignore: files and folders that a run writes itself.
    """
    done = 0
    while True:
        before = snapshot(suite, specs, ignore)
        code = _guarded(once)
        done += 1
        if done == rounds:
            return code
        note("watching for changes; Ctrl-C ends")
        while snapshot(suite, specs, ignore) == before:
            time.sleep(0.3)
        note("changed: running again")


def _guarded(once: Callable[[], int]) -> int:
    """A broken suite file is said and waited for, not the end of the watch."""
    try:
        return once()
    except EvalkitError as error:
        note(f"error: {error}")
        return error.exit_code


def snapshot(suite: Path, specs: Sequence[str], ignore: Sequence[Path] = ()) -> dict[str, tuple[int, int]]:
    """(modification time, size) of every file that the run reads, as far as it can be told from the command line."""
    found = {}
    left_out = {path.resolve() for path in ignore}
    for file in _files(suite, specs, left_out):
        try:
            stat = file.stat()
        except OSError:
            continue
        if file.resolve() not in left_out:
            found[str(file)] = (stat.st_mtime_ns, stat.st_size)
    return found


def _files(suite: Path, specs: Sequence[str], left_out: set[Path]) -> Iterator[Path]:
    for folder, inner, files in os.walk(suite if suite.is_dir() else suite.parent):
        here = Path(folder)
        inner[:] = [
            name
            for name in inner
            if not name.startswith(".") and name not in SKIP and (here / name).resolve() not in left_out
        ]
        yield from (here / name for name in files if not name.startswith("."))
    for spec in specs:
        yield from _of_spec(spec)


def _of_spec(spec: str) -> list[Path]:
    """The files of a system, or of a prompt that is given by its path."""
    match = _SPEC.fullmatch(spec.partition("?")[0])
    if match is None:
        return [Path(spec)]
    scheme, rest = match.groups()
    if scheme == "python":
        return python_files(rest.rpartition(":")[0])
    if scheme == "command":
        try:
            return command_files(shlex.split(rest))
        except (ValueError, IndexError):
            return []  # the run says what is wrong with it
    return [Path(rest)]
