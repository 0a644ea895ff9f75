"""The workspace as a folder of this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import ANY_RUN, BaselineEvent, RunSummary
from evalkit.stores import baselines, blobs, bundle, evidence, folder, gc
from evalkit.stores.cache import SqliteCache
from evalkit.stores.database import Database
from evalkit.stores.disk import settle, temporary_folder, told
from evalkit.stores.gc import GcPolicy, GcResult
from evalkit.stores.index import RunIndex
from evalkit.stores.journal import FileJournal, journal_path
from evalkit.stores.local_papers import LocalPapers
from evalkit.stores.migrations import CACHE
from evalkit.stores.summary import check_new, check_tags, summarise
from evalkit.stores.times import Clock


class LocalStore(LocalPapers):
    """A `Store` in one folder. Opens lazily: reading needs no right to write."""

    def __init__(self, root: Path, *, clock: Clock = time.time, patience: float = 10.0) -> None:
        """Nothing is read or made yet.

        Args:
            root: the workspace; made by the first write.
            clock: seconds since 1970.
            patience: seconds to wait for another process that has locked a database.
        """
        self.root = root
        self._clock = clock
        self._journals, self._blobs = root / "journals", root / "blobs"
        self._index = RunIndex(root, clock, patience)
        self._cache = SqliteCache(Database(root / "cache.db", "the cache", CACHE, "NORMAL", patience), clock)

    def close(self) -> None:
        """Close the cache's file; everything else is open only while it is used."""
        self._cache.close()

    # ------------------------------------------------------------------------------------------- calls of a run

    def journal(self, key: str) -> FileJournal:
        """The journal of a plan and variant, held until it is closed.

        Raises:
            StoreError: another process holds it; or the workspace cannot be written, or is of a newer version.
        """
        self._index.refuse_newer()
        return FileJournal(journal_path(self._journals, key), key)

    def cache(self) -> SqliteCache:
        """Answers shared by all runs."""
        return self._cache

    # ----------------------------------------------------------------------------------------------------- runs

    def write_run(self, record: Record, tables: Mapping[str, pa.Table | pa.RecordBatchReader]) -> Path:
        """Write a run, whole or not at all; `record.name` is pointed to it and `record.labels` become its tags.

        Args:
            record: what was found.
            tables: name -> columns; a reader is streamed.

        Raises:
            InputError: the run's id, name, labels or time cannot be used, or there is such a run already.
            StoreError: the workspace cannot be written, or is of a newer schema version.
        """
        summary, final = check_new(record), self._index.folder / record.run_id
        self._index.refuse_newer()
        if record.name is not None:
            self._index.view().check_free(record.name)
        if final.exists():
            raise InputError(f"there is already a run {record.run_id!r}", str(final), "Give the new run another id")
        with told(final, "write the run"), temporary_folder(self._index.folder) as filled:
            folder.fill(filled, record, tables)
            settle(filled)
            path = self._index.adopt(filled, summary, record.name, record.labels)
        self._cache.belongs_to(record.run_id)
        return path

    def attach(self, ref: str, name: str, data: bytes) -> Path:
        """Put a derived file, such as report.html, into a run's folder; one of the same name is replaced."""
        return folder.attach(self.path_of(ref), name, data)

    def resolve(self, ref: str) -> str:
        """The run id that `ref` stands for (see `Store`).

        Raises:
            InputError: there is none, or several.
        """
        return self._index.view().resolve(ref)

    def path_of(self, ref: str) -> Path:
        """The folder of a run."""
        return self._index.folder / self.resolve(ref)

    def read_record(self, ref: str) -> Record:
        """A run's record.

        Raises:
            InputError: no such run. StoreError: it was changed, cannot be read, or is of a newer version.
        """
        return folder.load(self.path_of(ref)).record

    def read_records(self, refs: Sequence[str]) -> Iterator[Record | EvalkitError]:
        """The records of many runs, in order, with one look at the index; where one cannot be read, why not."""
        view = self._index.view()
        there = {run.run_id for run in view.runs}
        for ref in refs:
            try:
                yield folder.load(self._index.folder / (ref if ref in there else view.resolve(ref))).record
            except EvalkitError as error:
                yield error

    def read_table(self, ref: str, name: str) -> pa.Table:
        """A run's table: cases, predictions, scores, verdicts.

        Raises:
            InputError: no such run or table. StoreError: it was changed or cannot be read.
        """
        return folder.read_table(self.path_of(ref), name)

    def runs(
        self, *, suite: str | None = None, name: str | None = None, tag: str | None = None, limit: int | None = None
    ) -> list[RunSummary]:
        """The runs that pass the filters, newest first. A folder that is no whole run is warned about and left out."""
        return self._index.view().select(suite, name, tag, limit)

    def verify(self, ref: str) -> list[str]:
        """A sentence for each file of the run that is not as it was written; none when it is whole."""
        path = self.path_of(ref)
        return folder.changes(path, self._index.manifest(path.name))

    def reindex(self) -> int:
        """Make the index again from the folders; gives the number of runs. Names and tags stay."""
        return self._index.rebuild()

    # -------------------------------------------------------------------------------------------- names and tags

    def set_name(self, ref: str, name: str) -> None:
        """Point a name to a run; where it pointed before is kept as history.

        Raises:
            InputError: no such run; or the name cannot be used.
        """
        self._index.point(name, ref)

    def unname(self, name: str) -> None:
        """Let a name point nowhere."""
        self._index.point(name, None)

    def tag(self, ref: str, *tags: str) -> None:
        """Put tags on a run.

        Raises:
            InputError: no such run; or a tag cannot be used.
        """
        check_tags(tags)
        self._index.mark(ref, tags, True)

    def untag(self, ref: str, *tags: str) -> None:
        """Take tags off a run."""
        self._index.mark(ref, tags, False)

    # ------------------------------------------------------------------------------------------------ baselines

    def set_baseline(
        self, name: str, ref: str, *, expect: str | None = ANY_RUN, who: str = "", note: str = ""
    ) -> BaselineEvent:
        """Let a baseline stand on a run, for the run's suite; gives the move (`previous` is where it stood).

        Args:
            name, ref: the baseline and the run.
            expect: the run id that it must stand on now (None: nowhere), so that of two who move it one is refused.
            who, note: kept in its history.

        Raises:
            InputError: no such run, or it broke; the name cannot be used; the baseline stands elsewhere.
        """
        return self._index.move_baseline(name, ref, expect, who, note)

    def remove_baseline(self, name: str, suite: str | None = None, *, who: str = "") -> list[BaselineEvent]:
        """Let a baseline stand nowhere, for one suite or all; its history stays.

        Raises:
            InputError: there is none.
        """
        return self._index.remove_baseline(name, suite, who)

    def baseline(self, name: str, suite: str | None = None) -> str:
        """The id of the run that a baseline stands on.

        Raises:
            InputError: there is none, it holds several suites and none was named, its run is gone, or broke.
        """
        view = self._index.view()
        return baselines.standing(view.runs, view.marks, name, suite)

    def baseline_events(self, name: str | None = None) -> list[BaselineEvent]:
        """Every move of a baseline (or of all), oldest first."""
        return [event for event in self._index.baseline_events() if name in (None, event.name)]

    # ------------------------------------------------------------------------------------------------- removing

    def delete(self, ref: str, *, force: bool = False) -> None:
        """Remove a run.

        Raises:
            InputError: no such run; or it is named, tagged, cited by another run or has evidence, without `force`.
        """
        with self._index.removing() as (view, gone):
            run_id = view.resolve(ref)
            if not force:
                view.check_deletable(run_id)
                evidence.check_deletable(run_id, evidence.files(self._index.folder / run_id))
            gone.append(run_id)

    def gc(self, policy: GcPolicy | None = None, *, dry_run: bool = False) -> GcResult:
        """Remove what the policy does not keep; nothing is removed before everything is decided.

        Raises:
            StoreError: the workspace cannot be written, or a kept run cannot be read.
        """
        policy, now = policy or GcPolicy(), self._clock()
        with told(self.root, "clean the workspace"):
            doomed = gc.decide(self.root, self._index.view().runs, policy, now)
            result = doomed.result(dry_run)
            if dry_run:
                return result
            with self._index.removing() as (view, gone):
                signed = evidence.holders(self._index.folder)
                kept = gc.kept(view.runs, policy, now, signed)  # again: a run may have got a name since
                gone += [run_id for run_id in result.runs if run_id not in kept]
            doomed.remove()
        return result._replace(runs=tuple(gone))

    # -------------------------------------------------------------------------------------------- between machines

    def export_run(self, ref: str, file: Path) -> Path:
        """Write a run into one archive (.tar.gz, .tgz or .zip), the same bytes for the same run.

        Raises:
            InputError: no such run, or another ending. StoreError: the run was changed, or the file cannot be written.
        """
        bundle.pack(self.path_of(ref), file)
        return file

    def import_run(self, file: Path) -> str:
        """Take in a run from an archive; gives its id. One that is here already, the same, gets its evidence only.

        Names and tags are of the workspace that gave them, and do not travel.

        Raises:
            InputError: no archive of a run, damaged, of a newer version; or another run with this id is here.
            StoreError: the workspace cannot be written.
        """
        self._index.refuse_newer()
        with told(self._index.folder, "import the run"), temporary_folder(self._index.folder) as filled:
            run_id = bundle.unpack(file, filled)
            final = self._index.folder / run_id
            if not final.exists():
                settle(filled)
                self._index.adopt(filled, summarise(folder.load(filled).record))
            elif folder.load(final).manifest != folder.load(filled).manifest:
                raise InputError(f"another run {run_id!r} is here already", str(final), "Delete one of the two")
            else:
                for found in evidence.listed(filled):
                    evidence.put(final, found)
        return run_id

    # ---------------------------------------------------------------------------------------------------- blobs

    def put_blob(self, data: bytes) -> str:
        """Keep bytes by content; gives their sha256. A run cites them as `blob:DIGEST`, which `gc` respects."""
        return blobs.put(self._blobs, data)

    def get_blob(self, digest: str) -> bytes:
        """The bytes of a digest, verified.

        Raises:
            InputError: there is no such blob. StoreError: it was changed, or cannot be read.
        """
        return blobs.get(self._blobs, digest)
