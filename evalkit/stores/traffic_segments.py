"""Old rows of the traffic log in Parquet segments. A segment counts once the database names it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import pyarrow as pa

from evalkit.core.errors import StoreError
from evalkit.core.traffic import Served
from evalkit.stores.disk import make_folder, sync_path, temporary_beside, told
from evalkit.stores.traffic_rows import chunks, micros, schema_of

__all__ = ["EVER", "SEALED", "Segments", "segments"]

SEALED: Final = ("requests", "shadows")  # what grows with traffic
EVER: Final = (-(2**62), 2**62)
_SEGMENT: Final = 500_000  # rows of a segment at most


class Segments:
    """The Parquet files of one log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, span: tuple[int, int], after: int) -> pa.Table:
        """Rows of a segment; `span` is [from, until) in microseconds.

        Raises:
            StoreError: it is gone or damaged.
        """
        import pyarrow.compute as pc
        from pyarrow import parquet

        path = self.folder / name
        with told(path, "read a segment of the traffic log"):
            try:
                table = parquet.read_table(path)
            except (pa.ArrowInvalid, FileNotFoundError) as error:
                raise StoreError(
                    "a segment of the traffic log is gone or damaged", str(path), "Restore it from a copy"
                ) from error
        at = table["at"].cast(pa.int64())
        inside = pc.and_(pc.greater_equal(at, span[0]), pc.less(at, span[1]))
        return table.filter(pc.and_(inside, pc.greater(table["seq"], after)))

    def find(self, db: sqlite3.Connection, request: str) -> Served | None:
        """The row of a request that was sealed."""
        import pyarrow.compute as pc

        for name in segments(db, "requests", EVER, 0):
            table = self.read(name, EVER, 0)
            row = table.filter(pc.equal(table["id"], request)).drop_columns(["seq"]).to_pylist()
            if row:
                return Served(**{**row[0], "at": row[0]["at"].timestamp()})
        return None

    def seal(self, db: sqlite3.Connection, table: str, before: float, at_least: int) -> int:
        """Move the oldest rows of a table from before a time, in seconds since 1970, into a segment; how many."""
        schema = schema_of(table)
        rows = db.execute(
            f"SELECT {', '.join(schema.names)} FROM {table} WHERE at < ? ORDER BY seq LIMIT {_SEGMENT}",
            (micros(before),),
        )
        found = pa.concat_tables([schema.empty_table(), *chunks(rows, schema)])
        if len(found) < max(1, at_least):
            return 0
        at, last = found["at"].cast(pa.int64()).to_numpy(), found["seq"][-1].as_py()
        name, old = self._write(table, found), (micros(before), last)
        db.execute(
            "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)",
            (name, table, int(at.min()), int(at.max()), last, len(found)),
        )
        if table == "requests":
            db.execute("INSERT INTO sealed SELECT id FROM requests WHERE at < ? AND seq <= ?", old)
        db.execute(f"DELETE FROM {table} WHERE at < ? AND seq <= ?", old)
        return len(found)

    def _write(self, table: str, rows: pa.Table) -> str:
        from pyarrow import parquet

        make_folder(self.folder)
        name = f"{table}-{rows['seq'][0].as_py():012d}-{rows['seq'][-1].as_py():012d}-{len(rows)}.parquet"
        temporary = temporary_beside(self.folder / name)
        try:
            parquet.write_table(rows, temporary, compression="zstd")
            sync_path(temporary)
            temporary.replace(self.folder / name)
        finally:
            temporary.unlink(missing_ok=True)
        sync_path(self.folder)
        return name


def segments(db: sqlite3.Connection, table: str, span: tuple[int, int], after: int) -> list[str]:
    """Names of those that hold rows of a span of time behind place `after`, oldest first."""
    rows = db.execute(
        "SELECT name FROM segments WHERE kind = ? AND newest >= ? AND oldest < ? AND last > ? ORDER BY last",
        (table, *span, after),
    )
    return [name for (name,) in rows]
