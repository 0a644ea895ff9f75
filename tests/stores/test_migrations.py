"""Schema steps: taken once, in order, all or none, and written into the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.core.errors import StoreError
from evalkit.stores.migrations import CACHE, REGISTRY, Migration, migrate, version_of

PATH = Path("x.db")
STEPS = (
    Migration("first", ("CREATE TABLE a (n)", "INSERT INTO a VALUES (1)")),
    Migration("second", ("ALTER TABLE a ADD COLUMN m", "UPDATE a SET m = n + 1")),
)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def test_steps_are_taken_once_and_in_order(db: sqlite3.Connection) -> None:
    assert version_of(db) == 0
    migrate(db, STEPS[:1], PATH, "monday")
    migrate(db, STEPS, PATH, "tuesday")
    migrate(db, STEPS, PATH, "wednesday")
    assert db.execute("SELECT n, m FROM a").fetchall() == [(1, 2)]
    ledger = db.execute("SELECT version, name, at FROM migrations").fetchall()
    assert ledger == [(1, "first", "monday"), (2, "second", "tuesday")]


def test_a_step_that_fails_leaves_nothing_behind(db: sqlite3.Connection) -> None:
    migrate(db, STEPS[:1], PATH, "monday")
    broken = (*STEPS, Migration("third", ("CREATE TABLE b (n)", "INSERT INTO nowhere VALUES (1)")))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(db, broken, PATH, "tuesday")
    assert version_of(db) == 1
    assert db.execute("SELECT name FROM sqlite_master WHERE name = 'b'").fetchall() == []
    assert not db.in_transaction


def test_a_newer_database_is_refused_untouched(db: sqlite3.Connection) -> None:
    migrate(db, STEPS, PATH, "monday")
    with pytest.raises(StoreError, match=r"x\.db: the workspace has schema version 2, and .* up to version 1"):
        migrate(db, STEPS[:1], PATH, "tuesday")
    assert version_of(db) == 2


@pytest.mark.parametrize("steps", [REGISTRY, CACHE])
def test_the_shipped_steps_run_on_an_empty_database(db: sqlite3.Connection, steps: tuple[Migration, ...]) -> None:
    migrate(db, steps, PATH, "monday")
    assert version_of(db) == len(steps) >= 1
