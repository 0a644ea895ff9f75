"""Whether a canary fails more often than the champion beside it: e-processes on where the errors fall.

Of two variants with equal error rates, an error falls on the canary with the probability w with which its unit was sent
there, whatever the rates do over time: a trend, an outage, an hour of the day strike both. If the canary's rate is r
times the champion's, it falls there with q(r) = w r / (w r + 1 - w). Against the null ratio r0 each error therefore
multiplies a bet on r by q(r) / q(r0) where it fell on the canary, by (1 - q(r)) / (1 - q(r0)) where it fell on the
champion, and a unit without an error by one. Products of such likelihood ratios, and averages over r of them, are
nonnegative supermartingales from 1 while the null holds, so by Ville's inequality (1939) they ever reach 1 / alpha with
probability at most alpha: anybody may look at any time. Conditioning on errors is the device of the conditional test of
two Poisson rates (Przyborowski & Wilenski 1940); e-processes: Ramdas, Gruenwald, Vovk & Shafer (2023).

A loss L in [0, 1] a unit multiplies by 1 + L (factor - 1). The expectation of this, less one, is (q(r) - q(r0)) times
(mean loss of the canary / r0 - mean loss of the champion) times a positive number: it needs no error to be 0 or 1.

One unit enters once. Requests of one conversation fail together, and no formula here would know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["RATIOS", "Bets", "EProcess", "Tallies", "against_harm", "for_promotion", "interval", "log_value", "ratio"]

RATIOS: Final = (1.5, 2.0, 3.0, 5.0, 8.0, 13.0)
_FAR: Final = 14.0  # natural log of the largest ratio that an interval ends at

Numbers = npt.ArrayLike
Array = npt.NDArray[np.float64]


class Bets(NamedTuple):
    """What is bet against, and on what.

    Attributes:
        null: the ratio of the null, > 0: it is "at most" that where all bets lie above, "at least" where below.
        ratios: what is bet on, all on one side of the null.
        shares: of the stake on each; they sum to 1.
    """

    null: float
    ratios: tuple[float, ...]
    shares: tuple[float, ...]


def against_harm(null: float = 1.0) -> Bets:
    """Null: the canary's rate is at most `null` times the champion's. Bets on 1.5 to 13 times that, in equal shares."""
    return Bets(null, tuple(null * r for r in RATIOS), (1 / len(RATIOS),) * len(RATIOS))


def for_promotion(margin: float, null: float | None = None) -> Bets:
    """Null: the canary's rate is at least `margin` times the champion's.

    The bets scale with the margin: half of the stake is on equal rates, which is what a rollout is planned for, a
    quarter on a ratio of the root of the margin, for when chance made equal rates look worse, and a quarter on
    1 / margin. (Of the ladders that were tried this one decides soonest for equal rates at margins 1.5 to 3.)

    Args:
        margin: > 1.
        null: another null, that is bet against in the same proportions.

    Raises:
        ValueError: the margin is not above 1.
    """
    if not margin > 1:
        raise ValueError(f"the margin is {margin:g}, and has to be above 1: equal rates cannot be shown to be equal")
    against = margin if null is None else null
    return Bets(against, (against / margin**0.5, against / margin, against / margin**2), (0.25, 0.5, 0.25))


@dataclass(frozen=True)
class EProcess:
    """What the bets have come to: with it, whoever restarts goes on with the same martingale.

    Attributes:
        bets: what is bet on.
        log_e: natural log of each bet's product so far, in the order of `bets.ratios`; empty stands for zeros.
    """

    bets: Bets
    log_e: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.log_e:
            object.__setattr__(self, "log_e", (0.0,) * len(self.bets.ratios))
        if len(self.log_e) != len(self.bets.ratios):
            raise ValueError(f"{len(self.log_e)} products of {len(self.bets.ratios)} bets")

    def updated(self, canary: Numbers, weight: Numbers, loss: Numbers = 1.0, times: Numbers = 1.0) -> EProcess:
        """After some units; the order in which they came does not matter.

        Args:
            canary: (n,) or a bool: the unit was on the canary.
            weight: the probability in [0, 1] with which it was sent there; at 0 and 1 it says nothing.
            loss: in [0, 1]; 0 says nothing.
            times: so many units alike, >= 0.

        Raises:
            ValueError: a weight or a loss outside [0, 1], a count below 0, or none of them a number.
        """
        on, w, lost, n = np.broadcast_arrays(np.asarray(canary, bool), *map(_floats, (weight, loss, times)))
        _within("weight", w, 1.0)
        _within("loss", lost, 1.0)
        _within("count", n, np.inf)
        telling = (w > 0) & (w < 1) & (lost > 0) & (n > 0)
        if not telling.any():
            return self
        on, w, lost, n = (column[telling] for column in (on, w, lost, n))
        up, down = _factors(w[:, None], self.bets.null, np.array(self.bets.ratios))
        grown = n[:, None] * np.log1p(lost[:, None] * (np.where(on[:, None], up, down) - 1))
        return replace(self, log_e=tuple((np.array(self.log_e) + grown.sum(axis=0)).tolist()))

    @property
    def log_value(self) -> float:
        """Natural log of the e-value: the average of the bets' products, by their shares."""
        return float(np.logaddexp.reduce(np.array(self.log_e) + np.log(self.bets.shares)))

    @property
    def p(self) -> float:
        """min(1, 1 / e): a p-value that holds at every look."""
        return float(np.exp(-max(0.0, self.log_value)))


class Tallies(NamedTuple):
    """What was seen at each weight: all that an interval needs.

    Attributes:
        weight: (k,) of the canary, in [0, 1].
        n_canary, n_champion: (k,) units.
        canary, champion: (k,) sums of their losses.
    """

    weight: Array
    n_canary: Array
    n_champion: Array
    canary: Array
    champion: Array


def ratio(seen: Tallies) -> float | None:
    """The canary's rate over the champion's, stratified by weight (Mantel & Haenszel 1959; Greenland & Robins 1985).

    Where the champion lost nothing, half a loss is put on each side, so that it is a number. None: nobody lost
    anything, or one of the two was never seen beside the other.
    """
    n = seen.n_canary + seen.n_champion
    both = (seen.n_canary > 0) & (seen.n_champion > 0)
    if not both.any() or not (seen.canary.sum() + seen.champion.sum()) > 0:
        return None
    up = (seen.canary * seen.n_champion)[both] / n[both]
    down = (seen.champion * seen.n_canary)[both] / n[both]
    if down.sum() > 0:
        return float(up.sum() / down.sum())
    half = 0.5 * np.array([seen.n_champion[both].sum(), seen.n_canary[both].sum()]) / n[both].sum()
    return float((up.sum() + half[0]) / half[1])


def interval(seen: Tallies, alpha: float, margin: float) -> tuple[float, float | None]:
    """Bounds of the ratio, each wrong ever with probability at most alpha: a confidence sequence.

    They are the nulls that the two e-processes have not rejected. Losses between 0 and 1 widen them: the log of
    1 + L (factor - 1) is at least L log(factor), so that sums of losses are enough.

    Args:
        seen: the counts.
        alpha: of each bound, one-sided.
        margin: > 1, of the promotion; at it the upper bound and the promotion agree on losses of 0 and 1.

    Returns:
        lower bound, >= 0; upper bound, or None where there is none yet.
    """
    enough, seen = -np.log(alpha), _together(seen)
    lo = _edge(lambda nulls: _log_values(seen, nulls, against_harm(1.0)) >= enough, -_FAR, _FAR)
    hi = _edge(lambda nulls: _log_values(seen, nulls, for_promotion(margin, 1.0)) >= enough, _FAR, -_FAR)
    return 0.0 if lo is None else lo, hi


def _together(seen: Tallies) -> Tallies:
    """Only weights at which both variants could be seen."""
    telling = (seen.weight > 0) & (seen.weight < 1)
    return Tallies(*(column[telling] for column in seen))


def _edge(rejected: Callable[[Array], npt.NDArray[np.bool_]], inside: float, outside: float) -> float | None:
    """Where rejection of nulls ends, from a log ratio that is rejected if any is, to one that is not; None: none is."""
    if not rejected(np.exp([inside]))[0]:
        return None
    for _ in range(5):
        at = np.linspace(inside, outside, 129)
        last = int(np.argmin(np.append(rejected(np.exp(at[1:])), False)))  # at[last] is rejected, the next is not
        inside, outside = at[last], at[min(last + 1, 128)]
    return float(np.exp(inside))


def log_value(bets: Bets, weight: Numbers, canary: Numbers, champion: Numbers) -> Any:
    """Natural log of the e-value of so many errors at one weight; broadcasts over the counts.

    Args:
        bets: what is bet on.
        weight: of the canary, in (0, 1).
        canary, champion: errors of each.
    """
    up, down = _factors(np.asarray(weight, float), bets.null, np.array(bets.ratios))
    x, y = _floats(canary)[..., None], _floats(champion)[..., None]
    return np.logaddexp.reduce(x * np.log(up) + y * np.log(down) + np.log(bets.shares), axis=-1)


def _log_values(seen: Tallies, nulls: Array, scaled: Bets) -> Array:
    """(n,) for each null the log e-value of what was seen, with bets that scale with it; `scaled` are those at 1."""
    ratios = nulls[:, None] * np.array(scaled.ratios)
    logs = np.zeros(ratios.shape)
    for w, x, y in zip(seen.weight, seen.canary, seen.champion, strict=True):
        up, down = _factors(w, nulls[:, None], ratios)
        logs += x * np.log(up) + y * np.log(down)
    return np.asarray(np.logaddexp.reduce(logs + np.log(scaled.shares), axis=1))


def _factors(w: Any, null: Any, ratios: Array) -> tuple[Any, Any]:
    """What an error multiplies each bet by: on the canary, on the champion."""
    down = (w * null + 1 - w) / (w * ratios + 1 - w)
    return ratios / null * down, down


def _floats(values: Numbers) -> Array:
    return np.asarray(values, float)


def _within(name: str, values: Array, most: float) -> None:
    if not np.all((values >= 0) & (values <= most)):  # NaN is in no interval
        bad = values[~((values >= 0) & (values <= most))].flat[0]
        raise ValueError(f"a {name} is {bad:g}; it lies within 0 and {most:g}")
