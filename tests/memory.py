"""A journal and a cache that live in memory, for tests of what uses them."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.protocols import Answer, Request


class MemoryJournal:
    """Keeps answers, and the size of each batch that was appended."""

    dropped = 0

    def __init__(self, known: dict[tuple[str, int], Answer] | None = None) -> None:
        self.known = dict(known or {})
        self.batches: list[int] = []

    def load(self) -> dict[tuple[str, int], Answer]:
        return dict(self.known)

    def append(self, rows: Sequence[tuple[Request, Answer]]) -> None:
        self.batches.append(len(rows))
        self.known.update({(request.case_id, request.repeat): answer for request, answer in rows})

    def close(self, *, done: bool = False) -> None:
        if done:
            self.known.clear()


class MemoryCache:
    """Keeps answers by key."""

    def __init__(self) -> None:
        self.known: dict[str, Answer] = {}

    def get(self, key: str) -> Answer | None:
        return self.known.get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, Answer]:
        return {key: self.known[key] for key in keys if key in self.known}

    def put(self, rows: Sequence[tuple[str, Answer]]) -> None:
        self.known.update(rows)
