"""Sources by their specs: `file:PATH`, `queue:NAME`, or the name of a plugin before the colon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evalkit.app.pipeline.bench import Bench
from evalkit.core.errors import InputError
from evalkit.core.sources import Source
from evalkit.stores.file_source import FileSource
from evalkit.stores.queue import QueueSource

__all__ = ["source_of"]


def source_of(spec: str, bench: Bench, group: str) -> Source:
    """The source that a spec names.

    Args:
        spec: `file:PATH` (a file, a folder or a pattern), `queue:NAME`, `PLUGIN:REST`, or a path that exists.
        bench: has the queues.
        group: who reads: each has offsets of its own.

    Raises:
        InputError: there is no such kind.
    """
    kind, _, rest = spec.partition(":")
    if kind == "file" and rest:
        return FileSource(rest)
    if kind == "queue" and rest:
        return QueueSource(bench.queue, rest, group)
    if rest and (plugin := _plugin(kind)) is not None:
        return plugin(rest, group)
    if spec and Path(spec).exists():
        return FileSource(spec)
    raise InputError(f"{spec!r:.200} is no source", remedy="Write file:PATH or queue:NAME")


def _plugin(kind: str) -> Callable[[str, str], Source] | None:
    from importlib import metadata

    found = next(iter(metadata.entry_points(group="evalkit.sources", name=kind)), None)
    made: Callable[[str, str], Source] | None = None if found is None else found.load()
    return made
