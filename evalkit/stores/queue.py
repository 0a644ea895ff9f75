"""queue.db: durable queues on this machine. Several producers at once, each record at an offset of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.sources import Batch, Format, Partition
from evalkit.stores.database import Database
from evalkit.stores.disk import SAFE_NAME
from evalkit.stores.migrations import Migration
from evalkit.stores.times import Clock, iso

QUEUE: Final = (
    Migration(
        "queues",
        (
            "CREATE TABLE queues (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, next INTEGER NOT NULL)",
            """CREATE TABLE records (
                queue INTEGER NOT NULL,
                place INTEGER NOT NULL,   -- from 0, without gaps
                body BLOB NOT NULL,
                at REAL NOT NULL,         -- seconds since 1970
                PRIMARY KEY (queue, place)
            )""",
            """CREATE TABLE groups (
                queue INTEGER NOT NULL, name TEXT NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (queue, name)
            ) WITHOUT ROWID""",
        ),
    ),
)
"""queue.db: records that producers were told are safe."""


class State(NamedTuple):
    """How a queue stands."""

    name: str
    records: int
    groups: dict[str, int]  # consumer -> offset that it reads next


class SqliteQueue:
    """Queues of one workspace. A put is durable when it returns, whole or not at all."""

    def __init__(self, root: Path, *, clock: Clock = time.time, patience: float = 60.0) -> None:
        """Nothing is opened yet.

        Args:
            root: the workspace.
            clock: seconds since 1970.
            patience: seconds to wait for other producers.
        """
        self._clock = clock
        self._database = Database(root / "queue.db", "the queue", QUEUE, "FULL", patience)

    def put(self, name: str, bodies: Iterable[bytes]) -> tuple[int, int]:
        """Add records behind one another; no other producer's come between.

        Returns:
            The offset of the first, and the offset behind the last.

        Raises:
            InputError: the name cannot be used. StoreError: nothing was added.
        """
        if not SAFE_NAME.fullmatch(name):
            raise InputError(f"{name!r} cannot be the name of a queue", remedy="Use letters, digits, '.', '_' and '-'")
        now = self._clock()
        with self._database.writing(iso(now)) as db:
            db.execute("INSERT OR IGNORE INTO queues (name, next) VALUES (?, 0)", (name,))
            queue, first = db.execute("SELECT id, next FROM queues WHERE name = ?", (name,)).fetchone()
            db.executemany(
                "INSERT INTO records VALUES (?, ?, ?, ?)",
                ((queue, place, body, now) for place, body in enumerate(bodies, first)),
            )
            last = db.execute("SELECT coalesce(max(place), -1) + 1 FROM records WHERE queue = ?", (queue,)).fetchone()[
                0
            ]
            db.execute("UPDATE queues SET next = ? WHERE id = ?", (last, queue))
        return first, last

    def read(self, name: str, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        offsets: list[int] = []
        raws: list[bytes] = []
        with self._database.reading() as db:
            found = (
                db.execute(
                    "SELECT place, body FROM records WHERE queue = (SELECT id FROM queues WHERE name = ?)"
                    " AND place >= ? ORDER BY place LIMIT ?",
                    (name, start, rows),
                )
                if db
                else ()
            )
            for place, body in found:
                offsets.append(place)
                raws.append(body)
                size -= len(body)
                if size <= 0:
                    break
        return Batch(offsets, raws, offsets[-1] + 1 if offsets else start)

    def commit(self, name: str, group: str, position: int) -> None:
        """Note how far a consumer is; it never goes back."""
        with self._database.writing(iso(self._clock())) as db:
            db.execute(
                "INSERT INTO groups SELECT id, ?, ? FROM queues WHERE name = ?"
                " ON CONFLICT (queue, name) DO UPDATE SET next = max(next, excluded.next)",
                (group, position, name),
            )

    def states(self) -> list[State]:
        """All queues by name."""
        with self._database.reading() as db:
            if db is None:
                return []
            groups: dict[int, dict[str, int]] = {}
            for queue, name, place in db.execute("SELECT queue, name, next FROM groups ORDER BY name"):
                groups.setdefault(queue, {})[name] = place
            rows = db.execute("SELECT id, name, next FROM queues ORDER BY name").fetchall()
            return [State(name, records, groups.get(queue, {})) for queue, name, records in rows]


class QueueSource:
    """One queue as `core.sources.Source`, for one consumer."""

    def __init__(self, queue: SqliteQueue, name: str, group: str) -> None:
        """Args:
        queue: of the workspace.
        name: of the queue.
        group: who reads; each has offsets of its own.
        """
        self.name, self._queue, self._group = f"queue:{name}", queue, group

    def partitions(self) -> Sequence[Partition]:
        """The queue itself.

        Raises:
            InputError: there is none.
        """
        name = self.name.removeprefix("queue:")
        known = [state.name for state in self._queue.states()]
        if name not in known:
            there = f"There are: {', '.join(known)}" if known else f"Fill it: evalkit queue put {name} FILE"
            raise InputError(f"there is no queue {name!r}", remedy=there)
        return [Partition(self.name, name)]

    def format(self, partition: Partition) -> Format:
        """JSON."""
        return Format()

    def columns(self, partition: Partition) -> Mapping[str, str] | None:
        """Not declared."""
        return None

    def read(self, partition: Partition, start: int, rows: int, size: int) -> Batch:
        """As `Source.read`."""
        return self._queue.read(partition.label, start, rows, size)

    def mark(self, partition: Partition, position: int) -> str:
        """Records of a queue never change."""
        return ""

    def commit(self, partition: Partition, position: int) -> None:
        """Note how far the consumer is."""
        self._queue.commit(partition.label, self._group, position)
