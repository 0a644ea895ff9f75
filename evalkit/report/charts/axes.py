"""What charts have in common: axes, legends that wrap, labels that make room for each other, and a chart of nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.report.charts.scale import Linear, percent_labels, tick_labels, ticks
from evalkit.report.charts.spec import Series
from evalkit.report.charts.svg import element, fit, root, text, text_width

__all__ = [
    "AXIS",
    "across",
    "apart",
    "beside",
    "legend",
    "legend_height",
    "nothing",
    "over",
    "readings",
    "up",
    "up_room",
]

AXIS = 40.0
"""The room below a plot for tick labels and the axis label, in pixels."""
_LINE, _MOST_READINGS = 18.0, 3


def across(
    scale: Linear,
    span: tuple[float, float],
    width: float,
    words: str = "",
    *,
    signed: bool = False,
    percent: bool = False,
) -> Iterator[str]:
    """The x axis: grid lines over `span` (top, ground), tick labels below, and under them what the axis is.

    Everything stays inside [0, width].
    """
    top, ground = span
    at = ticks(scale.lo, scale.hi, max(2, int((scale.stop - scale.start) / 70)))
    labels = percent_labels(at) if percent else tick_labels(at, signed=signed)
    end = -1e9
    for value, label in zip(at, labels, strict=True):
        x = scale(value)
        yield element("line", role="grid", x1=x, x2=x, y1=top, y2=ground)
        half = text_width(label, 11) / 2
        middle = min(max(x, half), width - half)
        if middle - half > end + 6:
            yield text(middle, ground + 15, label, "tick", anchor="middle")
            end = middle + half
    yield from beside(words, (scale.start + scale.stop) / 2, ground + 33, width)


def beside(words: str, middle: float, y: float, width: float) -> Iterator[str]:
    """An axis label around `middle`, moved and shortened so that it stays inside [0, width]."""
    shown = fit(words, width - 4, 11)
    half = text_width(shown, 11) / 2
    if shown:
        at = min(max(middle, half), max(width - half, half))
        yield text(at, y, shown, "axis", anchor="middle", full=words)


def over(words: str, width: float, y: float = 11.0) -> Iterator[str]:
    """The label of a y axis: above the plot, from the left edge on."""
    if words:
        yield text(0, y, fit(words, width - 4, 11), "axis", full=words)


def up(
    scale: Linear,
    span: tuple[float, float],
    ground: float,
    *,
    signed: bool = False,
    percent: bool = False,
    whole: bool = False,
) -> Iterator[str]:
    """The y axis: grid lines over `span` (left, right) with their labels; `scale` gives heights over `ground`.

    `whole`: counts, so that no tick stands between two of them.
    """
    left, right = span
    for value, label in _heights(scale, signed, percent, whole):
        y = ground - scale(value)
        yield element("line", role="grid", x1=left, x2=right, y1=y, y2=y)
        yield text(left - 6, y + 4, label, "tick", anchor="end")


def up_room(scale: Linear, *, signed: bool = False, percent: bool = False, whole: bool = False) -> float:
    """The room that the tick labels of a y axis take, in pixels."""
    return 8 + max(text_width(label, 11) for _, label in _heights(scale, signed, percent, whole))


def _heights(scale: Linear, signed: bool, percent: bool, whole: bool) -> list[tuple[float, str]]:
    at = ticks(scale.lo, scale.hi, max(2, min(6, int((scale.stop - scale.start) / 32))))
    at = [v for v in at if not whole or v == int(v)]
    return list(zip(at, percent_labels(at) if percent else tick_labels(at, signed=signed), strict=True))


def readings(
    marks: Sequence[tuple[float, str]], span: tuple[float, float], bounds: tuple[float, float]
) -> Iterator[str]:
    """Upright dashed lines over `span` (top, ground) with their words beside them, each in a row of its own if needed.

    Args:
        marks: position and words.
        span: top and ground of the plot.
        bounds: left and right end that words stay within.
    """
    top, ground = span
    ends: list[list[tuple[float, float]]] = [[] for _ in range(_MOST_READINGS)]
    for x, words in sorted(marks):
        yield element("line", role="line", x1=x, x2=x, y1=top, y2=ground)
        right = bounds[1] - x >= x - bounds[0]
        shown = fit(words, max(bounds[1] - x, x - bounds[0]) - 10)
        room = text_width(shown)
        wanted = [(x + 5, x + 5 + room), (x - 5 - room, x - 5)]
        kept = [w for w in (wanted if right or room < bounds[1] - x - 8 else wanted[::-1]) if _inside(w, bounds)]
        free = [(k, w) for k in range(_MOST_READINGS) for w in kept if not any(_meet(w, o) for o in ends[k])]
        # Best where no other line goes through the words.
        spots = sorted(free, key=lambda s: sum(s[1][0] < other < s[1][1] for other, _ in marks))
        if spots and shown:
            k, (left, stop) = spots[0]
            ends[k].append((left, stop))
            yield text(left, top + 12 + 16 * k, shown, "note", full=words)


def _inside(span: tuple[float, float], bounds: tuple[float, float]) -> bool:
    return span[0] >= bounds[0] and span[1] <= bounds[1]


def _meet(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] + 4 and b[0] < a[1] + 4


def legend_height(series: Sequence[Series], width: float) -> float:
    """The room that `legend` takes, in pixels."""
    return _LINE * (1 + max((line for _, line, _ in _places(series, width)), default=-1))


def legend(series: Sequence[Series], width: float, right: float = 0.0) -> Iterator[str]:
    """Names with their dots, from the top left on, in as many lines as they need; `right` is kept free."""
    for (x, line, words), look in zip(_places(series, width - right), series, strict=True):
        y = _LINE * line
        yield element("circle", role=f"{look.tone}-{'ring' if look.hollow else 'dot'}", cx=x + 5, cy=y + 9, r=4)
        yield text(x + 14, y + 13, words, "note", full=look.name)


def _places(series: Sequence[Series], width: float) -> list[tuple[float, int, str]]:
    found, x, line = [], 0.0, 0
    for look in series:
        words = fit(look.name, max(width - 16, 20.0))
        room = 14 + text_width(words)
        if x and x + room > width:
            x, line = 0.0, line + 1
        found.append((x, line, words))
        x += room + 16
    return found


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, in their order, `gap` apart and inside [low, high] as far as there is room."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    gap = min(gap, (high - low) / max(len(order) - 1, 1)) if len(order) > 1 else gap
    groups: list[tuple[float, int]] = []  # centre and size of labels that touch each other
    for i in order:
        centre, size = wanted[i], 1
        while groups and centre - gap * (size - 1) / 2 < groups[-1][0] + gap * (groups[-1][1] - 1) / 2 + gap:
            before, n = groups.pop()
            centre, size = (before * n + centre * size) / (n + size), n + size
            half = gap * (size - 1) / 2
            centre = min(max(centre, low + half), high - half)
        half = gap * (size - 1) / 2
        groups.append((min(max(centre, low + half), high - half), size))
    placed = [centre + gap * (k - (size - 1) / 2) for centre, size in groups for k in range(size)]
    found = [0.0] * len(order)
    for k, i in enumerate(order):
        found[i] = placed[k]
    return found


def nothing(width: float, ident: str, title: str, about: str) -> str:
    """A chart of nothing says so."""
    said = text(0, 18, "There is nothing to show.", "note")
    return root(width, 30.0, said, ident=ident, title=title, about=about)
