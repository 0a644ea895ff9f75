"""Requests and tokens per minute: each call is told when it may begin."""

from __future__ import annotations

from collections import deque

from evalkit.core.protocols import Answer

_MINUTE = 60.0
_GUESS = 500.0  # tokens of a call, before one has told


class _Entry:
    """Something that counts from a moment on, for a minute."""

    __slots__ = ("amount", "at", "counts")

    def __init__(self, at: float, amount: float) -> None:
        self.at, self.amount, self.counts = at, amount, True


class Window:
    """What was begun in the last so many seconds, with places that are taken in advance, in order."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: the window's length."""
        self._seconds = seconds
        self._entries: deque[_Entry] = deque()
        self._sum = 0.0
        self._last = float("-inf")

    def reserve(self, now: float, amount: float, most: float) -> _Entry:
        """The earliest moment, not before any given out already, at which `amount` still fits into `most`."""
        at = max(now, self._last)
        self._forget(at)
        while self._entries and self._sum + amount > most:
            at = max(at, self._entries[0].at + self._seconds)
            self._forget(at)
        entry = _Entry(at, amount)
        self._entries.append(entry)
        self._sum += amount
        self._last = at
        return entry

    def correct(self, entry: _Entry, amount: float) -> None:
        """What an entry really was."""
        if entry.counts:
            self._sum += amount - entry.amount
        entry.amount = amount

    def _forget(self, at: float) -> None:
        while self._entries and self._entries[0].at + self._seconds <= at:
            gone = self._entries.popleft()
            gone.counts = False
            self._sum -= gone.amount


class Pace:
    """At most so many requests and tokens in any minute. Tokens are foreseen as the mean of the calls so far."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._requests: dict[float, Window] = {}
        self._tokens = Window(_MINUTE)
        self._n_told, self._told = 0, 0.0

    def begin(self, now: float, requests: float | None, tokens: float | None) -> tuple[float, _Entry | None]:
        """A call wants to begin.

        Args:
            now: monotonic seconds.
            requests, tokens: the bounds per minute; None is none.

        Returns:
            Seconds to wait first, and what to hand to `ended`.
        """
        at, entry = now, None
        if requests is not None:
            # Less than one a minute is one in so many minutes.
            length = _MINUTE * max(1.0, 1.0 / requests)
            window = self._requests.setdefault(length, Window(length))
            at = window.reserve(now, 1.0, max(1.0, requests)).at
        if tokens is not None:
            entry = self._tokens.reserve(at, self._told / self._n_told if self._n_told else _GUESS, tokens)
            at = entry.at
        return max(0.0, at - now), entry

    def ended(self, entry: _Entry | None, outcome: object) -> None:
        """What the call took in tokens, where its answer tells."""
        if not isinstance(outcome, Answer) or (outcome.tokens_in is None and outcome.tokens_out is None):
            return
        tokens = float((outcome.tokens_in or 0) + (outcome.tokens_out or 0))
        self._n_told += 1
        self._told += tokens
        if entry is not None:
            self._tokens.correct(entry, tokens)
