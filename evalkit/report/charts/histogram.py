"""How values are spread: a histogram or the cumulative share, of one system or of several over one axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evalkit.report.charts.axes import (
    AXIS,
    across,
    legend,
    legend_height,
    nothing,
    over,
    readings,
    up,
    up_room,
)
from evalkit.report.charts.scale import Linear, domain_of, ticks
from evalkit.report.charts.spec import Series, Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text

__all__ = ["Distribution", "Reading", "binned", "distribution"]


class Reading(NamedTuple):
    """A value to read off, with its words: a median, a gate's line, a threshold."""

    at: float
    words: str


@dataclass(frozen=True)
class Distribution:
    """Counts of values between edges; `binned` makes both from values.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        axis: what the values are, with the unit.
        edges: m + 1 rising bounds of m bins; see `binned` for which bound belongs to a bin.
        counts: one tuple of m counts a series.
        series: of the counts, in their order.
        style: bars of counts, one panel a series under each other; or the share of values up to each edge, as steps
            over each other.
        readings: values to read off.
        noun: what is counted.
        about: the longer description for a screen reader.
    """

    title: str
    axis: str
    edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]
    series: tuple[Series, ...]
    style: Literal["histogram", "ecdf"] = "histogram"
    readings: tuple[Reading, ...] = ()
    noun: str = "cases"
    about: str = ""

    def table(self) -> Table:
        """One row a bin: from, to, the count of every series."""
        digits = _digits(self.edges)
        rows = [
            [f"{lo:,.{digits}f}", f"{hi:,.{digits}f}", *(f"{mine[i]:,}" for mine in self.counts)]
            for i, (lo, hi) in enumerate(itertools.pairwise(self.edges))
        ]
        return Table(["From", "To", *(f"{look.name}, {self.noun}" for look in self.series)], rows)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return distribution(self, width, ident)


def binned(
    values: Sequence[Sequence[float]], most: int = 30, *, closed: Literal["left", "right"] = "left"
) -> tuple[tuple[float, ...], tuple[tuple[int, ...], ...]]:
    """Edges at round values that hold everything finite, and the counts of each series between them.

    Args:
        values: one sequence a series.
        most: bins, about.
        closed: which edge belongs to a bin. "right" is for a cumulative share: up to an edge means with it.
    """
    seen = [v for mine in values for v in mine if math.isfinite(v)]
    lo, hi = domain_of(seen, air=0.0)
    at = ticks(lo, hi, most)
    step = at[1] - at[0] if len(at) > 1 else hi - lo
    first = _bin(lo, step, closed)
    last = max(math.ceil(hi / step - 1e-9) - 1, first)
    edges = tuple(round((first + k) * step, 12) for k in range(last - first + 2))
    counts = []
    for mine in values:
        found = [0] * (len(edges) - 1)
        for v in mine:
            if math.isfinite(v):
                found[min(max(_bin(v, step, closed), first), last) - first] += 1
        counts.append(tuple(found))
    return edges, tuple(counts)


def _bin(value: float, step: float, closed: str) -> int:
    """Number of the bin, from 0; rounding does not carry a value over an edge."""
    return math.ceil(value / step - 1e-9) - 1 if closed == "right" else math.floor(value / step + 1e-9)


def _digits(edges: Sequence[float]) -> int:
    step = min((b - a for a, b in itertools.pairwise(edges)), default=1.0)
    return min(max(-math.floor(math.log10(step) + 1e-9), 0), 8) if step > 0 else 3


def distribution(spec: Distribution, width: float, ident: str) -> str:
    """The chart as SVG text."""
    if not any(map(sum, spec.counts)):
        return nothing(width, ident, spec.title, spec.about)
    draw = _steps if spec.style == "ecdf" else _panels
    parts, ground = draw(spec, width)
    return root(width, ground + AXIS, *parts, ident=ident, title=spec.title, about=spec.about)


def _across(spec: Distribution, left: float, width: float) -> Linear:
    return Linear(*domain_of((*spec.edges, *(r.at for r in spec.readings)), air=0.0), left, width - 8.0)


def _panels(spec: Distribution, width: float) -> tuple[list[str], float]:
    """Bars, a panel a series, all to one scale so that panels compare."""
    several = len(spec.series) > 1
    height = 104.0 if several else 170.0
    y = Linear(0.0, float(max(n for mine in spec.counts for n in mine)), 0.0, height)
    left = up_room(y, whole=True)
    x = _across(spec, left, width)
    parts, ground = [*over(spec.noun, 0.4 * width if several else width)], 0.0
    for i, (look, mine) in enumerate(zip(spec.series, spec.counts, strict=True)):
        top = ground + (26 if several else 22)
        ground = top + height
        parts += up(y, (left, width - 8), ground, whole=True)
        parts += _bars(spec, look, mine, x, (ground, height / y.hi))
        parts.append(element("line", role="zero", x1=left, x2=width - 8, y1=ground, y2=ground))
        if several:
            name = fit(look.name, 0.5 * width, 13)
            parts.append(text(width - 8, top - 8, name, f"{look.tone}-text", anchor="end", full=look.name))
        words = spec.readings if i == 0 else [Reading(r.at, "") for r in spec.readings]
        parts += readings([(x(r.at), r.words) for r in words], (top, ground), (left, width - 8))
    return [*across(x, (ground, ground + 4), width, spec.axis), *parts], ground


def _bars(spec: Distribution, look: Series, mine: Sequence[int], x: Linear, at: tuple[float, float]) -> Iterator[str]:
    ground, per_case = at
    digits = _digits(spec.edges)
    for (lo, hi), n in zip(itertools.pairwise(spec.edges), mine, strict=True):
        if n:
            words = f"{look.name}, {lo:,.{digits}f} to {hi:,.{digits}f}: {n:,} {spec.noun}"
            yield element(
                "rect", element("title", raw_text(words)), role=f"{look.tone}-bar", x=x(lo), y=ground - n * per_case,
                width=max(x(hi) - x(lo) - 1, 0.5), height=n * per_case, fill_opacity=0.7,
            )  # fmt: skip


def _steps(spec: Distribution, width: float) -> tuple[list[str], float]:
    """The share of values up to each edge, a line a series."""
    several = len(spec.series) > 1
    head = legend_height(spec.series, width) if several else 0.0
    height = min(max(0.4 * width, 150.0), 240.0)
    y = Linear(0.0, 1.0, 0.0, height)
    left = up_room(y, percent=True)
    x = _across(spec, left, width)
    top = head + 24
    ground = top + height
    parts = [*across(x, (ground, ground + 4), width, spec.axis), *(legend(spec.series, width) if several else ())]
    parts += over(f"share of {spec.noun} up to the value", width, head + 11)
    parts += up(y, (left, width - 8), ground, percent=True)
    parts.append(element("line", role="zero", x1=left, x2=width - 8, y1=ground, y2=ground))
    for look, mine in zip(spec.series, spec.counts, strict=True):
        title = element("title", raw_text(look.name))
        line = " ".join(f"{x(edge):.2f},{ground - y(share):.2f}" for edge, share in _risen(spec.edges, mine))
        parts.append(element("polyline", title, role=f"{look.tone}-path", points=line))
    parts += readings([(x(r.at), r.words) for r in spec.readings], (top, ground), (left, width - 8))
    return parts, ground


def _risen(edges: Sequence[float], mine: Sequence[int]) -> Iterator[tuple[float, float]]:
    """The share of values up to each edge."""
    whole, seen = max(sum(mine), 1), 0
    yield edges[0], 0.0
    for edge, n in zip(edges[1:], mine, strict=True):
        seen += n
        yield edge, seen / whole
