"""The runs of a workspace: folders are the truth, registry.db indexes them and keeps names and tags."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from evalkit.core.digest import digest_file
from evalkit.core.errors import EvalkitError
from evalkit.core.protocols import BaselineEvent, RunSummary
from evalkit.stores import baselines, folder, registry
from evalkit.stores.database import Database
from evalkit.stores.disk import StoreWarning, place, put_away, told
from evalkit.stores.marks import Marks
from evalkit.stores.migrations import REGISTRY
from evalkit.stores.summary import View, summarise
from evalkit.stores.times import Clock, iso


class RunIndex:
    """What runs there are. Reading writes nothing; each write catches up with runs copied in or removed by hand."""

    def __init__(self, root: Path, clock: Clock, patience: float) -> None:
        """Nothing is opened yet; the arguments are those of `LocalStore`."""
        self.folder = root / "runs"
        self._clock = clock
        self._database = Database(root / "registry.db", "the registry", REGISTRY, "FULL", patience)

    def view(self) -> View:
        """All runs as they are now. A folder that is no whole run is warned about and left out.

        Raises:
            StoreError: the workspace cannot be read, or is of a newer schema version.
        """
        with self._database.reading() as db:
            return self._view(db)

    def refuse_newer(self) -> None:
        """Look whether this evalkit may write here.

        Raises:
            StoreError: the workspace cannot be read, or is of a newer schema version.
        """
        with self._database.reading():
            return

    def manifest(self, run_id: str) -> str | None:
        """The digest of a run's manifest when it was indexed; None where the index does not know the run."""
        with self._database.reading() as db:
            return registry.read_manifest(db, run_id) if db else None

    def adopt(self, filled: Path, summary: RunSummary, name: str | None = None, tags: Sequence[str] = ()) -> Path:
        """Let a settled folder appear as a run, together with its index line, name and tags; gives its place."""
        final, manifest = self.folder / summary.run_id, digest_file(filled / folder.MANIFEST)
        with self._changing() as db:
            registry.index(db, {summary: manifest})
            if name is not None:
                registry.point(db, name, summary.run_id, self._now())
            for tag in dict.fromkeys(tags):
                registry.mark(db, summary.run_id, tag, True, self._now())
            with told(final, "write the run"):
                place(filled, final)
        return final

    def point(self, name: str, ref: str | None) -> None:
        """Point a name to a run, or nowhere.

        Raises:
            InputError: no such run; or the name cannot be used.
        """
        with self._changing() as db:
            view = self._view(db)
            view.check_free(name)
            run_id = None if ref is None else view.resolve(ref)
            if view.marks.names.get(name) != run_id:
                registry.point(db, name, run_id, self._now())

    def mark(self, ref: str, tags: Iterable[str], present: bool) -> None:
        """Put tags on a run, or take them off.

        Raises:
            InputError: no such run.
        """
        with self._changing() as db:
            view = self._view(db)
            run_id = view.resolve(ref)
            for tag in dict.fromkeys(tags):
                if (tag in view.marks.tags.get(run_id, [])) != present:
                    registry.mark(db, run_id, tag, present, self._now())

    def move_baseline(self, name: str, ref: str, expect: str | None, who: str, note: str) -> BaselineEvent:
        """Let a baseline stand on a run, if it stands where it is expected to.

        Raises:
            InputError: no such run, or it broke; the name cannot be used; the baseline stands elsewhere.
        """
        with self._changing() as db:
            view = self._view(db)
            run = view.find(ref)
            event = BaselineEvent(name, run.suite, run.run_id, run.run_id, self._now(), who, note)
            change = baselines.moved(view.runs, view.marks, event, expect)
            if change is not None:
                registry.move(db, change)
            return change or event

    def remove_baseline(self, name: str, suite: str | None, who: str) -> list[BaselineEvent]:
        """Let a baseline stand nowhere, for one suite or all.

        Raises:
            InputError: there is none.
        """
        with self._changing() as db:
            events = baselines.removed(registry.read_marks(db), name, suite, self._now(), who)
            for event in events:
                registry.move(db, event)
            return events

    def baseline_events(self) -> list[BaselineEvent]:
        """Every move of every baseline, oldest first."""
        with self._database.reading() as db:
            return registry.baseline_events(db) if db else []

    @contextmanager
    def removing(self) -> Iterator[tuple[View, list[str]]]:
        """A view that holds while the caller adds run ids to the list; then these runs disappear, together."""
        gone: list[str] = []
        with self._changing() as db:
            yield self._view(db), gone
            registry.forget(db, gone, self._now())
            with told(self.folder, "remove the run"):
                away = [put_away(self.folder / run_id) for run_id in gone]
        with told(self.folder, "remove the run"):
            for path in away:
                shutil.rmtree(path)

    def rebuild(self) -> int:
        """Read every folder again, as if the index were lost; gives the number of runs."""
        with self._database.writing(self._now()) as db:
            db.execute("DELETE FROM runs")
            self._catch_up(db)
            return len(registry.indexed(db))

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._database.writing(self._now()) as db:
            self._catch_up(db)
            yield db

    def _catch_up(self, db: Connection) -> None:
        known, there = registry.indexed(db), set(folder.folders(self.folder))
        registry.drop(db, known - there)
        registry.index(db, dict(self._read(there - known)))

    def _view(self, db: Connection | None) -> View:
        known = registry.read_index(db) if db else {}
        there = set(folder.folders(self.folder))
        unknown = [summary for summary, _ in self._read(there - known.keys())]
        marks = registry.read_marks(db) if db else Marks()
        return View.of([run for run_id, run in known.items() if run_id in there] + unknown, marks)

    def _read(self, run_ids: Iterable[str]) -> Iterator[tuple[RunSummary, str]]:
        """Summary and manifest digest of runs that the index does not know."""
        for run_id in sorted(run_ids):
            try:
                loaded = folder.load(self.folder / run_id)
                if loaded.record.run_id == run_id:
                    yield summarise(loaded.record), loaded.manifest
                    continue
                why = f"its record is of run {loaded.record.run_id!r}"
            except EvalkitError as error:
                why = str(error)
            warnings.warn(f"{self.folder / run_id} is left out of the list of runs: {why}", StoreWarning, stacklevel=2)

    def _now(self) -> str:
        return iso(self._clock())
