"""registry.db: the index of runs, and the events behind names and tags."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from evalkit.core.protocols import BaselineEvent, RunSummary
from evalkit.stores.marks import Marks
from evalkit.stores.summary import from_json


def read_marks(db: sqlite3.Connection) -> Marks:
    """Names, tags and baselines, from their events in order."""
    marks = Marks()
    for name, run_id in db.execute("SELECT name, run_id FROM name_events ORDER BY seq"):
        marks.point(name, run_id)
    for run_id, tag, present in db.execute("SELECT run_id, tag, present FROM tag_events ORDER BY seq"):
        marks.mark(run_id, tag, bool(present))
    for event in baseline_events(db):
        marks.move(event)
    return marks


def baseline_events(db: sqlite3.Connection) -> list[BaselineEvent]:
    """Every move of a baseline, oldest first."""
    # Reading does not migrate: an older workspace has no such table yet.
    if not db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'baseline_events'").fetchone()[0]:
        return []
    columns = ", ".join(BaselineEvent._fields)
    return [BaselineEvent(*row) for row in db.execute(f"SELECT {columns} FROM baseline_events ORDER BY seq")]


def move(db: sqlite3.Connection, event: BaselineEvent) -> None:
    """Add a baseline event."""
    columns, values = ", ".join(event._fields), ", ".join("?" * len(event))
    db.execute(f"INSERT INTO baseline_events ({columns}) VALUES ({values})", event)


def read_index(db: sqlite3.Connection) -> dict[str, RunSummary]:
    """Run id -> summary, without names and tags, in the order in which they were stored."""
    rows = db.execute("SELECT run_id, summary FROM runs ORDER BY rowid")
    return {run_id: from_json(json.loads(text)) for run_id, text in rows}


def indexed(db: sqlite3.Connection) -> set[str]:
    """The run ids that the index knows."""
    return {run_id for (run_id,) in db.execute("SELECT run_id FROM runs")}


def read_manifest(db: sqlite3.Connection, run_id: str) -> str | None:
    """The digest that the run's manifest had when it was indexed."""
    row = db.execute("SELECT manifest FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    return None if row is None else str(row[0])


def index(db: sqlite3.Connection, runs: Mapping[RunSummary, str]) -> None:
    """Add or replace index lines; the values are digests of manifests."""
    db.executemany(
        "INSERT OR REPLACE INTO runs VALUES (?, ?, ?)",
        [
            (run.run_id, manifest, json.dumps(run._replace(names=(), tags=(), baselines=())._asdict()))
            for run, manifest in runs.items()
        ],
    )


def drop(db: sqlite3.Connection, run_ids: Iterable[str]) -> None:
    """Drop index lines; names and tags stay, for the folder may come back."""
    db.executemany("DELETE FROM runs WHERE run_id = ?", [(run_id,) for run_id in run_ids])


def forget(db: sqlite3.Connection, run_ids: Sequence[str], at: str) -> None:
    """Drop the index lines of these runs, and free their names and tags."""
    drop(db, run_ids)
    marks = read_marks(db)
    for name, target in marks.names.items():
        if target in run_ids:
            point(db, name, None, at)
    for run_id in run_ids:
        for tag in marks.tags.get(run_id, []):
            mark(db, run_id, tag, False, at)


def point(db: sqlite3.Connection, name: str, run_id: str | None, at: str) -> None:
    """Add a name event."""
    db.execute("INSERT INTO name_events (name, run_id, at) VALUES (?, ?, ?)", (name, run_id, at))


def mark(db: sqlite3.Connection, run_id: str, tag: str, present: bool, at: str) -> None:
    """Add a tag event."""
    db.execute("INSERT INTO tag_events (run_id, tag, present, at) VALUES (?, ?, ?, ?)", (run_id, tag, int(present), at))
