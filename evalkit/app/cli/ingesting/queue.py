"""`evalkit queue put|list`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_BLOCK = 1 << 18  # bytes of a pipe at once


@click.group()
def queue() -> None:
    """Durable queues on this machine: several programs put records, `evalkit ingest queue:NAME` takes them in."""


@queue.command()
@click.argument("name")
@click.argument("file", metavar="FILE|-")
@json_option
@workspace_option
def put(name: str, file: str, as_json: bool, workspace: Path | None) -> int:
    """Put each line of FILE (or of stdin) behind the others.

    A file goes in whole or not at all. Lines of stdin go in as they come, and what was put stays. Nothing is looked at:
    what cannot be used is told when it is taken in.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.app.pipeline.bench import Bench
    from evalkit.engine.files import need_file
    from evalkit.stores.disk import told

    store = Bench(workspace).queue
    if file == "-":
        first, last = _piped(store, name)
    else:
        path = need_file(Path(file), "records")
        with told(path, "read the file"), path.open("rb") as opened:
            first, last = store.put(name, _lines(opened))
    if as_json:
        print_json({"queue": name, "put": last - first, "first": first, "next": last})
    else:
        click.echo(f"{last - first:,} records put into {name}; it has {last:,}")
    return 0


@queue.command("list")
@json_option
@workspace_option
def list_(as_json: bool, workspace: Path | None) -> int:
    """All queues: how many records they have, and how far each stream has read them."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.table import table
    from evalkit.app.pipeline.bench import Bench

    states = Bench(workspace).queue.states()
    if as_json:
        print_json({"queues": [{"name": one.name, "records": one.records, "streams": one.groups} for one in states]})
    elif not states:
        note("there is no queue; fill one with: evalkit queue put NAME FILE")
    else:
        rows = [
            (
                one.name,
                f"{one.records:,}",
                ", ".join(f"{g}: {one.records - n:,} to read" for g, n in one.groups.items()),
            )
            for one in states
        ]
        table([("queue", "records", "streams"), *rows])
    return 0


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    return (raw for line in file if (raw := line.strip()))


def _piped(store: Any, name: str) -> tuple[int, int]:
    """Put what the pipe has as it comes; a line is put when its end is there."""
    put, (_, last), rest = 0, store.put(name, ()), b""  # an empty pipe makes an empty queue, as an empty file does
    while data := os.read(sys.stdin.fileno(), _BLOCK):
        lines = (rest + data).split(b"\n")
        rest = lines.pop()
        put, last = _more(store, name, lines, put, last)
    put, last = _more(store, name, [rest], put, last)
    return last - put, last


def _more(store: Any, name: str, lines: list[bytes], put: int, last: int) -> tuple[int, int]:
    raws = [raw for line in lines if (raw := line.strip())]
    if not raws:
        return put, last
    first, last = store.put(name, raws)
    return put + last - first, last
