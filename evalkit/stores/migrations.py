"""Numbered steps that bring a database to today's schema, and the ledger that says which were taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from evalkit.core.errors import StoreError


class Migration(NamedTuple):
    """One step; its number is its place in the list, from 1. Once released it is never edited, only followed."""

    name: str
    statements: tuple[str, ...]


REGISTRY: Final = (
    Migration(
        "run index, names and tags",
        (
            # An index of runs/, rebuilt from the folders whenever it is lost or stale.
            """CREATE TABLE runs (
                run_id TEXT PRIMARY KEY,
                manifest TEXT NOT NULL,   -- sha256 of manifest.json: what `verify` holds the folder against
                summary TEXT NOT NULL     -- JSON of RunSummary without names and tags
            )""",
            # Pointers are events: the newest one of a name counts (run_id NULL: the name is free), none is ever edited.
            """CREATE TABLE name_events (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL,
                run_id TEXT,
                at TEXT NOT NULL
            )""",
            "CREATE INDEX name_events_by_name ON name_events (name, seq)",
            """CREATE TABLE tag_events (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                run_id TEXT NOT NULL,
                tag TEXT NOT NULL,
                present INTEGER NOT NULL CHECK (present IN (0, 1)),
                at TEXT NOT NULL
            )""",
            *(
                f"""CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
                BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
                for table in ("name_events", "tag_events")
                for verb in ("UPDATE", "DELETE")
            ),
        ),
    ),
    Migration(
        "baselines",
        (
            """CREATE TABLE baseline_events (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL,
                suite TEXT NOT NULL,
                run_id TEXT,              -- NULL: the baseline stands nowhere from now on
                previous TEXT,
                at TEXT NOT NULL,
                who TEXT NOT NULL,
                note TEXT NOT NULL
            )""",
            *(
                f"""CREATE TRIGGER baseline_events_no_{verb} BEFORE {verb} ON baseline_events
                BEGIN SELECT RAISE(ABORT, 'baseline_events is append-only'); END"""
                for verb in ("UPDATE", "DELETE")
            ),
        ),
    ),
    Migration(
        "chains of events",
        (
            """CREATE TABLE chain_events (
                chain TEXT NOT NULL,
                seq INTEGER NOT NULL,     -- from 1, without gaps
                at TEXT NOT NULL,
                kind TEXT NOT NULL,
                who TEXT NOT NULL,
                data TEXT NOT NULL,       -- JSON
                previous TEXT,            -- head of the event before it
                head TEXT NOT NULL,       -- sha256 of all of the above
                PRIMARY KEY (chain, seq)
            ) WITHOUT ROWID""",
            # Where pointers stand, told by the events as well: quick to compare and swap.
            """CREATE TABLE chain_pointers (
                chain TEXT NOT NULL,
                name TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (chain, name)
            ) WITHOUT ROWID""",
            *(
                f"""CREATE TRIGGER chain_events_no_{verb} BEFORE {verb} ON chain_events
                BEGIN SELECT RAISE(ABORT, 'chain_events is append-only'); END"""
                for verb in ("UPDATE", "DELETE")
            ),
        ),
    ),
)
"""registry.db: what cannot be computed again (names, tags), and the index of runs."""

CACHE: Final = (
    Migration(
        "calls",
        ("CREATE TABLE calls (key TEXT PRIMARY KEY, answer TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID",),
    ),
    Migration(
        "what entries are looked up by, and which run used which",
        (
            *(f"ALTER TABLE calls ADD COLUMN {name} TEXT" for name in ("kind", "provider", "model", "used")),
            """CREATE TABLE uses (
                run_id TEXT PRIMARY KEY,
                at TEXT NOT NULL,
                asked INTEGER NOT NULL,   -- requests of the run that the cache could have answered
                found INTEGER NOT NULL,   -- those that it did answer
                keys BLOB NOT NULL        -- zlib of the keys, a line each: also of what was asked and then kept
            )""",
        ),
    ),
)
"""cache.db: answers by key; may be deleted at any time."""

TRAFFIC: Final = (
    Migration(
        "requests, shadows, outcomes",
        (
            # `seq` is the order of commits: whoever reads on from a place misses nothing.
            """CREATE TABLE requests (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                at INTEGER NOT NULL,      -- microseconds since 1970, as in all tables
                unit TEXT NOT NULL,
                variant TEXT NOT NULL,
                role TEXT NOT NULL,
                weight REAL NOT NULL,
                input TEXT NOT NULL,      -- JSON
                output TEXT,
                failure TEXT,
                seconds REAL,             -- null: nobody measured it
                confidence REAL
            )""",
            """CREATE TABLE shadows (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL,
                at INTEGER NOT NULL,
                variant TEXT NOT NULL,
                output TEXT,
                failure TEXT,
                seconds REAL NOT NULL
            )""",
            """CREATE TABLE outcomes (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL,
                at INTEGER NOT NULL,
                kind TEXT NOT NULL,
                value TEXT NOT NULL,      -- JSON
                who TEXT NOT NULL
            )""",
            "CREATE INDEX outcomes_by_id ON outcomes (id, kind, who, seq)",
            """CREATE TABLE drops (
                seq INTEGER PRIMARY KEY AUTOINCREMENT,
                at INTEGER NOT NULL,
                variant TEXT NOT NULL,
                dropped INTEGER NOT NULL
            )""",
            *(f"CREATE INDEX {table}_by_time ON {table} (at)" for table in ("requests", "shadows", "outcomes")),
            """CREATE TABLE segments (
                name TEXT PRIMARY KEY,    -- of a file in traffic/
                kind TEXT NOT NULL,       -- the table that its rows were moved from
                oldest INTEGER NOT NULL,
                newest INTEGER NOT NULL,
                last INTEGER NOT NULL,    -- the greatest seq
                rows INTEGER NOT NULL
            )""",
            "CREATE TABLE sealed (id TEXT PRIMARY KEY) WITHOUT ROWID",  # ids of requests in segments stay unique
        ),
    ),
)
"""traffic.db: what users asked and got."""

_LEDGER = "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL)"


def version_of(db: sqlite3.Connection) -> int:
    """The number of the last step taken; 0 for an empty database."""
    ledger = db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").fetchone()[0]
    return int(db.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()[0]) if ledger else 0


def refuse_newer(db: sqlite3.Connection, steps: Sequence[Migration], path: Path) -> int:
    """The version of a database that this evalkit can read.

    Raises:
        StoreError: it was written by a newer evalkit.
    """
    found = version_of(db)
    if found > len(steps):
        raise StoreError(
            f"the workspace has schema version {found}, and this evalkit supports up to version {len(steps)}",
            str(path),
            "Upgrade evalkit, or choose another workspace with --workspace or EVALKIT_HOME",
        )
    return found


def migrate(db: sqlite3.Connection, steps: Sequence[Migration], path: Path, at: str) -> None:
    """Take the steps that are missing, all or none; two processes may do so at once.

    Args:
        db: a connection in autocommit mode.
        steps: the schema's whole history.
        path: of the database, for sentences.
        at: the time to write into the ledger.

    Raises:
        StoreError: the database is of a newer version.
    """
    if refuse_newer(db, steps, path) == len(steps):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(_LEDGER)
        done = refuse_newer(db, steps, path)  # again: another process may have migrated while we waited for the lock
        for number, step in enumerate(steps[done:], done + 1):
            for statement in step.statements:
                db.execute(statement)
            db.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, step.name, at))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself rolls back when the disk is full
            db.execute("ROLLBACK")
        raise
