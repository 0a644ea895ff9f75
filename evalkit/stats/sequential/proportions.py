"""The difference of two shares under random assignment, at all looks: betting, exact at any number of units."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, column, zero_one
from evalkit.stats.inference import Summary
from evalkit.stats.sequential.asymptotic import TUNED_AT, rho
from evalkit.stats.sequential.betting import Bets
from evalkit.stats.sequential.sequence import Sequential, sequential, silent

__all__ = ["betting_difference"]

_FIRST, _GROWTH = 16, 1.5  # units of the first block of bets, and how blocks grow
_STEP, _SCALES = 1.25, (0.01, 3.0)  # of the grid of stakes, in units of rho


def betting_difference(
    treated: npt.ArrayLike, y: npt.ArrayLike, share: float, *, tuned_at: float = TUNED_AT, alpha: float = 0.05
) -> Sequential:
    """share of successes under treatment - under control, of units that came one after another.

    Each unit gives phi = (y - c)/w if treated and -(y - c)/(1 - w) otherwise, whose conditional mean is the effect for
    any c that is fixed before the unit is seen (augmented inverse probability weighting; Waudby-Smith and others 2024,
    section 3). c and the scale of the bets come from the units before, block by block; bettors stake a half-normal grid
    around `rho` (the mixture of the asymptotic sequence), each cut as in `Bets`. So the sequence is valid at every n,
    about as narrow as the asymptotic one, and a million units are a few hundred cells.

    Args:
        treated: (n,) whether each unit was treated, in order of time; units at the same time in an order that does not
            depend on their arm.
        y: (n,) 0 or 1.
        share: of units that are assigned to treatment, in (0, 1), as it was meant (not as it fell).
        tuned_at: units at which it is narrowest.
        alpha: two-sided error for which it is narrowest there.

    Raises:
        ValueError: values that are not 0 or 1, lengths that differ, a share out of range.
    """
    arm, values = np.asarray(treated, bool), column(y, "y")
    if not 0 < share < 1:
        raise ValueError(f"the share of treatment is {share:g}, not between 0 and 1")
    if len(arm) != len(values) or not zero_one(values):
        raise ValueError("y is 0 or 1, one for each unit")
    units = (int(arm.sum()), int((~arm).sum()))
    if not min(units):
        which = "treatment" if not units[0] else "control"
        return silent(Summary(None, len(values)), f"the {which} has no units")
    point = float(values[arm].mean() - values[~arm].mean())
    cells = _Cells(arm, values, share)
    stakes, prior = _grid(rho(tuned_at, alpha))
    up = Bets(cells.phi, cells.counts, stakes[:, None] / cells.spread, cells.least, (-1.0, 1.0), prior)
    down = Bets(-cells.phi, cells.counts, up.stakes, -cells.most, (-1.0, 1.0), prior)
    return sequential(Summary(point, len(values)), "betting (confidence sequence)", up, down)


def _grid(scale: float) -> tuple[Array, Array]:
    """(j,) stakes per standard deviation, and the half-normal capital that begins on each."""
    count = math.ceil(math.log(_SCALES[1] / _SCALES[0]) / math.log(_STEP)) + 1
    relative: Array = _SCALES[0] * _STEP ** np.arange(count, dtype=np.float64)
    mass: Array = relative * np.exp(-(relative**2) / 2)  # density times the width of its place on a logarithmic grid
    return relative * scale, mass / mass.sum()


class _Cells:
    """Blocks of units x arm x success, with what was known when each block began.

    Attributes:
        phi, counts: (4 b,) contribution and number of units of each cell.
        spread: (4 b,) standard deviation of phi, as it was foreseen.
        least, most: (4 b,) lowest and highest phi that could have come.
    """

    def __init__(self, arm: npt.NDArray[np.bool_], y: Array, share: float) -> None:
        edges = _edges(len(y))
        seen = np.zeros((len(edges), 2, 2))  # arm x success, of the units before each edge
        for z in (0, 1):
            for success in (0, 1):
                running = np.concatenate([[0.0], np.cumsum((arm == z) & (y == success))])
                seen[:, z, success] = running[edges]
        before = seen[:-1]
        rates = (before[:, :, 1] + 0.5) / (before.sum(2) + 1)
        c = share * rates[:, 0] + (1 - share) * rates[:, 1]
        ends = np.array([-1 / (1 - share), 1 / share])
        each = ends[None, :, None] * (np.arange(2)[None, None, :] - c[:, None, None])
        variance = (rates * (1 - rates) * np.abs(ends)).sum(1)
        self.phi: Array = each.reshape(-1)
        self.counts: Array = np.diff(seen, axis=0).reshape(-1)
        self.spread: Array = np.repeat(np.sqrt(variance), 4)
        self.least: Array = np.repeat(each.min(axis=(1, 2)), 4)
        self.most: Array = np.repeat(each.max(axis=(1, 2)), 4)


def _edges(n: int) -> npt.NDArray[np.intp]:
    """0, where each block ends, n: the same for any longer sequence but for the last."""
    edges, size = [0], float(_FIRST)
    while size < n:
        edges.append(int(size))
        size *= _GROWTH
    return np.array([*edges, n])
