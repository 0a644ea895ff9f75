"""The cache is disposable: whatever happens to its file, a run goes on and calls again."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from evalkit.core.errors import StoreError
from evalkit.core.protocols import Answer
from evalkit.stores.cache import SqliteCache
from evalkit.stores.database import Database
from evalkit.stores.disk import StoreWarning
from evalkit.stores.migrations import CACHE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


@pytest.fixture
def cache(path: Path) -> Iterator[SqliteCache]:
    made = SqliteCache(Database(path, "the cache", CACHE, "NORMAL", 0.05), clock=lambda: 1_800_000_000.0)
    yield made
    made.close()


def test_answers_outlive_the_process(cache: SqliteCache, path: Path) -> None:
    cache.put([("k", Answer(output=1))])
    cache.close()
    assert cache.get("k") == Answer(output=1)
    again = SqliteCache(Database(path, "the cache", CACHE, "NORMAL"), clock=lambda: 0.0)
    assert again.get("k") == Answer(output=1)
    again.close()


@pytest.mark.parametrize("data", [b"no database" * 500, b"SQLite format 3\0" + b"\xff" * 9000])
@pytest.mark.parametrize("first", ["get", "put"])
def test_a_damaged_file_is_moved_aside_aloud(cache: SqliteCache, path: Path, data: bytes, first: str) -> None:
    path.write_bytes(data)
    with pytest.warns(StoreWarning, match=r"cache is damaged .* moved to cache\.db\.damaged-1800000000"):
        assert cache.get("k") is None if first == "get" else cache.put([("k", Answer(output=1))]) is None  # type: ignore[func-returns-value]
    assert (path.parent / "cache.db.damaged-1800000000").read_bytes() == data
    cache.put([("k", Answer(output=2))])
    assert cache.get("k") == Answer(output=2)


@pytest.mark.parametrize("text", ["{", "[]", '{"colour":1}', b"\xff\xfe", '{"failure":["what"]}'])
def test_an_entry_that_is_no_answer_is_damage(cache: SqliteCache, path: Path, text: str | bytes) -> None:
    cache.put([("k", Answer(output=1)), ("other", Answer(output=2))])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE calls SET answer = CAST(? AS TEXT) WHERE key = 'k'", (text,))
    assert cache.get("other") == Answer(output=2)
    with pytest.warns(StoreWarning, match="cache is damaged"):
        assert cache.get("k") is None


def test_a_file_damaged_while_it_is_open_is_replaced(cache: SqliteCache, path: Path) -> None:
    cache.put([(f"k{i}", Answer(output="x" * 1000)) for i in range(200)])
    cache.close()
    data = bytearray(path.read_bytes())
    data[8192:] = b"\x00" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.warns(StoreWarning, match="cache is damaged"):
        assert cache.get_many([f"k{i}" for i in range(200)]) == {}


def test_a_locked_cache_is_a_sentence(cache: SqliteCache, path: Path) -> None:
    cache.put([("k", Answer(output=1))])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert cache.get("k") == Answer(output=1)
        with pytest.raises(StoreError, match="locked by another process"):
            cache.put([("k", Answer(output=2))])
        other.execute("ROLLBACK")
    assert cache.get("k") == Answer(output=1)


def test_a_full_disk_is_a_sentence_and_keeps_what_was_there(cache: SqliteCache, path: Path) -> None:
    cache.put([("k", Answer(output=1))])
    cache._open().execute("PRAGMA max_page_count = 5")  # SQLite's own way of running out of space
    with pytest.raises(StoreError, match="the disk is full"):
        cache.put([(f"big{i}", Answer(output="x" * 9000)) for i in range(50)])
    assert cache.get_many(["k", "big0"]) == {"k": Answer(output=1)}


def test_many_keys_are_asked_for_in_portions(cache: SqliteCache) -> None:
    answers = {f"k{i}": Answer(output=i) for i in range(1500)}
    cache.put(list(answers.items()))
    cache._open().setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)  # as older SQLite has it
    assert cache.get_many(list(answers)) == answers


def test_threads_share_it(cache: SqliteCache) -> None:
    def work(who: int) -> bool:
        for i in range(20):
            cache.put([(f"{who}-{i}", Answer(output=i))])
        return cache.get(f"{who}-19") == Answer(output=19)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert len(cache.get_many([f"{who}-{i}" for who in range(4) for i in range(20)])) == 80


def test_a_forgotten_cache_closes_its_file(path: Path) -> None:
    cache = SqliteCache(Database(path, "the cache", CACHE, "NORMAL"), clock=lambda: 0.0)
    cache.put([("k", Answer(output=1))])
    db = cache._db
    assert db is not None
    del cache
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        db.execute("SELECT 1")
