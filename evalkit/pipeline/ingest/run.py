"""Taking records in, part by part: parts first, then the ledger in one commit, then the version of the dataset.

A kill before the commit leaves parts that nobody names, and the records are read again; a kill after it leaves a
version that the next run publishes. Either way each record counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evalkit.core.datasets import Datasets
from evalkit.core.digest import canonical_json
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.ingesting import Commit, Ledger, Position, Refused, Stream, Stretch
from evalkit.core.sources import Batch, Format, Partition, Source
from evalkit.core.versions import Dataset
from evalkit.pipeline.ingest.door import Passed, through
from evalkit.pipeline.ingest.parts import grown, open_stretch, room, without
from evalkit.pipeline.ingest.publish import publish
from evalkit.pipeline.ingest.rules import Rules

__all__ = ["Ingested", "PartlyIngested", "Work", "ingest"]


class Ingested(NamedTuple):
    """What one run took in: received = accepted + quarantined + duplicates."""

    received: int
    accepted: int
    quarantined: int
    duplicates: int  # known already, or the newer row of a key (`keep: last`)
    dataset: Dataset | None  # None: no record was ever accepted
    raw: Dataset | None  # None: none was ever received
    offsets: dict[str, int]  # label of each partition of the source -> where the next run goes on
    unread: dict[str, EvalkitError]  # label of each partition that could not be read (to its end) -> why


class PartlyIngested(InputError):
    """Some partitions of a source could not be read; what could be is in, and `ingested` says what.

    Its second argument is the number of partitions that there are.
    """

    def __init__(self, ingested: Ingested, of: int) -> None:
        bad, labels = len(ingested.unread), list(ingested.unread)
        named = f"{', '.join(labels[:4])}{f' and {bad - 4} more' if labels[4:] else ''}"
        what = f"{bad} of {of} files could not be read to the end: {named}"
        super().__init__(what, remedy=f"What could be read is in. The first: {ingested.unread[labels[0]]}")
        self.args, self.ingested = (ingested, of), ingested


def ingest(
    source: Source,
    stream: Stream,
    rules: Rules,
    ledger: Ledger,
    datasets: Datasets,
    *,
    told: Callable[[int], None] = lambda received: None,
) -> Ingested:
    """Take in all that a source has by now; whoever calls sees to it that nobody else does so for this stream.

    Args:
        source: where records come from.
        stream: as `begun` gives it.
        rules: of its door.
        ledger: what is known of it.
        datasets: keeps its rows.
        told: is told how many were received so far, after each commit.

    Raises:
        InputError: no such source, records that were read have changed, or the only partition cannot be read.
        PartlyIngested: one of several partitions cannot be read; those behind it are, and the version is published.
        StoreError: the workspace cannot be written; what was committed stays.
    """
    partitions = source.partitions()
    _unchanged(source, partitions, stream, ledger)
    work = Work.of(stream, rules, ledger, datasets)
    received = accepted = quarantined = duplicates = 0
    unread: dict[str, EvalkitError] = {}
    for partition in partitions:
        position = ledger.position(stream.name, partition.name)
        start = position.offset if position else 0
        while batch := _readable(source, partition, start, work.room(stream, partition), unread):
            passed = _taken(source, partition, batch, stream, work)
            source.commit(partition, batch.next)
            stream, start = passed.stream, batch.next
            n = len(passed.gone)  # a row that another replaces makes the dataset no longer
            received, accepted = received + len(batch.raws), accepted + len(passed.accepted) - n
            quarantined, duplicates = quarantined + len(passed.faults), duplicates + len(passed.duplicates) + n
            told(received)
    work.remember(stream)
    dataset, raw = publish(stream, ledger, datasets)
    positions = ledger.positions(stream.name)
    offsets = {p.label: positions[p.name].offset if p.name in positions else 0 for p in partitions}
    done = Ingested(received, accepted, quarantined, duplicates, dataset, raw, offsets, unread)
    if unread:
        raise PartlyIngested(done, len(partitions)) if len(partitions) > 1 else next(iter(unread.values()))
    return done


@dataclass
class Work:
    """What every step of a run needs.

    Attributes:
        rules: of the door.
        ledger, datasets: what is kept.
        stretches: of the stream, as the ledger has them.
    """

    rules: Rules
    ledger: Ledger
    datasets: Datasets
    stretches: dict[int, Stretch]

    @classmethod
    def of(cls, stream: Stream, rules: Rules, ledger: Ledger, datasets: Datasets) -> Work:
        """At the beginning of a run."""
        return cls(rules, ledger, datasets, {one.seq: one for one in ledger.stretches(stream.name)})

    def room(self, stream: Stream, partition: Partition) -> tuple[int, int]:
        """Records and bytes until the open stretch of a partition is closed."""
        return room(open_stretch(self.stretches, partition, 0), stream)

    def without_replaced(self, passed: Passed, stretch: Stretch) -> tuple[Stretch, list[Stretch]]:
        """The stretch that grows, and the others that change, without the rows that newer ones replace."""
        changed = []
        for seq in sorted({seq for seq, _ in passed.gone}):
            one = stretch if seq == stretch.seq else self.stretches[seq]
            rows = sorted(row for s, row in passed.gone if s == seq)
            one = without(one, rows, self.ledger.gone(passed.stream.name, seq), self.datasets)
            if seq == stretch.seq:
                stretch = one
            else:
                changed.append(one)
        return stretch, changed

    def remember(self, stream: Stream) -> None:
        """What is asked from now on, where no record has said so in its commit."""
        if self.ledger.stream(stream.name) != stream:
            self.commit(Commit(stream, [], {}, []))

    def commit(self, commit: Commit) -> None:
        """Into the ledger, and here as it is kept there."""
        self.stretches.update({one.seq: one for one in self.ledger.commit(commit)})


def _taken(source: Source, partition: Partition, batch: Batch, stream: Stream, work: Work) -> Passed:
    """One batch through the door and into the ledger."""
    format = source.format(partition)
    stretch = open_stretch(work.stretches, partition, batch.offsets[0])
    passed = through(
        batch.raws,
        format,
        stream,
        work.rules,
        at=(stretch.seq, stretch.accepted),
        lookup=lambda keys: work.ledger.seen(stream.name, keys),
        declared=source.columns(partition),
    )
    stretch, changed = work.without_replaced(passed, stretch)
    work.commit(
        Commit(
            passed.stream,
            [*changed, grown(stretch, batch, passed, work.datasets)],
            passed.keys,
            passed.gone,
            position=(partition.name, Position(partition.label, batch.next, source.mark(partition, batch.next))),
            source=source.name,
            format=format_text(format),
            refused=[Refused(batch.offsets[i], batch.raws[i], found) for i, found in sorted(passed.faults.items())],
        )
    )
    return passed


def format_text(format: Format) -> str:
    """The format as the quarantine keeps it."""
    numbers = {"numbers": list(format.numbers)} if format.numbers else {}
    return canonical_json({"kind": format.kind, "header": list(format.header), **numbers})


def _readable(
    source: Source, partition: Partition, start: int, space: tuple[int, int], unread: dict[str, EvalkitError]
) -> Batch | None:
    """The same as `_gathered`; nothing, and why in `unread`, of what cannot be read."""
    try:
        return _gathered(source, partition, start, space)
    except EvalkitError as error:
        unread[partition.label] = error
        return None


def _gathered(source: Source, partition: Partition, start: int, space: tuple[int, int]) -> Batch | None:
    """What fits, however little the source gives at once; None where there is nothing."""
    rows, size = space
    offsets: list[int] = []
    raws: list[bytes] = []
    while rows > 0 and size > 0:
        batch = source.read(partition, start, rows, size)
        if not batch.raws:
            start = batch.next if raws else start
            break
        offsets += batch.offsets
        raws += batch.raws
        rows, size, start = rows - len(batch.raws), size - sum(map(len, batch.raws)), batch.next
    return Batch(offsets, raws, start) if raws else None


def _unchanged(source: Source, partitions: Sequence[Partition], stream: Stream, ledger: Ledger) -> None:
    positions = ledger.positions(stream.name)
    for partition in partitions:
        known = positions.get(partition.name)
        if known and known.mark and source.mark(partition, known.offset) != known.mark:
            raise InputError(
                f"what the stream {stream.name} has read of it (up to {known.offset:,}) is no longer what stands there",
                partition.name,
                "Give other records another file; a file may only grow at its end",
            )
