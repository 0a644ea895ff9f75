"""A system that fails and fails is left alone: to start or wait for it over and over would be at the users' cost."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["PATIENCE", "Resting"]

PATIENCE = 5  # failures of the process in a row, after which it is left alone for a while
_LONGEST = 60.0  # seconds that it is left alone at most
_TROUBLE = frozenset({"timeout", "died", "busy", "start", "collateral", "network"})


class Resting:
    """Left alone for 1, 2, 4, ... at most 60 s; then one request tries whether it is back, and others when it is."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """As if nothing had happened yet."""
        self._in_a_row = self._rests = 0
        self._until = 0.0

    @property
    def tried(self) -> bool:
        """Whether it has failed so often that it is asked one request at a time, if any."""
        return self._in_a_row >= PATIENCE

    @property
    def rests(self) -> bool:
        """Whether nothing is asked now."""
        return self._clock() < self._until

    def allows(self, others: int) -> bool:
        """Whether a request may be asked.

        Args:
            others: requests that wait or are under way.
        """
        return not self.tried or (not others and not self.rests)

    def saw(self, reason: str | None) -> None:
        """What became of a request: the kind of its failure, or None.

        A failure that the system states itself, such as an input that it refuses, shows that it lives.
        """
        if reason not in _TROUBLE:
            self.forget()
            return
        self._in_a_row += 1
        if self.tried and not self.rests:  # those that were under way with it tell no more
            self._until = self._clock() + min(_LONGEST, 2.0 ** min(30, self._rests))
            self._rests += 1
