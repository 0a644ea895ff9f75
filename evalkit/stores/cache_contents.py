"""What is in the cache: counted, listed, added, removed. For people; runs use `SqliteCache`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from evalkit.core.errors import InputError, StoreError
from evalkit.stores.cache import keys_of_use
from evalkit.stores.database import Database, transaction
from evalkit.stores.disk import sqlite_kind, told
from evalkit.stores.migrations import CACHE
from evalkit.stores.times import DAY, Clock, iso

_AT_ONCE: Final = 500
# Entries of before the labels say at least which model answered.
_MODEL: Final = "coalesce(model, CASE WHEN json_valid(answer) THEN json_extract(answer, '$.model') END)"
_TEXT: Final = "CAST({} AS TEXT)".format
_DAMAGED: Final = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_BYTES: Final = "length(key) + length(CAST(answer AS BLOB))"
_WHOLE: Final = f"SELECT count(*), coalesce(sum({_BYTES}), 0), min({_TEXT('at')}), max({_TEXT('at')}) FROM calls"
_GROUPS: Final = (
    f"SELECT {_TEXT('kind')}, {_TEXT('provider')}, {_TEXT(_MODEL)}, count(*), sum({_BYTES}), "
    f"max({_TEXT('coalesce(used, at)')}) FROM calls GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
)


class Entry(NamedTuple):
    """One answer: its key, its JSON text, when it was made, and what it is looked up by."""

    key: str
    answer: str
    at: str
    kind: str | None = None
    provider: str | None = None
    model: str | None = None


class Pruned(NamedTuple):
    """What was removed, or in a dry run would be; and what stays."""

    entries: int
    bytes: int
    kept: int
    kept_bytes: int
    dry_run: bool


class CacheContents:
    """The cache of a workspace as a whole."""

    def __init__(self, root: Path, clock: Clock, patience: float = 10.0) -> None:
        """`root`: the workspace."""
        self._clock = clock
        self._database = Database(root / "cache.db", "the cache", CACHE, "NORMAL", patience)

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def stats(self) -> dict[str, Any]:
        """Entries and bytes, in all and by kind, provider and model; and how much of the last run was found.

        Returns:
            `{path, entries, bytes, file_bytes, oldest, newest, groups: [{kind, provider, model, entries, bytes,
            last_used}], last_run: {run_id, at, asked, found} | None}`.

        Raises:
            StoreError: the file is no database, damaged, locked, or of a newer version.
        """
        nothing: dict[str, Any] = {"entries": 0, "bytes": 0, "file_bytes": 0, "oldest": None, "newest": None}
        if not self.path.exists():
            return {"path": str(self.path), **nothing, "groups": [], "last_run": None}
        with self._opened("read the cache") as db:
            whole = db.execute(_WHOLE).fetchone()
            groups = db.execute(_GROUPS).fetchall()
            last = db.execute("SELECT run_id, at, asked, found FROM uses ORDER BY at DESC, run_id DESC").fetchone()
        names = ("kind", "provider", "model", "entries", "bytes", "last_used")
        return {
            "path": str(self.path),
            "entries": whole[0],
            "bytes": whole[1],
            "file_bytes": sum(file.stat().st_size for file in self._files()),
            "oldest": whole[2],
            "newest": whole[3],
            "groups": [dict(zip(names, group, strict=True)) for group in groups],
            "last_run": None if last is None else dict(zip(("run_id", "at", "asked", "found"), last, strict=True)),
        }

    def keys_of(self, run_id: str) -> list[str]:
        """The keys that a run used, whether or not they are still there.

        Raises:
            InputError: that is not known of this run.
        """
        row = None
        if self.path.exists():
            with self._opened("read the cache") as db:
                row = db.execute("SELECT keys FROM uses WHERE run_id = ?", (run_id,)).fetchone()
        remedy = "Leave --run out to export all answers; or run it again, which notes what it uses."
        if row is None:
            raise InputError("which answers this run used is not known here", f"run {run_id}", remedy)
        try:
            return keys_of_use(row[0])
        except (ValueError, TypeError) as error:
            raise InputError(f"what this run used was noted and is damaged: {error}", f"run {run_id}", remedy) from None

    def entries(self, keys: Sequence[str] | None = None) -> Iterator[Entry]:
        """Entries in the order of their keys: all, or those of `keys` that are there."""
        if not self.path.exists():
            return
        names = ("key", "answer", "at", "kind", "provider", _MODEL)
        columns = f"SELECT {', '.join(map(_TEXT, names))} FROM calls"
        with self._opened("read the cache") as db:
            if keys is None:
                yield from map(Entry._make, db.execute(f"{columns} ORDER BY key"))
                return
            wanted = sorted(set(keys))
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                yield from map(Entry._make, db.execute(f"{columns} WHERE key IN ({marks}) ORDER BY key", some))

    def add(self, entries: Sequence[Entry], *, replace: bool = False) -> int:
        """Add entries, all or none; gives how many are new (or, with `replace`, were put in).

        Raises:
            StoreError: the cache cannot be written.
        """
        verb, used = "REPLACE" if replace else "IGNORE", iso(self._clock())
        sql = f"INSERT OR {verb} INTO calls (key, answer, at, kind, provider, model, used) VALUES (?, ?, ?, ?, ?, ?, ?)"
        rows = [(*entry._replace(at=entry.at or used), used) for entry in entries]
        with self._opened("write the cache") as db, transaction(db):
            return db.executemany(sql, rows).rowcount

    def prune(
        self,
        *,
        older_than: float | None = None,
        model: str | None = None,
        max_size: int | None = None,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove entries: those of `model`, and unused for `older_than` days (both: only what is both; neither and no
        `max_size`: all); then the least recently used, until no more than `max_size` bytes are left.

        Raises:
            StoreError: the cache cannot be written.
        """
        if not self.path.exists():
            return Pruned(0, 0, 0, 0, dry_run)
        with self._opened("clean the cache") as db:
            with transaction(db, keep=not dry_run):
                before = _size(db)
                self._remove(db, older_than, model, max_size)
                after = _size(db)
            if not dry_run and before != after:
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Pruned(before[0] - after[0], before[1] - after[1], after[0], after[1], dry_run)

    def _remove(
        self, db: sqlite3.Connection, older_than: float | None, model: str | None, max_size: int | None
    ) -> None:
        conditions, values = [], []
        if older_than is not None:
            conditions.append("coalesce(used, at) < ?")
            values.append(iso(self._clock() - older_than * DAY))
        if model is not None:
            conditions.append(f"{_MODEL} = ?")
            values.append(model)
        if conditions or max_size is None:
            db.execute(f"DELETE FROM calls{' WHERE ' if conditions else ''}{' AND '.join(conditions)}", values)
        if max_size is not None:
            db.execute(
                "DELETE FROM calls WHERE key IN (SELECT key FROM (SELECT key, "
                f"sum({_BYTES}) OVER (ORDER BY coalesce(used, at) DESC, key) AS total FROM calls) WHERE total > ?)",
                (max_size,),
            )

    @contextmanager
    def _opened(self, doing: str) -> Iterator[sqlite3.Connection]:
        """A connection.

        Raises:
            StoreError: the file is no database, damaged, locked, cannot be written, or is of a newer version.
        """
        try:
            with told(self.path, doing), closing(self._database.connect(iso(self._clock()))) as db:
                yield db
        except StoreError as error:
            if isinstance(error.__cause__, sqlite3.Error) and sqlite_kind(error.__cause__) in _DAMAGED:
                remedy = "Delete it (or move it aside); the answers that it held are asked for again"
                raise StoreError(error.what, error.where, remedy) from error.__cause__
            raise

    def _files(self) -> list[Path]:
        files = [self.path, *(self.path.with_name(self.path.name + suffix) for suffix in ("-wal", "-shm"))]
        return [file for file in files if file.exists()]


def _size(db: sqlite3.Connection) -> tuple[int, int]:
    row = db.execute(f"SELECT count(*), coalesce(sum({_BYTES}), 0) FROM calls").fetchone()
    return int(row[0]), int(row[1])
