"""What a run has answered so far: a call counts once it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress

from evalkit.core.protocols import Answer, Cache, Journal, Progress, Request
from evalkit.engine.keys import keys_of

Key = tuple[str, int]
Row = tuple[Request, Answer]


class Ledger:
    """Answers by (case id, repeat), written to the journal in batches before they count.

    Harness failures count as done in this run but are not journaled: the next run asks again.
    """

    FLUSH_ROWS = 128
    FLUSH_SECONDS = 0.05

    def __init__(
        self,
        journal: Journal,
        cache: Cache | None,
        cache_key: Callable[[Request], str] | None,
        total: int,
        progress: Progress | None,
    ) -> None:
        self.answers: dict[Key, Answer] = {}
        self._journal, self._cache, self._cache_key = journal, cache, cache_key
        self._total, self._progress = total, progress
        self._waiting: list[Row] = []
        self._woken, self._full = asyncio.Event(), asyncio.Event()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="evalkit-disk")
        self._writing: tuple[list[Row], Future[None]] | None = None
        self._names: dict[Key, str] = {}  # keys of the cache
        self._n_found = 0

    def reuse(
        self, requests: Sequence[Request], known: dict[Key, Answer], recall: Callable[[Answer], Answer | None]
    ) -> list[Request]:
        """Take what is known and what the cache holds; gives the requests that are left to ask, each key once.

        `recall` says what an answer of the cache is under the limits of this run; None: of no use.
        """
        left: dict[Key, Request] = {}
        for request in requests:
            key = request.case_id, request.repeat
            if key in known:
                self.answers[key] = known[key]
            else:
                left[key] = request
        if self._cache is not None and left:
            names = self._named(left)
            found = self._cache.get_many(list(names.values()))
            for key, name in names.items():
                if name in found and (answer := recall(found[name])) is not None:
                    self.answers[key] = answer
                    self._n_found += 1
        self._tell()
        return [request for key, request in left.items() if key not in self.answers]

    def share(self, requests: Sequence[Request], ours: Mapping[Key, Answer]) -> None:
        """Put into the cache what only the journal holds: a kill may have come between the two."""
        good = {
            key: r for r in requests if (a := ours.get(key := (r.case_id, r.repeat))) is not None and a.failure is None
        }
        if self._cache is not None and good:
            names = self._named(good)
            there = self._cache.get_many(list(names.values()))
            if left := [(name, ours[key]) for key, name in names.items() if name not in there]:
                self._cache.put(left)

    def add(self, request: Request, answer: Answer) -> None:
        """A call ended."""
        self._waiting.append((request, answer))
        self._woken.set()
        if len(self._waiting) >= self.FLUSH_ROWS:
            self._full.set()

    async def keep_flushing(self) -> None:
        """Write what waits, at most FLUSH_SECONDS late, beside the calls; runs until cancelled.

        Raises:
            StoreError: the workspace cannot be written.
        """
        while True:
            await self._woken.wait()
            if not self._full.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.FLUSH_SECONDS):
                        await self._full.wait()
            rows = self._taken()
            # In a thread: the disk takes milliseconds, in which a hundred calls would wait.
            self._writing = rows, self._disk.submit(self._write, rows)
            await asyncio.wrap_future(self._writing[1])
            self._written()

    def flush(self) -> None:
        """Make all that waits durable, then count it.

        Raises:
            StoreError: the workspace cannot be written; nothing of this batch counts.
        """
        if self._writing is not None:
            rows, writing = self._writing
            try:
                writing.result()
            except CancelledError:  # before it had begun
                self._write(rows)
            self._written()
        if rows := self._taken():
            self._write(rows)
            self._counted(rows)

    def close(self) -> None:
        """Flush, and let go of the thread."""
        try:
            self.flush()
        finally:
            self._disk.shutdown()

    def _taken(self) -> list[Row]:
        rows, self._waiting = self._waiting, []
        self._woken.clear()
        self._full.clear()
        return rows

    def _write(self, rows: Sequence[Row]) -> None:
        recorded = [row for row in rows if not _of_harness(row[1])]
        if recorded:
            self._journal.append(recorded)
        good = {(r.case_id, r.repeat): (r, answer) for r, answer in recorded if answer.failure is None}
        if good and self._cache is not None:
            names = self._named({key: request for key, (request, _) in good.items()})
            self._cache.put([(names[key], answer) for key, (_, answer) in good.items()])

    def _written(self) -> None:
        if self._writing is not None:
            rows, self._writing = self._writing[0], None
            self._counted(rows)

    def _counted(self, rows: Sequence[Row]) -> None:
        self.answers.update(((request.case_id, request.repeat), answer) for request, answer in rows)
        self._tell()

    def note_use(self, requests: Sequence[Request]) -> None:
        """Tell the cache which of its entries these answers are, so that they can be taken along with the run."""
        note = getattr(self._cache, "note_use", None)
        if note is not None:
            used = {}
            for request in requests:
                key = request.case_id, request.repeat
                if (answer := self.answers.get(key)) is not None and answer.failure is None:
                    used[key] = request
            note(list(self._named(used).values()), self._total, self._n_found)

    def n_answered(self) -> int:
        """Requests that have an answer or a failure of the system's own."""
        return sum(not _of_harness(answer) for answer in self.answers.values())

    def _named(self, requests: dict[Key, Request]) -> dict[Key, str]:
        """Keys of the cache; each is made once."""
        new = [(key, request) for key, request in requests.items() if key not in self._names]
        if new and self._cache_key is not None:
            made = keys_of(self._cache_key, [request for _, request in new])
            self._names.update(zip((key for key, _ in new), made, strict=True))
        return {key: self._names[key] for key in requests}

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(len(self.answers), self._total)


def _of_harness(answer: Answer) -> bool:
    return answer.failure is not None and answer.failure.kind == "harness"
