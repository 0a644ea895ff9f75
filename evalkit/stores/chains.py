"""Hash-chained events in registry.db, pointers that move with them, and the heads that are kept beside the database."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.chain import Anchor, Conflict, Move, broken, head_of
from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError, StoreError
from evalkit.core.versions import Event
from evalkit.stores.database import Database
from evalkit.stores.heads import Heads
from evalkit.stores.migrations import REGISTRY
from evalkit.stores.times import Clock, iso

_LOOKS = (0.0, 0.05, 0.2)  # seconds between looks at heads that are not there
_FIELDS = "chain, seq, at, kind, who, data, previous, head"


class SqliteChains:
    """`core.chain.Chains` in the workspace.

    The newest head of each chain is also a line of `anchors/CHAIN.jsonl`: whoever rebuilds a chain in the database has
    to forge that file too, and the copy of it that went into git, a report or a log.
    """

    def __init__(self, root: Path, *, clock: Clock = time.time, patience: float = 30.0) -> None:
        """Nothing is opened yet.

        Args:
            root: the workspace.
            clock: seconds since 1970.
            patience: seconds to wait for another process that writes.
        """
        self.folder = root / "anchors"
        self._heads = Heads(self.folder)
        self._clock = clock
        self._database = Database(root / "registry.db", "the registry", REGISTRY, "FULL", patience)

    def append(
        self,
        chain: str,
        kind: str,
        data: Mapping[str, Any],
        *,
        who: str = "",
        moves: Sequence[Move] = (),
        check: Callable[[Sequence[Event]], None] | None = None,
    ) -> Event:
        """Add an event and move pointers, both or neither.

        Args:
            chain: its name.
            kind: of the event, a word.
            data: JSON.
            who: did it.
            moves: pointers of the chain, each refused unless it stands where it is expected.
            check: is given all events so far within the transaction, and raises what speaks against it.

        Raises:
            Conflict: a pointer stands elsewhere. InputError: `data` is no JSON. StoreError: it cannot be written.
        """
        at = iso(self._clock())
        try:
            text = canonical_json(
                {**data, "moves": {move.pointer: move.value for move in moves}} if moves else dict(data)
            )
        except ValueError as error:
            raise InputError(f"an event of {chain} holds what is no JSON: {error}") from None
        with self._heads.opened(chain) as beside:
            with self._database.writing(at) as db:
                if check is not None:
                    check(_read(db, chain))
                for move in moves:
                    _swap(db, chain, move)
                last = db.execute(
                    "SELECT seq, head FROM chain_events WHERE chain = ? ORDER BY seq DESC LIMIT 1", (chain,)
                ).fetchone()
                seq, previous = (last[0] + 1, last[1]) if last else (1, None)
                fields = {
                    "chain": chain,
                    "seq": seq,
                    "at": at,
                    "kind": kind,
                    "who": who,
                    "data": json.loads(text),
                    "previous": previous,
                }
                event = Event(**fields, head=head_of(fields))
                db.execute(
                    f"INSERT INTO chain_events ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (chain, seq, at, kind, who, text, previous, event.head),
                )
                unwritten = _unwritten(db, event, beside.last)
            # After the commit: a head of an event that never was would look like a chain that was cut. What a kill
            # between the two leaves out comes with the next event.
            self._heads.add(beside, chain, unwritten)
        return event

    def events(self, chain: str, *, after: int = 0) -> list[Event]:
        """The events of a chain behind place `after`, oldest first."""
        with self._database.reading() as db:
            return _read(db, chain, after) if db and _has(db) else []

    def chains(self, beginning: str = "") -> list[str]:
        """Names of the chains that begin so, sorted."""
        with self._database.reading() as db:
            rows = db.execute("SELECT DISTINCT chain FROM chain_events ORDER BY chain") if db and _has(db) else ()
            return [name for (name,) in rows if isinstance(name, str) and name.startswith(beginning)]

    def anchored(self, beginning: str = "") -> list[str]:
        """Names of the chains of which a head was written down beside the database: one may be gone there."""
        return self._heads.names(beginning)

    def pointers(self, chain: str) -> dict[str, str]:
        """Name -> where it stands; a name that stands nowhere is not there."""
        with self._database.reading() as db:
            return _pointers(db, chain) if db and _has(db) else {}

    def anchors(self, chain: str) -> list[Anchor]:
        """Heads that were written down beside the database, oldest first. A line that was cut short is none."""
        return self._heads.read(chain)

    def verify(self, chain: str, also: Sequence[Anchor] = ()) -> list[str]:
        """What is wrong with a chain and its pointers, as sentences; empty where nothing is.

        Args:
            chain: its name.
            also: heads that were written down elsewhere.
        """
        written = [*self.anchors(chain), *(anchor for anchor in also if anchor.chain == chain)]
        try:
            events, stand = self._at_once(chain)
        except StoreError as error:
            return [error.what]
        found = broken(events, sorted(set(written), key=lambda anchor: anchor.seq))
        found += self._unwritten(chain, events)
        told_by_events = replay(events)
        for name in sorted(set(stand) | set(told_by_events), key=str):  # names of strangers may be bytes
            if stand.get(name) != told_by_events.get(name):
                said = told_by_events.get(name)
                found.append(f"the pointer {name} of {chain} stands on {stand.get(name)}, and the events say {said}")
        return found

    def _at_once(self, chain: str) -> tuple[list[Event], dict[str, str]]:
        """Events and pointers of one moment. Heads are read before: another process may write in between."""
        with self._database.reading() as db:
            if db is None or not _has(db):
                return [], {}
            db.execute("BEGIN")
            return _read(db, chain), _pointers(db, chain)

    def _unwritten(self, chain: str, events: Sequence[Event]) -> list[str]:
        """That heads are not beside the database, as a rebuilt chain would like; the last may be on its way."""
        missing: list[int] = []
        for pause in _LOOKS:  # other processes may be about to write theirs
            time.sleep(pause)
            written = {anchor.seq for anchor in self.anchors(chain)}
            missing = [event.seq for event in events[:-1] if event.seq not in written]
            if not missing:
                return []
        what = f"the heads of {len(missing)} of {len(events)} events of {chain}, the first of event {missing[0]},"
        return [f"{what} are not in {self._heads.file(chain).name}: it was cut, changed or removed"]


def _unwritten(db: sqlite3.Connection, event: Event, last: int | None) -> list[tuple[int, str]]:
    """Places and heads that are to be written down: those behind the last one, up to the event."""
    after = event.seq - 2 if last is None else min(last, event.seq - 1)
    rows = db.execute("SELECT seq, head FROM chain_events WHERE chain = ? AND seq > ?", (event.chain, after))
    return sorted(rows.fetchall())


def replay(events: Iterable[Event]) -> dict[str, str]:
    """Where the pointers of a chain stand after its events, told by the events alone."""
    stand: dict[str, str] = {}
    for event in events:
        moves = event.data.get("moves")
        for name, value in moves.items() if isinstance(moves, dict) else ():
            if value is None:
                stand.pop(name, None)
            else:
                stand[name] = value
    return stand


def _has(db: sqlite3.Connection) -> bool:
    # Reading does not migrate: an older workspace has no such table yet.
    return bool(db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'chain_events'").fetchone()[0])


def _read(db: sqlite3.Connection, chain: str, after: int = 0) -> list[Event]:
    rows = db.execute(f"SELECT {_FIELDS} FROM chain_events WHERE chain = ? AND seq > ? ORDER BY seq", (chain, after))
    return [_event(chain, row) for row in rows]


def _event(chain: str, row: tuple[Any, ...]) -> Event:
    fields = dict(zip(_FIELDS.split(", "), row, strict=True))
    try:
        return Event(**{**fields, "data": json.loads(fields["data"])})
    except ValueError as error:  # pydantic's and json's
        raise StoreError(
            f"event {fields['seq']} of {chain} was changed after it was written: it cannot be read",
            remedy="Restore registry.db from a copy",
        ) from error


def _pointers(db: sqlite3.Connection, chain: str) -> dict[str, str]:
    return dict(db.execute("SELECT name, value FROM chain_pointers WHERE chain = ? ORDER BY name", (chain,)))


def _swap(db: sqlite3.Connection, chain: str, move: Move) -> None:
    found = db.execute(
        "SELECT value FROM chain_pointers WHERE chain = ? AND name = ?", (chain, move.pointer)
    ).fetchone()
    stands = found[0] if found else None
    if stands != move.expected:
        said = [f"on {value}" if value is not None else "nowhere" for value in (stands, move.expected)]
        raise Conflict(
            f"{move.pointer} stands {said[0]}, and was expected {said[1]}: someone else moved it",
            chain,
            "Look at what they did, then decide again",
        )
    if move.value is None:
        db.execute("DELETE FROM chain_pointers WHERE chain = ? AND name = ?", (chain, move.pointer))
    else:
        db.execute("INSERT OR REPLACE INTO chain_pointers VALUES (?, ?, ?)", (chain, move.pointer, move.value))
