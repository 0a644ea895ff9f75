"""Chains of events: nothing is changed, left out or rebuilt unseen, and a pointer is moved by one of many."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evalkit.core.chain import Anchor, Conflict, Move
from evalkit.core.errors import InputError, StoreError
from evalkit.stores.chains import SqliteChains


@pytest.fixture
def chains(tmp_path: Path) -> SqliteChains:
    made = SqliteChains(tmp_path, clock=lambda: 1e9)
    for i in range(4):
        made.append("model/m", "noted", {"i": i}, who="ann")
    return made


def forge(chains: SqliteChains, *statements: str) -> None:
    db = sqlite3.connect(chains.folder.parent / "registry.db")
    for name in ("UPDATE", "DELETE"):
        db.execute(f"DROP TRIGGER IF EXISTS chain_events_no_{name}")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def test_a_whole_chain_has_no_fault(chains: SqliteChains) -> None:
    assert chains.verify("model/m") == []
    assert [event.seq for event in chains.events("model/m")] == [1, 2, 3, 4]
    assert [anchor.seq for anchor in chains.anchors("model/m")] == [1, 2, 3, 4]
    assert chains.chains("model/") == ["model/m"]
    assert chains.verify("nothing") == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE chain_events SET data = '{\"i\":7}' WHERE seq = 2", "event 2 .* was changed after it was written"),
        ("UPDATE chain_events SET data = 'no' WHERE seq = 2", "event 2 .* was changed after it was written"),
        ("UPDATE chain_events SET who = 'eve' WHERE seq = 4", "event 4 .* was changed"),
        ("DELETE FROM chain_events WHERE seq = 2", "event 3 .* stands where event 2 should"),
        ("DELETE FROM chain_events WHERE seq = 4", "ends before event 4"),
        ("UPDATE chain_events SET chain = X'ff00' WHERE seq = 2", "event 3 .* stands where event 2 should"),
        ("DELETE FROM chain_events", "ends before event 1"),
        ("INSERT INTO chain_pointers VALUES ('model/m', X'ff', X'ff')", "the pointer .* stands on"),
        ("INSERT INTO chain_pointers VALUES ('model/m', 'champion', '9')", "the pointer champion .* stands on 9"),
    ],
)
def test_what_was_tampered_with_is_named(chains: SqliteChains, statement: str, said: str) -> None:
    forge(chains, statement)
    assert any(re.search(said, sentence) for sentence in chains.verify("model/m"))
    assert set(chains.chains("model/")) <= {"model/m"}
    assert chains.anchored("model/") == ["model/m"]
    assert chains.anchored("dataset/") == []


def test_a_chain_that_was_rebuilt_has_other_heads(chains: SqliteChains, tmp_path: Path) -> None:
    last = chains.events("model/m")[-1]
    other = SqliteChains(tmp_path / "other", clock=lambda: 1e9)
    for i in range(4):
        other.append("model/m", "noted", {"i": i + 1}, who="ann")
    assert other.verify("model/m") == []
    (said,) = other.verify("model/m", [Anchor("model/m", last.seq, last.head)])
    assert "was rebuilt: event 4" in said


def test_a_pointer_moves_from_where_it_was_expected(chains: SqliteChains) -> None:
    chains.append("model/m", "promoted", {}, moves=[Move("champion", None, "1")])
    with pytest.raises(Conflict, match="stands on 1, and was expected nowhere"):
        chains.append("model/m", "promoted", {}, moves=[Move("champion", None, "2")])
    assert chains.pointers("model/m") == {"champion": "1"}
    assert len(chains.events("model/m")) == 5
    chains.append("model/m", "retired", {}, moves=[Move("champion", "1", None)])
    assert chains.pointers("model/m") == {}
    assert chains.verify("model/m") == []


def test_one_of_many_wins_each_time(tmp_path: Path) -> None:
    def tries(name: str) -> int:
        mine, won = SqliteChains(tmp_path), 0
        for i in range(20):
            try:
                mine.append("c", "took", {"by": name}, moves=[Move("p", str(i) if i else None, str(i + 1))])
                won += 1
            except Conflict:
                pass
        return won

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tries, "abcd")) == 20
    assert SqliteChains(tmp_path).verify("c") == []


def test_the_head_that_a_kill_left_out_comes_with_the_next(chains: SqliteChains) -> None:
    file = chains.folder / "model%2Fm.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:3]) + lines[3][:20])
    assert chains.verify("model/m") == []
    chains.append("model/m", "noted", {})
    assert [anchor.seq for anchor in chains.anchors("model/m")] == [1, 2, 3, 4, 5]
    assert chains.verify("model/m") == []


@pytest.mark.parametrize("kept", [0, 2, 3], ids=["removed", "cut", "whole but for the last"])
def test_heads_that_are_gone_are_named_and_gaps_are_filled(chains: SqliteChains, kept: int) -> None:
    file = chains.folder / "model%2Fm.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)[:kept]
    file.write_bytes(b"".join(lines) + b'\xff{"seq":1e999,"head":3}\n[]\n' * (kept == 0))
    found = chains.verify("model/m")
    assert [f"the first of event {kept + 1}," in one for one in found] == [True] * (kept < 3)
    chains.append("model/m", "noted", {})
    assert bool(chains.verify("model/m")) is (kept == 0), "what follows a head is brought by the next event"


def test_where_no_head_can_be_written_nothing_is_kept(chains: SqliteChains) -> None:
    (chains.folder / "model%2Fn.jsonl").mkdir()
    with pytest.raises(StoreError, match="cannot write the head down"):
        chains.append("model/n", "noted", {})
    assert chains.events("model/n") == []


def test_what_is_no_json_is_refused(chains: SqliteChains) -> None:
    with pytest.raises(InputError, match="no JSON"):
        chains.append("model/m", "noted", {"x": float("nan")})


def test_what_a_check_says_within_the_transaction_stands(chains: SqliteChains) -> None:
    def refuse(events: object) -> None:
        raise InputError("not now")

    with pytest.raises(InputError, match="not now"):
        chains.append("model/m", "noted", {}, check=refuse)
    assert len(chains.events("model/m")) == 4
