"""Whether an endpoint answers more slowly because of us: told from slow questions by trying."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import quantiles
from typing import NamedTuple

_ENOUGH = 20  # answers that make a median worth comparing
_CUT = 0.75  # what the window is narrowed to for a try


class _Try(NamedTuple):
    window: float  # before it was narrowed
    median: float


class Rising:
    """Compares the median seconds of a round with the best round.

    An overloaded endpoint takes twice as long at twice the load (Little's law), slow questions take as long at any. So
    where the median has doubled beyond its noise, the window is narrowed to three quarters for one round: if the median
    falls along, the load was the reason and the window stays; if not, the window is restored and the slower median is
    the one to compare with from now on.

    Attributes:
        high: the last median was clearly above the best: the window should not grow.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.high = False
        self._best: float | None = None
        self._try: _Try | None = None
        self._seconds: list[float] = []

    def after(self, seconds: Sequence[float], window: float) -> float:
        """What to multiply the window by after a round.

        Args:
            seconds: of the round's answers.
            window: calls that were allowed in flight.
        """
        self._seconds += seconds
        if len(self._seconds) < _ENOUGH:
            return 1.0
        now, noise = _median_and_noise(self._seconds)
        self._seconds = []
        if self._try is not None:
            return self._tried(now, window)
        if self._best is None or now < self._best:
            self._best = now
        # In logarithms; four standard errors, since the best of many rounds is lucky. A tenth of a second is no load.
        self.high = now > 1.5 * self._best * math.exp(4 * noise) and now - self._best > 0.1
        if window > 1 and self.high and now > 2 * self._best * math.exp(4 * noise):
            self._try = _Try(window, now)
            return _CUT
        return 1.0

    def _tried(self, now: float, window: float) -> float:
        """The window was narrowed: did that help by at least half of what load would explain?"""
        tried, self._try = self._try, None
        assert tried is not None
        if now <= tried.median * (1 + _CUT) / 2:
            return 1.0
        self._best, self.high = now, False
        return max(1.0, tried.window / window)


def _median_and_noise(seconds: Sequence[float]) -> tuple[float, float]:
    """The median, and the standard error of its logarithm.

    From the quartiles q1 and q3: sigma = log(q3/q1) / 1.349 and se = 1.2533 sigma / sqrt(n), exact for a lognormal.
    """
    low, middle, high = quantiles(seconds, n=4)
    if low <= 0:
        return middle, math.inf if high > 0 else 0.0
    return middle, 1.2533 * math.log(high / low) / 1.349 / math.sqrt(len(seconds))
