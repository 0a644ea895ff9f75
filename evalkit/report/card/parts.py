"""What a section of the card is made of, so that one template shows them all, and Markdown says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from evalkit.report import numbers
from evalkit.report.card.read import Fig
from evalkit.report.charts.spec import Mark, Range, Series, Table
from evalkit.report.figures import Figure
from evalkit.report.numbers import p_is
from evalkit.report.text import clip, count

__all__ = [
    "JUDGE",
    "PEOPLE",
    "SHARE",
    "Part",
    "Titled",
    "coefficient",
    "day",
    "mark",
    "p_is",
    "percent",
    "points",
    "share",
]

SHARE = (0.0, 1.0)
JUDGE, PEOPLE = Series("judge and people", "candidate"), Series("people with one another", "baseline", hollow=True)


class Titled(NamedTuple):
    """A table with what stands over it; `wide`: names of columns that hold prose."""

    title: str
    table: Table


@dataclass(frozen=True)
class Part:
    """One section.

    Attributes:
        said: what it says, as sentences: the first of them is its message.
        figures: drawn; `layout` says how they stand.
        facts: name -> value.
        tables: below the figures.
        commands: to be typed.
        texts: (title, long text), folded.
        missing: (what, why) of what was not measured.
        notes: how to read it.
        prose: the facts are sentences.
    """

    said: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    layout: Literal["pair", "multiples", "one"] = "pair"
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Titled] = ()
    commands: Sequence[str] = ()
    texts: Sequence[tuple[str, str]] = ()
    missing: Sequence[tuple[str, str]] = field(default=())
    notes: Sequence[str] = ()
    prose: bool = False

    @property
    def says(self) -> bool:
        """Whether there is more than that something is not known."""
        return bool(self.said or self.figures or self.facts or self.tables or self.commands or self.texts)


def percent(x: float | None, digits: int = 0) -> str:
    """`91 %`, with a no-break space."""
    return "–" if x is None else f"{numbers.number(100 * x, digits)}\u00a0%"


def share(one: Fig | None, digits: int = 0) -> str:
    """`91 % [87, 94]`."""
    if one is None or one.point is None:
        return "unknown"
    if one.lo is None or one.hi is None:
        return percent(one.point, digits)
    ends = (numbers.number(100 * end, digits) for end in (one.lo, one.hi))
    return f"{percent(one.point, digits)} [{', '.join(ends)}]"


def points(one: Fig | None, digits: int = 1) -> str:
    """`+3.1 points [1.0, 5.2]`, of a difference of shares."""
    if one is None or one.point is None:
        return "unknown"
    shown = f"{numbers.number(100 * one.point, digits, signed=True)}\u00a0points"
    if one.lo is None or one.hi is None:
        return shown
    return f"{shown} [{', '.join(numbers.number(100 * e, digits, signed=True) for e in (one.lo, one.hi))}]"


def coefficient(one: Fig | None, *, signed: bool = False) -> str:
    """`0.76 [0.63, 0.86]`."""
    if one is None or one.point is None:
        return "unknown"
    shown = numbers.number(one.point, 2, signed=signed)
    if one.lo is None or one.hi is None:
        return shown
    return f"{shown} [{', '.join(numbers.number(e, 2, signed=signed) for e in (one.lo, one.hi))}]"


def mark(one: Fig | None, series: int = 0, *, name: str = "", as_share: bool = True) -> Mark:
    """A figure as a mark, with its method in the table behind the chart."""
    if one is None or one.point is None:
        why = one.reason if one is not None and one.reason else "not measured"
        return Mark(series, words=f"{name}: {why}", cells={"Estimate": "none", "95\u00a0% interval": clip(why, 120)})
    shown = share(one, 1) if as_share else coefficient(one)
    value, _, interval = shown.partition(" [")
    cells = {"Estimate": value, "95\u00a0% interval": f"[{interval}" if interval else one.reason or "none"}
    cells |= {"n": count(one.n) if one.n is not None else "", "Method": one.method}
    thin = Range(one.lo, one.hi) if one.lo is not None and one.hi is not None else None
    return Mark(series, one.point, thin, words=f"{name}: {shown}", cells=cells)


def day(moment: str) -> str:
    """The day of an ISO time."""
    return clip(moment, 40)[:10]
