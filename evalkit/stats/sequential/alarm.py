"""Alarms that may be looked at every hour of a year: e-Shiryaev-Roberts on the means of windows.

Under "nothing changed" each look multiplies a bet by a factor L whose conditional mean is at most 1, and
R_t = (R_{t-1} + 1) L_t has E[R_t] <= t (Shin, Ramdas, Rinaldo 2023, e-detectors). By Doob's inequality
P(R reaches T M / alpha within T looks) <= alpha / M: with M metrics, at most alpha for any false alarm in T looks.

What is bet on is the mean of a window, not each request: requests of one hour share their hour. A factor needs no
distribution, only a bound of the mean and of the variance of windows. With f = h - k s, for any x with mean at most h
and variance at most s^2, E max(x, f) <= h + s (sqrt(k^2 + 1) - k) / 2 =: h' (Scarf 1958), so
L = 1 + lam (max(x, f) - h') has mean at most 1; lam (h' - f) <= .9 keeps it positive.

The reference is itself measured. Bets that start at its mean are wrong: with a reference of a day to four weeks, a
quarter to a half of all years have a false alarm, though the smallest shift that is bet on is four standard errors
(benchmarks/alarms.py). So h is the upper bound of the reference's mean, a fifth of alpha pays for it, and bets
are on shifts of at least four standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.distributions import t_quantile

__all__ = ["FEWEST_WINDOWS", "Plan", "Rules", "State", "advance", "factors", "look", "plan", "start"]

FEWEST_WINDOWS = 20
"""Windows of a reference (of a phase of its season: 5) below which nothing is bet."""

_FEWEST_OF_A_PHASE = 5
_SPENT = 0.2  # share of alpha for the reference's own error
_LEAST_SES = 4.0
_LARGEST = 2.0  # sd
_STRONGEST = 1.75  # of a bet, in 1 / sd: k is then nearly 0, its least
_KEPT = 0.9  # of the stake that one window can take


class Plan(NamedTuple):
    """What is bet, fixed before the first look.

    Attributes:
        means: phase of the season -> mean of the reference's windows; one phase "" without a season.
        low, high: phase -> bounds of that mean.
        sd: of a window's mean about its phase's, its upper bound.
        size: requests of a window that `sd` is of; smaller windows vary more.
        shifts: (k,) sd beyond the bounds that are bet on, smallest first.
        up, down: which directions are bet on.
        log_line: log of the R at which an alarm is raised.
        looks: T, after which R begins anew.
    """

    means: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    sd: float
    size: float
    shifts: tuple[float, ...]
    up: bool
    down: bool
    log_line: float
    looks: int


class State(NamedTuple):
    """Where the bets stand: kept between looks, as JSON if need be.

    Attributes:
        log_r: (b,) log R of each bet; -inf at the beginning.
        looks: made in this period.
        total: looks ever made.
        alarms: `total` at each alarm; after one R begins anew.
    """

    log_r: tuple[float, ...]
    looks: int = 0
    total: int = 0
    alarms: tuple[int, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As plain JSON values; -inf is null."""
        told = [None if r == -math.inf else r for r in self.log_r]
        return {"log_r": told, "looks": self.looks, "total": self.total, "alarms": list(self.alarms)}

    @classmethod
    def from_json(cls, found: Mapping[str, object]) -> State:
        """What `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is no such thing.
        """
        log_r, alarms = found["log_r"], found["alarms"]
        looks, total = found["looks"], found["total"]
        if not (isinstance(log_r, list) and isinstance(alarms, list) and isinstance(looks, int)):
            raise ValueError("log_r and alarms are lists, looks is a whole number")
        if not isinstance(total, int):
            raise ValueError("total is a whole number")
        return cls(tuple(-math.inf if r is None else float(r) for r in log_r), looks, total, tuple(map(int, alarms)))

    @property
    def log_e(self) -> float:
        """log of the mean of R over the bets."""
        return _mean(self.log_r)


class Rules(NamedTuple):
    """What an alarm promises and looks for.

    Attributes:
        looks: T.
        metrics: M.
        alpha: P(any alarm in T looks of M metrics though nothing changed), at most.
        least: the smallest shift worth an alarm, in the unit of the values.
        up, down: which directions are bet on.
    """

    looks: int = 8_760
    metrics: int = 1
    alpha: float = 0.05
    least: float = 0.0
    up: bool = True
    down: bool = True


def plan(
    values: npt.ArrayLike,
    sizes: npt.ArrayLike | None = None,
    phases: Sequence[str] | None = None,
    rules: Rules = Rules(),  # noqa: B008  (immutable)
) -> Plan | None:
    """Bets against a reference of n windows; None where they are too few (20; of a phase, 5), or all alike.

    Args:
        values: (n,) mean of each window.
        sizes: (n,) requests of each; None: alike.
        phases: (n,) phase of the season of each, such as the hour of the day. A metric that has a season and is given
            no phases raises false alarms.
        rules: what is promised.

    Raises:
        ValueError: a value is not finite, or numbers that cannot be.
    """
    x = np.asarray(values, np.float64)
    n = np.ones(len(x)) if sizes is None else np.asarray(sizes, np.float64)
    names = [""] * len(x) if phases is None else list(phases)
    _check(x, n, names, rules)
    groups = {name: x[[other == name for other in names]] for name in dict.fromkeys(names)}
    groups = {name: own for name, own in groups.items() if len(own) >= (_FEWEST_OF_A_PHASE if len(groups) > 1 else 2)}
    free = sum(len(own) - 1 for own in groups.values())
    if free < FEWEST_WINDOWS - 1:
        return None
    spread = math.sqrt(sum(float(np.square(own - own.mean()).sum()) for own in groups.values()) / free)
    if spread <= 1e-12 * float(np.abs(x).max(initial=0.0)):
        return None
    return _plan(groups, spread, float(np.median(n)), rules)


def _check(x: Array, n: Array, names: list[str], rules: Rules) -> None:
    if x.ndim != 1 or not np.isfinite(x).all() or len(n) != len(x) or len(names) != len(x) or (n <= 0).any():
        raise ValueError("a window has a finite mean, a positive size and a phase: leave empty windows out")
    if rules.looks < 1 or rules.metrics < 1 or not 0 < rules.alpha < 1 or rules.least < 0:
        raise ValueError("looks and metrics are at least 1, alpha lies between 0 and 1, and least is not negative")
    if not (rules.up or rules.down):
        raise ValueError("an alarm is for one direction at least")


def _plan(groups: Mapping[str, Array], spread: float, size: float, rules: Rules) -> Plan:
    from scipy.special import chdtri

    free = sum(len(own) - 1 for own in groups.values())
    # both sides of each phase's mean, and the variance, share what the reference may be wrong
    tail = _SPENT * rules.alpha / (rules.metrics * (2 * len(groups) + 1))
    sd = spread * math.sqrt(free / float(chdtri(free, 1 - tail)))
    means = {name: float(own.mean()) for name, own in groups.items()}
    errors = {name: spread / math.sqrt(len(own)) for name, own in groups.items()}
    far, worst = -t_quantile(free, tail), max(errors.values())
    shifts = [max((_LEAST_SES - far) * worst, worst, rules.least - far * worst) / sd]
    while shifts[-1] * 2 <= _LARGEST:
        shifts.append(shifts[-1] * 2)
    return Plan(
        means,
        {name: mean - far * errors[name] for name, mean in means.items()},
        {name: mean + far * errors[name] for name, mean in means.items()},
        sd,
        size,
        tuple(shifts),
        rules.up,
        rules.down,
        math.log(rules.looks * rules.metrics / ((1 - _SPENT) * rules.alpha)),
        rules.looks,
    )


def factors(
    bets: Plan, values: npt.ArrayLike, sizes: npt.ArrayLike | None = None, phases: Sequence[str] | None = None
) -> Array:
    """(n, b) logs of L of n windows, for each bet; 0 (no bet) in a phase that the reference does not know.

    Args:
        bets: the plan.
        values: (n,) means of windows.
        sizes: (n,) requests of each; None: as many as in the reference.
        phases: (n,) phases.
    """
    x = np.asarray(values, np.float64)[:, None]
    n = np.full(len(x), bets.size) if sizes is None else np.asarray(sizes, np.float64)
    names = [""] * len(x) if phases is None else list(phases)
    known = np.array([name in bets.means for name in names], bool)[:, None]
    # the variance of a mean grows at most as the size falls, whatever part of it requests of an hour share
    sd = bets.sd * np.sqrt(np.maximum(1.0, bets.size / n))[:, None]
    high, low = (np.array([side.get(name, 0.0) for name in names])[:, None] for side in (bets.high, bets.low))
    sides = [(x - high) / sd] * bets.up + [(low - x) / sd] * bets.down
    logs = np.concatenate([_logs(z, bets.shifts) for z in sides], axis=1)
    return np.where(known, logs, 0.0)


def _logs(z: Array, shifts: Sequence[float]) -> Array:
    """(n, k) log L of (n, 1) distances beyond the bound, in sd."""
    d = np.asarray(shifts)
    # nearly what makes the most of a normal window that moved by d sd; less than d, since f is above the lowest values
    lam = np.minimum(d * (0.6 + 0.25 * np.minimum(d, 2.0)), _STRONGEST)
    reach = _KEPT / lam  # of h' - f, in sd
    k = reach - 1 / (4 * reach)
    over = (np.sqrt(k * k + 1) - k) / 2  # so that k + over is `reach`
    logs: Array = np.log1p(lam * (np.maximum(z, -k) - over))
    return logs


def advance(log_r: Array, log_l: Array) -> Array:
    """R_t = (R_{t-1} + 1) L_t, in logs; of any shape."""
    following: Array = np.logaddexp(log_r, 0.0) + log_l
    return following


def start(bets: Plan) -> State:
    """Before the first look."""
    return State((-math.inf,) * (len(bets.shifts) * (bets.up + bets.down)))


def look(bets: Plan, state: State, value: float | None, size: float | None = None, phase: str = "") -> State:
    """One more window; None: it was empty, which is a look without a bet.

    Raises:
        ValueError: the state is of another plan.
    """
    if len(state.log_r) != len(start(bets).log_r):
        raise ValueError(f"the state has {len(state.log_r)} bets and the plan {len(start(bets).log_r)}")
    log_r = np.array(state.log_r)
    if value is not None and math.isfinite(value):
        log_r = advance(log_r, factors(bets, [value], None if size is None else [size], [phase])[0])
    total, looks = state.total + 1, state.looks + 1
    if _mean(log_r) >= bets.log_line:
        return State(start(bets).log_r, 0 if looks >= bets.looks else looks, total, (*state.alarms, total))
    if looks >= bets.looks:
        return State(start(bets).log_r, 0, total, state.alarms)
    return State(tuple(log_r.tolist()), looks, total, state.alarms)


def _mean(log_r: npt.ArrayLike) -> float:
    logs = np.asarray(log_r)
    most = float(logs.max(initial=-math.inf))
    return most if math.isinf(most) else most + math.log(float(np.exp(logs - most).mean()))
