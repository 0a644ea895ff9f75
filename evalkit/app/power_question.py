"""`evalkit stats power`: which of cases, power and distance is asked for, and the answer."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.stats.design import Design, cases_for, distance_for, power_at


class Asked(NamedTuple):
    """What was given; exactly one of n, power and (margin, drop) is left open.

    Attributes:
        n, power: cases, and the chance to decide.
        margin: how much worse than the truth of no change the line lies.
        drop: the true worsening; a drop beyond the margin is to be shown, one within it is to be passed.
        alpha: one-sided error.
    """

    n: int | None
    power: float | None
    margin: float | None
    drop: float | None
    alpha: float


def answer(design: Design, asked: Asked) -> dict[str, Any]:
    """All figures, with `solved` naming the one that was open.

    Raises:
        InputError: not exactly one is open, or a figure is out of range.
    """
    effect = asked.margin is not None or asked.drop is not None
    given = [name for name, there in (("n", asked.n is not None), ("power", asked.power is not None)) if there]
    given += ["margin or drop"] if effect else []
    if len(given) == 3:
        what = "n, power and a margin (or drop) are all given, and one of them follows from the others"
        raise InputError(what, remedy="Leave out the one that is asked for.")
    if len(given) < 2 and not (given and asked.power is None):
        known = given[0] if given else "nothing"
        raise InputError(f"{known} alone is given", remedy="Give two of --n, --power, and --margin or --drop.")
    _fits(design, asked.n)
    try:
        return _solved(design, asked, effect)
    except ValueError as error:
        option = f"--{str(error).split(' ', 1)[0]}"
        hint = f"Give {option}." if str(error).endswith("is not given") else ""
        raise InputError(str(error), f"kind {design.kind}", hint) from None


def _fits(design: Design, n: int | None) -> None:
    """Nothing that was given is left unused.

    Raises:
        InputError: a figure of another kind, a correlation without groups, or more groups than cases.
    """
    for name, kind in (("p", "proportion"), ("discordance", "paired"), ("sd", "mean")):
        if kind != design.kind and getattr(design, name) is not None:
            raise InputError(f"{name} is of the kind {kind}", f"kind {design.kind}", f"Leave out --{name}.")
    if design.clusters is None and design.icc != 0:
        raise InputError("an intraclass correlation is given, and no groups", "--icc", "Give --clusters.")
    if design.clusters is not None and n is not None and design.clusters > n:
        raise InputError(f"{n:,} cases cannot come in {design.clusters:,} groups", "--clusters", "Each holds a case.")


def _solved(design: Design, asked: Asked, effect: bool) -> dict[str, Any]:
    margin, drop = asked.margin or 0.0, asked.drop or 0.0
    for name, value in (("margin", margin), ("drop", drop)):
        if not 0 <= value < math.inf:
            raise ValueError(f"{name} is {value:g}, not a worsening of 0 or more")
    distance, n, power = abs(margin - drop), asked.n, asked.power
    solved = "power" if n is not None and effect else "n" if effect else "min_detectable"
    if n is None:
        n = cases_for(design, distance, power or 0.8, asked.alpha, drop)
        if n is None:
            raise InputError(
                f"{design.clusters} clusters of intraclass correlation {design.icc:g} are too few, however many cases",
                remedy="More clusters are needed: give a larger --clusters.",
            )
    reached = power_at(design, n, distance, asked.alpha, drop) if effect else power or 0.8
    wanted = power or 0.8
    se = design.se(n, drop)
    return {
        "kind": design.kind,
        "solved": solved,
        "n": n,
        "clusters": design.clusters,
        "icc": design.icc if design.clusters is not None else None,
        "design_effect": se**2 / (design.variance(drop) / n),
        "se": se,
        "alpha": asked.alpha,
        "power": reached,
        "margin": asked.margin,
        "drop": asked.drop,
        "distance": distance if effect else None,
        "shows": None if not effect else "fail" if drop > margin else "pass",
        "min_detectable": distance_for(design, n, wanted, asked.alpha, drop),
        "min_detectable_power": wanted,
    }
