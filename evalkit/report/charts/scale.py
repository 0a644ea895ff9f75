"""From values to positions, and where the ticks go."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Linear", "domain_of", "tick_labels", "ticks"]


class Linear(NamedTuple):
    """A linear scale: values in [lo, hi] to positions in [start, stop], held to those ends.

    `lo < hi` and `start < stop`, so positions rise with values.
    """

    lo: float
    hi: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """The position of a value; one outside the domain stands at the nearer end."""
        share = (min(max(value, self.lo), self.hi) - self.lo) / (self.hi - self.lo)
        return self.start + share * (self.stop - self.start)


def domain_of(
    values: Iterable[float], bounds: tuple[float, float] | None = None, air: float = 0.04
) -> tuple[float, float]:
    """An interval that holds all values with a share of air at both ends, never empty.

    It does not go beyond `bounds` (such as 0 and 1) unless the values do.
    """
    seen = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    lo, hi = min(seen), max(seen)
    apart = hi - lo > 1e-9 * max(abs(lo), abs(hi))  # else they differ by rounding alone, which no tick can tell
    more = (air * (hi - lo) if apart else 0.0) or 0.05 * abs(lo) or 0.5
    low, high = lo - more, hi + more
    if bounds and bounds[0] <= lo and hi <= bounds[1]:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return low, high


def ticks(lo: float, hi: float, at_most: int) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten apart) inside [lo, hi]: at most `at_most`, at least one."""
    power = 10.0 ** math.floor(math.log10((hi - lo) / max(at_most, 1)))
    for factor in (1, 2, 5, 10, 20, 50, 100):
        step = factor * power
        first, last = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9)
        if last - first + 1 <= at_most:
            return [round(k * step, 12) for k in range(first, last + 1)] or [(lo + hi) / 2]
    return [(lo + hi) / 2]


def tick_labels(values: list[float], *, signed: bool = False) -> list[str]:
    """Labels with the same number of decimals, just enough to tell the ticks apart; true minus, plus where signed."""
    step = values[1] - values[0] if len(values) > 1 else abs(values[0]) or 1.0
    digits = min(max(-math.floor(math.log10(step) + 1e-9), 0), 8)
    return [_label(v, digits, signed) for v in values]


def _label(value: float, digits: int, signed: bool) -> str:
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0.,"):
        return "0"
    return ("\u2212" if value < 0 else "+" if signed else "") + text
