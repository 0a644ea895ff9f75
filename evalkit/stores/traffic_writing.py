"""Batches of rows on their way into traffic.db, one transaction each."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from evalkit.core.traffic import REQUESTS, Dropped, Reported, Served, Shadowed
from evalkit.stores.database import transaction
from evalkit.stores.disk import told
from evalkit.stores.traffic_rows import TABLES, micros

__all__ = ["Batch", "TrafficWriter"]


class Batch:
    """Rows that are made durable together."""

    __slots__ = ("drops", "outcomes", "requests", "shadows")

    def __init__(self) -> None:
        self.requests: list[Served] = []
        self.shadows: list[Shadowed] = []
        self.outcomes: list[Reported] = []
        self.drops: list[Dropped] = []


class TrafficWriter:
    """An open connection that puts batches, one transaction each."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db, self._path = db, path

    def put(self, batch: Batch) -> tuple[set[str], int]:
        """Put all rows of a batch or none; they are on the disk when it returns.

        Returns:
            ids of requests that the log knew before (the rows were left out), and how many outcomes were new.

        Raises:
            StoreError: it cannot be written.
        """
        with told(self._path, "write the traffic log"), transaction(self._db):
            known = self._requests(batch.requests)
            self._db.executemany(_insert("shadows"), map(_micros, batch.shadows))
            self._db.executemany(_insert("drops"), map(_micros_first, batch.drops))
            new = sum(self._outcome(row) for row in batch.outcomes)
        return known, new

    def _requests(self, rows: Sequence[Served]) -> set[str]:
        if not rows:
            return set()
        before = self._db.total_changes
        self._db.execute("SAVEPOINT rows")
        self._db.executemany(_REQUEST, map(_micros, rows))
        if self._db.total_changes - before == len(rows):
            return set()
        # Rare: which ones were known is only seen one by one.
        self._db.execute("ROLLBACK TO rows")
        return {row.id for row in rows if self._db.execute(_REQUEST, _micros(row)).rowcount == 0}

    def _outcome(self, row: Reported) -> int:
        at = micros(row.at)  # what was told before that time, however late this row arrives
        return self._db.execute(_OUTCOME, (*_micros(row), row.value, row.id, row.kind, row.who, at)).rowcount


def _insert(table: str) -> str:
    names = [name for name in TABLES[table] if name != "seq"]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


# What was sealed is known, too. The numbered `?1` is the id.
_REQUEST: Final = (
    f"INSERT INTO requests ({', '.join(n for n in REQUESTS if n != 'seq')}) "
    f"SELECT {', '.join(f'?{i + 1}' for i in range(len(REQUESTS) - 1))} "
    "WHERE NOT EXISTS (SELECT 1 FROM sealed WHERE id = ?1) ON CONFLICT (id) DO NOTHING"
)
_OUTCOME: Final = (
    "INSERT INTO outcomes (id, at, kind, value, who) SELECT ?, ?, ?, ?, ? WHERE ? IS NOT "
    "(SELECT value FROM outcomes WHERE id = ? AND kind = ? AND who = ? AND at <= ? ORDER BY at DESC, seq DESC LIMIT 1)"
)


def _micros(row: Sequence[Any]) -> tuple[Any, ...]:
    return (row[0], micros(row[1]), *row[2:])


def _micros_first(row: Sequence[Any]) -> tuple[Any, ...]:
    return (micros(row[0]), *row[1:])
