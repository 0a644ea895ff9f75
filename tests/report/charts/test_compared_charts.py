"""The square of pairs and the scatter of fronts: well-formed, inside their frame, escaped, with a table behind."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.report.charts.board import Board, Panel, Spot
from evalkit.report.charts.heat import Cell, Heat, heat
from evalkit.report.charts.scatter import Place, Scatter, scatter
from evalkit.report.charts.spec import Range

labels = st.text(max_size=30)
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6))


@st.composite
def squares(draw: st.DrawFn) -> Heat:
    names = tuple(draw(st.lists(labels, min_size=1, max_size=12)))
    tones = st.sampled_from(["pass", "fail", "baseline"])
    cell = st.builds(Cell, labels, tones, st.floats(0, 1), labels, st.sampled_from(["✓", "✗", ""]))
    cells = tuple(tuple(None if a is b else draw(cell) for b in names) for a in names)
    return Heat(draw(labels), names, cells, draw(labels), draw(labels))


@st.composite
def fronts(draw: st.DrawFn) -> Scatter:
    places = []
    for name in draw(st.lists(labels, min_size=1, max_size=12)):
        low, x, high = sorted(draw(st.tuples(*[numbers] * 3)))
        span = draw(st.sampled_from([None, Range(low, high)]))
        places.append(Place(name, x, draw(numbers), span, None, draw(st.booleans()), draw(labels)))
    return Scatter(draw(labels), draw(labels), draw(labels), tuple(places), ("System",), (("a",),))


def assert_inside(svg: str) -> ET.Element:
    root = ET.fromstring(svg)
    _, _, width, height = (float(x) for x in root.attrib["viewBox"].split())
    assert root.attrib["role"] == "img"
    for node in root.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("cx", width), ("y", height), ("cy", height)):
            assert -0.5 <= float(node.attrib.get(name, 0)) <= most + 0.5, (node.tag, node.attrib)
        if node.tag == "rect":
            assert float(node.attrib["x"]) + float(node.attrib["width"]) <= width + 0.5
        assert "style" not in node.attrib
    return root


@settings(max_examples=12)
@given(squares(), st.sampled_from([920.0, 540.0, 330.0]))
def test_a_square_is_inside_its_frame(spec: Heat, width: float) -> None:
    root = assert_inside(heat(spec, width, "t"))
    m = len(spec.names)
    assert sum(node.tag == "rect" for node in root.iter()) == sum(c is not None for row in spec.cells for c in row)
    table = spec.table()
    assert (len(table.header), len(table.rows)) == (m + 1, m)


@settings(max_examples=12)
@given(fronts(), st.sampled_from([920.0, 540.0, 330.0]))
def test_a_scatter_is_inside_its_frame(spec: Scatter, width: float) -> None:
    root = assert_inside(scatter(spec, width, "t"))
    assert sum(node.tag == "circle" for node in root.iter()) == len(spec.places)


def test_what_a_cell_shows_is_told_without_colour_where_it_has_no_room() -> None:
    names = tuple("abcdefghijkl")
    cells = tuple(
        tuple(None if a == b else Cell("✓ +0.123", "pass", 1.0, "a better", "✓") for b in names) for a in names
    )
    texts = [node.text for node in ET.fromstring(heat(Heat("t", names, cells), 330, "t")).iter("text")]
    assert texts.count("✓") == 132
    assert "✓ +0.123" not in texts


@pytest.mark.parametrize("front", [True, False])
def test_the_front_differs_in_shape_and_line(front: bool) -> None:
    places = tuple(Place(str(i), float(i), float(i), front=front) for i in range(3))
    root = ET.fromstring(scatter(Scatter("t", "x", "y", places, ("System",), ()), 540, "t"))
    kinds = {node.attrib["class"] for node in root.iter("circle")}
    assert kinds == {"c-dot t-candidate" if front else "c-ring t-baseline"}
    assert sum(node.attrib.get("class") == "c-line" for node in root.iter("line")) == (2 if front else 0)


def test_one_wide_panel_has_few_ticks() -> None:
    spots = (Spot(0.793, Range(0.718, 0.858)), Spot(0.781, Range(0.697, 0.866)))
    spec = Board("t", ("new", "old"), ("a", "a"), (Panel("share", spots),))
    root = assert_inside(spec.svg(1104, "t"))
    ticks = [node.text for node in root.iter("text") if (node.text or "").startswith("0.")]
    assert 3 <= len(ticks) <= 8
