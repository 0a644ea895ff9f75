"""What a run has answered so far: a call counts once it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from evalkit.core.protocols import Answer, Cache, Journal, Progress, Request

Key = tuple[str, int]
Row = tuple[Request, Answer]


class Ledger:
    """Answers by (case id, repeat), written to the journal in batches before they count.

    Harness failures count as done in this run but are not journaled: the next run asks again.
    """

    FLUSH_ROWS = 64
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
        self._woken = asyncio.Event()

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
        if self._cache is not None and self._cache_key is not None:
            keys = {key: self._cache_key(request) for key, request in left.items()}
            found = self._cache.get_many(list(keys.values()))
            recalled = {key: recall(found[name]) for key, name in keys.items() if name in found}
            self.answers.update((key, answer) for key, answer in recalled.items() if answer is not None)
        self._tell()
        return [request for key, request in left.items() if key not in self.answers]

    def add(self, request: Request, answer: Answer) -> None:
        """A call ended."""
        self._waiting.append((request, answer))
        self._woken.set()
        if len(self._waiting) >= self.FLUSH_ROWS:
            self.flush()

    async def keep_flushing(self) -> None:
        """Write what waits, at most FLUSH_SECONDS late; runs until cancelled."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(self.FLUSH_SECONDS)
            self.flush()

    def flush(self) -> None:
        """Make what waits durable, then count it.

        Raises:
            StoreError: the workspace cannot be written; nothing of this batch counts.
        """
        rows, self._waiting = self._waiting, []
        self._woken.clear()
        if not rows:
            return
        recorded = [row for row in rows if not _of_harness(row[1])]
        if recorded:
            self._journal.append(recorded)
        if self._cache is not None and self._cache_key is not None:
            good = [(self._cache_key(request), answer) for request, answer in recorded if answer.failure is None]
            if good:
                self._cache.put(good)
        self.answers.update(((request.case_id, request.repeat), answer) for request, answer in rows)
        self._tell()

    def n_answered(self) -> int:
        """Requests that have an answer or a failure of the system's own."""
        return sum(not _of_harness(answer) for answer in self.answers.values())

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(len(self.answers), self._total)


def _of_harness(answer: Answer) -> bool:
    return answer.failure is not None and answer.failure.kind == "harness"
