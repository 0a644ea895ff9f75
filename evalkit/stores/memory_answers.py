"""Answers in memory: the journal of a run that may be continued, and the cache that runs share."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.errors import StoreError
from evalkit.core.protocols import Answer, Request
from evalkit.stores.answers import dump_answer, to_fields

__all__ = ["MemoryCache", "MemoryJournal"]


class MemoryJournal:
    """A `Journal` in a dict; the store keeps the dict, so that a run can be continued."""

    def __init__(self, kept: dict[str, dict[tuple[str, int], Answer]], open_now: set[str], key: str) -> None:
        """Hold the journal of `key`.

        Raises:
            StoreError: it is held already.
        """
        if key in open_now:
            raise StoreError("the same plan is being run, and holds its journal", f"journal {key}", "Close it first")
        open_now.add(key)
        self._kept, self._open, self._key = kept, open_now, key

    @property
    def dropped(self) -> int:
        """Nothing tears in memory."""
        return 0

    def load(self) -> dict[tuple[str, int], Answer]:
        """All answers appended so far."""
        return dict(self._kept.get(self._key, {}))

    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None:
        """Add answers.

        Raises:
            InputError: an answer is not JSON.
        """
        for request, answer in rows:
            dump_answer(to_fields(answer), f"case {request.case_id!r}")
        self._kept.setdefault(self._key, {}).update({(r.case_id, r.repeat): answer for r, answer in rows})

    def close(self, *, done: bool = False) -> None:
        """Let go; with `done` forget the answers. Closing twice is harmless."""
        if self._key in self._open:
            self._open.discard(self._key)
            if done:
                self._kept.pop(self._key, None)


class MemoryCache:
    """A `Cache` in a dict."""

    def __init__(self) -> None:
        """Empty."""
        self._answers: dict[str, Answer] = {}

    def get(self, key: str) -> Answer | None:
        """The answer kept under `key`."""
        return self._answers.get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are there, by key."""
        return {key: self._answers[key] for key in keys if key in self._answers}

    def put(self, rows: Sequence[tuple[str, Answer]]) -> None:
        """Keep answers; a key that is there already is replaced.

        Raises:
            InputError: an answer is not JSON.
        """
        for key, answer in rows:
            dump_answer(to_fields(answer), f"cache key {key}")
        self._answers.update(rows)
