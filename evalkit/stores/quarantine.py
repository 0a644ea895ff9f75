"""Records that were refused at the door, with their reasons and their bytes: a table of the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evalkit.core.ingesting import Fault, Held, Refused, State

TABLES: Final = (
    """CREATE TABLE quarantine (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        stream TEXT NOT NULL,
        source TEXT NOT NULL,
        partition TEXT NOT NULL,
        label TEXT NOT NULL,
        place INTEGER NOT NULL,      -- offset in the partition
        format TEXT NOT NULL,        -- JSON
        raw BLOB NOT NULL,
        faults TEXT NOT NULL,        -- JSON
        kind TEXT NOT NULL,          -- of the first fault
        field TEXT NOT NULL,
        contract TEXT,
        at TEXT NOT NULL,
        state TEXT NOT NULL,
        edited BLOB,
        UNIQUE (stream, partition, place)
    )""",
    "CREATE INDEX quarantine_by_stream ON quarantine (stream, state, id)",
)
_COLUMNS: Final = "id, stream, source, partition, label, place, format, raw, faults, contract, at, state, edited"


def put(
    db: sqlite3.Connection,
    refused: Sequence[Refused],
    *,
    stream: str,
    source: str,
    partition: str,
    label: str,
    format: str,
    contract: str | None,
    at: str,
) -> None:
    """Keep records within the transaction of `db`."""
    db.executemany(
        "INSERT INTO quarantine (stream, source, partition, label, place, format, raw, faults, kind, field, contract,"
        " at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
        (
            (stream, source, partition, label, one.offset, format, one.raw, *_faults(one.faults), contract, at)
            for one in refused
        ),
    )


def settle(
    db: sqlite3.Connection,
    settled: Mapping[int, State],
    still: Mapping[int, tuple[Fault, ...]],
    edited: Mapping[int, bytes],
    contract: str | None,
) -> None:
    """Note within the transaction of `db` what a replay came to."""
    db.executemany("UPDATE quarantine SET state = ? WHERE id = ?", ((state, id_) for id_, state in settled.items()))
    db.executemany(
        "UPDATE quarantine SET faults = ?, kind = ?, field = ?, contract = ? WHERE id = ?",
        ((*_faults(faults), contract, id_) for id_, faults in still.items()),
    )
    db.executemany("UPDATE quarantine SET edited = ? WHERE id = ?", ((raw, id_) for id_, raw in edited.items()))


def read(db: sqlite3.Connection, stream: str | None, state: State | None, after: int, limit: int | None) -> list[Held]:
    """Records by id."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM quarantine WHERE id > ? AND (? IS NULL OR stream = ?) AND (? IS NULL OR state = ?)"
        " ORDER BY id LIMIT ?",
        (after, stream, stream, state, state, -1 if limit is None else limit),
    )
    return [_held(row) for row in rows]


def counts(db: sqlite3.Connection, stream: str) -> dict[tuple[str, str], int]:
    """(kind of the first fault, its field or "") -> records that wait."""
    rows = db.execute(
        "SELECT kind, field, count(*) FROM quarantine WHERE stream = ? AND state = 'waiting'"
        " GROUP BY kind, field ORDER BY kind, field",
        (stream,),
    )
    return {(kind, field): n for kind, field, n in rows}


def _faults(faults: Sequence[Fault]) -> tuple[str, str, str]:
    text = json.dumps([fault.model_dump(mode="json") for fault in faults])  # ASCII: half a surrogate pair survives
    return text, faults[0].kind, (faults[0].field or "").encode(errors="backslashreplace").decode()


def _held(row: tuple[Any, ...]) -> Held:
    fields = dict(zip(Held._fields, row, strict=True))
    faults = tuple(Fault.model_construct(**fault) for fault in json.loads(fields["faults"]))
    return Held(**{**fields, "faults": faults})
