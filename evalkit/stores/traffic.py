"""traffic.db: requests, shadows and outcomes, durable in batches; old rows are sealed into Parquet segments."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from evalkit.core.traffic import REQUESTS, Reported, Served, Shadowed
from evalkit.stores.database import Database
from evalkit.stores.migrations import TRAFFIC
from evalkit.stores.times import Clock, iso
from evalkit.stores.traffic_rows import chunks, micros, schema_of
from evalkit.stores.traffic_segments import EVER, SEALED, Segments, segments
from evalkit.stores.traffic_writing import Batch, TrafficWriter

__all__ = ["SqliteTraffic", "schema_of"]

_KNOWN: Final = "SELECT EXISTS (SELECT 1 FROM requests WHERE id = ?) OR EXISTS (SELECT 1 FROM sealed WHERE id = ?)"


class SqliteTraffic:
    """`core.traffic.Traffic` in the workspace."""

    def __init__(self, root: Path, *, clock: Clock = time.time, patience: float = 30.0) -> None:
        """Nothing is opened yet.

        Args:
            root: the workspace.
            clock: seconds since 1970.
            patience: seconds to wait for another process that writes.
        """
        self.segments = Segments(root / "traffic")
        self._clock = clock
        self._database = Database(root / "traffic.db", "the traffic log", TRAFFIC, "FULL", patience)

    def requests(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table:
        """What users asked and got."""
        return self._read("requests", since, until, after)

    def shadows(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table:
        """What other systems said to the same requests; several rows an id where there are several shadows."""
        return self._read("shadows", since, until, after)

    def outcomes(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table:
        """What was told about requests; the newest row of an id and kind counts."""
        return self._read("outcomes", since, until, after)

    def drops(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table:
        """How often shadows were not asked."""
        return self._read("drops", since, until, after)

    @contextmanager
    def writer(self) -> Iterator[TrafficWriter]:
        """A connection for many batches; one thread at a time uses it."""
        with closing(self._database.connect(iso(self._clock()))) as db:
            yield TrafficWriter(db, self._database.path)

    def put_requests(self, rows: Iterable[Served]) -> set[str]:
        """Put requests; the ids that the log knew before, whose rows were left out. The first answer stands."""
        batch = Batch()
        batch.requests.extend(rows)
        return self._put(batch)[0]

    def put_shadows(self, rows: Iterable[Shadowed]) -> None:
        """Put what shadows said."""
        batch = Batch()
        batch.shadows.extend(rows)
        self._put(batch)

    def put_outcomes(self, rows: Iterable[Reported]) -> int:
        """Put what became of requests; how many were new: what the same person told last is not put again."""
        batch = Batch()
        batch.outcomes.extend(rows)
        return self._put(batch)[1]

    def put_outcome(self, row: Reported) -> bool:
        """As `put_outcomes`, of one."""
        return self.put_outcomes([row]) == 1

    def known(self, ids: Iterable[str]) -> set[str]:
        """Of these ids, those of requests in the log, sealed or not."""
        with self._database.reading() as db:
            if db is None:
                return set()
            return {i for i in set(ids) if db.execute(_KNOWN, (i, i)).fetchone()[0]}

    def find(self, request: str) -> Served | None:
        """The row of a request; None where there is none."""
        names = [name for name in REQUESTS if name != "seq"]
        with self._database.reading() as db:
            if db is None or not db.execute(_KNOWN, (request, request)).fetchone()[0]:
                return None
            row = db.execute(f"SELECT {', '.join(names)} FROM requests WHERE id = ?", (request,)).fetchone()
            if row is not None:
                return Served(*row)._replace(at=row[1] / 1e6)
            return self.segments.find(db, request)

    def seal(self, before: float, *, at_least: int = 1) -> int:
        """Move old requests and shadows into Parquet segments: smaller, and quicker to read.

        Args:
            before: seconds since 1970; rows that arrived earlier are moved.
            at_least: rows of a table; fewer stay where they are.

        Returns:
            How many rows were moved. A kill leaves all of them in one place: the segment counts once it is registered.
        """
        moved = 0
        for table in SEALED:
            while found := self._seal(table, before, at_least):
                moved += found
        return moved

    def _seal(self, table: str, before: float, at_least: int) -> int:
        with self._database.writing(iso(self._clock())) as db:
            return self.segments.seal(db, table, before, at_least)

    def _put(self, batch: Batch) -> tuple[set[str], int]:
        with self.writer() as writer:
            return writer.put(batch)

    def _read(self, table: str, since: float | None, until: float | None, after: int) -> pa.Table:
        schema = schema_of(table)
        span = (EVER[0] if since is None else micros(since), EVER[1] if until is None else micros(until))
        with self._database.reading() as db:
            if db is None:
                return schema.empty_table()
            db.execute("BEGIN")  # segments and rows as of one moment
            sealed = [t for name in segments(db, table, span, after) if len(t := self.segments.read(name, span, after))]
            rows = db.execute(
                f"SELECT {', '.join(schema.names)} FROM {table} WHERE at >= ? AND at < ? AND seq > ? ORDER BY seq",
                (*span, after),
            )
            live = list(chunks(rows, schema))
        found = pa.concat_tables([schema.empty_table(), *sealed, *live])
        return found.sort_by("seq") if sealed else found
