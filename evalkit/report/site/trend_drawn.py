"""Draws a `Trend`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from evalkit.report.charts.axes import apart, legend, legend_height, over, up, up_room
from evalkit.report.charts.scale import Linear, domain_of
from evalkit.report.charts.spec import Mark, Range, Series
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.sentences import OUTCOMES
from evalkit.report.site.trend import Trend

__all__ = ["drawn", "segments"]

_LEFT, _ROW, _STRIP, _DAYS = 40.0, 14.0, 20.0, 18.0
_AXIS = 18.0
"""What the values are, over the plot."""
_FEW = 140.0
"""Pixels from run to run, at most."""
_BAND_BELOW = 14.0
"""Pixels from run to run under which intervals are a band instead of whiskers."""


class _Frame(NamedTuple):
    """Where things are.

    Attributes:
        left, right, top, ground: of the plot.
        step: from run to run.
        up: value -> height over the ground.
    """

    left: float
    right: float
    top: float
    ground: float
    step: float
    up: Linear

    def x(self, place: float) -> float:
        return self.left + self.step * (place + 0.5)

    def y(self, value: float) -> float:
        return self.ground - self.up(value)


def drawn(spec: Trend, width: float, ident: str, *, narrow: bool = False) -> str:
    """The chart as SVG text."""
    small = spec.small or narrow
    flagged = any(stop.flags for stop in spec.stops) and not spec.small
    named = len(spec.series) > 1 and narrow and not spec.small
    head = legend_height(spec.series, width) + 12 if named else 6.0
    axis = head + 4.0
    head += _AXIS
    if not spec.small:
        head += _ROW * (flagged + any(stop.apart for stop in spec.stops))
    frame = _frame(spec, width, head, small)
    parts = [*up(frame.up, (frame.left, frame.right), frame.ground), *over(spec.axis, width, axis)]
    parts += _breaks(spec, frame, frame.top - 8 - (_ROW if flagged else 0))
    parts += _gates(spec, frame)
    for i in range(len(spec.series)):
        parts += _series(spec, i, frame)
    if flagged:
        parts += _flags(spec, frame)
    foot = frame.ground + 4
    if not spec.small:
        parts += _verdicts(spec, frame)
        foot += _STRIP
    parts += _days(spec, frame, foot)
    if named:
        parts += legend(spec.series, width)
    parts += _beside(spec, frame, width, names=len(spec.series) > 1 and not small)
    return root(width, foot + _DAYS, *parts, ident=ident, title=spec.title, about=spec.about)


def _frame(spec: Trend, width: float, top: float, small: bool) -> _Frame:
    marks = [mark for stop in spec.stops for mark in stop.row.marks]
    values = [v for m in marks for v in (m.point, *(m.thin or ()), m.line) if v is not None]
    low, high = domain_of(values, spec.bounds, air=0.08)
    height = 110.0 if spec.small else 170.0 if small else 220.0
    scale = Linear(low, high, 0.0, height)
    left = max(up_room(scale), _LEFT)
    named = [s.name for s in spec.series] if len(spec.series) > 1 and not small else []
    beside = max((text_width(words) for words in [*named, *filter(None, [_gate_now(spec)[1]])]), default=0.0)
    right = width - (min(beside + 12, 160.0) if beside else 6.0)
    if not spec.small:  # a few runs stand together, with their names beside them
        right = min(right, left + _FEW * len(spec.stops))
    step = (right - left) / max(len(spec.stops), 1)
    return _Frame(left, right, top, top + height, step, scale)


def segments(spec: Trend, series: int) -> Iterator[list[tuple[int, Mark]]]:
    """Runs of places whose values may be joined: comparable throughout, and none of them without a value."""
    found: list[tuple[int, Mark]] = []
    for place, stop in enumerate(spec.stops):
        mark = next((m for m in stop.row.marks if m.series == series), None)
        if found and (stop.apart or (mark is not None and mark.point is None)):
            yield found
            found = []
        if mark is not None and mark.point is not None:
            found.append((place, mark))
    if found:
        yield found


def _series(spec: Trend, series: int, frame: _Frame) -> Iterator[str]:
    look = spec.series[series]
    dense = frame.step < _BAND_BELOW
    shift = 0.0 if dense else (series - (len(spec.series) - 1) / 2) * min(4.0, frame.step / 5)
    radius = min(3.5, max(1.2, frame.step * 0.42))
    for found in segments(spec, series):
        at = [(frame.x(place) + shift, frame.y(mark.point or 0.0), mark) for place, mark in found]
        if not dense:
            yield from _whiskers(look.tone, at, frame)
        elif look.tone != "baseline":  # what candidates are held against is a line: its intervals are in the table
            yield from _band(look.tone, at, frame)
        if len(at) > 1:
            d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in at)
            yield element("path", role=f"{look.tone}-path", d=d, stroke_width="1.5")
        for (place, mark), (x, y, _) in zip(found, at, strict=True):
            told = element("title", raw_text(f"{spec.stops[place].words}\n{mark.words}".strip()))
            yield _dot(look, told, x, y, radius, quiet=dense and look.tone == "baseline")
    yield from _missing(spec, series, frame, shift)


def _dot(look: Series, told: str, x: float, y: float, radius: float, *, quiet: bool) -> str:
    """A value with what a pointer is told; `quiet` draws nothing, and small ones cut no gap into their line."""
    role = "hit" if quiet else f"{look.tone}-{'ring' if look.hollow else 'dot'}"
    if radius <= 2.5 and not look.hollow:
        return element("circle", told, role=role, cx=x, cy=y, r=radius, stroke_width=0)
    return element("circle", told, role=role, cx=x, cy=y, r=radius)


def _missing(spec: Trend, series: int, frame: _Frame, shift: float) -> Iterator[str]:
    """A cross on the ground where there is no value: a failure is no number, and no silence either."""
    for place, stop in enumerate(spec.stops):
        for mark in stop.row.marks:
            if mark.series == series and mark.point is None:
                told = f"{stop.words}\n{mark.words}".strip()
                x = frame.x(place) + shift
                yield text(x, frame.ground - 3, "×", f"{spec.series[series].tone}-text", anchor="middle", full=told)


def _band(tone: str, at: Sequence[tuple[float, float, Mark]], frame: _Frame) -> Iterator[str]:
    for known, run in groupby(at, key=lambda place: place[2].thin is not None):
        places = list(run)
        if known and len(places) > 1:
            over = [(x, frame.y((mark.thin or Range(0, 0)).hi)) for x, _, mark in places]
            under = [(x, frame.y((mark.thin or Range(0, 0)).lo)) for x, _, mark in reversed(places)]
            yield element("path", role=f"{tone}-band", d=_closed(over + under))
        elif known:
            yield from _whiskers(tone, places, frame)


def _closed(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) + "Z"


def _whiskers(tone: str, at: Sequence[tuple[float, float, Mark]], frame: _Frame) -> Iterator[str]:
    for x, _, mark in at:
        if mark.thin is not None:
            ends = {"y1": frame.y(mark.thin.lo), "y2": frame.y(mark.thin.hi)}
            yield element("line", role=f"{tone}-thin", x1=x, x2=x, stroke_opacity="0.55", **ends)


def _gates(spec: Trend, frame: _Frame) -> Iterator[str]:
    """Where the gate stood at each run, as steps; one that went away has its words where it ends."""
    line, said, newest = _gate_now(spec)
    lines = [next((m.line for m in stop.row.marks if m.line is not None), None) for stop in spec.stops]
    for value, run in groupby(enumerate(lines), key=lambda place: place[1]):
        places = [place for place, _ in run]
        if value is not None:
            ends = frame.x(places[0] - 0.5), frame.x(places[-1] + 0.5)
            yield element("line", role="line", x1=ends[0], x2=ends[1], y1=frame.y(value), y2=frame.y(value))
            if value == line and not newest and all(later is None for later in lines[places[-1] + 1 :]):
                yield text(ends[1] + 5, frame.y(value) + 4, said, "note")


def _gate_now(spec: Trend) -> tuple[float | None, str, bool]:
    """Where the gate stood at the last run that had one, its words, and whether that is the newest run."""
    found = [(m, stop is spec.stops[-1]) for stop in reversed(spec.stops) for m in stop.row.marks if m.line is not None]
    if not found:
        return None, "", False
    mark, newest = found[0]
    return mark.line, f"{'≤' if mark.side == 'below' else '≥'} {mark.line:g}", newest


def _breaks(spec: Trend, frame: _Frame, base: float) -> Iterator[str]:
    end = -1e9
    for place, stop in enumerate(spec.stops):
        if not stop.apart:
            continue
        x, full = frame.x(place - 0.5), f"{stop.apart} changed"
        words = fit(full, frame.right - frame.left, 11)
        shown = not spec.small and min(x + 3, frame.right - text_width(words, 11)) > end
        top = base - 8 if shown else frame.top
        told = element("title", raw_text(f"{stop.words}: {full}"))
        yield element("line", told, role="edge", x1=x, x2=x, y1=top, y2=frame.ground, stroke_dasharray="1 3")
        if shown:
            at = min(x + 3, frame.right - text_width(words, 11))
            yield text(at, base, words, "tick", full=f"{stop.words}: {full}")
            end = at + text_width(words, 11) + 8


def _flags(spec: Trend, frame: _Frame) -> Iterator[str]:
    end = -1e9
    for place, stop in enumerate(spec.stops):
        if not stop.flags:
            continue
        x, words = frame.x(place), fit(", ".join(stop.flags), 120, 11)
        half = text_width(words, 11) / 2
        yield element("line", role="zero", x1=x, x2=x, y1=frame.top - 4, y2=frame.top + 4)
        middle = min(max(x, frame.left + half), frame.right - half)
        if middle - half > end:
            yield text(middle, frame.top - 7, words, "tick", anchor="middle", full=", ".join(stop.flags))
            end = middle + half + 6


def _verdicts(spec: Trend, frame: _Frame) -> Iterator[str]:
    """One sign a run; where signs would not fit, bars: the taller, the worse."""
    signs = frame.step >= 9
    base = frame.ground + 18
    for place, stop in enumerate(spec.stops):
        x, word = frame.x(place), OUTCOMES[stop.outcome]
        told = f"{word.text}: {stop.words}"
        if signs:
            yield text(x, base, word.mark, _ink(stop.outcome), anchor="middle", full=told)
        else:
            tall = _TALL[stop.outcome]
            bar = {"x": x - frame.step * 0.4, "y": base - tall, "width": max(frame.step * 0.8, 0.8), "height": tall}
            yield element(
                "rect", element("title", raw_text(told)), role=f"{_tone(stop.outcome)}-bar", stroke="none", **bar
            )


_TALL = {"pass": 4.0, "ungated": 2.0, "inconclusive": 8.0, "fail": 13.0, "error": 13.0}


def _tone(outcome: str) -> str:
    return {"error": "fail", "ungated": "baseline"}.get(outcome, outcome)


def _ink(outcome: str) -> str:
    return f"{_tone(outcome)}-text"


def _days(spec: Trend, frame: _Frame, top: float) -> Iterator[str]:
    """Days under the runs: the first run of each, as many as there is room for, and always the last."""
    first = [i for i, stop in enumerate(spec.stops) if not i or stop.row.label != spec.stops[i - 1].row.label]
    end, stop_before = -1e9, frame.right + 6
    if len(first) > 1:
        last = spec.stops[first[-1]].row.label
        half = text_width(last, 11) / 2
        x = min(frame.x(first[-1]), frame.right - half)
        yield text(x, top + 11, last, "tick", anchor="middle")
        stop_before = x - half - 8
    for place in first[: max(len(first) - 1, 1)]:
        label = spec.stops[place].row.label
        half = text_width(label, 11) / 2
        x = max(frame.x(place), half)
        if x - half > end and x + half < stop_before:
            yield text(x, top + 11, label, "tick", anchor="middle")
            end = x + half + 8


def _beside(spec: Trend, frame: _Frame, width: float, *, names: bool) -> Iterator[str]:
    """At the right: each system's name beside its last value, and where the gate stands."""
    line, said, newest = _gate_now(spec)
    labels = [] if line is None or not newest else [(frame.y(line), said, "note")]
    for i, look in enumerate(spec.series) if names else ():
        found = _last(spec, i)
        if found:
            labels.append((frame.y(found[-1][1].point or 0.0), look.name, f"{look.tone}-text"))
    places = apart([y for y, _, _ in labels], 15, frame.top + 6, frame.ground)
    for (_, words, role), y in zip(labels, places, strict=True):
        yield text(frame.right + 6, y + 4, fit(words, width - frame.right - 6), role, full=words)


def _last(spec: Trend, series: int) -> list[tuple[int, Mark]]:
    return next(reversed(list(segments(spec, series))), [])
