"""ingest.db: how far each stream has been read, which parts hold its rows, and its quarantine."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from evalkit.core.chain import Conflict
from evalkit.core.ingesting import Commit, Held, Position, Seen, State, Stream, Stretch
from evalkit.stores import quarantine
from evalkit.stores.database import Database
from evalkit.stores.disk import locked_file, make_folder, told
from evalkit.stores.migrations import Migration
from evalkit.stores.times import Clock, iso

INGEST: Final = (
    Migration(
        "streams, their parts, keys and quarantine",
        (
            "CREATE TABLE streams (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",  # JSON of Stream
            """CREATE TABLE positions (
                stream TEXT NOT NULL,
                partition TEXT NOT NULL,
                label TEXT NOT NULL,
                place INTEGER NOT NULL,
                mark TEXT NOT NULL,
                UNIQUE (stream, partition)
            )""",
            """CREATE TABLE stretches (
                stream TEXT NOT NULL,
                seq INTEGER NOT NULL,
                body TEXT NOT NULL,          -- JSON of Stretch
                PRIMARY KEY (stream, seq)
            ) WITHOUT ROWID""",
            """CREATE TABLE keys (
                stream TEXT NOT NULL,
                key BLOB NOT NULL,
                content BLOB NOT NULL,
                seq INTEGER NOT NULL,
                place INTEGER NOT NULL,
                PRIMARY KEY (stream, key)
            ) WITHOUT ROWID""",
            """CREATE TABLE gone (
                stream TEXT NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (stream, seq, place)
            ) WITHOUT ROWID""",
            *quarantine.TABLES,
        ),
    ),
)
"""ingest.db: what cannot be computed again without reading all sources once more."""

_AT_ONCE: Final = 900  # values in one query; SQLite takes 999 everywhere


class SqliteLedger:
    """`core.ingesting.Ledger` in the workspace."""

    def __init__(self, root: Path, *, clock: Clock = time.time, patience: float = 30.0) -> None:
        """Nothing is opened yet."""
        self.folder, self._clock = root, clock
        self._database = Database(root / "ingest.db", "the ledger of streams", INGEST, "FULL", patience)

    @contextmanager
    def alone(self, stream: str) -> Iterator[None]:
        """Nobody else takes records into the stream meanwhile.

        Raises:
            Conflict: somebody does.
        """
        path = self.folder / "locks" / f"ingest-{quote(stream, safe='')}.lock"
        with told(path, "lock the stream"):
            make_folder(path.parent)
            fd = locked_file(path)
        if fd is None:
            raise Conflict(
                f"another process takes records into the stream {stream}", "", "Wait until it ends, then run again"
            )
        try:
            yield
        finally:
            os.close(fd)

    def stream(self, name: str) -> Stream | None:
        """What holds for a stream; None: nothing was taken in."""
        with self._database.reading() as db:
            row = db.execute("SELECT state FROM streams WHERE name = ?", (name,)).fetchone() if db else None
            return Stream.model_validate_json(row[0]) if row else None

    def streams(self) -> list[str]:
        """Names, sorted."""
        with self._database.reading() as db:
            return [name for (name,) in db.execute("SELECT name FROM streams ORDER BY name")] if db else []

    def position(self, stream: str, partition: str) -> Position | None:
        """How far a partition was read; None: not at all."""
        return self.positions(stream).get(partition)

    def positions(self, stream: str) -> dict[str, Position]:
        """How far each partition was read, in order of the first record."""
        with self._database.reading() as db:
            rows = (
                db.execute(
                    "SELECT partition, label, place, mark FROM positions WHERE stream = ? ORDER BY rowid", (stream,)
                )
                if db
                else ()
            )
            return {name: Position(label, place, mark) for name, label, place, mark in rows}

    def stretches(self, stream: str) -> list[Stretch]:
        """All stretches in the order of the dataset."""
        with self._database.reading() as db:
            rows = db.execute("SELECT body FROM stretches WHERE stream = ? ORDER BY seq", (stream,)) if db else ()
            return [Stretch.model_validate_json(body) for (body,) in rows]

    def seen(self, stream: str, keys: Iterable[bytes]) -> dict[bytes, Seen]:
        """The rows that have these keys."""
        wanted, found = list(dict.fromkeys(keys)), {}
        with self._database.reading() as db:
            for start in range(0, len(wanted) if db else 0, _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                signs = ",".join("?" * len(some))
                rows = db.execute(  # type: ignore[union-attr]
                    f"SELECT key, content, seq, place FROM keys WHERE stream = ? AND key IN ({signs})", (stream, *some)
                )
                found.update({key: Seen(content, seq, place) for key, content, seq, place in rows})
        return found

    def gone(self, stream: str, seq: int) -> list[int]:
        """Rows of a stretch that were replaced, rising."""
        with self._database.reading() as db:
            query = "SELECT place FROM gone WHERE stream = ? AND seq = ? ORDER BY place"
            return [place for (place,) in db.execute(query, (stream, seq))] if db else []

    def held(
        self, stream: str | None = None, *, state: State | None = "waiting", after: int = 0, limit: int | None = None
    ) -> list[Held]:
        """Records in the quarantine, by id.

        Args:
            stream: of this one; None: of all.
            state: in this state; None: in any.
            after: behind this id.
            limit: at most so many.
        """
        with self._database.reading() as db:
            return quarantine.read(db, stream, state, after, limit) if db else []

    def counts(self, stream: str) -> dict[tuple[str, str], int]:
        """(kind of the first fault, its field or "") -> records that wait."""
        with self._database.reading() as db:
            return quarantine.counts(db, stream) if db else {}

    def commit(self, commit: Commit) -> list[Stretch]:
        """Write all of it or nothing; durable when it returns.

        Returns:
            The stretches of the commit, with when they were received.
        """
        at, stream = iso(self._clock()), commit.stream
        with self._database.writing(at) as db:
            kept = _stream(db, commit, at)
            name, digest = stream.name, stream.contract_digest
            if commit.position:
                partition, position = commit.position
                quarantine.put(
                    db,
                    commit.refused,
                    stream=name,
                    source=commit.source,
                    partition=partition,
                    label=position.label,
                    format=commit.format,
                    contract=digest,
                    at=at,
                )
            quarantine.settle(db, commit.settled, commit.still, commit.edited, digest)
        return kept


def _stream(db: sqlite3.Connection, commit: Commit, at: str) -> list[Stretch]:
    name = commit.stream.name
    db.execute("INSERT OR REPLACE INTO streams VALUES (?, ?)", (name, commit.stream.model_dump_json()))
    kept = [one.model_copy(update={"received": [*one.received, (one.stop, at)]}) for one in commit.stretches]
    db.executemany(
        "INSERT OR REPLACE INTO stretches VALUES (?, ?, ?)", ((name, one.seq, one.model_dump_json()) for one in kept)
    )
    db.executemany(
        "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)",
        ((name, key, seen.content, seen.seq, seen.row) for key, seen in commit.keys.items()),
    )
    db.executemany("INSERT OR IGNORE INTO gone VALUES (?, ?, ?)", ((name, seq, row) for seq, row in commit.gone))
    if commit.position:
        partition, (label, place, mark) = commit.position
        db.execute(
            "INSERT INTO positions VALUES (?, ?, ?, ?, ?) ON CONFLICT (stream, partition)"
            " DO UPDATE SET place = excluded.place, mark = excluded.mark",
            (name, partition, label, place, mark),
        )
    return kept
