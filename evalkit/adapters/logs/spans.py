"""What the values of a score were: for its range, where nobody declares one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.adapters.logs.nouns import Unscored
from evalkit.adapters.logs.values import HUGE


@dataclass
class Span:
    """Counts and extremes of one score's values."""

    n: int = 0
    n_unscored: int = 0
    low: float = math.inf
    high: float = -math.inf

    def add(self, value: float | Unscored) -> None:
        """One more value, or a reason that there is none."""
        if isinstance(value, Unscored):
            self.n_unscored += 1
            if value == HUGE:  # it lay beyond every range
                self.low, self.high = -math.inf, math.inf
            return
        self.n += 1
        self.low, self.high = min(self.low, value), max(self.high, value)

    def inside(self, ends: tuple[float | None, float | None]) -> bool:
        """Whether every value lies between these ends."""
        low, high = ends
        return self.n == 0 or ((low is None or low <= self.low) and (high is None or self.high <= high))
