"""Baselines: one run a suite, moved by compare-and-swap, with a history that cannot be edited."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from evalkit.core.errors import InputError
from evalkit.core.protocols import Store
from evalkit.stores.gc import GcPolicy
from evalkit.stores.local import LocalStore
from evalkit.stores.memory import MemoryStore
from tests.stores.builders import a_record, tables


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "memory":
        made: Store = MemoryStore()
    else:
        made = LocalStore(tmp_path / "ws", clock=lambda: 1_800_000_000.0)
    for run_id, suite in (("r-1", "flights"), ("r-2", "flights"), ("f-1", "finance"), ("r-bad", "flights")):
        made.write_run(a_record(run_id, suite=suite, outcome="error" if run_id == "r-bad" else "pass"), tables())
    return made


def test_a_baseline_stands_where_it_was_set_and_remembers_its_moves(store: Store) -> None:
    assert store.set_baseline("main", "r-1", who="ada", note="first").previous is None
    moved = store.set_baseline("main", "run:r-2", expect="r-1", who="bob")
    assert (moved.previous, moved.run_id, moved.suite, moved.who) == ("r-1", "r-2", "flights", "bob")
    assert store.baseline("main") == store.resolve("baseline:main") == store.resolve("run:baseline:main") == "r-2"
    assert [(e.previous, e.run_id, e.note) for e in store.baseline_events("main")] == [
        (None, "r-1", "first"),
        ("r-1", "r-2", ""),
    ]
    store.set_baseline("main", "r-2", who="eve")  # where it stands already: no event
    assert len(store.baseline_events()) == 2


def test_of_two_movers_one_is_refused(store: Store) -> None:
    store.set_baseline("main", "r-1", expect=None)
    with pytest.raises(InputError, match=r"stands on r-1 and not on no run: it was moved meanwhile"):
        store.set_baseline("main", "r-2", expect=None)
    with pytest.raises(InputError, match=r"stands on r-1 and not on r-2"):
        store.set_baseline("main", "r-2", expect="r-2")
    assert store.baseline("main") == "r-1"


def test_of_many_movers_at_once_one_wins(tmp_path: Path) -> None:
    root = tmp_path / "ws"
    LocalStore(root).write_run(a_record("r-1"), tables())
    LocalStore(root).write_run(a_record("r-2"), tables())

    def move(i: int) -> bool:
        try:
            LocalStore(root).set_baseline("main", f"r-{1 + i % 2}", expect=None, who=str(i))
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(move, range(8)))
    events = LocalStore(root).baseline_events()
    assert sum(won) == len(events) == 1
    assert events[0].who == str(won.index(True))


def test_one_name_holds_a_run_of_each_suite(store: Store) -> None:
    store.set_baseline("main", "r-1")
    store.set_baseline("main", "f-1")
    assert (store.baseline("main", "flights"), store.resolve("baseline:main@finance")) == ("r-1", "f-1")
    with pytest.raises(InputError, match=r"2 suites: finance, flights.*baseline:main@finance"):
        store.resolve("baseline:main")
    with pytest.raises(InputError, match=r"no run of suite 'other'.*finance, flights"):
        store.baseline("main", "other")
    assert [e.suite for e in store.remove_baseline("main", "finance")] == ["finance"]
    assert store.resolve("baseline:main") == "r-1"


def test_a_baseline_that_is_not_there_is_a_sentence(store: Store) -> None:
    store.set_baseline("main", "r-1")
    with pytest.raises(InputError, match=r"'other'.*no such baseline.*There are: main"):
        store.resolve("baseline:other")
    with pytest.raises(InputError, match="no such baseline"):
        store.remove_baseline("other")
    for name in ("", "a b", "-x", "x@y", "x:y", "a" * 101, "a\nb"):
        with pytest.raises(InputError, match="cannot be the name of a baseline"):
            store.set_baseline(name, "r-1")


def test_a_run_that_broke_is_no_baseline(store: Store) -> None:
    with pytest.raises(InputError, match="the run broke, so it cannot be a baseline"):
        store.set_baseline("main", "r-bad")
    assert store.baseline_events() == []


def test_a_run_that_is_gone_is_said(store: Store) -> None:
    store.set_baseline("main", "r-1")
    with pytest.raises(InputError, match="it is the baseline main"):
        store.delete("r-1")
    store.delete("r-1", force=True)
    with pytest.raises(InputError, match=r"stands on run r-1, which is gone.*baseline set main run:ID"):
        store.resolve("baseline:main")


def test_a_run_called_baseline_keeps_its_tags(store: Store) -> None:
    store.set_name("r-1", "baseline")
    store.tag("r-1", "v1")
    assert store.resolve("baseline:v1") == store.resolve("baseline") == "r-1"
    store.set_baseline("v1", "r-2")
    assert store.resolve("baseline:v1") == "r-2"


def test_baselines_outlive_the_cleaning(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "ws", clock=lambda: 1_900_000_000.0)
    for run_id in ("r-1", "r-2", "r-3"):
        store.write_run(a_record(run_id), tables())
    store.set_baseline("main", "r-2")
    assert store.gc(GcPolicy(keep_newest=0, keep_days=0)).runs == ("r-3", "r-1")
    assert store.resolve("baseline:main") == "r-2"
    assert store.runs()[0].baselines == ("main",)


def test_the_history_cannot_be_edited(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "ws")
    store.write_run(a_record("r-1"), tables())
    store.set_baseline("main", "r-1")
    with closing(sqlite3.connect(tmp_path / "ws" / "registry.db")) as db:
        for statement in ("UPDATE baseline_events SET who = 'x'", "DELETE FROM baseline_events"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)


def test_a_workspace_of_before_has_none(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "ws")
    store.write_run(a_record("r-1"), tables())
    with closing(sqlite3.connect(tmp_path / "ws" / "registry.db")) as db:
        for table in ("baseline_events", "chain_events", "chain_pointers"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM migrations WHERE version >= 2")
        db.commit()
    assert store.baseline_events() == []
    assert store.resolve("latest") == "r-1"
    store.set_baseline("main", "r-1")
    assert store.baseline("main") == "r-1"
