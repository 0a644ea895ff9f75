"""A system that fails in the very same way from its first call on is broken: one sentence, not a thousand failures."""

from __future__ import annotations

from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, Request

# To refuse, or to answer nothing, is an answer to some questions; these never are.
_BROKEN = frozenset({"raised", "died", "timeout", "unparseable", "too_large"})


class Uniform:
    """Holds the first answers back while all are one and the same failure.

    Held answers are not journaled: once the system is mended, the next run must not find them recorded.
    """

    def __init__(self, limit: int, total: int) -> None:
        """`limit`: so many equal failures are too many; a run of fewer calls is never stopped."""
        self._limit = limit if total > limit else 0
        self._held: list[tuple[Request, Answer]] = []
        self._first: Failure | None = None
        self._over = False

    def admit(self, request: Request, answer: Answer) -> list[tuple[Request, Answer]]:
        """The answers that may be recorded now."""
        if self._limit and self._is_same(answer.failure):
            if not self._over:
                self._held.append((request, answer))
            return []
        return [*self.release(), (request, answer)]

    def verdict(self) -> str | None:
        """The sentence, once there were too many."""
        if not self._limit or len(self._held) < self._limit or self._first is None:
            return None
        self._held, self._over = [], True
        return (
            f"each of the first {self._limit:,} calls failed in the same way: "
            f"{self._first.reason}: {self._first.message}"
        )

    def release(self) -> list[tuple[Request, Answer]]:
        """End the watch; gives what was held."""
        held, self._held, self._limit = self._held, [], 0
        return held

    def _is_same(self, failure: Failure | None) -> bool:
        if failure is None or failure.kind != "system" or failure.reason not in _BROKEN:
            return False
        self._first = self._first or failure
        return failure == self._first
