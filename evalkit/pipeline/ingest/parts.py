"""Stretches of a stream and the parts that hold their rows: where one ends depends on the records alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from evalkit.core.datasets import Datasets
from evalkit.core.ingesting import Stream, Stretch
from evalkit.core.sources import Batch, Partition
from evalkit.core.versions import Dataset, Part
from evalkit.pipeline.ingest.door import Passed

__all__ = ["RAW", "grown", "open_stretch", "room", "without"]

RAW = pa.schema([("partition", pa.string()), ("offset", pa.int64()), ("raw", pa.binary())])
"""Columns of the raw rows."""


def open_stretch(stretches: Mapping[int, Stretch], partition: Partition, start: int) -> Stretch:
    """The stretch of a partition that grows; a new one behind all others where none does."""
    for one in stretches.values():
        if one.partition == partition.name and not one.closed:
            return one
    return Stretch(
        seq=max(stretches, default=0) + 1,
        partition=partition.name,
        label=partition.label,
        start=start,
        stop=start,
        records=0,
        size=0,
        accepted=0,
        quarantined=0,
        duplicates=0,
    )


def room(stretch: Stretch, stream: Stream) -> tuple[int, int]:
    """Records and bytes until the stretch is closed."""
    return stream.part_rows - stretch.records, stream.part_bytes - stretch.size


def grown(stretch: Stretch, batch: Batch, passed: Passed, datasets: Datasets, *, raw: bool = True) -> Stretch:
    """The stretch with more records behind it, its parts written.

    Args:
        stretch: as it was.
        batch: what was received.
        passed: what became of it.
        datasets: keeps the parts.
        raw: the bytes are kept, too.
    """
    kept = stretch.kept
    if passed.table.num_rows:
        kept = datasets.keep(_behind(datasets, stretch.kept, passed.table))
    received = stretch.raw
    if raw and batch.raws:
        labels = [stretch.label] * len(batch.raws)
        rows = pa.table({"partition": labels, "offset": batch.offsets, "raw": batch.raws}, RAW)
        received = datasets.keep(_behind(datasets, stretch.raw, rows))
    made = stretch.model_copy(
        update={
            "stop": batch.next,
            "records": stretch.records + len(batch.raws),
            "size": stretch.size + sum(map(len, batch.raws)),
            "accepted": stretch.accepted + len(passed.accepted),
            "quarantined": stretch.quarantined + len(passed.faults),
            "duplicates": stretch.duplicates + len(passed.duplicates),
            "raw": received,
            "kept": kept,
        }
    )
    return made.model_copy(update={"closed": min(room(made, passed.stream)) <= 0})


def without(stretch: Stretch, rows: Sequence[int], before: Sequence[int], datasets: Datasets) -> Stretch:
    """The stretch without some of its rows.

    Args:
        stretch: as it was.
        rows: among those that it accepted, from 0.
        before: rows that were taken out earlier, rising.
        datasets: keeps the parts.
    """
    assert stretch.kept is not None  # a row that is replaced was kept
    table = _rows(datasets, stretch.kept)
    kept = np.ones(table.num_rows, bool)
    kept[[row - bisect_left(before, row) for row in rows]] = False
    left = table.filter(pa.array(kept))
    return stretch.model_copy(update={"kept": datasets.keep(left) if left.num_rows else None})


def _behind(datasets: Datasets, part: Part | None, table: pa.Table) -> pa.Table:
    return table if part is None else pa.concat_tables([_rows(datasets, part), table])


def _rows(datasets: Datasets, part: Part) -> pa.Table:
    one = Dataset(name="part", version=1, digest=part.digest, rows=part.rows, columns={}, parts=[part], created="")
    return next(iter(datasets.parts(one)))
