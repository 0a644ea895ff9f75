"""From values to positions, and where the ticks go."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Linear", "domain_of", "percent_labels", "tick_labels", "ticks"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FAR = 1e300
"""Beyond this, differences overflow."""


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
    seen = [min(max(v, -_FAR), _FAR) for v in values if math.isfinite(v)] or [0.0, 1.0]
    lo, hi = min(seen), max(seen)
    apart = hi - lo > 1e-9 * max(abs(lo), abs(hi))  # else they differ by rounding alone, which no tick can tell
    more = air * (hi - lo) if apart else 0.05 * abs(lo) or 0.5
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
            return [_tidy(k, step) for k in range(first, last + 1)] or [(lo + hi) / 2]
    return [(lo + hi) / 2]


def _tidy(k: int, step: float) -> float:
    """`k * step` without the dust of floating point, whatever its size."""
    return float(f"{k * step:.12g}")


def tick_labels(values: list[float], *, signed: bool = False) -> list[str]:
    """Labels with the same number of decimals, just enough to tell the ticks apart; true minus, plus where signed.

    From a million on they say `2 M`, and far beyond, or below a ten-thousandth, `2×10⁻⁵`.
    """
    largest = max(abs(v) for v in values)
    power, unit = _unit(largest)
    scaled = [v / 10.0**power for v in values]
    step = min((abs(b - a) for a, b in itertools.pairwise(scaled)), default=abs(scaled[0])) or 1.0
    digits = min(max(-math.floor(math.log10(step) + 1e-9), 0), 8)
    return [_label(v, digits, signed, unit) for v in scaled]


def _unit(largest: float) -> tuple[int, str]:
    """The power of ten that labels are told in, and what stands behind them."""
    if largest == 0 or 1e-4 <= largest < 1e6:
        return 0, ""
    power = math.floor(math.log10(largest) + 1e-9)
    if 6 <= power < 15:
        return 3 * (power // 3), "\u00a0" + "MBT"[power // 3 - 2]
    return power, "×10" + str(power).translate(_RAISED)


def percent_labels(values: list[float]) -> list[str]:
    """Shares as percent: 0.25 -> `25 %`."""
    return [f"{label}\u00a0%" for label in tick_labels([100 * v for v in values])]


def _label(value: float, digits: int, signed: bool, unit: str) -> str:
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0.,"):
        return "0"
    return ("\u2212" if value < 0 else "+" if signed else "") + text + unit
