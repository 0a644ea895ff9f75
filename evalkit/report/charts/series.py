"""Values in their order: a line a system with its band of intervals, over times or labels, with the gate and alarms."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from evalkit.report.charts.axes import apart, beside, legend, legend_height, nothing, over, up, up_room
from evalkit.report.charts.moments import clock_ticks
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Mark, Row, Series, Table, table_of
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["Alarm", "TimeSeries", "time_series"]

_BOTTOM = 42.0
_NEAR = 7.0
"""Pixels between values under which a line has no dots of its own."""


class Alarm(NamedTuple):
    """Where something was found: the label of its row, and what it is."""

    when: str
    words: str


@dataclass(frozen=True)
class TimeSeries:
    """Estimates over an ordered axis: a metric over runs, a confidence sequence of an A/B test or a monitor.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        axis: what the values are, with the unit.
        rows: in order; `label` is the ISO time or the name of the place (a run), and the marks (one a series at most)
            are its values: `thin` becomes the band, a `point` of None a gap.
        series: of the marks.
        across: what the places are (`run`, `day`); times are recognised and keep their distances.
        reference: a value that gets a solid line (zero, the training value).
        line: what the gate holds the values against; `side` is where the truth has to be.
        alarms: places that are marked, with words.
        bounds: where values cannot be beyond.
        signed: differences: ticks carry + and -.
        band: what the band is, for the reader.
        about: the longer description for a screen reader.
    """

    title: str
    axis: str
    rows: tuple[Row, ...]
    series: tuple[Series, ...]
    across: str = ""
    reference: float | None = None
    line: float | None = None
    side: Literal["above", "below"] | None = None
    alarms: tuple[Alarm, ...] = ()
    bounds: tuple[float, float] | None = None
    signed: bool = False
    band: str = "95\u00a0% interval"
    about: str = ""

    def table(self) -> Table:
        """One row a value: place, series (where there are several), the marks' own cells, alarms."""
        told = {alarm.when: alarm.words for alarm in self.alarms}
        return table_of(self.rows, self.series, self.across, {"Alarm": told} if told else None)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return time_series(self, width, ident, narrow=narrow)


@dataclass(frozen=True)
class _Frame:
    """Where things stand: the plot between `x.start` and `x.stop`, from `top` down to `ground`, names behind it."""

    width: float
    top: float
    ground: float
    x: tuple[float, ...]
    y: Linear
    left: float
    right: float
    named: bool
    head: float


def time_series(spec: TimeSeries, width: float, ident: str, *, narrow: bool = False) -> str:
    """The chart as SVG text: names at the ends of their lines where there is room, else in a legend."""
    if not any(True for _ in _points(spec)):
        return nothing(width, ident, spec.title, spec.about)
    frame = _frame(spec, width, narrow)
    parts = [*_grid(spec, frame), *_levels(spec, frame)]
    for i in range(len(spec.series)):
        parts += _track(spec, i, frame)
    parts += _alarms(spec, frame)
    if len(spec.series) > 1:
        parts += _names(spec, frame) if frame.named else legend(spec.series, width)
    return root(
        width,
        frame.ground + (_BOTTOM if spec.across else _BOTTOM - 16.0),
        *parts,
        ident=ident,
        title=spec.title,
        about=spec.about,
    )


def _frame(spec: TimeSeries, width: float, narrow: bool) -> _Frame:
    several = len(spec.series) > 1
    room = max((text_width(s.name, 13) for s in spec.series), default=0.0) + 14 if several else 0.0
    named = several and not narrow and room < 0.25 * width
    head = legend_height(spec.series, width) if several and not named else 0.0
    top = head + 24.0 + (16.0 if spec.alarms else 0.0)
    height = min(max(0.36 * width, 150.0), 260.0)
    y = Linear(*domain_of(_values(spec), spec.bounds), 0.0, height)
    left, right = up_room(y, signed=spec.signed), width - (room if named else 8.0)
    return _Frame(width, top, top + height, places(spec.rows, left + 8, right - 8), y, left, right, named, head)


def _points(spec: TimeSeries) -> Iterator[float]:
    return (mark.point for row in spec.rows for mark in row.marks if mark.point is not None)


def _values(spec: TimeSeries) -> Iterator[float]:
    yield from (v for v in (spec.reference, spec.line) if v is not None)
    for row in spec.rows:
        for mark in row.marks:
            yield from (mark.point,) if mark.point is not None else ()
            yield from mark.thin or ()


def moments(labels: Sequence[str]) -> list[float] | None:
    """ISO times as seconds, or None where a label is no time or they do not rise."""
    found = []
    for label in labels:
        try:
            when = datetime.fromisoformat(label)
        except ValueError:
            return None
        found.append((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    return found if all(a < b for a, b in itertools.pairwise(found)) else None


def places(rows: Sequence[Row], start: float, stop: float) -> tuple[float, ...]:
    """Where the rows stand: times at their distances, labels at equal ones; a single one in the middle."""
    if len(rows) < 2:
        return ((start + stop) / 2,) * len(rows)
    at = moments([row.label for row in rows]) or [float(i) for i in range(len(rows))]
    scale = Linear(at[0], at[-1], start, stop)
    return tuple(scale(v) for v in at)


def _grid(spec: TimeSeries, frame: _Frame) -> Iterator[str]:
    yield from up(frame.y, (frame.left, frame.right), frame.ground, signed=spec.signed)
    yield from over(spec.axis, frame.width, frame.head + 11)
    end = -1e9
    for x, words, label in _ticks(spec.rows, frame):
        half = text_width(words, 11) / 2
        middle = min(max(x, half), frame.width - half)
        if words and middle - half > end + 10:
            yield element("line", role="rule", x1=x, x2=x, y1=frame.ground, y2=frame.ground + 4)
            yield text(middle, frame.ground + 17, words, "tick", anchor="middle", full=label)
            end = middle + half
    yield from beside(spec.across, (frame.left + frame.right) / 2, frame.ground + 35, frame.width)


def _ticks(rows: Sequence[Row], frame: _Frame) -> list[tuple[float, str, str]]:
    """Place, words and whole words: full hours where several times fall on one day, else the rows themselves."""
    labels = _when(rows)
    if len(labels) > 1 and labels != [row.label for row in rows] and len(labels[0]) > 10:
        first, last = (datetime.fromisoformat(rows[i].label) for i in (0, -1))
        if (first.tzinfo is None) == (last.tzinfo is None):
            room = frame.x[-1] - frame.x[0]
            found = clock_ticks(first, last, room)
            if found:
                at = [(frame.x[0] + share * room, words, words) for share, words in found]
                return [one for one in at if 0 <= one[0] - text_width(one[1], 11) / 2] or at
    widest = max(text_width(fit(label, 110.0, 11), 11) for label in labels) + 10
    step = (frame.x[-1] - frame.x[0]) / max(len(labels) - 1, 1)
    every = max(1, math.ceil(widest / step)) if step and moments(labels) is None else 1
    return [(x, fit(label, 110.0, 11), label) for x, label in list(zip(frame.x, labels, strict=True))[::every]]


def _levels(spec: TimeSeries, frame: _Frame) -> Iterator[str]:
    """What values are held against: a tint where the gate is not met, its line, and the reference."""
    if spec.line is not None:
        y = frame.ground - frame.y(spec.line)
        if spec.side:
            ends = (y, frame.ground) if spec.side == "above" else (frame.top, y)
            size = max(ends[1] - ends[0], 0.0)
            yield element("rect", role="beyond", x=frame.left, y=ends[0], width=frame.right - frame.left, height=size)
        yield element("line", role="line", x1=frame.left, x2=frame.right, y1=y, y2=y)
    if spec.reference is not None:
        y = frame.ground - frame.y(spec.reference)
        yield element("line", role="zero", x1=frame.left, x2=frame.right, y1=y, y2=y)


def _when(rows: Sequence[Row]) -> list[str]:
    """Times without what all of them share: a midnight, seconds."""
    labels = [row.label for row in rows]
    if moments(labels) is None:
        return labels
    days = [label[:10] for label in labels]
    return days if len(set(days)) == len(days) else [label[:16].replace("T", " ") for label in labels]


def _alarms(spec: TimeSeries, frame: _Frame) -> Iterator[str]:
    """Upright lines with their words over the plot, where they have room."""
    at = {row.label: x for row, x in zip(spec.rows, frame.x, strict=True)}
    end = -1e9
    for x, alarm in sorted((at[alarm.when], alarm) for alarm in spec.alarms if alarm.when in at):
        title = element("title", raw_text(f"{alarm.when}: {alarm.words}"))
        yield element("line", title, role="fail-thin", x1=x, x2=x, y1=frame.top - 6, y2=frame.ground)
        words = fit(f"▼ {alarm.words}", frame.width * 0.6, 14)
        room = text_width(words, 14)
        left = min(x - 5, frame.width - room)
        if left > end + 8:
            yield text(left, frame.top - 9, words, "fail-text", full=alarm.words)
            end = left + room


def _track(spec: TimeSeries, i: int, frame: _Frame) -> Iterator[str]:
    """One series: its band, its line with gaps, its dots."""
    look = spec.series[i]
    runs: list[list[tuple[float, Mark]]] = [[]]
    for x, row in zip(frame.x, spec.rows, strict=True):
        mark = next((m for m in row.marks if m.series == i), None)
        if mark is not None and mark.point is not None:
            runs[-1].append((x, mark))
        elif runs[-1]:
            runs.append([])
    for run in runs:
        yield from _run(run, look, frame)


def _run(run: Sequence[tuple[float, Mark]], look: Series, frame: _Frame) -> Iterator[str]:
    def y(value: float) -> float:
        return frame.ground - frame.y(value)

    spans = [(x, m.thin) for x, m in run if m.thin is not None]
    if len(spans) > 1:
        edge = [f"{x:.2f},{y(s.hi):.2f}" for x, s in spans] + [f"{x:.2f},{y(s.lo):.2f}" for x, s in reversed(spans)]
        yield element("polygon", role=f"{look.tone}-band", points=" ".join(edge))
    elif spans:
        x, span = spans[0]
        yield element("line", role=f"{look.tone}-thin", x1=x, x2=x, y1=y(span.lo), y2=y(span.hi))
    points = [(x, y(m.point or 0.0), m) for x, m in run]
    if len(points) > 1:
        line = " ".join(f"{x:.2f},{at:.2f}" for x, at, _ in points)
        yield element("polyline", role=f"{look.tone}-path", points=line)
    few = (frame.right - frame.left) / max(len(frame.x), 1) > _NEAR
    for x, at, mark in points:
        if not (few or len(points) == 1 or mark.tone):
            step = (frame.right - frame.left) / len(frame.x)
            words = element("title", raw_text(mark.words))
            yield element(
                "rect", words, role="hit", x=x - step / 2, y=frame.top, width=step, height=frame.ground - frame.top
            )
            continue
        title = element("title", raw_text(mark.words)) if mark.words else ""
        kind = "ring" if look.hollow else "dot"
        yield element("circle", title, role=f"{mark.tone or look.tone}-{kind}", cx=x, cy=at, r=3.5)


def _names(spec: TimeSeries, frame: _Frame) -> Iterator[str]:
    """Names where their lines end."""
    found: list[tuple[float, Series]] = []
    for i, look in enumerate(spec.series):
        ends = [m.point for row in spec.rows for m in row.marks if m.series == i and m.point is not None]
        if ends:
            found.append((frame.ground - frame.y(ends[-1]), look))
    at = apart([y for y, _ in found], 16.0, frame.top, frame.ground)
    for y, (_, look) in zip(at, found, strict=True):
        yield text(frame.right + 6, y + 4, look.name, f"{look.tone}-text")
