"""Two systems on the same items: who was right where, drawn thousands of times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MEAN = 0.8  # share of right answers of the baseline
DISAGREE = 0.135  # share of items on which two runs of one system disagree: at 50 items, one breaks 97 % of the time


class Pair(NamedTuple):
    """One simulated comparison, as counts of items.

    Attributes:
        n: items.
        both: both systems are right.
        fixed: only the candidate is.
        broke: only the baseline is.
    """

    n: int
    both: int
    fixed: int
    broke: int

    @property
    def candidate(self) -> float:
        """Share of the candidate's right answers."""
        return (self.both + self.fixed) / self.n

    @property
    def baseline(self) -> float:
        """Share of the baseline's."""
        return (self.both + self.broke) / self.n


def cells(drop: float) -> np.ndarray:
    """(4,) chances of an item: both right, only candidate, only baseline, neither.

    An item has a chance p of being answered right, another one each; runs are independent given p. The candidate's is
    p (1 - drop / MEAN). Only the first two moments of p matter: E p = MEAN, and 2 (E p - E p^2) = DISAGREE.

    Args:
        drop: how much lower the candidate's true share of right answers is, in [0, MEAN].
    """
    keep = 1 - drop / MEAN
    square = MEAN - DISAGREE / 2
    both, fixed, broke = keep * square, keep * (MEAN - square), MEAN - keep * square
    return np.array([both, fixed, broke, 1 - both - fixed - broke])


def pairs(n: int, drop: float, replicates: int, seed: int = 0) -> dict[Pair, int]:
    """Simulated comparisons of n items, and how often each of them came up."""
    rng = np.random.default_rng([seed, n, round(1e6 * drop)])
    drawn = rng.multinomial(n, cells(drop), size=replicates)[:, :3]
    found, counts = np.unique(drawn, axis=0, return_counts=True)
    return {Pair(n, *map(int, row)): int(count) for row, count in zip(found, counts, strict=True)}
