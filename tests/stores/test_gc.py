"""What a sweep may forget, and that it forgets nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.errors import StoreError
from evalkit.core.protocols import RunSummary
from evalkit.stores.gc import GcPolicy, kept
from evalkit.stores.local import LocalStore
from evalkit.stores.summary import summarise
from evalkit.stores.times import DAY
from tests.stores.builders import a_record, rows, tables

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOTHING = GcPolicy(keep_newest=0, keep_days=0.0, idle_days=14.0)


def days_ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def a_summary(run_id: str, days: float, **changes: object) -> RunSummary:
    return summarise(a_record(run_id, days_ago(days)))._replace(**changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "workspace", clock=NOW.timestamp)


def age(path: Path, days: float) -> None:
    at = NOW.timestamp() - days * DAY
    os.utime(path, (at, at))


def test_the_policy_keeps_newest_young_marked_and_cited_runs() -> None:
    runs = [
        a_summary("newest", 50),
        a_summary("named", 60, names=("main",), cites=("cited",)),
        a_summary("plain", 70),
        a_summary("tagged", 80, tags=("v1",)),
        a_summary("cited", 90, cites=("cited-by-cited", "elsewhere")),
        a_summary("cited-by-cited", 100),
        a_summary("cites-only", 110, cites=("plain-too",)),
        a_summary("plain-too", 120),
    ]
    keep = kept(runs, GcPolicy(keep_newest=1, keep_days=30), NOW.timestamp())
    assert keep == {"newest", "named", "tagged", "cited", "cited-by-cited"}
    assert kept(runs, GcPolicy(keep_newest=0, keep_days=75), NOW.timestamp()) >= {"newest", "named", "plain"}


@given(st.data())
def test_whatever_is_kept_has_what_it_cites(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 8))
    runs = [
        a_summary(
            f"r{i}",
            i * 10,
            names=("x",) if data.draw(st.booleans()) else (),
            cites=tuple(f"r{j}" for j in data.draw(st.sets(st.integers(0, max(n - 1, 0)), max_size=3))),
        )
        for i in range(n)
    ]
    keep = kept(runs, GcPolicy(data.draw(st.integers(0, 3)), data.draw(st.floats(0, 50))), NOW.timestamp())
    ids = {run.run_id for run in runs}
    for run in runs:
        if run.run_id in keep:
            assert set(run.cites) & ids <= keep
        else:
            assert not run.names


def test_a_dry_run_says_what_a_sweep_then_does(store: LocalStore) -> None:
    for i in range(4):
        store.write_run(a_record(f"run-{i}", days_ago(40 + i), baseline="run-3" if i == 0 else None), tables(1000))
    store.set_name("run-2", "main")
    doomed = store.root / "runs" / "run-1"
    size = sum(path.stat().st_size for path in doomed.iterdir())
    policy = GcPolicy(keep_newest=1)
    dry = store.gc(policy, dry_run=True)
    assert (dry.runs, dry.bytes, dry.dry_run) == (("run-1",), size, True)
    assert len(store.runs()) == 4
    assert store.gc(policy) == dry._replace(dry_run=False)
    assert [run.run_id for run in store.runs()] == ["run-0", "run-2", "run-3"]
    assert sorted(path.name for path in (store.root / "runs").iterdir()) == ["run-0", "run-2", "run-3"]
    assert store.gc(policy).runs == ()


def test_blobs_go_unless_a_kept_run_cites_them_or_they_are_young(store: LocalStore) -> None:
    in_record, in_table, of_dead, uncited, young = (store.put_blob(f"{i}".encode()) for i in range(5))
    traces = pa.table({"trace": pa.array([None, f'{{"image":"blob:{in_table}"}}'], pa.large_string())})
    store.write_run(a_record("keep", days_ago(1), warnings=[f"see blob:{in_record}"]), {"predictions": traces})
    store.write_run(a_record("dead", days_ago(90), warnings=[f"see blob:{of_dead}"]), tables())
    for digest in (in_record, in_table, of_dead, uncited):
        age(store.root / "blobs" / digest[:2] / digest, 20)
    result = store.gc(GcPolicy(keep_newest=1))
    assert result.runs == ("dead",)
    assert set(result.blobs) == {of_dead, uncited}
    left = {path.name for path in (store.root / "blobs").glob("*/*")}
    assert left == {in_record, in_table, young}


def test_putting_a_blob_again_makes_it_young(store: LocalStore) -> None:
    digest = store.put_blob(b"x")
    age(store.root / "blobs" / digest[:2] / digest, 20)
    assert store.gc(dry_run=True).blobs == (digest,)
    store.put_blob(b"x")
    assert store.gc().blobs == ()


def test_nothing_goes_when_a_kept_run_cannot_say_what_it_cites(store: LocalStore) -> None:
    path = store.write_run(a_record("keep", days_ago(1), name="main"), tables())
    store.write_run(a_record("dead", days_ago(90)), tables())
    digest = store.put_blob(b"x")
    age(store.root / "blobs" / digest[:2] / digest, 20)
    (path / "scores.parquet").write_bytes(b"PAR1 this is no table PAR1")
    with pytest.raises(StoreError, match=r"scores\.parquet: the table cannot be read"):
        store.gc(NOTHING)
    assert len(store.runs()) == 2
    assert store.get_blob(digest) == b"x"


def test_idle_journals_and_unfinished_files_go_and_open_journals_stay(store: LocalStore) -> None:
    for key in ("old", "open", "new"):
        journal = store.journal(key)
        journal.append(rows(0, 1))
        journal.close()
    held = store.journal("open")
    (store.root / "runs").mkdir()
    for leftover in (store.root / "runs" / ".tmp-a", store.root / "runs" / ".tmp-b"):
        leftover.mkdir()
        (leftover / "cases.parquet").write_bytes(b"x" * 100)
    age(store.root / "runs" / ".tmp-a", 20)
    for key in ("old", "open"):
        age(store.root / "journals" / f"{key}.jsonl", 20)
    size = (store.root / "journals" / "old.jsonl").stat().st_size
    result = store.gc()
    assert (result.journals, result.unfinished, result.bytes) == (("old.jsonl",), (".tmp-a",), size + 100)
    assert {path.name for path in (store.root / "journals").iterdir()} == {"open.jsonl", "new.jsonl"}
    assert {path.name for path in (store.root / "runs").iterdir()} == {".tmp-b"}
    held.close()


def test_a_run_named_while_the_sweep_decides_is_spared(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write_run(a_record("run-1", days_ago(90)), tables())
    decide = "evalkit.stores.gc.decide"
    from evalkit.stores import gc

    original = gc.decide

    def slow(*args: object) -> gc.Doomed:
        doomed = original(*args)  # type: ignore[arg-type]
        store.set_name("run-1", "main")
        return doomed

    monkeypatch.setattr(decide, slow)
    assert store.gc(NOTHING).runs == ()
    assert store.resolve("main") == "run-1"
    assert store.verify("main") == []
