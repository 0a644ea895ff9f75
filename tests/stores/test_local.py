"""The folder behind `LocalStore`: what lies where, what heals itself, and how each failing disk is told."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyarrow import parquet

from evalkit.core.digest import digest_bytes
from evalkit.core.errors import EXIT_BROKE, EvalkitError, InputError, StoreError
from evalkit.core.protocols import Answer
from evalkit.stores import disk
from evalkit.stores.disk import StoreWarning
from evalkit.stores.local import LocalStore
from evalkit.stores.memory import MemoryStore
from evalkit.stores.migrations import REGISTRY
from tests.stores.builders import a_record, asked, crashing, rows, tables, unprivileged


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def store(root: Path) -> Iterator[LocalStore]:
    made = LocalStore(root, clock=lambda: 1_800_000_000.0, patience=0.05)
    yield made
    made.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a process without privileges can reach, which tmp_path is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_of_two_runs_of_one_second_the_one_stored_last_is_the_latest(root: Path, kind: str) -> None:
    made = LocalStore(root) if kind == "local" else MemoryStore()
    for run_id in ("b", "c", "a"):
        made.write_run(a_record(run_id), tables())
    assert made.resolve("latest") == "a"
    assert [run.run_id for run in made.runs()] == ["a", "c", "b"]
    made.write_run(a_record("older", created="2025-01-01T00:00:00+00:00"), tables())
    assert made.resolve("latest") == "a"


# ------------------------------------------------------------------------------------------------------ what lies where


def test_making_a_store_and_reading_an_absent_one_write_nothing(store: LocalStore, root: Path) -> None:
    assert store.runs() == []
    assert store.cache().get("k") is None
    with pytest.raises(InputError):
        store.resolve("latest")
    assert not root.exists()


def test_a_run_is_a_folder_that_a_person_can_open(store: LocalStore, root: Path) -> None:
    path = store.write_run(a_record(name="main"), tables())
    assert path == root / "runs" / "run-1"
    assert names(path) == ["cases.parquet", "manifest.json", "record.json", "scores.parquet"]
    text = (path / "record.json").read_text()
    found = json.loads(text)
    assert list(found)[:2] == ["schema_version", "run_id"]  # the order of the noun, not of the alphabet
    assert text.startswith('{\n  "')
    assert text.endswith("}\n")
    with parquet.ParquetFile(path / "scores.parquet") as file:
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert stat.S_IMODE(path.stat().st_mode) & 0o055 == 0o055 & ~_umask()
    assert names(root) == ["registry.db", "runs"]  # at rest no -wal, no -shm, nothing unfinished


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_small_batches_become_one_row_group(store: LocalStore) -> None:
    schema = pa.schema([("n", pa.int64())])
    stream = pa.RecordBatchReader.from_batches(schema, (pa.record_batch({"n": [i]}) for i in range(500)))
    path = store.write_run(a_record(), {"scores": stream})
    with parquet.ParquetFile(path / "scores.parquet") as file:
        assert (file.metadata.num_row_groups, file.metadata.num_rows) == (1, 500)


def test_an_error_in_a_stream_is_the_callers_and_leaves_no_run(store: LocalStore, root: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"n": [1]})
        raise KeyError("mine")

    stream = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), broken())
    with pytest.raises(KeyError, match="mine"):
        store.write_run(a_record(), {"scores": stream})
    assert names(root / "runs") == []


# -------------------------------------------------------------------------------------------------- an index that heals


def test_a_run_copied_in_by_hand_is_found_and_one_removed_is_not(store: LocalStore, root: Path, tmp_path: Path) -> None:
    other = LocalStore(tmp_path / "other", clock=lambda: 0.0)
    path = other.write_run(a_record("guest", "2026-05-05T00:00:00Z"), tables())
    store.write_run(a_record("host"), tables())
    shutil.copytree(path, root / "runs" / "guest")
    assert [run.run_id for run in store.runs()] == ["guest", "host"]
    assert store.read_record("latest").run_id == "guest"
    store.tag("host", "x")  # any write catches up
    assert _indexed(root) == {"guest", "host"}
    shutil.rmtree(root / "runs" / "guest")
    assert [run.run_id for run in store.runs()] == ["host"]
    store.tag("host", "y")
    assert _indexed(root) == {"host"}


def _indexed(root: Path) -> set[str]:
    with closing(sqlite3.connect(root / "registry.db")) as db:
        return {run_id for (run_id,) in db.execute("SELECT run_id FROM runs")}


def test_a_lost_registry_loses_names_but_no_run(store: LocalStore, root: Path) -> None:
    store.write_run(a_record(name="main"), tables())
    (root / "registry.db").unlink()
    assert [(run.run_id, run.names) for run in store.runs()] == [("run-1", ())]
    assert store.reindex() == 1
    assert _indexed(root) == {"run-1"}
    assert store.verify("run-1") == []


def test_reindex_reads_the_folders_again_and_keeps_names(store: LocalStore, root: Path) -> None:
    store.write_run(a_record(name="main", labels=["v1"]), tables())
    with closing(sqlite3.connect(root / "registry.db", isolation_level=None)) as db:
        db.execute("UPDATE runs SET summary = replace(summary, 'flights', 'wrong')")
    assert store.runs()[0].suite == "wrong"
    assert store.reindex() == 1
    assert [(run.suite, run.names, run.tags) for run in store.runs()] == [("flights", ("main",), ("v1",))]


@pytest.mark.parametrize("damage", ["empty", "torn", "renamed", "no record"])
def test_a_folder_that_is_no_whole_run_is_left_out_aloud(store: LocalStore, root: Path, damage: str) -> None:
    store.write_run(a_record(), tables())
    path = root / "runs" / "broken"
    if damage == "empty":
        path.mkdir()
    else:
        shutil.copytree(root / "runs" / "run-1", path)
    if damage == "torn":
        (path / "record.json").write_text("{")
    if damage == "no record":
        (path / "record.json").unlink()
    with pytest.warns(StoreWarning, match="broken is left out"):
        assert [run.run_id for run in store.runs()] == ["run-1"]


def test_name_events_cannot_be_edited(store: LocalStore, root: Path) -> None:
    store.write_run(a_record(name="main"), tables())
    with closing(sqlite3.connect(root / "registry.db", isolation_level=None)) as db:
        for statement in ("UPDATE name_events SET run_id = 'x'", "DELETE FROM name_events", "DELETE FROM tag_events"):
            if "tag" in statement:
                db.execute("INSERT INTO tag_events (run_id, tag, present, at) VALUES ('a', 'b', 1, 'c')")
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)


# ------------------------------------------------------------------------------------------------------------ integrity


def test_verify_names_the_file_that_was_changed(store: LocalStore) -> None:
    path = store.write_run(a_record(), tables())
    assert store.verify("latest") == []
    data = bytearray((path / "scores.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (path / "scores.parquet").write_bytes(data)
    (path / "cases.parquet").unlink()
    (path / "verdicts.parquet").write_bytes(b"")
    assert store.verify("latest") == [
        "cases.parquet is missing",
        "scores.parquet was changed since the run was written",
        "verdicts.parquet was added",
    ]
    with pytest.raises(StoreError, match=r"scores\.parquet was changed"):
        store.read_table("latest", "scores")
    with pytest.raises(StoreError, match=r"cases\.parquet: cannot read the run: there is no such file"):
        store.read_table("latest", "cases")


def test_a_changed_record_is_not_read(store: LocalStore) -> None:
    path = store.write_run(a_record(outcome="fail"), tables())
    text = (path / "record.json").read_text()
    (path / "record.json").write_text(text.replace('"outcome": "fail"', '"outcome": "pass"'))
    with pytest.raises(StoreError, match=r"record\.json was changed since the run was written"):
        store.read_record("run-1")


def test_a_change_that_covers_its_tracks_in_the_manifest_is_found(store: LocalStore) -> None:
    path = store.write_run(a_record(), tables())
    forged = LocalStore(path.parents[2] / "forged", clock=lambda: 0.0).write_run(a_record(n_extra=5), tables())
    for name in ("record.json", "manifest.json"):
        shutil.copy(forged / name, path / name)
    assert store.verify("run-1") == ["manifest.json was changed since the run was written"]


def test_an_attached_report_may_change_and_the_run_stays_whole(store: LocalStore) -> None:
    store.write_run(a_record(), tables())
    path = store.attach("latest", "report.html", b"<p>one")
    assert path.read_bytes() == b"<p>one"
    store.attach("latest", "report.html", b"<p>two")
    assert path.read_bytes() == b"<p>two"
    assert store.verify("latest") == []


@pytest.mark.parametrize(
    ("version", "said"), [(99, "schema version 99, and this evalkit supports up to"), (1, "no record")]
)
def test_a_record_of_a_newer_version_is_told_apart_from_nonsense(store: LocalStore, version: int, said: str) -> None:
    path = store.write_run(a_record(), tables())
    found = json.loads((path / "record.json").read_text()) | {"schema_version": version, "news": {}}
    data = (json.dumps(found) + "\n").encode()
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["files"]["record.json"] = {"sha256": digest_bytes(data), "bytes": len(data)}
    (path / "record.json").write_bytes(data)
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=said):
        store.read_record("run-1")


def test_a_changed_blob_is_not_returned_and_is_healed_by_putting_it_again(store: LocalStore, root: Path) -> None:
    digest = store.put_blob(b"bytes")
    path = root / "blobs" / digest[:2] / digest
    path.write_bytes(b"other")
    with pytest.raises(StoreError, match="the blob was changed"):
        store.get_blob(digest)
    assert store.put_blob(b"bytes") == digest
    assert store.get_blob(digest) == b"bytes"


# -------------------------------------------------------------------------------------------- a disk that does not work


def acts(store: LocalStore) -> dict[str, object]:
    """Everything that writes."""
    return {
        "run": lambda: store.write_run(a_record("run-2"), tables()),
        "attach": lambda: store.attach("run-1", "report.html", b"x"),
        "name": lambda: store.set_name("run-1", "main"),
        "tag": lambda: store.tag("run-1", "v1"),
        "delete": lambda: store.delete("run-1"),
        "gc": store.gc,
        "blob": lambda: store.put_blob(b"new"),
        "journal": lambda: store.journal("plan"),
        "cache": lambda: store.cache().put([("k", Answer(output=1))]),
        "reindex": store.reindex,
    }


def test_a_read_only_workspace_is_read_and_every_write_is_a_sentence(open_folder: Path) -> None:
    root = open_folder / "workspace"
    LocalStore(root, clock=lambda: 0.0).write_run(a_record(name="main"), tables())
    for path in [root, *root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    store = LocalStore(root, clock=lambda: 0.0)
    with unprivileged():
        assert store.read_record("main") == a_record(name="main")
        assert store.read_table("latest", "cases") == tables()["cases"]
        assert [run.names for run in store.runs(name="main")] == [("main",)]
        assert store.verify("run-1") == []
        for name, act in acts(store).items():
            with pytest.raises(StoreError, match=r"permission is denied|read-only|cannot be opened") as caught:
                act()  # type: ignore[operator]
            assert str(root) in caught.value.where, name
            assert ".tmp-" not in str(caught.value), name
            assert "EVALKIT_HOME" in caught.value.remedy, name
            assert caught.value.exit_code == EXIT_BROKE
    store.close()


@pytest.mark.parametrize("alive", [False, True])
def test_a_registry_with_a_write_ahead_log_is_read_where_nothing_can_be_written(open_folder: Path, alive: bool) -> None:
    root, copy = open_folder / "workspace", open_folder / "copy"
    store = LocalStore(root, clock=lambda: 0.0)
    store.write_run(a_record(), tables())
    with closing(sqlite3.connect(root / "registry.db")) as holder:  # keeps the log from being folded in at the end
        holder.execute("SELECT * FROM runs").fetchone()
        store.set_name("run-1", "main")
        shutil.copytree(root, copy)
    if not alive:
        (copy / "registry.db-shm").unlink()
    assert (copy / "registry.db-wal").stat().st_size > 0
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    with unprivileged():
        assert LocalStore(copy, clock=lambda: 0.0).resolve("main") == "run-1"


def test_a_file_in_the_place_of_the_workspace(store: LocalStore, root: Path) -> None:
    root.write_text("not a folder")
    for act in [*acts(store).values(), store.runs, lambda: store.read_record("x")]:
        with pytest.raises(StoreError, match="a file stands where the workspace needs a folder") as caught:
            act()  # type: ignore[operator]
        assert str(root) in caught.value.where


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("step", range(6))
def test_a_disk_that_fails_at_any_step_leaves_no_half_run_and_the_journal(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: int
) -> None:
    journal = store.journal("plan")
    journal.append(rows(0, 10))
    calls = 0

    def failing(fd: int) -> None:
        nonlocal calls
        calls += 1
        if calls > step:
            raise OSError(code, os.strerror(code))
        os.fsync(fd)

    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync", failing)
        with pytest.raises(StoreError, match=r"cannot write the run: the (disk|file system)") as caught:
            store.write_run(a_record(), tables())
    assert str(root) in caught.value.where
    assert caught.value.remedy
    journal.close()
    assert names(root / "runs") == [] or [run.run_id for run in store.runs()] == ["run-1"]
    journal = store.journal("plan")
    assert len(journal.load()) == 10
    journal.close(done=True)


def test_a_full_disk_under_parquet_is_a_sentence(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    full = pa.OSFile("/dev/full", "wb")
    monkeypatch.setattr("evalkit.stores.folder.pa.OSFile", lambda path, mode: full)
    with pytest.raises(StoreError, match="cannot write the run: the disk is full"):
        store.write_run(a_record(), tables(100_000))
    monkeypatch.undo()
    assert store.runs() == []


def test_a_locked_registry_is_a_sentence_after_a_while(store: LocalStore, root: Path) -> None:
    store.write_run(a_record(), tables())
    with closing(sqlite3.connect(root / "registry.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.read_record("latest") == a_record()  # readers do not wait
        with pytest.raises(StoreError, match="locked by another process"):
            store.set_name("latest", "main")
        with pytest.raises(StoreError, match="locked by another process"):
            store.write_run(a_record("run-2"), tables())
        other.execute("ROLLBACK")
    assert [run.run_id for run in store.runs()] == ["run-1"]
    store.write_run(a_record("run-2"), tables())


@pytest.mark.parametrize("data", [b"this is no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_registry_is_a_sentence_with_a_remedy(store: LocalStore, root: Path, data: bytes) -> None:
    store.write_run(a_record(), tables())
    (root / "registry.db").write_bytes(data)
    with pytest.raises(StoreError, match=r"not a database|is damaged") as caught:
        store.runs()
    assert "ove it aside" in caught.value.remedy
    (root / "registry.db").rename(root / "aside")
    assert [run.run_id for run in store.runs()] == ["run-1"]


def test_a_workspace_of_a_newer_version_is_refused_and_left_alone(store: LocalStore, root: Path) -> None:
    store.write_run(a_record(), tables())
    with closing(sqlite3.connect(root / "registry.db", isolation_level=None)) as db:
        db.execute("INSERT INTO migrations VALUES (9, 'what comes later', '2030-01-01')")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    calls = acts(store) | {"runs": store.runs, "read": lambda: store.read_record("run-1")}
    for name in calls.keys() - {"cache", "blob"}:
        with pytest.raises(
            StoreError, match=f"schema version 9, and this evalkit supports up to version {len(REGISTRY)}"
        ) as caught:
            calls[name]()  # type: ignore[operator]
        assert "Upgrade evalkit" in caught.value.remedy
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before  # and no file more


# ---------------------------------------------------------------------------------------------------- several processes


def test_processes_that_begin_one_workspace_at_once_all_succeed(store: LocalStore, root: Path) -> None:
    assert crashing("begin", root, 4) == [{"worker": who, "exit": 0} for who in range(4)]
    assert len(store.runs()) == 12
    assert len(store.runs(name="main")) == 1
    assert store.cache().get_many(list("0123")) == {f"{who}": Answer(output=who) for who in range(4)}


def test_a_new_database_is_switched_to_wal_under_a_lock_and_only_once(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not wait for a lock while it switches: two processes at once failed one time in 180."""
    locked: list[Path] = []

    def flock(fd: int, how: int) -> None:
        locked.append(Path(f"/dev/fd/{fd}").resolve())
        fcntl.flock(fd, how)

    monkeypatch.setattr("evalkit.stores.database.fcntl", SimpleNamespace(flock=flock, LOCK_EX=fcntl.LOCK_EX))
    store.write_run(a_record(), tables())
    store.tag("latest", "v1")
    assert locked == [root.resolve()]


def test_a_second_process_with_the_same_plan_gets_a_sentence(store: LocalStore, root: Path) -> None:
    (root / "journals").mkdir(parents=True)
    with (root / "journals" / "plan.jsonl").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="being run by another process"):
            store.journal("plan")
    journal = store.journal("plan")
    journal.append([(asked("c"), Answer(output=1))])
    journal.close(done=True)
    assert names(root / "journals") == []


def test_errors_are_of_one_kind(store: LocalStore) -> None:
    assert issubclass(StoreError, EvalkitError)
    store.write_run(a_record(), tables())
    with pytest.raises(InputError, match="name of a table"):
        store.write_run(a_record("run-2"), {"../evil": tables()["cases"]})
