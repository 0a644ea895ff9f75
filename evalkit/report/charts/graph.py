"""Where things come from: a graph without cycles, in layers from left to right, with few crossings."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from evalkit.report.charts.axes import nothing
from evalkit.report.charts.layers import Layout, layout
from evalkit.report.charts.rail import lanes, stacked
from evalkit.report.charts.spec import Table
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width
from evalkit.report.charts.theme import Tone
from evalkit.report.text import visible

__all__ = ["Edge", "Graph", "Node", "graph"]

_GAP, _BETWEEN, _FARTHEST, _PASS = 14.0, 24.0, 90.0, 12.0
_NARROWEST, _WIDEST = 104.0, 200.0
_SETTLE = 6
_LANE = 11.0


class Node(NamedTuple):
    """One thing: its key, its name, what it is (`data`, `model`), a short line under the name (a digest), its words."""

    ident: str
    name: str
    kind: str = ""
    sub: str = ""
    tone: Tone = "baseline"
    words: str = ""


class Edge(NamedTuple):
    """From what something was made, to what was made; both are idents of nodes."""

    source: str
    target: str
    words: str = ""


@dataclass(frozen=True)
class Graph:
    """A lineage: raw data at the left, what is released at the right.

    Attributes:
        title: what the chart shows, as a sentence or a phrase.
        nodes: in the order in which ties are broken.
        edges: between known nodes; one that would close a cycle is drawn against the direction.
        about: the longer description for a screen reader.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    about: str = ""

    def table(self) -> Table:
        """One row a node: name, kind, its line, what it was made from."""
        names = {node.ident: node.name for node in self.nodes}
        body = [
            [node.name, node.kind, node.sub, ", ".join(_from(self.edges, node.ident, names))] for node in self.nodes
        ]
        return Table(["", "Kind", "Digest", "Made from"], body)

    def svg(self, width: float, ident: str, *, narrow: bool = False) -> str:
        """The chart as SVG text (see `spec.Chart`)."""
        return graph(self, width, ident)


def _from(edges: Sequence[Edge], ident: str, names: dict[str, str]) -> list[str]:
    return [names[e.source] for e in edges if e.target == ident and e.source in names]


def graph(spec: Graph, width: float, ident: str) -> str:
    """The chart as SVG text: layers as columns; where they do not fit beside each other, as rows from top to bottom;

    where a row does not fit either, boxes under each other with lanes for their edges.
    """
    if not spec.nodes:
        return nothing(width, ident, spec.title, spec.about)
    known = {node.ident: node for node in spec.nodes}
    pairs = [
        (e.source, e.target) for e in spec.edges if e.source in known and e.target in known and e.source != e.target
    ]
    placed = layout(list(known), pairs)
    told = {(e.source, e.target): element("title", raw_text(e.words)) for e in spec.edges if e.words}
    plan = _columns(placed, width, known) if _fits(placed, width) else _rows(placed, width, known)
    if plan:
        ways = {pair: placed.routes.get(pair) for pair in pairs}
        parts = [_edge(plan, way or list(pair), told.get(pair, ""), back=way is None) for pair, way in ways.items()]
    else:
        plan, parts = _railed(placed, pairs, width, known, told)
    parts += [element("g", *_box(node, plan)) for node in known.values()]
    return root(width, plan.height, *parts, ident=ident, title=spec.title, about=spec.about)


@dataclass(frozen=True)
class _Plan:
    """Centres of boxes and bends, the size of boxes, and the way from layer to layer: to the right, or down."""

    at: dict[str, tuple[float, float]]
    size: float
    box: float
    height: float
    down: bool


def _fits(placed: Layout, width: float) -> bool:
    columns = len(placed.layers)
    return (width - _BETWEEN * (columns - 1)) / columns >= _NARROWEST


def _columns(placed: Layout, width: float, known: Mapping[str, Node]) -> _Plan:
    columns = len(placed.layers)
    size = min((width - _BETWEEN * (columns - 1)) / columns, _WIDEST)
    step = min((width - size) / max(columns - 1, 1), size + _FARTHEST)
    box = _box_height(known.values(), size)
    height = _needed(placed, box)
    ys = _spread(placed, box, height)
    at = {name: (size / 2 + step * i, ys[name]) for i, layer in enumerate(placed.layers) for name in layer}
    return _Plan(at, size, box, height, False)


def _needed(placed: Layout, box: float) -> float:
    """The room of the largest layer, across the way that edges go."""
    return max(sum(_slot(placed, name, box) for name in layer) for layer in placed.layers)


def _slot(placed: Layout, name: str, box: float) -> float:
    return _PASS if placed.bend(name) else box + _GAP


def _spread(placed: Layout, box: float, room: float) -> dict[str, float]:
    """Where names stand across the way that edges go: near what they are joined to, without touching."""
    found: dict[str, float] = {}
    for k in range(_SETTLE):
        for layer in placed.layers if k % 2 == 0 else placed.layers[::-1]:
            found.update(_settled(placed, layer, found, box, room))
    first = min(at - _slot(placed, name, box) / 2 for name, at in found.items())
    return {name: at - first for name, at in found.items()}


def _settled(
    placed: Layout, layer: Sequence[str], known: Mapping[str, float], box: float, room: float
) -> dict[str, float]:
    """One layer: each near the middle of what it is joined to, in order."""
    slots = [_slot(placed, name, box) for name in layer]
    starts = itertools.accumulate(slots, initial=(room - sum(slots)) / 2)
    found = [start + slot / 2 for start, slot in zip(starts, slots, strict=False)]
    for i, name in enumerate(layer):
        beside = [known[o] for way in placed.routes.values() for o in _neighbours(way, name) if o in known]
        low = found[i - 1] + (slots[i - 1] + slots[i]) / 2 if i else slots[0] / 2
        high = room - sum(slots[i + 1 :]) - slots[i] / 2
        wanted = sum(beside) / len(beside) if beside else found[i]
        found[i] = min(max(wanted, low), high)
    return dict(zip(layer, found, strict=True))


def _neighbours(way: Sequence[str], name: str) -> Iterator[str]:
    for a, b in itertools.pairwise(way):
        if a == name:
            yield b
        elif b == name:
            yield a


def _rows(placed: Layout, width: float, known: Mapping[str, Node]) -> _Plan | None:
    """Layers from top to bottom; None where one of them is wider than the page."""
    sizes = [s for s in (_WIDEST, 160.0, 140.0, 120.0, _NARROWEST, 88.0) if s <= width]
    size = next((s for s in sizes if _needed(placed, s) <= width + _GAP), None)
    if size is None:
        return None
    box = _box_height(known.values(), size)
    xs = _spread(placed, size, width + _GAP)
    rows = [(name, i) for i, layer in enumerate(placed.layers) for name in layer]
    across = {name: (min(xs[name], width - (0 if placed.bend(name) else size / 2)), i) for name, i in rows}
    at = {name: (x, box / 2 + (box + _BETWEEN) * i) for name, (x, i) in across.items()}
    return _Plan(at, size, box, (box + _BETWEEN) * len(placed.layers) - _BETWEEN + 2, True)


def _railed(
    placed: Layout, pairs: Sequence[tuple[str, str]], width: float, known: Mapping[str, Node], told: Mapping[Any, str]
) -> tuple[_Plan, list[str]]:
    """Boxes under each other, and their edges in lanes at the right: none goes behind a box."""
    order = stacked(list(known), list(placed.routes))
    found = lanes(order, pairs)
    count = max(found.values(), default=-1) + 1
    size = max(width - _LANE * (count + 1), min(width * 0.6, _WIDEST)) if count else min(width, 2 * _WIDEST)
    step = (width - size) / (count + 1)
    box = _box_height(known.values(), size)
    at = {name: (size / 2, box / 2 + (box + _GAP) * i) for i, name in enumerate(order)}
    plan = _Plan(at, size, box, (box + _GAP) * len(order) - _GAP + 2, True)
    parts = []
    for pair in dict.fromkeys(pairs):
        back = pair not in placed.routes
        if pair in found:
            parts.append(_lane(plan, pair, size + step * (found[pair] + 1), told.get(pair, ""), back=back))
        else:
            parts.append(_edge(plan, list(pair), told.get(pair, ""), back=back))
    return plan, parts


def _lane(plan: _Plan, pair: tuple[str, str], x: float, title: str, *, back: bool) -> str:
    """Out of the lower half of one box, along a lane, into the upper half of another one."""
    edge = plan.size
    start, stop = plan.at[pair[0]][1] + 8, plan.at[pair[1]][1] - 8
    turn = 4.0 if stop > start else -4.0
    line = f"M{edge:.1f} {start:.1f}H{x - 4:.1f}Q{x:.1f} {start:.1f} {_xy((x, start + turn))}V{stop - turn:.1f}"
    line += f"Q{x:.1f} {stop:.1f} {_xy((x - 4, stop))}H{edge:.1f}"
    head = f"M{_xy((edge + 6, stop - 4))}L{_xy((edge, stop))}L{_xy((edge + 6, stop + 4))}Z"
    drawn = element("path", title, role="edge", d=line, stroke_dasharray="3 3" if back else None)
    return drawn + element("path", role="arrow", d=head)


def _box_height(nodes: Collection[Node], size: float) -> float:
    lines = max(len(_name_lines(node, size)) for node in nodes)
    return 14.0 + 15.0 * lines + (15.0 if any(node.kind or node.sub for node in nodes) else 0.0)


def _name_lines(node: Node, size: float) -> list[str]:
    """The name in one line or two."""
    room = size - 16
    words = visible(node.name)
    if text_width(words, 13) <= room or " " not in words:
        return [fit(words, room, 13)]
    parts = words.split(" ")
    taken = 1
    while taken < len(parts) - 1 and text_width(" ".join(parts[: taken + 1]), 13) <= room:
        taken += 1
    return [fit(" ".join(parts[:taken]), room, 13), fit(" ".join(parts[taken:]), room, 13)]


def _edge(plan: _Plan, way: Sequence[str], title: str, *, back: bool) -> str:
    """A curve from box to box, through the gaps that are kept for it; one that leads back is dashed."""
    points = [plan.at[name] for name in way if name in plan.at]
    path: list[str] = []
    for a, b in itertools.pairwise(points):
        start, stop = _end(plan, a, 1), _end(plan, b, -1)
        path.append(f"{'L' if path else 'M'}{_xy(start)}" + _curve(start, stop, down=plan.down))
    tip = _end(plan, points[-1], -1)
    head = (
        f"M{_xy((tip[0] - 4, tip[1] - 6))}L{_xy(tip)}L{_xy((tip[0] + 4, tip[1] - 6))}Z"
        if plan.down
        else f"M{_xy((tip[0] - 6, tip[1] - 4))}L{_xy(tip)}L{_xy((tip[0] - 6, tip[1] + 4))}Z"
    )
    dashes = "3 3" if back else None
    line = element("path", title, role="edge", d="".join(path), stroke_dasharray=dashes)
    return line + element("path", role="arrow", d=head)


def _xy(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _end(plan: _Plan, centre: tuple[float, float], side: int) -> tuple[float, float]:
    """Where an edge leaves (1) or enters (-1) a box; a bend is as long as a box is wide, and straight."""
    x, y = centre
    return (x, y + side * plan.box / 2) if plan.down else (x + side * plan.size / 2, y)


def _curve(a: tuple[float, float], b: tuple[float, float], *, down: bool) -> str:
    if down:
        bend = max((b[1] - a[1]) / 2, 10.0)
        return f"C{_xy((a[0], a[1] + bend))} {_xy((b[0], b[1] - bend))} {_xy(b)}"
    bend = max((b[0] - a[0]) / 2, 10.0)
    return f"C{_xy((a[0] + bend, a[1]))} {_xy((b[0] - bend, b[1]))} {_xy(b)}"


def _box(node: Node, plan: _Plan) -> Iterator[str]:
    x, y = plan.at[node.ident]
    left, top = x - plan.size / 2, y - plan.box / 2
    under = " ".join(part for part in (node.kind, node.sub) if part)
    yield element("title", raw_text(node.words or f"{node.name} {under}".strip()))
    yield element(
        "rect", role=f"{node.tone}-box", x=left + 0.5, y=top + 0.5, width=plan.size - 1, height=plan.box - 1, rx=3
    )
    lines = _name_lines(node, plan.size)
    first = y - (15 * (len(lines) - 1) + (15 if under else 0)) / 2 + 4
    for i, line in enumerate(lines):
        yield text(left + 8, first + 15 * i, line, "told")
    if under:
        room = plan.size - 12
        whole = text_width(under, 11) <= room or not node.kind  # half a digest says nothing
        yield text(left + 8, first + 15 * len(lines), fit(under if whole else node.kind, room, 11), "tick", full=under)
