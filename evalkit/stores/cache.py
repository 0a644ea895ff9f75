"""Answers by key in SQLite: disposable, so damage costs calls and never a run."""

from __future__ import annotations

import json
import sqlite3
import threading
import warnings
import weakref
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from evalkit.core.errors import StoreError
from evalkit.core.protocols import Answer
from evalkit.stores.answers import dump_answer, from_fields, to_fields
from evalkit.stores.database import Database, transaction
from evalkit.stores.disk import StoreWarning, sqlite_kind, told
from evalkit.stores.times import DAY, Clock, iso

_KEYS_AT_ONCE: Final = 500  # SQLite allowed 999 parameters before 3.32
_RUNS_KEPT: Final = 200  # whose uses are remembered
Result = TypeVar("Result")


class _DamagedError(Exception):
    """An entry that is not an answer."""


@dataclass
class _Use:
    """What the calls since the last run that was written have used."""

    keys: dict[str, None] = field(default_factory=dict)
    asked: int = 0
    found: int = 0


class SqliteCache:
    """A `Cache` in one file; safe to use from several threads and processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Nothing is opened before the first use."""
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._closer: weakref.finalize[[], SqliteCache] | None = None
        self._use = _Use()

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

    def put(self, rows: Sequence[tuple[str, Answer]], labels: Mapping[str, Any] | None = None) -> None:
        """Keep answers, in one transaction; a key that is there already is replaced.

        Args:
            rows: keys and answers.
            labels: kind, provider and model of all of them, where known; the model that answered is used else.

        Raises:
            InputError: an answer is not JSON. StoreError: the disk is full or read-only.
        """
        at, labels = iso(self._clock()), labels or {}
        kind, provider, model = (_label(labels.get(name)) for name in ("kind", "provider", "model"))
        entries = [
            (key, dump_answer(to_fields(answer), f"cache key {key}"), at, kind, provider, model or answer.model, at)
            for key, answer in rows
        ]
        self._do(lambda db: _write(db, entries))

    def labelled(self, labels: Mapping[str, Any]) -> LabelledCache:
        """This cache, for entries of one kind, provider and model."""
        return LabelledCache(self, dict(labels))

    def note_use(self, keys: Sequence[str], n_asked: int, n_found: int) -> None:
        """Which entries a run under way has used: `n_found` were there when it looked for `n_asked`."""
        self._use.keys.update(dict.fromkeys(keys))
        self._use.asked += n_asked
        self._use.found += n_found

    def belongs_to(self, run_id: str) -> None:
        """What was used since the last run was used by this one; said in vain where the cache cannot be written."""
        use, self._use = self._use, _Use()
        if not use.keys:
            return
        now = self._clock()
        try:
            self._do(lambda db: _write_use(db, run_id, use, now))
        except StoreError as error:  # the run is whole without it
            warnings.warn(f"which answers run {run_id} used was not noted: {error}", StoreWarning, stacklevel=3)

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


@dataclass(frozen=True)
class LabelledCache:
    """A `Cache` whose new entries bear labels."""

    cache: SqliteCache
    labels: Mapping[str, Any]

    def get(self, key: str) -> Answer | None:
        """The answer kept under `key`."""
        return self.cache.get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are there, by key."""
        return self.cache.get_many(keys)

    def put(self, rows: Sequence[tuple[str, Answer]]) -> None:
        """Keep answers; a key that is there already is replaced."""
        self.cache.put(rows, self.labels)

    def note_use(self, keys: Sequence[str], n_asked: int, n_found: int) -> None:
        """Which entries a run under way has used."""
        self.cache.note_use(keys, n_asked, n_found)


def keys_of_use(data: bytes) -> list[str]:
    """The keys that a run used, as `belongs_to` keeps them.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return zlib.decompress(data).decode().splitlines()
    except zlib.error as error:
        raise ValueError(str(error)) from None


def _label(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) else None


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


def _write(db: sqlite3.Connection, entries: Sequence[tuple[str | None, ...]]) -> None:
    sql = "INSERT OR REPLACE INTO calls (key, answer, at, kind, provider, model, used) VALUES (?, ?, ?, ?, ?, ?, ?)"
    with transaction(db):
        db.executemany(sql, entries)


def _write_use(db: sqlite3.Connection, run_id: str, use: _Use, now: float) -> None:
    packed = zlib.compress("\n".join(use.keys).encode(), 1)
    keys = list(use.keys)
    with transaction(db):
        db.execute(
            "INSERT OR REPLACE INTO uses VALUES (?, ?, ?, ?, ?)", (run_id, iso(now), use.asked, use.found, packed)
        )
        db.execute(
            "DELETE FROM uses WHERE run_id NOT IN (SELECT run_id FROM uses ORDER BY at DESC LIMIT ?)", (_RUNS_KEPT,)
        )
        for start in range(0, len(keys), _KEYS_AT_ONCE):  # to the day: a warm run writes next to nothing
            some = keys[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(some))
            db.execute(
                f"UPDATE calls SET used = ? WHERE key IN ({marks}) AND coalesce(used, '') < ?",
                (iso(now), *some, iso(now - DAY)),
            )
