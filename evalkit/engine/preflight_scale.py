"""What more cases, or more answers to each, would do to the power of gates that were simulated on the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from evalkit.engine.gate_words import advises
from evalkit.engine.preflight import Rehearsal, moments
from evalkit.engine.preflight_gate import Question
from evalkit.stats.clusters import Array
from evalkit.stats.distributions import normal_quantile

MOST_SCALE = 1e6  # more cases than this many times the present ones are not worth naming
MORE = 1.01  # cases that are too few are never told to be enough


def joint(rehearsal: Rehearsal, scale: Array | float = 1.0) -> tuple[float, Array]:
    """Power with `scale` times the information: that all gates pass together, and (m,) that each does.

    At 1 it is what was simulated; else estimates are drawn together about their mean and standard errors shrink, both
    by the square root of the scale, which may differ between gates.
    """
    now = np.all(np.asarray(scale) == 1.0)
    passes = rehearsal.passes if now else _scaled(rehearsal, _information(rehearsal, np.asarray(scale, float)))
    family = gating(rehearsal.asked)
    each = passes.mean(axis=0)
    return (float(passes[:, family].all(axis=1).mean()) if family else float("nan")), each


def _information(rehearsal: Rehearsal, scale: Array) -> Array:
    """(m,) what so many times the present cases are worth to gates of normal theory.

    What exact bounds cost is a number of cases that hardly depends on how many there are (half a case at either end, as
    in a continuity correction), so it is taken off, not multiplied.
    """
    now = worth(rehearsal)
    information: Array = np.where(now < 1, np.maximum(scale - 1 + now, 1e-6), scale * now)
    return information


@lru_cache(maxsize=4)
def worth(rehearsal: Rehearsal) -> Array:
    """(m,) how many times the present cases gates of normal theory need for the power that was simulated.

    Gates on shares and on few clusters ask for more than normal theory does. 1 where power tells nothing of it.
    """
    now, alike = (np.clip(found, 0.02, 0.98) for found in (rehearsal.passes.mean(axis=0), _normal(rehearsal, 1.0)))
    lo, hi = np.full(len(now), np.log(1e-3)), np.full(len(now), np.log(MOST_SCALE))
    for _ in range(30):
        middle = 0.5 * (lo + hi)
        reached = _normal(rehearsal, np.exp(middle)) >= now
        lo, hi = np.where(reached, lo, middle), np.where(reached, middle, hi)
    told = (np.abs(now - alike) > 0.005) & (_normal(rehearsal, MOST_SCALE) >= now)
    return np.where(told, np.exp(hi), 1.0)


def _normal(rehearsal: Rehearsal, scale: Array | float) -> Array:
    """(m,) power of each gate by normal theory."""
    power: Array = _scaled(rehearsal, np.asarray(scale, float)).mean(axis=0)
    return power


def _scaled(rehearsal: Rehearsal, scale: Array) -> np.ndarray:
    point, se = rehearsal.point, rehearsal.se
    middle, spread = moments(point)
    line = np.array([one.line for one in rehearsal.asked])
    # A truth that the simulation cannot tell from the line is on it: no number of cases moves it beyond.
    middle = np.where(np.abs(middle - line) <= 3 * spread / np.sqrt(len(point)), line, middle)
    root = np.sqrt(scale)
    typical = np.sqrt(np.nan_to_num(se**2).mean(axis=0))
    known = np.where(typical > 0, typical, spread) / root
    sign = np.array([1.0 if one.up else -1.0 for one in rehearsal.asked])
    z = -normal_quantile(rehearsal.alpha)
    found: np.ndarray = sign * (middle + (point - middle) / root - line) - z * known >= 0
    for i, one in enumerate(rehearsal.asked):
        if one.gate.basis == "census":
            found[:, i] = rehearsal.passes[:, i]
    return found


def gating(asked: Sequence[Question]) -> list[int]:
    """The gates that may block."""
    return [i for i, one in enumerate(asked) if not advises(one.gate)]


def needed_scale(rehearsal: Rehearsal, power: float, only: int | None = None) -> float | None:
    """How many times the present cases give this power, together or for one gate; None: no number does, or unknown."""

    def told(scale: float | None) -> float:
        together, each = joint(rehearsal, 1.0 if scale is None else np.full(len(rehearsal.asked), scale) * (1 + 1e-9))
        return together if only is None else float(each[only])

    short = told(None) < power
    if (short and _unknown(rehearsal, power, only)) or told(MOST_SCALE) < power:
        return None
    lo, hi = np.log(1e-3), np.log(MOST_SCALE)
    for _ in range(40):
        middle = 0.5 * (lo + hi)
        lo, hi = (lo, middle) if told(float(np.exp(middle))) >= power else (middle, hi)
    return max(float(np.exp(hi)), MORE) if short else float(np.exp(hi))


def _unknown(rehearsal: Rehearsal, power: float, only: int | None) -> bool:
    """Whether a gate that passes too seldom has cases of which nothing says how much they scatter."""
    asked = gating(rehearsal.asked) if only is None else [only]
    each = rehearsal.passes.mean(axis=0)
    spread = np.nan_to_num(rehearsal.se).max(axis=0)
    return any(each[i] < power and spread[i] <= 0 and rehearsal.asked[i].gate.basis == "sample" for i in asked)


def needed_repeats(rehearsal: Rehearsal, noise: Array, repeats: int, power: float, most: int = 64) -> int | None:
    """The fewest answers a case that give this joint power on the present cases; None: `most` do not.

    Args:
        rehearsal: with `repeats` answers a case.
        noise: (m,) share of each gate's variance that answers of one system to one case differ by.
        repeats: of the rehearsal.
        power: wanted.
        most: largest number tried.
    """

    def reached(k: int) -> bool:
        return joint(rehearsal, 1 / (1 - noise + noise * repeats / k) * (1 + 1e-9))[0] >= power

    if _unknown(rehearsal, power, None):
        return None
    return next((k for k in range(repeats + 1, most + 1) if reached(k)), None)
