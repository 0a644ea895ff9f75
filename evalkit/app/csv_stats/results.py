"""What the commands on columns answer: one JSON object, with a sentence where there is no number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from evalkit.app.csv_stats.cases import Range
from evalkit.core.errors import InputError
from evalkit.engine.hull import Found

Unscored = Literal["bounds", "missing_at_random"]


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """What statistics refuse (a method that does not fit the data) is the input's fault, in a sentence."""
    try:
        yield
    except ValueError as error:
        raise InputError(str(error), str(path)) from error


def described(found: Found, n_unscored: int, level: float, unscored: Unscored, ends: Range | None) -> dict[str, Any]:
    """The fields of both commands.

    `lo` and `hi` are the hull over the unscored cases; `scored` has the interval of the scored cases alone, where the
    two differ.

    Raises:
        InputError: the level is not in (0, 1).
    """
    if not 0 < level < 1:
        raise InputError(f"a confidence level lies between 0 and 1, not at {level:g}", "--level", "0.95 is usual")
    lo, hi, reason = found.interval(level)
    one = found.complete
    result: dict[str, Any] = {
        "n": one.n if one else 0,
        "n_clusters": one.n_clusters if one else None,
        "n_unscored": n_unscored,
        "point": one.point if one else None,
        "lo": lo,
        "hi": hi,
        "level": level,
        "method": one.method if one else "none",
        "n_eff": one.n_eff if one else None,
        "warnings": _warnings(found, n_unscored, unscored, ends),
    }
    if reason is not None:
        result["reason"] = f"There is no interval: {reason.rstrip('.')}."
    if n_unscored:
        result["unscored"] = unscored if found.note != "scored cases only" else "not bounded"
        ends_scored = one.interval(level) if one and one.interval else (None, None)
        result["scored"] = {"lo": ends_scored[0], "hi": ends_scored[1]}
    return result


def _warnings(found: Found, n_unscored: int, unscored: Unscored, ends: Range | None) -> list[str]:
    said = list(found.complete.warnings) if found.complete else []
    if not n_unscored or found.complete is None:
        return said
    cases = f"{n_unscored:,} unscored case{'s' * (n_unscored != 1)}"
    if unscored == "missing_at_random":
        return [*said, f"{cases} left out, taken to be missing at random, as declared"]
    if ends is None:
        return [*said, f"{cases} not in the interval: the values have no known range (--range LO HI declares one)"]
    return [*said, f"the interval holds whatever the {cases} would have been between {ends[0]:g} and {ends[1]:g}"]
