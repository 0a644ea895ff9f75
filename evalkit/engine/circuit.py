"""Notices that calling on is pointless, and says so in one sentence."""

from __future__ import annotations

from collections.abc import Callable

from evalkit.core.nouns import Failure
from evalkit.core.protocols import CallError


class Circuit:
    """Opens after so many failures in a row, or so many seconds of nothing but failures.

    In a row are only calls that began after the last success: the stragglers of a run that went well may all fail
    together at its end without the endpoint being down.
    """

    _MIN_ATTEMPTS = 5
    _WAITING = frozenset({"rate_limited", "collateral"})  # an endpoint that says "wait" is not down

    def __init__(self, max_failures: int, max_outage: float, clock: Callable[[], float]) -> None:
        """`max_failures` in a row; `max_outage` seconds."""
        self._max_failures, self._max_outage, self._clock = max_failures, max_outage, clock
        self._in_a_row = self._attempts = 0
        self._since: float | None = None
        self.n_successes = 0

    def attempt_failed(self, error: CallError, born: int, *, last: bool = False) -> str | None:
        """An attempt failed (it may be tried again). A sentence when the endpoint has been down for too long.

        Args:
            error: what it failed with.
            born: `n_successes` when its call began.
            last: nothing is left that was never asked, so that nothing new will tell whether the endpoint is down.
        """
        if error.reason in self._WAITING or (last and born < self.n_successes):
            return None
        now = self._clock()
        self._since = now if self._since is None else self._since
        self._attempts += 1
        if now - self._since < self._max_outage or self._attempts < self._MIN_ATTEMPTS:
            return None
        return f"endpoint down after {now - self._since:.0f} s of failures ({error.reason}: {error.message})"

    def call_failed(self, failure: Failure, born: int) -> str | None:
        """A call ended as a harness failure. A sentence when that happened too often in a row.

        Args:
            failure: what it ended with.
            born: `n_successes` when it began.
        """
        if born == self.n_successes:
            self._in_a_row += 1
        if self._in_a_row < self._max_failures:
            return None
        return f"endpoint down after {self._in_a_row} failures in a row ({failure.reason}: {failure.message})"

    def succeeded(self) -> None:
        """The system answered (well or badly)."""
        self.n_successes += 1
        self._in_a_row = self._attempts = 0
        self._since = None
