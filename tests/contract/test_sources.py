"""What every `Source` promises, checked on each that ships. A third party's is tested by adding it to SOURCES."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from evalkit.core.errors import InputError
from evalkit.core.sources import Batch, Source
from evalkit.pipeline.ingest.decode import decoded
from evalkit.stores.file_source import FileSource
from evalkit.stores.queue import QueueSource, SqliteQueue

Row = dict[str, object]
Made = tuple[Source, Callable[[Sequence[Row]], None] | None]
"""A source, and what puts more records behind the others where they can grow."""

ROWS: list[Row] = [{"id": i, "text": f'a "quoted", {i}\nline' if i % 3 else "é"} for i in range(23)]


def _jsonl(folder: Path, rows: Sequence[Row]) -> Made:
    path = folder / "a.jsonl"

    def more(rows: Sequence[Row]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    more(rows)
    return FileSource(str(path)), more


def _csv(folder: Path, rows: Sequence[Row]) -> Made:
    import csv

    path = folder / "a.csv"
    path.write_text("id,text\r\n", encoding="utf-8")

    def more(rows: Sequence[Row]) -> None:
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, ["id", "text"]).writerows(rows)

    more(rows)
    return FileSource(str(path)), more


def _parquet(folder: Path, rows: Sequence[Row]) -> Made:
    path = folder / "a.parquet"
    table = pa.Table.from_pylist(list(rows), pa.schema([("id", pa.int64()), ("text", pa.string())]))
    parquet.write_table(table, path, row_group_size=5)
    return FileSource(str(path)), None


def _packed(folder: Path, rows: Sequence[Row]) -> Made:
    """Two members, as `cat a.gz b.gz` makes them."""
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(b"".join(lines[:5])) + gzip.compress(b"".join(lines[5:])))
    return FileSource(str(folder / "a.jsonl.gz")), None


def _json(folder: Path, rows: Sequence[Row]) -> Made:
    (folder / "a.json").write_text(json.dumps(list(rows), indent=1), encoding="utf-8")
    return FileSource(str(folder / "a.json")), None


def _folder(folder: Path, rows: Sequence[Row]) -> Made:
    half = len(rows) // 2
    for name, some in (("b.jsonl", rows[half:]), ("a.jsonl", rows[:half])):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
    (folder / ".hidden.jsonl").write_text("{}\n", encoding="utf-8")
    (folder / "other.txt").write_text("{}\n", encoding="utf-8")
    return FileSource(str(folder)), None


def _queue(folder: Path, rows: Sequence[Row]) -> Made:
    queue = SqliteQueue(folder, clock=lambda: 1e9)

    def more(rows: Sequence[Row]) -> None:
        queue.put("q", [json.dumps(row).encode() for row in rows])

    more(rows)
    return QueueSource(queue, "q", "stream"), more


SOURCES: dict[str, Callable[[Path, Sequence[Row]], Made]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
    "jsonl.gz": _packed,
    "json": _json,
    "folder": _folder,
    "queue": _queue,
}


@pytest.fixture(params=SOURCES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return SOURCES[request.param](tmp_path, ROWS)


def drained(source: Source, rows: int, size: int = 10**9) -> list[Batch]:
    """All batches of all partitions, read on from each other, checked as they come."""
    found = []
    for partition in source.partitions():
        start = 0
        while (batch := source.read(partition, start, rows, size)).raws:
            assert len(batch.offsets) == len(batch.raws) <= rows
            assert sum(map(len, batch.raws[:-1])) < size
            assert batch.offsets == sorted(set(batch.offsets))
            assert start <= batch.offsets[0]
            assert batch.offsets[-1] < batch.next
            found.append(batch)
            start = batch.next
        assert batch.offsets == []
        assert source.read(partition, batch.next, rows, size).raws == []
    return found


def records(source: Source, batches: Sequence[Batch]) -> list[Row]:
    """What they hold."""
    format = source.format(source.partitions()[0])
    rows = decoded([raw for batch in batches for raw in batch.raws], format)
    return [{"id": int(row["id"]), "text": row["text"]} for row in rows]  # type: ignore[index]


def test_every_record_comes_once_and_in_order(made: Made) -> None:
    assert records(made[0], drained(made[0], 1000)) == ROWS


@pytest.mark.parametrize("rows", [1, 4, 7])
def test_how_much_is_read_at_once_changes_nothing(made: Made, rows: int) -> None:
    whole, bits = drained(made[0], 1000), drained(made[0], rows)
    assert [o for b in bits for o in b.offsets] == [o for b in whole for o in b.offsets]
    assert [r for b in bits for r in b.raws] == [r for b in whole for r in b.raws]
    assert len(bits) > len(whole)
    assert records(made[0], drained(made[0], 1000, 30)) == ROWS


def test_reading_goes_on_from_any_record(made: Made) -> None:
    source = made[0]
    for partition in source.partitions():
        whole = source.read(partition, 0, 1000, 10**9)
        for i, offset in enumerate(whole.offsets):
            again = source.read(partition, offset, 1000, 10**9)
            assert again == Batch(whole.offsets[i:], whole.raws[i:], whole.next)


def test_what_comes_later_is_read_on_from_the_end(made: Made) -> None:
    source, more = made
    if more is None:
        return  # it does not grow
    (partition,) = source.partitions()
    end = source.read(partition, 0, 1000, 10**9).next
    mark = source.mark(partition, end)
    more(ROWS[:2])
    again = source.read(partition, end, 1000, 10**9)
    assert records(source, [again]) == ROWS[:2]
    assert source.mark(partition, end) == mark
    source.commit(partition, again.next)
    source.commit(partition, end)  # a note that comes late takes nothing back
    assert source.read(partition, 0, 1000, 10**9).next == again.next


def test_partitions_are_the_same_each_time(made: Made) -> None:
    assert made[0].partitions() == made[0].partitions()
    assert len({partition.name for partition in made[0].partitions()}) == len(made[0].partitions())


@pytest.mark.parametrize(
    "source",
    [lambda p: FileSource(str(p / "no.jsonl")), lambda p: QueueSource(SqliteQueue(p), "no", "s")],
    ids=["file", "queue"],
)
def test_a_source_that_is_not_there_is_a_sentence(source: Callable[[Path], Source], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no"):
        source(tmp_path).partitions()


def test_the_battery_can_fail(tmp_path: Path) -> None:
    class Forgetful(FileSource):
        def read(self, partition, start, rows, size):  # type: ignore[no-untyped-def]
            batch = super().read(partition, start, rows, size)
            return batch._replace(raws=batch.raws[1:], offsets=batch.offsets[1:]) if rows == 4 else batch

    _jsonl(tmp_path, ROWS)
    with pytest.raises(AssertionError):
        test_how_much_is_read_at_once_changes_nothing((Forgetful(str(tmp_path / "a.jsonl")), None), 4)
