"""What the terminal sees: colour only where it is wanted, progress on stderr, machine output alone on stdout."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evalkit.engine.run import Progress  # which imports all of the engine


def printable(text: str) -> str:
    """Text without control characters (other than line breaks and tabs), so that data cannot drive a terminal."""
    return "".join(ch if ch.isprintable() or ch in "\n\t" else f"\\x{ord(ch):02x}" for ch in text)


def wants_colour(stream: Any) -> bool:
    """Colour on a terminal, unless NO_COLOR or TERM=dumb."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def in_ci() -> bool:
    """Whether this looks like continuous integration: plain lines, no bars."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def print_json(value: Any) -> None:
    """One JSON object on stdout, without NaN."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def hush() -> None:
    """Nothing more goes to stdout: its reader went away."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(sentence: str) -> None:
    """A line for people, on stderr."""
    click.echo(printable(sentence), err=True)


@contextmanager
def progress(quiet: bool, what: str = "answers") -> Iterator[Progress]:
    """A bar per stage on a terminal, a line now and then elsewhere, nothing when quiet; `what` is counted."""
    if quiet:
        yield lambda stage, done, total: None
    elif sys.stderr.isatty() and not in_ci():
        with _bars() as report:
            yield report
    else:
        yield _Lines(what)


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, no_color=not wants_colour(sys.stderr))
    columns = (
        TextColumn("{task.fields[stage]}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, Any] = {}
    with Bars(*columns, console=console, transient=True) as bars:

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task("", total=total, stage=stage)
            bars.update(tasks[stage], completed=done)

        yield report


class _Lines:
    """A line per stage at most every five seconds, and one at its end."""

    def __init__(self, what: str = "answers") -> None:
        self.last: dict[str, float] = {}
        self.what = what

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        started = self.last.setdefault(stage, now)
        if done >= total or now - started >= 5:
            self.last[stage] = now
            note(f"{stage}: {done:,} of {total:,} {self.what}")
