"""A `Store` that forgets: for tests, and for runs of which nothing is to be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from evalkit.core.digest import digest_bytes
from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.evidence import Evidence
from evalkit.core.nouns import Certificate, Record
from evalkit.core.protocols import ANY_RUN, Answer, BaselineEvent, RunSummary
from evalkit.stores import baselines, evidence
from evalkit.stores.blobs import check_digest
from evalkit.stores.certificates import chosen, newest_first
from evalkit.stores.folder import check_file_name
from evalkit.stores.marks import Marks
from evalkit.stores.memory_answers import MemoryCache, MemoryJournal
from evalkit.stores.summary import View, check_new, check_tags, summarise


class MemoryStore:
    """A `Store` in dicts. Paths that it returns are labels: nothing is on the disk."""

    def __init__(self) -> None:
        """Empty."""
        self._journals: dict[str, dict[tuple[str, int], Answer]] = {}
        self._open_journals: set[str] = set()
        self._cache = MemoryCache()
        self._records: dict[str, Record] = {}
        self._tables: dict[str, dict[str, pa.Table]] = {}
        self._attached: dict[tuple[str, str], bytes] = {}
        self._blobs: dict[str, bytes] = {}
        self._certificates: dict[str, Certificate] = {}
        self._evidence: dict[str, dict[str, Evidence]] = {}
        self._marks = Marks()
        self._events: list[BaselineEvent] = []

    def journal(self, key: str) -> MemoryJournal:
        """The journal of a plan and variant, held until it is closed."""
        return MemoryJournal(self._journals, self._open_journals, key)

    def cache(self) -> MemoryCache:
        """Answers shared by all runs."""
        return self._cache

    def write_run(self, record: Record, tables: Mapping[str, pa.Table | pa.RecordBatchReader]) -> Path:
        """Keep a run.

        Raises:
            InputError: the run's id, name, labels or time cannot be used, or there is such a run already.
        """
        check_new(record)
        run_id = record.run_id
        if record.name is not None:
            self._view().check_free(record.name)
        if run_id in self._records:
            raise InputError(f"there is already a run {run_id!r}", remedy="Give the new run another id")
        kept = {name: rows if isinstance(rows, pa.Table) else rows.read_all() for name, rows in tables.items()}
        self._records[run_id], self._tables[run_id] = record, kept
        if record.name is not None:
            self._marks.point(record.name, run_id)
        for tag in record.labels:
            self._marks.mark(run_id, tag, True)
        return Path("memory") / run_id

    def attach(self, ref: str, name: str, data: bytes) -> Path:
        """Put a derived file beside a run."""
        check_file_name(name)
        run_id = self.resolve(ref)
        self._attached[run_id, name] = data
        return Path("memory") / run_id / name

    def resolve(self, ref: str) -> str:
        """The run id that `ref` stands for."""
        return self._view().resolve(ref)

    def read_record(self, ref: str) -> Record:
        """A run's record."""
        return self._records[self.resolve(ref)]

    def read_records(self, refs: Sequence[str]) -> Iterator[Record | EvalkitError]:
        """The records of many runs, in order; where there is none, why not."""
        for ref in refs:
            try:
                yield self.read_record(ref)
            except EvalkitError as error:
                yield error

    def read_table(self, ref: str, name: str) -> pa.Table:
        """A run's table.

        Raises:
            InputError: no such run or table.
        """
        run_id = self.resolve(ref)
        tables = self._tables[run_id]
        if name not in tables:
            raise InputError(f"the run has no table {name!r}", f"run {run_id}", f"It has: {', '.join(sorted(tables))}")
        return tables[name]

    def runs(
        self, *, suite: str | None = None, name: str | None = None, tag: str | None = None, limit: int | None = None
    ) -> list[RunSummary]:
        """The runs that pass the filters, newest first."""
        return self._view().select(suite, name, tag, limit)

    def set_name(self, ref: str, name: str) -> None:
        """Point a name to a run."""
        view = self._view()
        view.check_free(name)
        self._marks.point(name, view.resolve(ref))

    def unname(self, name: str) -> None:
        """Let a name point nowhere."""
        self._marks.point(name, None)

    def set_baseline(
        self, name: str, ref: str, *, expect: str | None = ANY_RUN, who: str = "", note: str = ""
    ) -> BaselineEvent:
        """Let a baseline stand on a run, for the run's suite."""
        view = self._view()
        run = view.find(ref)
        event = BaselineEvent(name, run.suite, run.run_id, run.run_id, "", who, note)
        return self._move(baselines.moved(view.runs, view.marks, event, expect)) or event

    def remove_baseline(self, name: str, suite: str | None = None, *, who: str = "") -> list[BaselineEvent]:
        """Let a baseline stand nowhere, for one suite or all."""
        events = baselines.removed(self._marks, name, suite, "", who)
        for event in events:
            self._move(event)
        return events

    def baseline(self, name: str, suite: str | None = None) -> str:
        """The id of the run that a baseline stands on."""
        view = self._view()
        return baselines.standing(view.runs, view.marks, name, suite)

    def baseline_events(self, name: str | None = None) -> list[BaselineEvent]:
        """Every move of a baseline (or of all), oldest first; a memory has no clock, so `at` is empty."""
        return [event for event in self._events if name in (None, event.name)]

    def tag(self, ref: str, *tags: str) -> None:
        """Put tags on a run."""
        check_tags(tags)
        self._mark(ref, tags, True)

    def untag(self, ref: str, *tags: str) -> None:
        """Take tags off a run."""
        self._mark(ref, tags, False)

    def delete(self, ref: str, *, force: bool = False) -> None:
        """Forget a run.

        Raises:
            InputError: no such run; or it is still needed, and `force` was not given.
        """
        view = self._view()
        run_id = view.resolve(ref)
        if not force:
            view.check_deletable(run_id)
            evidence.check_deletable(run_id, self.evidence(run_id))
        self._evidence.pop(run_id, None)
        del self._records[run_id], self._tables[run_id]
        self._marks.release(run_id)

    def add_evidence(self, ref: str, found: Evidence) -> Path:
        """Keep evidence with a run, by its content.

        Raises:
            InputError: no such run, or the evidence has no time.
        """
        run_id = self.resolve(ref)
        evidence.check(found)
        digest = found.digest
        self._evidence.setdefault(run_id, {})[digest] = found
        return Path("memory") / run_id / evidence.FOLDER / f"{digest}{evidence.SUFFIX}"

    def evidence(self, ref: str) -> list[Evidence]:
        """What is known of a run beside its record, oldest first.

        Raises:
            InputError: no such run.
        """
        return evidence.oldest_first(self._evidence.get(self.resolve(ref), {}))

    def put_certificate(self, certificate: Certificate) -> Path:
        """Keep a judge's certificate by its content."""
        self._certificates[certificate.digest] = certificate
        return Path("memory") / f"{certificate.digest}.json"

    def certificates(self) -> list[Certificate]:
        """All certificates, newest first."""
        return newest_first(self._certificates.values())

    def certificate(self, ref: str) -> Certificate:
        """The certificate whose digest begins with `ref`.

        Raises:
            InputError: there is none, or several.
        """
        return chosen(self._certificates, ref)

    def put_blob(self, data: bytes) -> str:
        """Keep bytes by content; gives their sha256."""
        digest = digest_bytes(data)
        self._blobs[digest] = data
        return digest

    def get_blob(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises:
            InputError: there is no such blob.
        """
        check_digest(digest)
        if digest not in self._blobs:
            raise InputError("there is no such blob in the store", f"blob {digest}")
        return self._blobs[digest]

    def _view(self) -> View:
        return View.of(map(summarise, self._records.values()), self._marks)

    def _move(self, event: BaselineEvent | None) -> BaselineEvent | None:
        if event is not None:
            self._events.append(event)
            self._marks.move(event)
        return event

    def _mark(self, ref: str, tags: Sequence[str], present: bool) -> None:
        run_id = self.resolve(ref)
        for tag in tags:
            self._marks.mark(run_id, tag, present)
