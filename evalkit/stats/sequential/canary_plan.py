"""What a canary will cost: exact chances that it is promoted or rolled back within so many of its requests.

At a constant weight the e-processes of `canary` depend on the two counts of errors alone. Within n requests of the
canary these are Binomial(n, its rate), and negative binomial for the champion, whose requests come in between. Given
both counts, every order of the errors is equally likely, so the chance that an alarm was raised on the way is a share
of lattice paths: a recursion over the lattice, the same for every rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.sequential.canary import Bets, against_harm, for_promotion, log_value

__all__ = ["Setting", "TooLong", "horizon", "passed_when", "promoted", "rolled_back", "rolled_back_when"]

_SPREAD: Final = 7.0  # standard errors of a count that the lattice reaches beyond its mean
_CELLS: Final = 3_000_000
_MOST: Final = 100_000_000

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


class TooLong(ValueError):
    """The canary would take more errors than can be computed, or requests than anybody has."""


class Setting(NamedTuple):
    """What a canary is planned with.

    Attributes:
        weight: of the canary, in (0, 1).
        base_rate: the champion's error rate, in (0, 1).
        margin: ratio of the rates that promotion has to exclude, > 1.
        alpha: of promotion, one-sided.
        alpha_harm: of rollback, one-sided.
    """

    weight: float
    base_rate: float
    margin: float = 2.0
    alpha: float = 0.05
    alpha_harm: float = 0.02


def promoted(of: Setting, canary: int, ratio: float = 1.0) -> float:
    """The chance that the promotion's e-value is enough after `canary` requests, looked at then only, with no alarm
    of harm at any error before. Where the paths to that are too many to count, a lower bound of it for ratios up to 1.

    Raises:
        TooLong: see the class.
    """
    x, y = _window(of, canary, ratio)
    passes = _crossed(for_promotion(of.margin), of.weight, x, y, of.alpha)
    harmed = 0.0
    if _cells(x, y) <= _CELLS:
        passes = passes * _avoiding(_whole(of, against_harm(), x, y, of.alpha_harm))[np.ix_(x, y)]
    else:
        harmed = of.alpha_harm  # Ville's inequality
    return max(0.0, _weighed(of, canary, ratio, passes, x, y) - harmed)


def horizon(of: Setting, chance: float = 0.95) -> int:
    """Requests of the canary after which an identical candidate is promoted with at least this chance.

    One look at the end is enough, with half of what may go wrong: the other half is left to false alarms of harm, and
    to what no plan knows, such as a base rate that is a little lower than thought.

    Raises:
        TooLong: see the class.
    """

    def passes(canary: int) -> bool:
        x, y = _window(of, canary, 1.0)
        found = _crossed(for_promotion(of.margin), of.weight, x, y, of.alpha)
        return _weighed(of, canary, 1.0, found, x, y) >= (1 + chance) / 2

    high = 64
    while not passes(high):
        high *= 2
        if high > _MOST:
            raise TooLong(f"it would take more than {_MOST:,} requests of the canary")
    found = _first(passes, high // 2, high)
    while promoted(of, found) < chance:
        if rolled_back(of, found, 1.0) > 1 - chance:
            raise TooLong(f"at alpha_harm {of.alpha_harm:g} no number of requests promotes it in {100 * chance:g} %")
        found += found // 20 + 1
    return found


def rolled_back(of: Setting, canary: int, ratio: float) -> float:
    """The chance that harm was found within `canary` requests, looked at after every error; where the paths are too
    many to count, the chance that it is found at a look at the end: a lower bound.

    Raises:
        TooLong: see the class.
    """
    x, y = _window(of, canary, ratio)
    if _cells(x, y) > _CELLS:
        found = _crossed(against_harm(), of.weight, x, y, of.alpha_harm)
        return _weighed(of, canary, ratio, found, x, y)
    open_ = _avoiding(_whole(of, against_harm(), x, y, of.alpha_harm))
    return 1 - _weighed(of, canary, ratio, open_)


def rolled_back_when(of: Setting, ratio: float, chance: float) -> int:
    """Requests of the canary within which harm is found with this chance, looked at after every error.

    Raises:
        TooLong: see the class.
    """
    return _soonest(of, ratio, against_harm(), of.alpha_harm, chance)


def passed_when(of: Setting, chance: float) -> int:
    """Requests of an identical candidate within which the promotion's e-value was once enough, with this chance,
    looked at after every error.

    Raises:
        TooLong: see the class.
    """
    return _soonest(of, 1.0, for_promotion(of.margin), of.alpha, chance)


def _soonest(of: Setting, ratio: float, bets: Bets, alpha: float, chance: float) -> int:
    canary = 64
    while True:
        x, y = _window(of, canary, ratio)
        if _cells(x, y) > _CELLS:
            raise TooLong(f"it would take more than {canary // 2:,} requests of the canary: too many to compute")
        open_ = _avoiding(_whole(of, bets, x, y, alpha))
        if _crosses(of, ratio, open_, chance)(canary):
            return _first(_crosses(of, ratio, open_, chance), canary // 2, canary)
        canary *= 2


def _crosses(of: Setting, ratio: float, open_: Array, chance: float) -> Callable[[int], bool]:
    return lambda canary: 1 - _weighed(of, canary, ratio, open_) >= chance


def _first(enough: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest number that is enough, within one part in two hundred."""
    while high - low > max(1, high // 200):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _means(of: Setting, canary: int, ratio: float) -> tuple[float, float, float, float]:
    """Mean and standard deviation of the errors of the canary, and of the champion meanwhile."""
    rate, odds = min(1.0, of.base_rate * ratio), (1 - of.weight) * of.base_rate / of.weight
    return canary * rate, (canary * rate) ** 0.5, canary * odds, (canary * odds * (1 + odds)) ** 0.5


def _window(of: Setting, canary: int, ratio: float) -> tuple[Counts, Counts]:
    """The counts of errors that matter."""
    x, sx, y, sy = _means(of, canary, ratio)
    found = [np.arange(max(0, int(m - _SPREAD * s - 9)), int(m + _SPREAD * s + 10)) for m, s in ((x, sx), (y, sy))]
    if len(found[0]) * len(found[1]) > _CELLS:
        raise TooLong(f"it would take about {int(x + y):,} errors to decide: allow a wider margin, or a larger weight")
    return found[0], found[1]


def _cells(x: Counts, y: Counts) -> int:
    """Of the lattice from (0, 0) on."""
    return int((x[-1] + 1) * (y[-1] + 1))


def _whole(of: Setting, bets: Bets, x: Counts, y: Counts, alpha: float) -> Array:
    return _crossed(bets, of.weight, np.arange(x[-1] + 1), np.arange(y[-1] + 1), alpha)


def _weighed(
    of: Setting, canary: int, ratio: float, values: Array, x: Counts | None = None, y: Counts | None = None
) -> float:
    """The expectation of a value of both counts; those that `values` has no place for count as zero."""
    from scipy.stats import binom, nbinom

    x, y = (np.arange(n) if at is None else at for n, at in zip(values.shape, (x, y), strict=True))
    of_x = binom.pmf(x, canary, min(1.0, of.base_rate * ratio))
    of_y = nbinom.pmf(y, canary, of.weight / ((1 - of.weight) * of.base_rate + of.weight))
    return float(of_x @ values @ of_y)


def _crossed(bets: Bets, w: float, x: Counts, y: Counts, alpha: float) -> Array:
    """(len(x), len(y)): 1 where so many errors of the canary and of the champion make an e-value of 1 / alpha."""
    return np.asarray(log_value(bets, w, x[:, None], y[None, :]) >= -np.log(alpha), float)


def _avoiding(crossed: Array) -> Array:
    """Of all lattice paths from (0, 0) to each point, the share that never touches a point that is crossed."""
    nx, ny = crossed.shape
    share = np.zeros((nx, ny))
    share[0, 0] = 1.0
    for errors in range(1, nx + ny - 1):
        x = np.arange(max(0, errors - ny + 1), min(nx - 1, errors) + 1)
        y = errors - x
        come = x * share[np.maximum(x - 1, 0), y] + y * share[x, np.maximum(y - 1, 0)]
        share[x, y] = np.where(crossed[x, y] > 0, 0.0, come / errors)
    return share
