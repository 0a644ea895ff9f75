"""How long calls took so far: what is unusually slow."""

from __future__ import annotations

from collections import deque

_ENOUGH = 20  # answers before their tail says anything
_LEAST = 1.0  # seconds that a retry after a timeout has at least
_TIMES = 4.0  # and so many times what 99 % of the answers took


class Latencies:
    """Seconds of the last answers."""

    def __init__(self) -> None:
        """None yet."""
        self._last: deque[float] = deque(maxlen=1_000)

    def add(self, seconds: float) -> None:
        """A call was answered after so long."""
        self._last.append(seconds)

    def quantile(self, q: float) -> float | None:
        """Seconds within which a share `q` of the answers came; None while there are too few."""
        if len(self._last) < _ENOUGH:
            return None
        ordered = sorted(self._last)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))]

    def patience(self, timeout: float | None) -> float | None:
        """Seconds for a call that was not answered in `timeout` and is asked again.

        What hung once is not worth the whole time again: four times what 99 % of the answers took, at least a second.
        """
        if timeout is None or (usual := self.quantile(0.99)) is None:
            return timeout
        return min(timeout, max(_LEAST, _TIMES * usual))
