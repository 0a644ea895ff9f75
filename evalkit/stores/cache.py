"""Answers by key in SQLite: disposable, so damage costs calls and never a run."""

from __future__ import annotations

import json
import sqlite3
import threading
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from evalkit.core.errors import StoreError
from evalkit.core.protocols import Answer
from evalkit.stores.answers import dump_answer, from_fields, to_fields
from evalkit.stores.database import Database
from evalkit.stores.disk import StoreWarning, sqlite_kind, told
from evalkit.stores.times import Clock, iso

_KEYS_AT_ONCE: Final = 500  # SQLite allowed 999 parameters before 3.32
Result = TypeVar("Result")


class _DamagedError(Exception):
    """An entry that is not an answer."""


class SqliteCache:
    """A `Cache` in one file; safe to use from several threads and processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Nothing is opened before the first use."""
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._closer: weakref.finalize[[], SqliteCache] | None = None

    def get(self, key: str) -> Answer | None:
        """The answer kept under `key`."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are there, by key.

        Raises:
            StoreError: the file is locked or cannot be opened.
        """
        if not self._database.path.exists():
            return {}
        found: dict[str, Answer] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = tuple(keys[start : start + _KEYS_AT_ONCE])
            found |= self._do(lambda db, some=some: _read(db, some))  # type: ignore[misc]
        return found

    def put(self, rows: Sequence[tuple[str, Answer]]) -> None:
        """Keep answers, in one transaction; a key that is there already is replaced.

        Raises:
            InputError: an answer is not JSON. StoreError: the disk is full or read-only.
        """
        at = iso(self._clock())
        entries = [(key, dump_answer(to_fields(answer), f"cache key {key}"), at) for key, answer in rows]
        self._do(lambda db: _write(db, entries))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._closer is not None:
            self._closer()
        self._db = self._closer = None

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = self._database.connect(iso(self._clock()))
            self._closer = weakref.finalize(self, self._db.close)
        return self._db

    def _do(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._lock, told(self._database.path, "use the cache"):
            try:
                return act(self._open())
            except (sqlite3.DatabaseError, StoreError, _DamagedError) as error:
                if not _is_damage(error):
                    raise
                self._move_aside(error)
            return act(self._open())

    def _move_aside(self, error: Exception) -> None:
        self._close()
        path = self._database.path
        aside = path.with_name(f"{path.name}.damaged-{int(self._clock())}")
        path.replace(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        warnings.warn(
            f"{path}: the cache is damaged ({error.__cause__ or error}); it was moved to {aside.name} and a new one is "
            "begun, so calls that it held are made again",
            StoreWarning,
            stacklevel=5,
        )


def _is_damage(error: Exception) -> bool:
    cause = error.__cause__ if isinstance(error, StoreError) else error
    kind = sqlite_kind(cause) if isinstance(cause, sqlite3.Error) else ""
    return isinstance(error, _DamagedError) or kind in ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def _read(db: sqlite3.Connection, keys: tuple[str, ...]) -> dict[str, Answer]:
    # As bytes: damaged text would fail in the driver, with an error that names nothing.
    sql = f"SELECT key, CAST(answer AS BLOB) FROM calls WHERE key IN ({','.join('?' * len(keys))})"
    try:
        return {key: from_fields(json.loads(data)) for key, data in db.execute(sql, keys)}
    except (TypeError, ValueError, AttributeError) as error:
        raise _DamagedError(str(error)) from error


def _write(db: sqlite3.Connection, entries: Sequence[tuple[str, str, str]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany("INSERT OR REPLACE INTO calls VALUES (?, ?, ?)", entries)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
