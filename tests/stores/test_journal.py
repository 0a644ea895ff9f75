"""What a journal survives: a torn tail, a flipped byte, a full disk, and what it refuses."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.core.errors import StoreError
from evalkit.stores import disk
from evalkit.stores.journal import FileJournal, journal_path
from tests.stores.builders import rows

BATCHES = (3, 1, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "plan.jsonl"


def write(path: Path, *sizes: int) -> list[int]:
    """Append batches of these sizes; gives the file's size after each."""
    ends, first = [], 0
    journal = FileJournal(path, "plan")
    for size in sizes:
        journal.append(rows(first, size))
        first += size
        ends.append(path.stat().st_size)
    journal.close()
    return ends


def read(path: Path) -> tuple[list[int], int]:
    """The outputs that load, in order, and the number of torn batches."""
    journal = FileJournal(path, "plan")
    found = [answer.output for answer in journal.load().values()]
    dropped = journal.dropped
    journal.close()
    return found, dropped


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_prefix_of_the_file_loads_a_prefix_of_the_batches(path: Path, data: st.DataObject) -> None:
    path.unlink(missing_ok=True)
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    ends = write(path, *sizes)
    cut = data.draw(st.integers(0, ends[-1]))
    os.truncate(path, cut)
    whole = sum(size for size, end in zip(sizes, ends, strict=True) if end <= cut)
    found, dropped = read(path)
    assert found == list(range(whole))
    assert dropped <= 1
    assert read(path) == (found, 0) if path.exists() else found == []  # the torn tail is cut off, once
    journal = FileJournal(path, "plan")
    journal.append(rows(whole, 2))
    journal.close()
    assert read(path) == (list(range(whole + 2)), 0)


def test_a_torn_tail_is_counted(path: Path) -> None:
    ends = write(path, *BATCHES)
    os.truncate(path, ends[-1] - 1)  # only the line's end is missing
    assert read(path) == ([0, 1, 2, 3], 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_never_read(path: Path, data: st.DataObject) -> None:
    path.unlink(missing_ok=True)
    ends = write(path, *BATCHES)
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    if place < ends[-2] - 1:
        with pytest.raises(StoreError, match=r"damaged, and whole lines follow it"):
            read(path)
    else:  # the last batch, or the end of the line before it
        found, dropped = read(path)
        assert dropped >= 1
        assert found == list(range(len(found)))
        assert len(found) in (3, 4)


def test_a_damaged_journal_is_not_written_on(path: Path) -> None:
    ends = write(path, *BATCHES)
    data = path.read_bytes()
    path.write_bytes(data[: ends[0] - 5] + b"#" + data[ends[0] - 4 :])
    journal = FileJournal(path, "plan")
    with pytest.raises(StoreError, match="line 2 of the journal is damaged"):
        journal.append(rows(8, 1))
    journal.close()
    assert path.stat().st_size == ends[-1]


def test_a_journal_of_another_version_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.stores.journal.JOURNAL_SCHEMA", 7)
    write(path, 2)
    monkeypatch.undo()
    journal = FileJournal(path, "plan")
    with pytest.raises(StoreError, match="version 7, and this evalkit supports version 1"):
        journal.load()
    journal.close()


@pytest.mark.parametrize("written", [0, 1, 40])
def test_a_full_disk_loses_nothing_that_was_acknowledged(
    path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    [end] = write(path, 5)
    journal = FileJournal(path, "plan")
    assert len(journal.load()) == 5

    def full(fd: int, data: bytes) -> None:
        os.write(fd, data[:written])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("evalkit.stores.journal.write_all", full)
        with pytest.raises(StoreError, match="cannot write the journal: the disk is full") as caught:
            journal.append(rows(5, 3))
    assert str(path) in str(caught.value)
    assert "gc" in caught.value.remedy
    assert path.stat().st_size == end
    journal.append(rows(5, 1))  # space was freed
    journal.close()
    assert read(path) == (list(range(6)), 0)


def test_what_could_not_be_synced_does_not_count(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, 2)
    journal = FileJournal(path, "plan")

    def failing(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("evalkit.stores.journal.sync", failing)
        with pytest.raises(StoreError, match="Input/output error"):
            journal.append(rows(2, 1))
    journal.close()
    assert read(path) == ([0, 1], 0)


def test_one_sync_a_batch(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("evalkit.stores.journal.sync", lambda fd: synced.append(fd) or disk.sync(fd))
    write(path, 64, 64, 64)
    assert len(synced) == 3


def test_an_unused_journal_leaves_no_file(path: Path) -> None:
    journal = FileJournal(path, "plan")
    assert journal.load() == {}
    journal.close()
    assert not path.exists()


def test_a_lock_is_of_the_file_that_has_the_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The holder removes the file between our open and our lock: rows written to it would be lost with it."""
    write(path, 1)
    locks = 0

    def flock(fd: int, how: int) -> None:
        nonlocal locks
        locks += 1
        if locks == 1:
            path.unlink()
        fcntl.flock(fd, how)

    monkeypatch.setattr("evalkit.stores.disk.fcntl", SimpleNamespace(flock=flock, LOCK_EX=2, LOCK_NB=4))
    journal = FileJournal(path, "plan")
    journal.append(rows(0, 2))
    journal.close()
    monkeypatch.undo()
    assert locks == 2
    assert read(path) == ([0, 1], 0)


def test_a_key_that_is_no_file_name_has_a_file_all_the_same(tmp_path: Path) -> None:
    assert journal_path(tmp_path, "abc-1").name == "abc-1.jsonl"
    odd = {journal_path(tmp_path, key) for key in ("a/b", "../a", "a b", "", "x" * 500)}
    assert len(odd) == 5
    assert all(path.parent == tmp_path and len(path.stem) == 64 for path in odd)
