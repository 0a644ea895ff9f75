"""The cache as people see it: counted, taken along, added, removed; hostile files are sentences."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import InputError, StoreError
from evalkit.core.protocols import Answer
from evalkit.stores.cache import SqliteCache
from evalkit.stores.cache_contents import CacheContents, Entry
from evalkit.stores.cache_file import BadLine, read_entries, write_entries
from evalkit.stores.database import Database
from evalkit.stores.migrations import CACHE
from evalkit.stores.times import DAY

JUDGE = {"kind": "judge", "provider": "openai", "model": "m1"}


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> Iterator[SqliteCache]:
    made = SqliteCache(Database(tmp_path / "cache.db", "the cache", CACHE, "NORMAL", 0.05), clock)
    yield made
    made.close()


@pytest.fixture
def contents(tmp_path: Path, clock: Clock) -> CacheContents:
    return CacheContents(tmp_path, clock, 0.05)


def fill(cache: SqliteCache, n: int = 3, labels: dict[str, Any] | None = None, at: str = "k") -> list[str]:
    keys = [f"{at}{i}" for i in range(n)]
    cache.labelled(labels or JUDGE).put([(key, Answer(output={"label": key}, cost=0.1)) for key in keys])
    return keys


def test_it_is_counted_by_kind_provider_and_model(cache: SqliteCache, contents: CacheContents) -> None:
    assert contents.stats()["entries"] == 0
    fill(cache, 3)
    cache.put([("old", Answer(output=1, model="answered-by"))])
    cache.put([("odd", Answer(output=1))])
    cache.note_use(["k0", "k1"], 5, 2)
    cache.belongs_to("run-1")
    found = contents.stats()
    assert (found["entries"], found["last_run"]["found"], found["last_run"]["asked"]) == (5, 2, 5)
    assert [(g["kind"], g["model"], g["entries"]) for g in found["groups"]] == [
        ("judge", "m1", 3),
        (None, None, 1),
        (None, "answered-by", 1),
    ]
    assert found["bytes"] == sum(g["bytes"] for g in found["groups"]) > 0


def test_a_cache_of_before_the_labels_is_read(tmp_path: Path, contents: CacheContents, clock: Clock) -> None:
    old = SqliteCache(Database(tmp_path / "cache.db", "the cache", CACHE[:1], "NORMAL"), clock)
    with closing(old._open()) as db:
        db.execute("INSERT INTO calls VALUES ('k', '{\"output\":1,\"model\":\"m\"}', '2026-01-01T00:00:00+00:00')")
    group = contents.stats()["groups"][0]
    assert (group["model"], group["entries"], group["kind"]) == ("m", 1, None)


def test_what_a_run_used_travels_and_answers_elsewhere(
    cache: SqliteCache, contents: CacheContents, tmp_path: Path, clock: Clock
) -> None:
    fill(cache, 5)
    fill(cache, 2, at="other")
    cache.note_use(["k3", "k1"], 2, 2)
    cache.belongs_to("run-1")
    assert sorted(contents.keys_of("run-1")) == ["k1", "k3"]
    file = tmp_path / "answers.jsonl.gz"
    assert write_entries(file, contents.entries(contents.keys_of("run-1"))) == (2, [])
    before = file.read_bytes()
    write_entries(file, contents.entries(["k1", "k3"]))
    assert file.read_bytes() == before, "the same entries are the same bytes"
    elsewhere = CacheContents(tmp_path / "elsewhere", clock)
    entries = [e for e in read_entries(file) if isinstance(e, Entry)]
    assert elsewhere.add(entries) == 2
    assert elsewhere.add(entries) == 0
    there = SqliteCache(Database(elsewhere.path, "the cache", CACHE, "NORMAL"), clock)
    assert there.get_many(["k1", "k3"]) == cache.get_many(["k1", "k3"])
    there.close()
    assert elsewhere.stats()["groups"][0]["kind"] == "judge"


def test_an_answer_that_is_here_stays_unless_replaced(cache: SqliteCache, contents: CacheContents) -> None:
    fill(cache, 1)
    other = Entry("k0", '{"output":"other"}', "")
    assert contents.add([other]) == 0
    assert cache.get("k0") == Answer(output={"label": "k0"}, cost=0.1)
    assert contents.add([other], replace=True) == 1
    assert cache.get("k0") == Answer(output="other")


def test_an_unknown_run_is_a_sentence(contents: CacheContents, cache: SqliteCache) -> None:
    with pytest.raises(InputError, match="not known here"):
        contents.keys_of("run-9")
    fill(cache)
    with pytest.raises(InputError, match="run run-9: which answers this run used is not known here"):
        contents.keys_of("run-9")


@pytest.mark.parametrize(
    ("how", "left"),
    [
        ({"older_than": 30}, {"new0", "new1", "k0"}),
        ({"model": "m1"}, {"new0", "new1"}),
        ({"older_than": 30, "model": "m2"}, {"k0", "k1", "k2", "new0", "new1"}),
        ({"max_size": 90}, {"new0", "k0"}),
        ({"max_size": 0}, set()),
        ({}, set()),
    ],
)
def test_pruning(
    cache: SqliteCache, contents: CacheContents, clock: Clock, how: dict[str, Any], left: set[str]
) -> None:
    fill(cache, 3)
    clock.now += 40 * DAY
    fill(cache, 2, {**JUDGE, "model": "m2"}, "new")
    cache.note_use(["k0"], 1, 1)
    cache.belongs_to("run-1")  # what was used of late is not old
    tried = contents.prune(**how, dry_run=True)
    assert contents.stats()["entries"] == 5
    done = contents.prune(**how)
    assert done == tried._replace(dry_run=False)
    assert {entry.key for entry in contents.entries()} == left
    assert (done.kept, done.entries) == (len(left), 5 - len(left))


def packed(path: Path, *lines: Any, header: Any = None) -> Path:
    texts = [json.dumps({"evalkit_cache": 1} if header is None else header), *lines]
    path.write_bytes(gzip.compress("\n".join(t if isinstance(t, str) else json.dumps(t) for t in texts).encode()))
    return path


GOOD = {"key": "a" * 64, "answer": {"output": 1}}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        ({"key": "k"}, "answer is no JSON object"),
        ({"key": "", "answer": {"output": 1}}, "key is no printable text"),
        ({"key": "\x1b[2J", "answer": {"output": 1}}, "key is no printable text"),
        ({"key": 5, "answer": {"output": 1}}, "key is no printable text"),
        ({"key": "k", "answer": {}}, "no output"),
        ({"key": "k", "answer": {"output": 1, "failure": ["system", "x", "y"]}}, "'failure'"),
        ({"key": "k", "answer": {"output": 1, "cost": "free"}}, "cost is 'free'"),
        ({"key": "k", "answer": {"output": 1, "cost": -1}}, "cost is '-1'"),
        ({"key": "k", "answer": {"output": 1, "tokens_in": 1.5}}, "tokens_in"),
        ({"key": "k", "answer": {"output": 1, "tokens_in": True}}, "tokens_in"),
        ({"key": "k", "answer": {"output": 1, "confidence": 2}}, "confidence"),
        ({"key": "k", "answer": {"output": 1, "model": 3}}, "model"),
        ('{"key":"k","answer":{"output":NaN}}', "NaN"),
        ('{"key":"k","answer":{"output":1,"seconds":1e999}}', "seconds"),
        ('{"key":"k","answer":{"output":' + "9" * 5_000 + "}}", "limit"),
        ('{"key":"k","answer":{"output":' + "[" * 100_000 + "}}", "nested too deeply"),
        ({**GOOD, "colour": 1}, "unknown field 'colour'"),
        ({**GOOD, "kind": 1}, "kind"),
        ({**GOOD, "at": "yesterday"}, "ISO 8601"),
    ],
)
def test_a_bad_line_is_a_sentence_with_its_number_and_loses_no_other(tmp_path: Path, line: Any, why: str) -> None:
    file = packed(tmp_path / "x.gz", GOOD, line, {**GOOD, "key": "b"})
    first, bad, last = list(read_entries(file))
    assert isinstance(bad, BadLine)
    assert bad.line == 3
    assert why in bad.why
    assert [e.key for e in (first, last) if isinstance(e, Entry)] == ["a" * 64, "b"]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"\x1f\x8b", b"\x1f\x8bxx" * 9, b'{"evalkit_cache": "x"}', b"5\n", b"[" * 9**5]
)
def test_a_file_that_is_no_export_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.gz"
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"x\.gz, line 1: the file"):
        list(read_entries(file))


def test_a_torn_file_gives_what_is_whole(tmp_path: Path) -> None:
    file = packed(
        tmp_path / "x.gz", *({"key": f"{i:064x}", "answer": {"output": f"{i * 7919:x}"}} for i in range(2_000))
    )
    file.write_bytes(file.read_bytes()[:-2_000])
    *good, last = list(read_entries(file))
    assert len(good) > 100
    assert isinstance(last, BadLine)
    assert "breaks off" in last.why


def test_a_file_that_is_not_packed_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"evalkit_cache": 1}\n\n' + json.dumps(GOOD) + "\n", encoding="utf-8")
    assert [e.key for e in read_entries(file) if isinstance(e, Entry)] == ["a" * 64]


def test_a_damaged_entry_is_left_out_of_an_export_and_said(
    cache: SqliteCache, contents: CacheContents, tmp_path: Path
) -> None:
    fill(cache, 2)
    with closing(sqlite3.connect(contents.path, isolation_level=None)) as db:
        db.execute("UPDATE calls SET answer = '{\"output\":' WHERE key = 'k0'")
    n, damaged = write_entries(tmp_path / "x.gz", contents.entries())
    assert n == 1
    assert "the entry k0 is damaged" in damaged[0]


@pytest.mark.parametrize("data", [b"no database" * 500, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_damaged_cache_is_a_sentence(contents: CacheContents, data: bytes) -> None:
    contents.path.parent.mkdir(exist_ok=True)
    contents.path.write_bytes(data)
    for act in (contents.stats, contents.prune, lambda: list(contents.entries()), lambda: contents.keys_of("r")):
        with pytest.raises(StoreError, match="Delete it"):
            act()
