"""A metric over runs as a word-sized picture: line, intervals, where it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Range
from evalkit.report.charts.svg import element, root

__all__ = ["Dot", "spark"]

_WIDTH, _HEIGHT = 220.0, 52.0


class Dot(NamedTuple):
    """One run: its value with its interval, and whether it may be joined with the one before."""

    point: float | None
    span: Range | None
    joined: bool


def spark(dots: Sequence[Dot], ident: str, title: str, line: float | None = None) -> Markup:
    """The picture.

    Args:
        dots: oldest first.
        ident: unique in the page.
        title: what it shows, with its numbers.
        line: where the gate stands now.
    """
    values = [v for d in dots for v in (d.point, *(d.span or ())) if v is not None]
    if not values:
        return Markup("")
    low, high = domain_of([*values, *([] if line is None else [line])])
    up = Linear(low, high, 3.0, _HEIGHT - 3)
    step = min((_WIDTH - 10) / max(len(dots) - 1, 1), 24.0)
    places = [(5 + step * i, dot) for i, dot in enumerate(dots)]
    parts = []
    if line is not None:
        y = _HEIGHT - up(line)
        parts.append(element("line", role="line", x1=2, x2=places[-1][0] + 5, y1=y, y2=y, stroke_width="1"))
    for run in _joined(places):
        parts += _stretch(run, up)
    last = next(((x, dot.point) for x, dot in reversed(places) if dot.point is not None), None)
    if last is not None and last[1] is not None:
        parts.append(element("circle", role="candidate-dot", cx=last[0], cy=_HEIGHT - up(last[1]), r=3.5))
    return Markup(root(_WIDTH, _HEIGHT, *parts, ident=ident, title=title, about=""))


def _joined(places: Sequence[tuple[float, Dot]]) -> list[list[tuple[float, Dot]]]:
    found: list[list[tuple[float, Dot]]] = [[]]
    for x, dot in places:
        if not dot.joined or dot.point is None:
            found.append([])
        if dot.point is not None:
            found[-1].append((x, dot))
    return [run for run in found if run]


def _stretch(run: Sequence[tuple[float, Dot]], up: Linear) -> list[str]:
    parts = []
    known = [(x, dot.span) for x, dot in run if dot.span is not None]
    if len(known) == len(run) > 1:
        over = [f"{x:.1f} {_HEIGHT - up(span.hi):.1f}" for x, span in known]
        under = [f"{x:.1f} {_HEIGHT - up(span.lo):.1f}" for x, span in reversed(known)]
        parts.append(element("path", role="candidate-band", d="M" + "L".join(over + under) + "Z"))
    else:
        for x, span in known:
            y1, y2 = _HEIGHT - up(span.lo), _HEIGHT - up(span.hi)
            parts.append(element("line", role="candidate-thin", x1=x, x2=x, y1=y1, y2=y2))
    points = [f"{x:.1f} {_HEIGHT - up(dot.point or 0.0):.1f}" for x, dot in run]
    if len(points) > 1:
        parts.append(element("path", role="candidate-path", d="M" + "L".join(points), stroke_width="1.5"))
    else:
        x, dot = run[0]
        parts.append(element("circle", role="candidate-dot", cx=x, cy=_HEIGHT - up(dot.point or 0.0), r=2))
    return parts
