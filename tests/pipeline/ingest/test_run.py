"""From a source to versions of datasets: what one run takes in, what the next adds, and what a replay settles."""

from __future__ import annotations

import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.contract.inferring import inferred
from evalkit.app.pipeline.ingesting import evidence_of, held_rows, replayed, take_in
from evalkit.core.chain import Conflict
from evalkit.core.errors import InputError, StoreError
from evalkit.pipeline.ingest.rules import Asked
from evalkit.pipeline.ingest.run import PartlyIngested
from evalkit.stores.datasets import LocalDatasets


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "ws", clock=lambda: 1.8e9)


def write(path: Path, *rows: object, mode: str = "w") -> str:
    with path.open(mode, encoding="utf-8") as file:
        file.writelines((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    return f"file:{path}"


def row(i: int, x: object = 1.5) -> dict[str, object]:
    return {"id": i, "x": x}


def test_raw_and_processed_are_apart_and_counted(bench: Bench, tmp_path: Path) -> None:
    spec = write(tmp_path / "a.jsonl", row(1), "oops", row(2), row(1), row(3, "x"), row(4))
    done = take_in(bench, spec, "s", asked=Asked(key=["id"]))
    assert done[:4] == (6, 3, 2, 1)
    assert done.dataset is not None
    assert done.raw is not None
    assert bench.datasets.table(done.dataset).to_pylist() == [row(1), row(2), row(4)]
    raw = bench.datasets.table(done.raw).to_pylist()
    assert [r["raw"] for r in raw][:2] == [b'{"id": 1, "x": 1.5}', b"oops"]
    assert {r["partition"] for r in raw} == {"a.jsonl"}
    assert done.dataset.parents == [done.raw.digest]
    assert done.raw.note == "received as a.jsonl"
    assert done.offsets == {"a.jsonl": (tmp_path / "a.jsonl").stat().st_size}


def test_a_file_that_cannot_be_read_stops_none_of_the_others(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "a.jsonl", row(1))
    (folder / "b.parquet").write_bytes(b"PAR1 and no more")
    write(folder / "c.jsonl", row(2))
    with pytest.raises(PartlyIngested, match=r"1 of 3 files .*: b.parquet.*What could be read is in") as caught:
        take_in(bench, f"file:{folder}", "s")
    done = pickle.loads(pickle.dumps(caught.value)).ingested
    assert done[:4] == (2, 2, 0, 0)
    assert list(done.unread) == ["b.parquet"]
    assert bench.datasets.table(done.dataset).to_pylist() == [row(1), row(2)]
    (folder / "b.parquet").unlink()
    parquet.write_table(pa.table({"id": [3], "x": [1.5]}), folder / "b.parquet")
    assert take_in(bench, f"file:{folder}", "s")[:4] == (1, 1, 0, 0)


def test_where_no_file_can_be_read_all_are_named_and_one_alone_says_why(bench: Bench, tmp_path: Path) -> None:
    for i in range(6):
        (tmp_path / f"{i}.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(PartlyIngested, match=r"6 of 6 files .* 0.parquet, .*, 3.parquet and 2 more. What could"):
        take_in(bench, f"file:{tmp_path}", "s")
    with pytest.raises(InputError, match=r"0.parquet: this is no Parquet file") as caught:
        take_in(bench, f"file:{tmp_path}/0.parquet", "t")
    assert not isinstance(caught.value, PartlyIngested)


def test_what_was_taken_in_is_not_taken_in_again(bench: Bench, tmp_path: Path) -> None:
    spec = write(tmp_path / "a.jsonl", row(1), row(2))
    first = take_in(bench, spec, "s")
    assert take_in(bench, spec, "s") == first._replace(received=0, accepted=0)
    write(tmp_path / "a.jsonl", row(3), mode="a")
    more = take_in(bench, spec, "s")
    assert (more.received, more.dataset and (more.dataset.rows, more.dataset.version)) == (1, (3, 2))


def test_a_contract_holds_from_now_on_though_no_record_came_with_it(bench: Bench, tmp_path: Path) -> None:
    rules = tmp_path / "c.yaml"

    def most(x: int) -> Path:
        rules.write_text(f"contract: c\ncolumns: {{id: integer, x: {{type: number, max: {x}}}}}", encoding="utf-8")
        return rules

    spec = write(tmp_path / "a.jsonl")
    assert take_in(bench, spec, "s", contract=most(5))[:4] == (0, 0, 0, 0)
    write(tmp_path / "a.jsonl", *(row(i, i) for i in (4, 6, 8)), mode="a")
    assert take_in(bench, spec, "s")[:4] == (3, 1, 2, 0)
    take_in(bench, spec, "s", contract=most(7))
    assert replayed(bench, "s")[:4] == (2, 1, 0, 1)
    assert replayed(bench, "s", ids=[], contract=most(9))[:4] == (0, 0, 0, 0)
    assert replayed(bench, "s")[:4] == (1, 1, 0, 0)


def test_what_is_not_asked_anew_holds_on(bench: Bench, tmp_path: Path) -> None:
    spec = write(tmp_path / "a.jsonl", row(1), row(2))
    take_in(bench, spec, "s", asked=Asked(key=["id"]))
    write(tmp_path / "a.jsonl", row(1), row(2, 7.5), mode="a")
    done = take_in(bench, spec, "s", asked=Asked(keep="last"))
    assert done[:4] == (2, 0, 0, 2)
    assert done.dataset is not None
    assert sorted(bench.datasets.table(done.dataset)["id"].to_pylist()) == [1, 2]


@pytest.mark.parametrize("sizes", [(5, 5), (1, 9), (3, 3, 3, 1)])
def test_where_runs_end_does_not_matter(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    rows = [row(i, i / 3 if i != 7 else "no") for i in range(10)]
    whole = take_in(Bench(tmp_path / "one"), write(tmp_path / "a.jsonl", *rows), "s", part_rows=4)
    bits, begin = Bench(tmp_path / "two"), 0
    for size in sizes:
        spec = write(tmp_path / "a.jsonl", *rows[: begin + size])
        last = take_in(bits, spec, "s", part_rows=4)
        begin += size
    assert (last.dataset and last.dataset.digest) == (whole.dataset and whole.dataset.digest)
    assert (last.raw and last.raw.digest) == (whole.raw and whole.raw.digest)
    assert whole.raw is not None
    assert [part.rows for part in whole.raw.parts] == [4, 4, 2]


def test_all_kinds_of_source_come_to_the_same_rows(bench: Bench, tmp_path: Path) -> None:
    rows = [{"id": i, "x": i / 4, "ok": i % 2 == 0, "word": f"w{i}"} for i in range(9)]
    write(tmp_path / "a.jsonl", *rows)
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    cells = "\n".join(",".join(str(v) for v in r.values()) for r in rows)
    (tmp_path / "a.csv").write_text("id,x,ok,word\n" + cells)  # without a last line end
    bench.queue.put("q", [json.dumps(r).encode() for r in rows])
    specs = [*(f"file:{tmp_path}/a.{kind}" for kind in ("jsonl", "parquet", "csv")), "queue:q"]
    digests = {take_in(bench, spec, f"s{i}").dataset.digest for i, spec in enumerate(specs)}  # type: ignore[union-attr]
    assert len(digests) == 1


def test_types_that_parquet_declares_are_kept(bench: Bench, tmp_path: Path) -> None:
    table = pa.table(
        {
            "at": pa.array([0, None], pa.timestamp("us", "UTC")),
            "n": pa.array([1, 2], pa.int16()),
            "day": pa.array([1, 2], pa.date32()),
            "many": pa.array([[1, 2], None]),
            "f": pa.array([1.5, float("nan")]),
            "ns": pa.array([1_000_000_001, None], pa.timestamp("ns", "America/New_York")),
            "half": pa.array(np.array([1.5, 2.0], np.float16)),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    done = take_in(bench, f"file:{tmp_path}/a.parquet", "s")
    assert done.quarantined == 0
    assert done.dataset is not None
    kept = bench.datasets.table(done.dataset)
    types = ["timestamp[us, tz=UTC]", "int16", "date32[day]", "string", "double", "timestamp[us, tz=UTC]", "float"]
    assert [str(t) for t in kept.schema.types] == types
    same = ["at", "n", "day"]
    assert kept["half"].to_pylist() == [1.5, 2.0]
    assert kept.select(same).equals(table.select(same))
    assert kept["ns"].cast(pa.int64()).to_pylist() == [1_000_000, None]
    assert kept["many"].to_pylist() == ["[1,2]", None]
    assert kept["f"].to_pylist() == [1.5, None]


def test_types_without_json_are_kept_as_text(bench: Bench, tmp_path: Path) -> None:
    table = pa.table(
        {
            "d": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "b": pa.array([b"\xff", b""]),
            "word": pa.array(["a", "b"]).dictionary_encode(),
            "time": pa.array([1, 2], pa.time64("us")),
            "nothing": pa.nulls(2),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    done = take_in(bench, f"file:{tmp_path}/a.parquet", "s")
    assert bench.datasets.table(done.dataset).to_pylist()[0] == {  # type: ignore[arg-type]
        "d": "1.50",
        "b": "/w==",
        "word": "a",
        "time": "00:00:00.000001",
        "nothing": None,
    }
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    parquet.write_table(twice, tmp_path / "b.parquet")
    with pytest.raises(InputError, match="is there twice"):
        take_in(bench, f"file:{tmp_path}/b.parquet", "t")


def test_a_quote_that_is_never_closed_takes_its_own_line_only(bench: Bench, tmp_path: Path) -> None:
    text = 'id,t\n1,"a\nb"\n2,"open\n3,c\n4,5" wide\n5,"x, ""y"""\n'
    (tmp_path / "a.csv").write_text(text)
    done = take_in(bench, f"file:{tmp_path}/a.csv", "s")
    assert (done.received, done.quarantined) == (5, 1)
    assert bench.datasets.table(done.dataset)["t"].to_pylist() == ["a\nb", "c", '5" wide', 'x, "y"']  # type: ignore[arg-type]
    assert [one.raw for one in bench.ledger.held("s")] == [b'2,"open']


def test_a_file_that_is_no_longer_what_was_read_is_refused(bench: Bench, tmp_path: Path) -> None:
    spec = write(tmp_path / "a.jsonl", row(1), row(2))
    take_in(bench, spec, "s")
    write(tmp_path / "a.jsonl", row(1), row(3), row(4))
    with pytest.raises(InputError, match="no longer what stands there"):
        take_in(bench, spec, "s")
    write(tmp_path / "a.jsonl", row(1))
    with pytest.raises(InputError, match="no longer what stands there"):
        take_in(bench, spec, "s")


def test_a_contract_for_other_columns_is_refused_and_holds_until_it_is_mended(bench: Bench, tmp_path: Path) -> None:
    contract = tmp_path / "c.yaml"
    contract.write_text("contract: c\ncolumns:\n  id: integer\n  x: {type: number, le: 2, nullable: false}\n")
    spec = write(tmp_path / "a.jsonl", row(1), row(2, 3.5))
    done = take_in(bench, spec, "s", contract=contract)
    assert done.quarantined == 1
    assert done.dataset is not None
    assert done.dataset.parent_names == {done.dataset.parents[1]: "contract c"}
    write(tmp_path / "a.jsonl", row(3, 4.5), mode="a")
    assert take_in(bench, spec, "s").quarantined == 1  # the stream has its contract
    (first, _) = bench.ledger.held("s")
    assert (first.faults[0].field, first.faults[0].value, first.raw) == ("x", "3.5", b'{"id": 2, "x": 3.5}')
    assert first.contract == held_rows(first)["contract"] is not None
    contract.write_text("contract: c\ncolumns:\n  id: text\n  y: number\n")
    with pytest.raises(InputError, match="without x; with the new y; id as string instead of int64"):
        take_in(bench, spec, "s", contract=contract)
    contract.write_text("contract: c\ncolumns:\n  id: integer\n  x: {type: number, le: 4, nullable: false}\n")
    assert replayed(bench, "s", contract=contract)[:4] == (2, 1, 0, 1)
    assert replayed(bench, "s")[:4] == (1, 0, 0, 1)  # nothing twice
    evidence = evidence_of(bench, "s")
    assert evidence is not None
    assert (evidence.rows, evidence.quarantined, evidence.checks[0].column) == (3, 1, "x")
    assert [event.data["accepted"] for event in bench.chains.events("quarantine/s")] == [1, 0]


def test_references_are_looked_up_at_the_door(bench: Bench, tmp_path: Path) -> None:
    contract = tmp_path / "c.yaml"
    contract.write_text("contract: c\ncolumns:\n  id: {type: integer, references: other.id}\n  x: number\n")
    spec = write(tmp_path / "a.jsonl", row(1), row(2))
    with pytest.raises(InputError, match="there is no dataset 'other'"):
        take_in(bench, spec, "s", contract=contract)
    bench.datasets.add("other", [pa.table({"id": [2, 3]})])
    assert take_in(bench, spec, "s", contract=contract)[:3] == (2, 1, 1)
    assert bench.ledger.held("s")[0].faults[0].field == "id"


def test_corrected_rows_go_through_the_door(bench: Bench, tmp_path: Path) -> None:
    take_in(bench, write(tmp_path / "a.jsonl", row(1), row(2), "?", row(5, "x"), row(6, "y")), "s")
    ids = [one.id for one in bench.ledger.held("s")]
    edits = {ids[0]: b'{"id":3,"x":1}', ids[1]: b'{"id":4,"x":"z"}'}
    done = replayed(bench, "s", edits=edits)
    assert done[:4] == (2, 1, 0, 1)
    assert bench.datasets.table(done.dataset)["id"].to_pylist() == [1, 2, 3]  # type: ignore[arg-type]
    waiting = bench.ledger.held("s")
    assert [(one.id, one.edited) for one in waiting] == [(ids[1], edits[ids[1]]), (ids[2], None)]
    assert waiting[0].raw == b'{"id": 5, "x": "x"}'
    with pytest.raises(InputError, match=f"record {ids[0]} does not wait"):
        replayed(bench, "s", edits=edits)


def test_the_newest_row_of_a_key_replaces_the_one_in_an_earlier_part(bench: Bench, tmp_path: Path) -> None:
    asked = Asked(key=["id"], keep="last")
    rows = [row(i) for i in range(5)]
    spec = write(tmp_path / "a.jsonl", *rows, row(0, 7.5), row(3, 8.5), row(0, 9.5))
    done = take_in(bench, spec, "s", asked=asked, part_rows=2)
    assert done[:4] == (8, 5, 0, 3)
    assert done.dataset is not None
    assert done.dataset.rows == 5
    kept = bench.datasets.table(done.dataset).to_pylist()
    assert kept == [row(1), row(2), row(4), row(3, 8.5), row(0, 9.5)]


def test_a_stream_is_taken_in_by_one_at_a_time(bench: Bench, tmp_path: Path) -> None:
    spec = write(tmp_path / "a.jsonl", row(1))
    with bench.ledger.alone("s"), pytest.raises(Conflict, match="another process takes records into the stream s"):
        take_in(Bench(bench.root), spec, "s")
    assert take_in(bench, spec, "s").received == 1


def test_producers_do_not_lose_or_mix_records(bench: Bench) -> None:
    def produce(who: int) -> None:
        for i in range(10):
            bench.queue.put("q", [json.dumps({"who": who, "i": 20 * i + k}).encode() for k in range(20)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(produce, range(4)))
    done = take_in(bench, "queue:q", "s", asked=Asked(key=["who", "i"]))
    assert done[:4] == (800, 800, 0, 0)
    assert done.offsets == {"q": 800}
    table = bench.datasets.table(done.dataset).to_pylist()  # type: ignore[arg-type]
    for who in range(4):
        assert [r["i"] for r in table if r["who"] == who] == list(range(200))
    assert bench.queue.states()[0].groups == {"s": 800}


def test_a_disk_that_is_full_loses_nothing(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = write(tmp_path / "a.jsonl", *(row(i) for i in range(10)))
    kept, keep = [], LocalDatasets.keep

    def full(self: LocalDatasets, table: pa.Table) -> object:
        kept.append(table)
        if len(kept) == 5:
            raise StoreError("cannot write a part of a dataset: the disk is full")
        return keep(self, table)

    with monkeypatch.context() as patched:
        patched.setattr(LocalDatasets, "keep", full)
        with pytest.raises(StoreError, match="the disk is full"):
            take_in(bench, spec, "s", part_rows=4)
    after = take_in(bench, spec, "s")
    calm = take_in(Bench(tmp_path / "calm"), spec, "s", part_rows=4)
    assert after.received == 2
    assert (after.dataset and after.dataset.digest) == (calm.dataset and calm.dataset.digest)


def test_nothing_at_all_is_no_version(bench: Bench, tmp_path: Path) -> None:
    done = take_in(bench, write(tmp_path / "a.jsonl"), "s")
    assert (done.received, done.dataset, done.raw, done.offsets) == (0, None, None, {"a.jsonl": 0})
    assert take_in(bench, write(tmp_path / "b.jsonl", "x", "y"), "s").quarantined == 2
    assert bench.datasets.versions("s") == []
    assert len(bench.datasets.versions("s.raw")) == 1


def test_a_stream_that_is_read_while_it_is_written(bench: Bench) -> None:
    """Whatever is there when a run ends is taken in, and the rest by the next."""
    bench.queue.put("q", [b'{"i":0}'])
    began = threading.Event()

    def produce() -> None:
        for i in range(1, 60):
            bench.queue.put("q", [b'{"i":%d}' % i])
            began.set()

    producer = threading.Thread(target=produce)
    producer.start()
    began.wait()
    received = take_in(bench, "queue:q", "s", part_rows=7).received
    producer.join()
    received += take_in(bench, "queue:q", "s").received
    assert received == 60
    assert bench.datasets.table(bench.datasets.find("s"))["i"].to_pylist() == list(range(60))


def test_a_contract_drafted_from_a_file_lets_all_of_it_in(bench: Bench, tmp_path: Path) -> None:
    """Decimals, which are texts on their way, and columns of which nothing but `any` can be said."""
    decimals = pa.array([Decimal(i) / 8 for i in range(30)], pa.decimal128(9, 3))
    table = pa.table({"d": decimals, "s": [["a"], None, []] * 10})
    parquet.write_table(table, tmp_path / "a.parquet")
    write(tmp_path / "a.jsonl", *({"d": i, "s": [1, "x", 2**70, True, None][i % 5]} for i in range(30)))
    for name, kinds in (("a.parquet", {"d": "double", "s": "string"}), ("a.jsonl", {"d": "int64", "s": "string"})):
        (tmp_path / "c.yaml").write_text(inferred(tmp_path / name), encoding="utf-8")
        done = take_in(bench, f"file:{tmp_path / name}", f"s.{name}", contract=tmp_path / "c.yaml")
        assert (done.accepted, done.quarantined) == (30, 0), held_rows(bench.ledger.held()[0])
        assert done.dataset is not None
        assert done.dataset.columns == kinds
    assert bench.datasets.table(bench.datasets.find("s.a.parquet"))["d"].to_pylist() == [i / 8 for i in range(30)]
    (tmp_path / "c.yaml").write_text("contract: c\ncolumns: {d: {type: number, max: 1}, s: any}", encoding="utf-8")
    assert take_in(bench, f"file:{tmp_path}/a.parquet", "t", contract=tmp_path / "c.yaml").quarantined == 21
    (tmp_path / "c.yaml").write_text("contract: c\ncolumns: {d: {type: number}, s: any}", encoding="utf-8")
    assert replayed(bench, "t", contract=tmp_path / "c.yaml").accepted == 21
