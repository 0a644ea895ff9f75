"""Opening SQLite: for writing (created, WAL, migrated), or for reading even where nothing can be written."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from evalkit.stores.disk import make_folder, sqlite_kind, told
from evalkit.stores.migrations import Migration, migrate, refuse_newer


@dataclass(frozen=True)
class Database:
    """One SQLite file of the workspace.

    Attributes:
        path: the file; created by the first write.
        what: its name in sentences.
        steps: its schema.
        synchronous: FULL where a commit must survive a power cut, NORMAL where it may be lost.
        patience: seconds to wait for another process's lock.
    """

    path: Path
    what: str
    steps: Sequence[Migration]
    synchronous: Literal["FULL", "NORMAL"]
    patience: float = 10.0

    def connect(self, at: str) -> sqlite3.Connection:
        """A connection for writing, in autocommit mode; the schema is today's. The caller closes it.

        Raises:
            StoreError: it cannot be written, or is of a newer schema version.
        """
        with told(self.path, f"write {self.what}"):
            make_folder(self.path.parent)
            db = sqlite3.connect(self.path, timeout=self.patience, isolation_level=None, check_same_thread=False)
            try:
                self._use_wal(db)
                db.execute(f"PRAGMA synchronous = {self.synchronous}")
                migrate(db, self.steps, self.path, at)
            except BaseException:
                db.close()
                raise
            return db

    @contextmanager
    def writing(self, at: str) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back by an exception."""
        with closing(self.connect(at)) as db, told(self.path, f"write {self.what}"):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                if db.in_transaction:  # SQLite itself rolls back when the disk is full
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection that writes nothing; None where there is no database yet, or an empty one.

        Raises:
            StoreError: it cannot be read, or is of a newer schema version.
        """
        if not self._is_there():
            yield None
            return
        with ExitStack() as stack, told(self.path, f"read {self.what}"):
            db = self._reader(stack)
            yield db if refuse_newer(db, self.steps, self.path) else None

    def _is_there(self) -> bool:
        with told(self.path, f"read {self.what}"):
            try:
                return self.path.stat().st_size > 0
            except FileNotFoundError:
                return False

    def _reader(self, stack: ExitStack) -> sqlite3.Connection:
        try:
            return stack.enter_context(closing(self._open_to_read(self.path)))
        except sqlite3.OperationalError as error:
            if sqlite_kind(error) not in ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR"):
                raise
        # WAL needs a -shm file beside the database. Where none can be made, as on a full disk, a copy (with its -wal)
        # is read instead.
        spare = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for file in (self.path, self.path.with_name(self.path.name + "-wal")):
            if file.exists():
                shutil.copyfile(file, spare / file.name)
        return stack.enter_context(closing(self._open_to_read(spare / self.path.name)))

    def _open_to_read(self, path: Path) -> sqlite3.Connection:
        # Not mode=ro: such a connection makes a -wal and a -shm file as well, and cannot remove them at the end.
        db = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True, timeout=self.patience)
        try:
            db.execute("PRAGMA query_only = ON")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            db.close()
            raise
        return db

    def _use_wal(self, db: sqlite3.Connection) -> None:
        """Switch once. SQLite does not wait when two processes switch a new file at once, so the folder's lock does."""
        if db.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            db.execute("PRAGMA journal_mode = WAL")
        finally:
            os.close(folder)


@contextmanager
def transaction(db: sqlite3.Connection, *, keep: bool = True) -> Iterator[None]:
    """What is done inside is done as a whole or not at all; without `keep` it is only tried."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT" if keep else "ROLLBACK")
    except BaseException:
        if db.in_transaction:  # SQLite itself rolls back when the disk is full
            db.execute("ROLLBACK")
        raise
