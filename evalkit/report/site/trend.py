"""A metric over the runs of a suite: values are joined only where they may be compared, verdicts stand underneath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from evalkit.report.charts.spec import Row, Series, Table

__all__ = ["Stop", "Trend"]


class Stop(NamedTuple):
    """One run on the axis.

    Attributes:
        row: its label (a day) and its marks, one a series at most; `line` of a mark is where its gate stands.
        run: its id.
        outcome: its verdict.
        apart: why its numbers may not be joined with those before; empty: they may.
        flags: baselines that stand on it.
        words: what a pointer is told of it.
    """

    row: Row
    run: str
    outcome: str
    apart: str = ""
    flags: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Trend:
    """Estimates of one metric over runs, in their order: the distance of two runs says nothing of the time between.

    Attributes:
        title: what the chart shows.
        axis: what the values are, with the unit.
        stops: the runs, oldest first.
        series: of the marks.
        bounds: where values cannot be beyond.
        small: one of many: lower, without verdicts and without the names that stand over all of them.
        about: the longer description for a screen reader.
    """

    title: str
    axis: str
    stops: tuple[Stop, ...]
    series: tuple[Series, ...]
    bounds: tuple[float, float] | None = None
    small: bool = False
    about: str = ""

    def table(self) -> Table:
        """One row a run and system, newest first."""
        several = len(self.series) > 1
        rows = [
            [stop.run, *([self.series[mark.series].name] if several else []), *mark.cells.values(), stop.apart]
            for stop in reversed(self.stops)
            for mark in stop.row.marks
        ]
        cells = next((list(mark.cells) for stop in self.stops for mark in stop.row.marks), [])
        return Table(["Run", *(["System"] if several else []), *cells, "Not comparable with the run before"], rows)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        from evalkit.report.site.trend_drawn import drawn

        return drawn(self, width, ident, narrow=narrow)
