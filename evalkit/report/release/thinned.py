"""A long series drawn with as many moments as a chart can show: chosen, never averaged, and said."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.evidence import Series
from evalkit.report.text import count

__all__ = ["thinned"]

_MOST = 400
_STRETCHES = 100
_ALARMS = 50


def thinned(told: Series) -> tuple[Series, str]:
    """The series with at most some 400 of its moments and 50 of its alarms, and a sentence of what was left out.

    First and last, moments of alarms, and of each of 100 stretches the lowest, the highest and a gap: what a reader
    would see of all of them. A series that is short enough stays as it is, with no sentence.
    """
    n, alarms = len(told.moments), len(told.alarms)
    if n <= _MOST and alarms <= _ALARMS:
        return told, ""
    held = told.alarms[:_ALARMS]
    kept = range(n) if n <= _MOST else sorted(set(_kept(told, frozenset(held))))
    said = []
    if n > len(kept):
        said.append(
            f"{count(len(kept))} of {count(n)} moments are drawn: the first, the last, those of alarms, and the lowest "
            "and the highest of each stretch. All are in the evidence."
        )
    if alarms > len(held):
        said.append(f"The first {count(len(held))} of {count(alarms)} alarms are marked.")
    return told.model_copy(update={"moments": [told.moments[i] for i in kept], "alarms": held}), " ".join(said)


def _kept(told: Series, alarms: frozenset[str]) -> Iterator[int]:
    n = len(told.moments)
    yield from (0, n - 1)
    at = {moment.at: i for i, moment in enumerate(told.moments) if moment.at in alarms}  # the last of those alike
    yield from at.values()
    for k in range(_STRETCHES):
        stretch = range(k * n // _STRETCHES, (k + 1) * n // _STRETCHES)
        seen = [(point, i) for i in stretch if (point := told.moments[i].point) is not None]
        yield from (min(seen)[1], max(seen)[1]) if seen else ()
        if len(seen) < len(stretch):
            yield next(i for i in stretch if told.moments[i].point is None)
