"""The traffic log: what was acknowledged is there, once, whatever is asked of it and wherever its rows lie."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from evalkit.core.errors import StoreError
from evalkit.core.traffic import DROPS, OUTCOMES, REQUESTS, SHADOWS, Dropped, Reported, Served, Shadowed
from evalkit.stores.traffic import SqliteTraffic
from evalkit.stores.traffic_writing import Batch


def served(i: int, *, at: float | None = None) -> Served:
    answer = None if i % 5 == 0 else f'{{"y":{i}}}'
    return Served(
        f"r{i}",
        1e9 + i if at is None else at,
        f"u{i % 3}",
        "champion",
        "champion",
        0.9,
        f'{{"x":{i}}}',
        answer,
        None if answer else "it raised ValueError",
        None if i % 7 == 0 else 0.01,  # nobody measured some
        None if i % 2 else 0.5,
    )


@pytest.fixture
def traffic(tmp_path: Path) -> SqliteTraffic:
    made = SqliteTraffic(tmp_path, clock=lambda: 1e9)
    assert made.put_requests(served(i) for i in range(20)) == set()
    made.put_shadows(Shadowed(f"r{i}", 1e9 + i, "new", "1", None, 0.02) for i in range(10))
    return made


def test_a_log_that_is_not_there_is_empty_and_stays_so(tmp_path: Path) -> None:
    traffic = SqliteTraffic(tmp_path / "w")
    for table, columns in (
        (traffic.requests(), REQUESTS),
        (traffic.shadows(), SHADOWS),
        (traffic.outcomes(), OUTCOMES),
        (traffic.drops(), DROPS),
    ):
        assert {f.name: str(f.type).replace("tz=", "") for f in table.schema} == dict(columns)
        assert len(table) == 0
    assert traffic.known(["r1"]) == set()
    assert traffic.find("r1") is None
    assert not (tmp_path / "w").exists()


def test_rows_come_back_as_they_were_put(traffic: SqliteTraffic) -> None:
    rows = traffic.requests().to_pylist()
    assert [row.pop("seq") for row in rows] == list(range(1, 21))
    assert [Served(**{**row, "at": row["at"].timestamp()}) for row in rows] == [served(i) for i in range(20)]
    assert traffic.find("r7") == served(7)
    assert traffic.shadows()["variant"].to_pylist() == ["new"] * 10


def test_a_window_has_its_beginning_and_not_its_end(traffic: SqliteTraffic) -> None:
    assert traffic.requests(1e9 + 3, 1e9 + 5)["id"].to_pylist() == ["r3", "r4"]
    assert traffic.requests(until=1e9 + 1)["id"].to_pylist() == ["r0"]
    assert traffic.requests(1e9 + 19)["id"].to_pylist() == ["r19"]
    assert traffic.requests(after=18)["id"].to_pylist() == ["r18", "r19"]


def test_the_first_answer_to_an_id_stands(traffic: SqliteTraffic) -> None:
    again = served(3)._replace(output="null", at=2e9)
    assert traffic.put_requests([served(30), again, served(31), served(31)]) == {"r3", "r31"}
    assert traffic.find("r3") == served(3)
    assert traffic.requests()["id"].to_pylist()[-2:] == ["r30", "r31"]


def test_what_was_told_twice_is_told_once_but_a_change_of_mind_is_kept(traffic: SqliteTraffic) -> None:
    def told(value: str, who: str = "ann") -> Reported:
        return Reported("r1", 1e9, "label", value, who)

    assert traffic.put_outcomes([told("1"), told("1"), told("2"), told("1"), told("1", "bob")]) == 4
    assert not traffic.put_outcome(told("1"))
    assert traffic.outcomes()["value"].to_pylist() == ["1", "2", "1", "1"]


def test_sealed_rows_are_read_like_the_others(traffic: SqliteTraffic) -> None:
    before, shadows = traffic.requests(), traffic.shadows()
    assert traffic.seal(1e9 + 12, at_least=13) == 0
    assert traffic.seal(1e9 + 12) == 12 + 10
    assert traffic.seal(1e9 + 12) == 0
    assert traffic.seal(1e9 + 15) == 3
    traffic.put_requests([served(40, at=1e9 + 2)])  # late
    assert traffic.requests().slice(0, 20).equals(before)
    assert traffic.shadows().equals(shadows)
    assert traffic.requests(1e9 + 2, 1e9 + 3)["id"].to_pylist() == ["r2", "r40"]
    assert traffic.requests(after=14)["id"].to_pylist() == [*(f"r{i}" for i in range(14, 20)), "r40"]
    assert traffic.known(["r2", "r19", "nobody"]) == {"r2", "r19"}
    assert traffic.find("r2") == served(2)
    assert traffic.put_requests([served(2)]) == {"r2"}, "an id stays unique when its row is sealed"
    assert len(list(traffic.segments.folder.iterdir())) == 3


def test_many_rows_are_sealed_in_several_segments(traffic: SqliteTraffic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.stores.traffic_segments._SEGMENT", 6)
    before = traffic.requests()
    assert traffic.seal(1e9 + 17) == 17 + 10
    assert len(list(traffic.segments.folder.glob("requests-*"))) == 3
    assert traffic.requests().equals(before)


def test_a_batch_is_put_as_a_whole_or_not_at_all(traffic: SqliteTraffic) -> None:
    batch = Batch()
    batch.requests.append(served(50))
    batch.drops.append(Dropped(1e9, "new", 7))
    batch.shadows.append(Shadowed("r50", 1e9, None, None, None, 0.0))  # type: ignore[arg-type]
    with traffic.writer() as writer:
        with pytest.raises(StoreError, match="cannot write the traffic log"):
            writer.put(batch)
        assert traffic.known(["r50"]) == set()
        batch.shadows.clear()
        assert writer.put(batch) == (set(), 0)
    assert traffic.known(["r50"]) == {"r50"}
    assert traffic.drops()["dropped"].to_pylist() == [7]


def test_a_segment_that_is_gone_is_named(traffic: SqliteTraffic) -> None:
    traffic.seal(2e9)
    (segment,) = traffic.segments.folder.glob("requests-*")
    segment.unlink()
    with pytest.raises(StoreError, match="a segment of the traffic log is gone") as caught:
        traffic.requests()
    assert caught.value.where == str(segment)
    assert len(traffic.shadows()) == 10


def test_a_log_of_a_newer_evalkit_is_refused(traffic: SqliteTraffic, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "traffic.db")
    db.execute("INSERT INTO migrations VALUES (99, 'x', 'x')")
    db.commit()
    db.close()
    with pytest.raises(StoreError, match="schema version 99"):
        traffic.requests()


def test_long_logs_are_read_in_chunks(traffic: SqliteTraffic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.stores.traffic_rows._ROWS", 7)
    table = traffic.requests()
    assert isinstance(table, pa.Table)
    assert table["id"].to_pylist() == [f"r{i}" for i in range(20)]
