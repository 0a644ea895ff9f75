"""What holds at all looks at once: e-values, and the interval and p-values that are their inverses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

from evalkit.stats.inference import Inference, Sides, Summary, conclude, no_interval

__all__ = ["LARGEST", "Sequential", "Wealth", "capped", "p_of", "sequential", "silent"]

LARGEST = 1e300
"""Where e-values end: they stay finite, and 1e300 against a claim is as good as any more."""


class Wealth(Protocol):
    """One side of a confidence sequence: a `Tail` that also says what a bet against "truth <= line" has become."""

    def lower(self, tail: float) -> float:
        """The lower bound that is wrong at any look with probability at most `tail`."""

    def p(self, line: float) -> float:
        """min(1, 1 / e(line))."""

    def e(self, line: float) -> float:
        """The e-value against "truth <= line", in [0, LARGEST]; it never rises as the line does."""


class Sequential(NamedTuple):
    """An inference that holds however often one looks and whatever makes one stop.

    Attributes:
        inference: value, interval and one-sided p-values; with no interval, the reason.
        e_above: line -> e-value of a test of "truth <= line"; 1/a or more refutes it at error a. None: no interval.
        e_below: the same for "truth >= line".
    """

    inference: Inference
    e_above: Callable[[float], float] | None
    e_below: Callable[[float], float] | None

    def e(self, line: float = 0.0) -> float | None:
        """Two-sided: max(e_above, e_below) / 2, at least 20 exactly where the 95 % interval excludes the line."""
        if self.e_above is None or self.e_below is None:
            return None
        return max(self.e_above(line), self.e_below(line)) / 2


def sequential(summary: Summary, method: str, up: Wealth, down: Wealth, axis: float = 0.0) -> Sequential:
    """From a lower side for the truth and one for its mirror image `axis - truth`."""
    found = conclude(summary, method, Sides(up, down, axis))
    return Sequential(found, up.e, lambda line: down.e(axis - line))


def silent(summary: Summary, reason: str) -> Sequential:
    """A sequence that says in words why it says nothing yet."""
    return Sequential(no_interval(summary, reason), None, None)


def p_of(e: float) -> float:
    """The p-value of an e-value: min(1, 1/e), by Markov; of a process, at all times by Ville."""
    return 1.0 if e <= 1.0 else 1.0 / e


def capped(log_e: float) -> float:
    """exp(log_e), at most LARGEST."""
    return math.exp(log_e) if log_e < math.log(LARGEST) else LARGEST
