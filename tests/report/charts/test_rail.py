"""A lineage on a narrow page: boxes under each other, edges in lanes beside them."""

from __future__ import annotations

import itertools
import re

from evalkit.report.charts.graph import Edge, Graph, Node
from evalkit.report.charts.rail import lanes, stacked

EDGES = [("raw", "data"), ("data", "model"), ("code", "model"), ("model", "run"), ("cases", "run"), ("data", "run")]
NODES = ["run", "raw", "cases", "code", "data", "model"]


def test_a_box_stands_under_all_that_it_was_made_from() -> None:
    order = stacked(NODES, EDGES)
    assert sorted(order) == sorted(NODES)
    assert all(order.index(a) < order.index(b) for a, b in EDGES)
    assert order.index("data") == order.index("raw") + 1
    chain = [str(i) for i in range(5000)]
    assert stacked(chain[::-1], list(itertools.pairwise(chain))) == chain


def test_lanes_of_different_targets_do_not_touch() -> None:
    order = stacked(NODES, EDGES)
    found = lanes(order, EDGES)
    place = {name: i for i, name in enumerate(order)}
    assert {edge for edge in EDGES if place[edge[1]] - place[edge[0]] == 1}.isdisjoint(found)
    for a, b in itertools.combinations(found, 2):
        apart = place[a[1]] < place[b[0]] or place[b[1]] < place[a[0]]
        assert (found[a] == found[b]) <= (a[1] == b[1] or apart)


def test_a_layer_wider_than_the_page_is_drawn_as_boxes_under_each_other() -> None:
    many = [f"source {i}" for i in range(9)]
    chain = ["joined", "checked", "model", "run"]
    nodes = tuple(Node(name, name, "data") for name in (*many, *chain))
    steps = [*((name, "joined") for name in many), *itertools.pairwise(chain), ("run", "source 0")]
    edges = tuple(Edge(*step, "made") for step in steps)
    drawn = Graph("From nine sources", nodes, edges).svg(360, "g", narrow=True)
    boxes = {(float(x), float(w)) for x, w in re.findall(r'<rect[^>]*? x="([\d.]+)"[^>]*? width="([\d.]+)"', drawn)}
    assert len(boxes) == 1
    ((left, size),) = boxes
    rails = re.findall(r'd="M([\d.]+) [\d.]+H([\d.]+)Q', drawn)
    assert len(rails) == 9  # eight sources that do not stand right above what they went into, and the way back
    assert all(float(start) >= left + size and float(lane) < 360 for start, lane in rails)
    assert drawn.count("stroke-dasharray") == 1
