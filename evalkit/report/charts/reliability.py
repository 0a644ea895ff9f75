"""The reliability plot: what was stated against what came true, beside the diagonal where the two are one."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.report.charts.axes import AXIS, across, legend, legend_height, nothing, over, up, up_room
from evalkit.report.charts.scale import Linear
from evalkit.report.charts.spec import Series, Table
from evalkit.report.charts.svg import element, raw_text, root

__all__ = ["Bin", "ReliabilityPlot", "reliability"]

_MOST = 330.0


@dataclass(frozen=True)
class Bin:
    """Answers that stated much the same: mean stated probability, share that came true, answers."""

    series: int
    stated: float
    right: float
    n: int


@dataclass(frozen=True)
class ReliabilityPlot:
    """Bins of one or several systems.

    Attributes:
        title: what the chart shows.
        bins: of all systems.
        series: the legend.
        about: the longer description for a screen reader.
    """

    title: str
    bins: tuple[Bin, ...]
    series: tuple[Series, ...]
    about: str = ""

    def table(self) -> Table:
        """One row a bin."""
        rows = [[self.series[b.series].name, f"{b.stated:.3f}", f"{b.right:.3f}", f"{b.n:,}"] for b in self.bins]
        return Table(["System", "Mean stated", "Share right", "Answers"], rows)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return reliability(self, width, ident)


def reliability(spec: ReliabilityPlot, width: float, ident: str) -> str:
    """The chart as SVG text: a square with a dot a bin, its area the number of answers."""
    if not spec.bins:
        return nothing(width, ident, spec.title, spec.about)
    several = len(spec.series) > 1
    head = legend_height(spec.series, width) if several else 0.0
    top = head + 22.0
    y = Linear(0, 1, 0.0, min(width - 50.0, _MOST))
    left = up_room(y)
    x = Linear(0, 1, left, left + y.stop)
    floor = top + y.stop
    parts = [*(legend(spec.series, width) if several else ()), *over("share that came true", width, head + 11)]
    parts += [*across(x, (top, floor), width, "mean stated probability"), *up(y, (x.start, x.stop), floor)]
    parts.append(element("line", role="line", x1=x.start, y1=floor, x2=x.stop, y2=top))
    most = max(1, *(b.n for b in spec.bins))
    for i, look in enumerate(spec.series):
        mine = [(x(b.stated), floor - y(b.right), b) for b in spec.bins if b.series == i]
        if len(mine) > 1:
            points = " ".join(f"{a:.2f},{c:.2f}" for a, c, _ in mine)
            parts.append(element("polyline", role=f"{look.tone}-path", points=points))
        parts += [_bin(b, look, (a, c), most) for a, c, b in mine]
    return root(width, floor + AXIS, *parts, ident=ident, title=spec.title, about=spec.about)


def _bin(b: Bin, look: Series, at: tuple[float, float], most: int) -> str:
    words = f"{look.name}: stated {b.stated:.2f}, right {b.right:.2f}, {b.n:,} answers"
    kind = "ring" if look.hollow else "dot"
    size = 3.0 + 4.0 * (b.n / most) ** 0.5
    return element("circle", element("title", raw_text(words)), role=f"{look.tone}-{kind}", cx=at[0], cy=at[1], r=size)
