"""Rows on their way to the traffic log: one thread commits what came together, then everyone is told at once."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple, TypeVar

from evalkit.core.errors import StoreError
from evalkit.core.traffic import Dropped, Reported, Served, Shadowed
from evalkit.stores.traffic import SqliteTraffic
from evalkit.stores.traffic_writing import Batch, TrafficWriter

__all__ = ["Log", "Receipt"]

T = TypeVar("T")
_AGAIN = 0.5  # seconds between tries while the log cannot be written
_KEPT = 100_000  # rows that are kept for a log that cannot be written
_OF_ROWS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)


class Receipt(NamedTuple):
    """What became of rows.

    Attributes:
        logged: they are on the disk.
        known: ids of requests that the log knew before; their rows were left out.
    """

    logged: bool
    known: frozenset[str] = frozenset()


class _Waiter(NamedTuple):
    future: asyncio.Future[Receipt]
    ids: tuple[str, ...]


class Log:
    """`put` returns when its rows are committed (a group commit: the next batch gathers while one is on its way).

    While the disk is full or the database is locked, rows are kept (the newest 100,000) and tried again, and those who
    wait are told that theirs are not logged yet.

    Attributes:
        trouble: why it cannot be written now, as a sentence; None: it can.
        n_commits, n_lost: batches that were committed; rows that were given up.
    """

    def __init__(self, traffic: SqliteTraffic) -> None:
        self._traffic = traffic
        self._batch, self._waiters = Batch(), list[_Waiter]()
        self._kept = Batch()
        self._wake = threading.Condition()
        self._ended = self._tried_at_end = False
        self._thread: threading.Thread | None = None
        self.trouble: str | None = None
        self.n_commits = self.n_lost = 0

    @property
    def waiting(self) -> int:
        """Rows that are not committed yet."""
        return _rows(self._batch) + _rows(self._kept)

    async def __aenter__(self) -> Log:
        """Raises: StoreError where the log cannot be opened."""
        self._loop = asyncio.get_running_loop()
        with self._traffic.writer():  # migrated, or refused in words, before anyone is served
            pass
        self._thread = threading.Thread(target=self._work, name="evalkit-traffic-log", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Everything that was put is committed, if that can be done."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    async def put(self, requests: Sequence[Served] = (), outcomes: Sequence[Reported] = ()) -> Receipt:
        """Rows that someone waits for."""
        waiter = _Waiter(self._loop.create_future(), tuple(row.id for row in requests))
        with self._wake:
            self._batch.requests.extend(requests)
            self._batch.outcomes.extend(outcomes)
            if self.trouble is not None:  # nobody waits for what may take long: it is tried again all the same
                return Receipt(False)
            self._waiters.append(waiter)
            self._wake.notify()
        return await waiter.future

    def add(self, row: Shadowed | Dropped) -> None:
        """A row that nobody waits for."""
        with self._wake:
            (self._batch.shadows if isinstance(row, Shadowed) else self._batch.drops).append(row)  # type: ignore[arg-type]
            self._wake.notify()

    async def read(self, look: Callable[[SqliteTraffic], T]) -> T:
        """What a look at the log gives, out of the event loop's way."""
        return await asyncio.get_running_loop().run_in_executor(None, look, self._traffic)

    # ------------------------------------------------------------------------------------------------- in the thread

    def _work(self) -> None:
        with ExitStack() as stack:
            writer: TrafficWriter | None = None
            while (taken := self._take()) is not None:
                batch, waiters = taken
                try:
                    writer = writer or stack.enter_context(self._traffic.writer())
                    known, lost = self._put(writer, batch)
                except StoreError as error:
                    writer = None
                    stack.close()
                    self._keep(batch, str(error))
                    self._tell(waiters, None)
                    continue
                self.n_commits += 1
                self.trouble = None
                self._tell(waiters, known, lost)

    def _put(self, writer: TrafficWriter, batch: Batch) -> tuple[set[str], set[str]]:
        """Commit a batch; ids that were known before, and ids of rows that were given up.

        A row that no disk could hold is given up alone: it must not keep the others out for good.

        Raises:
            StoreError: the disk is to blame.
        """
        try:
            return writer.put(batch)[0], set()
        except Exception as error:  # text that is no Unicode, a null: found in a row, by whatever it raises
            if isinstance(error, StoreError) and not isinstance(error.__cause__, _OF_ROWS):
                raise
        known, lost = set[str](), set[str]()
        for name, one in _single(batch):
            try:
                known |= writer.put(one)[0]
            except Exception as error:
                if isinstance(error, StoreError) and not isinstance(error.__cause__, _OF_ROWS):
                    raise
                self.n_lost += 1
                lost.add(name)
        return known, lost

    def _take(self) -> tuple[Batch, list[_Waiter]] | None:
        """What is to be committed next; None at the end."""
        with self._wake:
            if self.trouble is not None:
                self._wake.wait_for(lambda: self._ended, _AGAIN)
            else:
                self._wake.wait_for(lambda: self._ended or self._waiters or _rows(self._batch))
            taken, waiters = _joined(self._kept, self._batch), self._waiters
            self._batch, self._waiters, self._kept = Batch(), [], Batch()
        if self._ended and (self._tried_at_end or not _rows(taken)):
            self.n_lost += _rows(taken)
            self._tell(waiters, None)
            return None
        self._tried_at_end = self._ended and self.trouble is not None
        return taken, waiters

    def _keep(self, batch: Batch, why: str) -> None:
        over = _rows(batch) - _KEPT
        if over > 0:
            self.n_lost += over
            for rows in (batch.shadows, batch.drops, batch.requests, batch.outcomes):
                gone = min(over, len(rows))
                del rows[:gone]
                over -= gone
        with self._wake:
            self._kept, self.trouble = batch, why

    def _tell(self, waiters: Sequence[_Waiter], known: set[str] | None, lost: AbstractSet[str] = frozenset()) -> None:
        def settle() -> None:
            for waiter in waiters:
                if not waiter.future.done():
                    waiter.future.set_result(_receipt(waiter, known, lost))

        if waiters:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(settle)


def _receipt(waiter: _Waiter, known: set[str] | None, lost: AbstractSet[str]) -> Receipt:
    if known is None:
        return Receipt(False)
    return Receipt(lost.isdisjoint(waiter.ids), frozenset(known.intersection(waiter.ids)) if known else frozenset())


def _rows(batch: Batch) -> int:
    return len(batch.requests) + len(batch.shadows) + len(batch.outcomes) + len(batch.drops)


def _single(batch: Batch) -> Iterator[tuple[str, Batch]]:
    """Each row as a batch, with the id of its request."""
    for name in Batch.__slots__:
        for row in getattr(batch, name):
            one = Batch()
            getattr(one, name).append(row)
            yield getattr(row, "id", ""), one


def _joined(first: Batch, then: Batch) -> Batch:
    if not _rows(first):
        return then
    found = Batch()
    for name in Batch.__slots__:
        rows: list[Any] = getattr(found, name)
        rows.extend(getattr(first, name))
        rows.extend(getattr(then, name))
    return found
