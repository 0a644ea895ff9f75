"""Evidence and size, and what both come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from evalkit.stats.drift.size import Effect

__all__ = ["FEWEST", "Drifted", "verdict", "worst"]

Drifted = Literal["drift", "shifted", "no_drift", "insufficient_data"]

FEWEST = 20
"""Values on a side below which nothing is said."""

_ORDER: tuple[Drifted, ...] = ("drift", "insufficient_data", "shifted", "no_drift")


def verdict(p: float, effect: Effect, n: int, m: int, *, min_effect: float, alpha: float = 0.05) -> Drifted:
    """What is said of one column.

    drift: shown, and at least `min_effect`. shifted: shown, and smaller. no_drift: the whole interval of the effect is
    below `min_effect`. Otherwise the data do not suffice; so it is with fewer than 20 values on a side.

    Args:
        p: of the evidence, adjusted over all columns.
        effect: with its interval.
        n, m: values of reference and current.
        min_effect: the smallest distance that matters, in (0, 1].
        alpha: P(any column is shown though none changed), at most.
    """
    if min(n, m) < FEWEST:
        return "insufficient_data"
    if p <= alpha:
        return "drift" if effect.point >= min_effect else "shifted"
    return "no_drift" if effect.hi < min_effect else "insufficient_data"


def worst(found: Iterable[Drifted]) -> Drifted:
    """Of several columns: drift, else insufficient_data, else shifted, else no_drift; of none: insufficient_data.

    A column that cannot be told comes before one that is shown to have moved a little: else a small shift somewhere
    would make "nothing that matters" of a report in which most columns were not measured.
    """
    seen = set(found)
    return next((outcome for outcome in _ORDER if outcome in seen), "insufficient_data")
