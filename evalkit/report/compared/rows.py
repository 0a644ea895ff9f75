"""A comparison's numbers as text: one home, so that terminal, comment, notebook and page say the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from evalkit.core.comparison import Comparison, Difference, Figure, MetricComparison, Operation, Standing
from evalkit.report import numbers
from evalkit.report.text import listing

__all__ = [
    "SHOWN",
    "best_share",
    "difference",
    "operation",
    "rank",
    "seconds",
    "span",
    "spent",
    "stars",
    "strongest",
    "value",
]

SHOWN = {"better": "shown better", "worse": "shown worse", None: "not separated"}


class Spanned(Protocol):
    """A number with an interval, or without."""

    @property
    def point(self) -> float | None: ...
    @property
    def lo(self) -> float | None: ...
    @property
    def hi(self) -> float | None: ...


def digits(found: Spanned) -> int:
    """Decimals that show two significant digits of the interval's half-width; without one, four of the point.

    An end that is not 0 is not shown as 0 where the interval excludes it: that would hide what is shown.
    """
    if found.lo is None or found.hi is None or found.hi <= found.lo:
        return _places(abs(found.point), 4) if found.point else 3
    told = _places((found.hi - found.lo) / 2, 2)
    nearest = min(abs(found.lo), abs(found.hi)) if found.lo * found.hi > 0 else 0.0
    return max(told, _places(nearest, 1)) if nearest else told


def _places(size: float, significant: int) -> int:
    return min(max(significant - 1 - math.floor(math.log10(size)), 0), 6)


def value(found: Spanned, unit: str = "", *, signed: bool = False) -> str:
    """The value with its unit; an en dash where there is none."""
    if found.point is None:
        return "–"
    return numbers.number(found.point, digits(found), signed=signed) + numbers.unit_suffix(unit)


def short(found: Spanned, *, signed: bool = False) -> str:
    """The value with as many digits as its interval's width carries, for where no interval stands beside it."""
    if found.point is None:
        return "–"
    if found.lo is None or found.hi is None or found.hi <= found.lo:
        return numbers.number(found.point, digits(found), signed=signed)
    return numbers.number(found.point, min(_places((found.hi - found.lo) / 2, 2), 4), signed=signed)


def span(found: Spanned, *, signed: bool = False) -> str:
    """`[0.41, 0.47]`, or the empty text."""
    if found.lo is None or found.hi is None:
        return ""
    ends = (numbers.number(end, digits(found), signed=signed) for end in (found.lo, found.hi))
    return f"[{', '.join(ends)}]"


def rank(row: Standing) -> str:
    """`2`, or `1–3` where several ranks are possible."""
    return str(row.rank_lo) if row.rank_lo == row.rank_hi else f"{row.rank_lo}–{row.rank_hi}"


def best_share(row: Standing) -> str:
    """How often a system is best over resamples."""
    if row.p_best is None:
        return "–"
    if 0 < row.p_best < 0.01:
        return "<\u00a01\u00a0%"
    if 0.99 < row.p_best < 1:
        return ">\u00a099\u00a0%"
    return f"{100 * row.p_best:.0f}\u00a0%"


def difference(row: Difference, unit: str = "") -> str:
    """`+0.043 [0.015, 0.071]`, or why there is no interval."""
    told = value(row, unit, signed=True)
    if row.identical:
        return f"{told} (the same answers)"
    return f"{told} {span(row)}" if row.lo is not None else f"{told} (no interval: {row.reason or 'not stated'})"


def stars(row: Difference) -> str:
    """Evidence of a difference as signs: `***` for p at most 0.001, `**` 0.01, `*` 0.05; only where it is shown."""
    if row.shown is None or row.p is None:
        return ""
    return "***" if row.p <= 0.001 else "**" if row.p <= 0.01 else "*" if row.p <= 0.05 else ""


def cost(figure: Figure) -> str:
    """Dollars an answer; `unknown`, never 0."""
    return numbers.dollars(figure.point) if figure.point is not None else "unknown"


def seconds(figure: Figure) -> str:
    """Seconds of an answer; `unknown`, never 0."""
    return numbers.duration(figure.point)


def operation(found: Comparison, name: str) -> Operation | None:
    """What a system costs and how long it takes, where that was asked."""
    systems = found.pareto.systems if found.pareto else []
    return next((system for system in systems if system.name == name), None)


def spent(found: Comparison, name: str) -> list[str]:
    """Cost an answer, median and 95th percentile of its seconds."""
    one = operation(found, name)
    return [cost(one.cost), seconds(one.median_seconds), seconds(one.p95_seconds)] if one else ["", "", ""]


def judged(under: MetricComparison) -> str:
    """What a reader of a judged number has to know: how its judge's errors are corrected, or that they are not."""
    if under.judge is None:
        return ""
    whys = list(dict.fromkeys(s.uncorrected for s in under.systems if s.uncorrected))
    how = sorted({s.correction.method for s in under.systems if s.correction})
    said = f"{under.metric} is judged by a model"
    if how and not whys:
        return f"{said}; its numbers are corrected for the judge's errors ({', '.join(how)})."
    names = [s.name for s in under.systems if s.uncorrected]
    which = "its numbers are" if len(names) == len(under.systems) else f"the numbers of {listing(names)} are"
    return f"{said}, and {which} not corrected for the judge's errors. {' '.join(whys[:2])}" if whys else f"{said}."


def strongest(under: MetricComparison, most: int) -> Sequence[Difference]:
    """Differences to tell first: what is shown, by evidence; then what is not."""

    def place(row: Difference) -> tuple[bool, float, float]:
        return row.shown is None, 1.0 if row.p is None else row.p, -abs(row.point or 0.0)

    return sorted(under.differences, key=place)[:most]
