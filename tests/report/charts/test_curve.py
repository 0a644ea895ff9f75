"""Curves are whole SVG, their table holds what is drawn, and hostile names stay text."""

import xml.etree.ElementTree as ET

from evalkit.report.charts.curve import Curves, Line, Point, curves
from evalkit.report.charts.spec import Range, Series

SPEC = Curves(
    "power <script>",
    "drop & co",
    (
        Point(0, 0.0, 0.04, Range(0.02, 0.07)),
        Point(0, 0.1, 0.9),
        Point(1, 0.0, 0.8),
        Point(1, 0.1, 0.0),
    ),
    (Series("fails", "fail"), Series("<b>", "pass", hollow=True)),
    across=(Line(0.8, "80 %"),),
    upright=(Line(0.03, "margin"),),
)


def test_a_curve_is_svg_with_a_mark_a_point() -> None:
    root = ET.fromstring(curves(SPEC, 600, "c"))
    assert len([e for e in root.iter() if e.tag == "circle"]) == 4 + 2  # and the legend
    assert not [e for e in root.iter() if e.tag in ("b", "script")]
    heights = [float(e.attrib["cy"]) for e in root.iter() if e.tag == "circle" and "title" in [c.tag for c in e]]
    assert heights[1] < heights[0]  # higher is more
    assert max(heights) <= float(root.attrib["height"])


def test_the_table_holds_every_point() -> None:
    table = SPEC.table()
    assert table.header == ["drop & co", "fails", "<b>"]
    assert table.rows == [["0", "0.040 [0.020, 0.070]", "0.800"], ["0.1", "0.900", "0.000"]]


def test_a_single_point_has_an_axis() -> None:
    one = Curves("one", "x", (Point(0, 0.0, 1.0),), (Series("fails", "fail"),))
    assert ET.fromstring(curves(one, 300, "c")).tag == "svg"
