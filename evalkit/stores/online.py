"""Features to serve: the newest values of each key, in SQLite. A read of a key is a look-up in a B-tree."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

import pyarrow as pa

from evalkit.core.digest import canonical_json, canonical_jsons
from evalkit.core.errors import InputError
from evalkit.core.features import Served
from evalkit.stores.database import Database, transaction
from evalkit.stores.disk import told
from evalkit.stores.migrations import Migration
from evalkit.stores.times import Clock, iso

__all__ = ["SqliteOnline"]

_STEPS: Final = (
    Migration(
        "newest values by key",
        (
            """CREATE TABLE views (
                view TEXT PRIMARY KEY,
                keys TEXT NOT NULL,       -- JSON list of columns
                columns TEXT NOT NULL,    -- JSON: name -> type as Arrow writes it
                features TEXT             -- digest of the definitions that the values are of
            ) WITHOUT ROWID""",
            """CREATE TABLE online (
                view TEXT NOT NULL,
                key TEXT NOT NULL,        -- JSON list
                event_time INTEGER NOT NULL,  -- microseconds since 1970, UTC
                data TEXT NOT NULL,       -- JSON list, in the order of the view's columns
                PRIMARY KEY (view, key)
            ) WITHOUT ROWID""",
        ),
    ),
)

_NEWER = """INSERT INTO online VALUES (?, ?, ?, ?) ON CONFLICT (view, key) DO UPDATE
SET event_time = excluded.event_time, data = excluded.data WHERE excluded.event_time >= online.event_time"""


class SqliteOnline:
    """`core.features.OnlineFeatures` in `online.db` of a workspace. May be used from several threads and processes."""

    def __init__(self, root: Path, *, clock: Clock = time.time) -> None:
        """Nothing is opened yet; the connection stays open from the first use, so that reads are quick."""
        self._database = Database(root / "online.db", "the features to serve", _STEPS, "NORMAL")
        self._clock, self._lock = clock, Lock()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def put(
        self, view: str, rows: pa.Table, *, keys: Sequence[str], event_time: str, features: str | None = None
    ) -> int:
        """Keep rows that are newer than what is there, or as new (a correction); others change nothing.

        Args:
            view: what the values are called together. rows: keys, event time and values; without duplicates or with:
                of one key the newest row counts, of equal ones the last.
            keys: columns of the key. event_time: column of timestamps; without a time zone they are UTC.
            features: digest of the definitions. Where it changes, all older values of the view are dropped first.

        Returns:
            How many rows were taken.

        Raises:
            InputError: a column is not there or cannot be kept; a key or time is missing; the view has other columns.
            StoreError: it cannot be written.
        """
        columns = _described(rows, keys, event_time)
        entries = list(_entries(view, rows, keys, event_time, list(columns)))
        with self._lock, closing(self._database.connect(iso(self._clock()))) as db, transaction(db):
            self._declare(db, view, list(keys), columns, features)
            before = db.total_changes
            db.executemany(_NEWER, entries)
            return db.total_changes - before

    def get(
        self,
        view: str,
        keys: Sequence[Mapping[str, Any]],
        *,
        at: int | None = None,
        max_age: int | None = None,
        features: str | None = None,
    ) -> list[Served | None]:
        """The newest values of each key, in order.

        Args:
            view: what they are called together. keys: column -> value of each key.
            at, max_age: microseconds: values older than `max_age` at the time `at` (default now) are not served.
            features: digest of the definitions that the caller was trained on; others are refused.

        Raises:
            InputError: there is no such view, a key lacks a column, or the definitions are others.
        """
        now = int(self._clock() * 1e6) if at is None else at
        with self._reading() as db:
            names, columns, kept = self._view(db, view)
            if features is not None and features != kept:
                raise InputError(
                    f"the values of {view} are of other definitions ({str(kept)[:12]}) than asked ({features[:12]})",
                    remedy="Compute and put them again",
                )
            found = []
            for key in keys:
                row = db.execute(
                    "SELECT event_time, data FROM online WHERE view = ? AND key = ?", (view, _key(key, names, view))
                ).fetchone()
                old = row is None or (max_age is not None and now - row[0] > max_age)
                found.append(None if old else Served(_decoded(row[1], columns), row[0]))
            return found

    def rows(self, view: str) -> list[tuple[dict[str, Any], Served]]:
        """All keys of a view with their values, sorted by key."""
        with self._reading() as db:
            names, columns, _ = self._view(db, view)
            found = db.execute("SELECT key, event_time, data FROM online WHERE view = ? ORDER BY key", (view,))
            return [
                (dict(zip(names, json.loads(key), strict=True)), Served(_decoded(data, columns), moment))
                for key, moment, data in found
            ]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, told(self._database.path, "read the features to serve"):
            if self._open is None:
                self._open = self._database.connect(iso(self._clock()))
            yield self._open

    def _view(self, db: sqlite3.Connection, view: str) -> tuple[list[str], dict[str, str], str | None]:
        row = db.execute("SELECT keys, columns, features FROM views WHERE view = ?", (view,)).fetchone()
        if row is None:
            known = ", ".join(name for (name,) in db.execute("SELECT view FROM views ORDER BY view")) or "none"
            raise InputError(f"no features are served as {view!r}", remedy=f"There are: {known}")
        return json.loads(row[0]), json.loads(row[1]), row[2]

    def _declare(
        self, db: sqlite3.Connection, view: str, keys: list[str], columns: dict[str, str], features: str | None
    ) -> None:
        said = json.dumps(keys), json.dumps(columns), features
        row = db.execute("SELECT keys, columns, features FROM views WHERE view = ?", (view,)).fetchone()
        if row == said:
            return
        if row is not None and row[2] == features:
            raise InputError(
                f"{view} has the columns {row[1]} by {row[0]}, and these rows {said[1]} by {said[0]}",
                remedy="Other columns are other definitions: give their digest, or another name",
            )
        db.execute("DELETE FROM online WHERE view = ?", (view,))
        db.execute("INSERT OR REPLACE INTO views VALUES (?, ?, ?, ?)", (view, *said))


def _described(rows: pa.Table, keys: Sequence[str], event_time: str) -> dict[str, str]:
    """The columns of values, with their types."""
    for name in (*keys, event_time):
        if name not in rows.column_names:
            raise InputError(f"the rows have no column {name!r}", remedy=f"They have: {', '.join(rows.column_names)}")
        if rows.column(name).null_count:
            raise InputError(f"the column {name!r} has {rows.column(name).null_count} missing values")
    kind = rows.schema.field(event_time).type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise InputError(f"the column {event_time!r} holds {kind}, and not times")
    columns = {field.name: str(field.type) for field in rows.schema if field.name not in (*keys, event_time)}
    for name in columns:
        kind = rows.schema.field(name).type
        if not (pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise InputError(f"the column {name!r} holds {kind}, which cannot be served", remedy="Make it text")
    return columns


def _entries(
    view: str, rows: pa.Table, keys: Sequence[str], event_time: str, columns: Sequence[str]
) -> Iterator[tuple[str, str, int, str]]:
    moments = rows.column(event_time)
    if pa.types.is_date(moments.type):
        moments = moments.cast(pa.timestamp("ms"))
    ticks = moments.cast(pa.timestamp("us", moments.type.tz), safe=False).cast(pa.int64()).to_pylist()
    parts = list(zip(*(rows.column(name).to_pylist() for name in keys), strict=True))
    values = list(zip(*(map(_plain, rows.column(name).to_pylist()) for name in columns), strict=True))
    names = canonical_jsons([[_plain(part) for part in key] for key in parts])
    for i, moment in enumerate(ticks):
        yield view, names[i], moment, json.dumps(values[i] if values else [])


def _key(key: Mapping[str, Any], names: Sequence[str], view: str) -> str:
    if missing := [name for name in names if name not in key]:
        raise InputError(f"the key has no {missing[0]!r}", view, f"A key of it is: {', '.join(names)}")
    return canonical_json([_plain(key[name]) for name in names])


def _plain(value: Any) -> Any:
    """A value as JSON: times in ISO 8601 (UTC), NaN as missing."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _decoded(data: str, columns: Mapping[str, str]) -> dict[str, Any]:
    values = json.loads(data)
    return {name: _typed(value, kind) for (name, kind), value in zip(columns.items(), values, strict=True)}


def _typed(value: Any, kind: str) -> Any:
    if value is None or not isinstance(value, str):
        return value
    if kind.startswith("timestamp"):
        moment = datetime.fromisoformat(value)
        return moment if "tz=" in kind else moment.replace(tzinfo=None)
    return date.fromisoformat(value) if kind.startswith("date") else value
