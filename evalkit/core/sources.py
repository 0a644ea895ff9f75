"""Where records come from: files, queues, brokers. Each has partitions, and an offset in each that only grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

__all__ = ["Batch", "Format", "Partition", "Source"]


class Partition(NamedTuple):
    """One sequence of records: a file, a queue, a partition of a topic."""

    name: str  # unique among all sources, and the same each time: an absolute path, `queue:NAME`
    label: str  # what rows carry and people read; the same on every machine


class Format(NamedTuple):
    """How the bytes of a record are read: an object of JSON, or a line of CSV under a header."""

    kind: Literal["json", "csv"] = "json"
    header: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()  # fields of JSON whose texts are numbers: decimals, which JSON would round


class Batch(NamedTuple):
    """Records one behind the other; empty at the end of what there is by now."""

    offsets: list[int]  # where each stands, rising
    raws: list[bytes]  # as they came, without the line's end
    next: int  # offset to read on from


class Source(Protocol):
    """Records by offset. Reading twice from one offset gives the same records, and what follows them by now.

    An adapter for a broker implements this and passes `tests/contract/test_sources.py`.
    """

    name: str  # such as file:PATH, queue:NAME

    def partitions(self) -> Sequence[Partition]: ...  # InputError where there is no such source; order is kept
    def format(self, partition: Partition) -> Format: ...
    def columns(self, partition: Partition) -> Mapping[str, str] | None: ...  # types, where the source declares them

    def read(self, partition: Partition, start: int, rows: int, size: int) -> Batch:
        """Records from offset `start` (0: the first): at most `rows`, none behind the one that fills `size` bytes."""
        ...

    def mark(self, partition: Partition, position: int) -> str:
        """What tells whether the records before `position` are still those that were read; empty: cannot be told."""
        ...

    def commit(self, partition: Partition, position: int) -> None:
        """All before `position` is kept: never asked for again. Only a note; the sink's own offsets are what counts."""
        ...
