"""Charts: well-formed, inside their frame, in order, escaped, and with the same numbers in the table."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.report.charts.diverging import Diverging, DivergingRow, diverging
from evalkit.report.charts.forest import Forest, forest
from evalkit.report.charts.histogram import binned
from evalkit.report.charts.scale import Linear, domain_of, tick_labels, ticks
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.charts.svg import fit, text_width

numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6))
labels = st.text(max_size=40)


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        marks = []
        for series in range(draw(st.integers(1, 3))):
            a, b, c, d, e = sorted(draw(st.tuples(*[numbers] * 5)))
            line = draw(st.none() | numbers)
            side = draw(st.sampled_from(["above", "below"])) if line is not None else None
            marks.append(
                Mark(series, draw(st.sampled_from([c, None])), Range(a, e), Range(b, d), line, side, words=draw(labels))
            )  # type: ignore[arg-type]
        rows.append(Row(draw(labels), tuple(marks), draw(labels), dim=draw(st.booleans())))
    looks = (Series("one", "candidate"), Series("two", "baseline", True), Series("three", "second"))
    return Forest(draw(labels), draw(labels), tuple(rows), looks, reference=draw(st.none() | numbers), note_header="n")


@settings(max_examples=20)
@given(forests(), st.sampled_from([(920, False), (540, False), (330, True)]))
def test_a_forest_is_well_formed_and_inside_its_frame(spec: Forest, size: tuple[int, bool]) -> None:
    root = ET.fromstring(forest(spec, size[0], "t", stacked=size[1]))
    _, _, width, height = (float(x) for x in root.attrib["viewBox"].split())
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "t-t t-d"
    for node in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -0.5 <= float(node.attrib.get(name, 0)) <= width + 0.5, (node.tag, node.attrib)
        for name in ("y", "y1", "y2", "cy"):
            assert -0.5 <= float(node.attrib.get(name, 0)) <= height + 0.5, (node.tag, node.attrib)
        if node.tag == "rect":
            assert float(node.attrib["width"]) >= 0
            assert float(node.attrib["x"]) + float(node.attrib["width"]) <= width + 0.5
        assert "style" not in node.attrib


def test_positions_follow_values() -> None:
    points = [0.1, 0.25, 0.3, 0.8]
    rows = tuple(Row(str(p), (Mark(0, p, Range(p - 0.05, p + 0.05)),)) for p in points)
    root = ET.fromstring(forest(Forest("t", "x", rows, (Series("s", "candidate"),)), 540, "t"))
    xs = [float(c.attrib["cx"]) for c in root.iter("circle")]
    assert len(xs) == 4
    assert all(a < b for a, b in pairwise(xs))
    assert (xs[1] - xs[0]) / (xs[2] - xs[1]) == pytest.approx(0.15 / 0.05, rel=0.01)


@pytest.mark.parametrize(("side", "left"), [("above", True), ("below", False)])
def test_the_tint_lies_where_the_gate_is_not_met(side: str, left: bool) -> None:
    mark = Mark(0, 0.0, Range(-1, 1), Range(-0.8, 0.8), line=0.3, side=side)  # type: ignore[arg-type]
    root = ET.fromstring(forest(Forest("t", "x", (Row("r", (mark,)),), (Series("s", "candidate"),)), 540, "t"))
    tint = next(n for n in root.iter("rect"))
    line = next(float(n.attrib["x1"]) for n in root.iter("line") if n.attrib["class"] == "c-line")
    start, end = float(tint.attrib["x"]), float(tint.attrib["x"]) + float(tint.attrib["width"])
    assert (end if left else start) == pytest.approx(line, abs=0.02)
    dot = float(next(root.iter("circle")).attrib["cx"])
    assert (start < dot < end) == left


def test_thick_lies_within_thin_and_a_missing_value_is_said() -> None:
    marks = (Mark(0, 0.5, Range(0.4, 0.6), Range(0.42, 0.58)),)
    spec = Forest("t", "x", (Row("a", marks), Row("b", (Mark(0),))), (Series("s", "candidate"),))
    root = ET.fromstring(forest(spec, 540, "t"))
    span = {
        n.attrib["class"]: (float(n.attrib["x1"]), float(n.attrib["x2"]))
        for n in root.iter("line")
        if "c-th" in n.attrib["class"]
    }
    assert (
        span["c-thin t-candidate"][0]
        < span["c-thick t-candidate"][0]
        < span["c-thick t-candidate"][1]
        < span["c-thin t-candidate"][1]
    )
    assert "no value" in "".join(root.itertext())


def test_text_is_escaped_and_shortened_with_the_whole_in_a_title() -> None:
    label = "<script>&\"'" + "w" * 200
    spec = Forest(label, label, (Row(label, (Mark(0, 1.0, words=label),)),), (Series("s", "candidate"),))
    picture = forest(spec, 540, "t")
    assert "<script" not in picture
    root = ET.fromstring(picture)
    assert any(n.text == label for n in root.iter("title"))


def test_the_table_holds_every_mark() -> None:
    marks = (Mark(0, 1.0, cells={"Estimate": "1.0", "n": "5"}), Mark(1, 2.0, cells={"Estimate": "2.0", "n": "6"}))
    spec = Forest("t", "x", (Row("r", marks),), (Series("a", "candidate"), Series("b", "baseline")))
    assert spec.table() == (["", "System", "Estimate", "n"], [["r", "a", "1.0", "5"], ["r", "b", "2.0", "6"]])


@settings(max_examples=40)
@given(st.lists(st.tuples(labels, st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=6))
def test_diverging_bars_share_one_scale_and_stay_inside(rows: list[tuple[str, int, int]]) -> None:
    spec = Diverging("t", "cases", tuple(DivergingRow(*row) for row in rows), "broke", "fixed")
    for width, stacked in ((540, False), (330, True)):
        root = ET.fromstring(diverging(spec, width, "d", stacked=stacked))
        bars = [(float(n.attrib["x"]), float(n.attrib["width"])) for n in root.iter("rect")]
        assert all(x >= 0 and x + w <= width for x, w in bars)
        counts = [n for row in rows for n in row[1:]]
        per_case = max(w for _, w in bars) / max(*counts, 1)
        assert all(w == pytest.approx(n * per_case, abs=0.02) for (_, w), n in zip(bars, counts, strict=True))


@settings(max_examples=50)
@given(numbers, numbers, st.integers(2, 12))
def test_ticks_are_few_round_and_inside(a: float, b: float, most: int) -> None:
    lo, hi = domain_of([a, b])
    found = ticks(lo, hi, most)
    assert 1 <= len(found) <= most
    slack = (hi - lo) * 1e-6
    assert all(lo - slack <= t <= hi + slack for t in found)
    assert len(set(tick_labels(found))) == len(found)
    steps = [y - x for x, y in pairwise(found)]
    assert all(s == pytest.approx(steps[0], rel=1e-3) for s in steps)


@settings(max_examples=50)
@given(numbers, numbers, numbers, numbers)
def test_a_scale_keeps_order_and_ends(a: float, b: float, x: float, y: float) -> None:
    lo, hi = domain_of([a, b])
    scale = Linear(lo, hi, 10, 90)
    assert (scale(x) - scale(y)) * (x - y) >= 0
    assert 10 <= scale(x) <= 90
    assert scale(lo) == pytest.approx(10)
    assert scale(hi) == pytest.approx(90)


def test_values_that_differ_by_rounding_alone_have_ticks() -> None:
    lo, hi = domain_of([0.012, 0.012 + 2e-18, 0.012 - 4e-18])
    assert len(set(tick_labels(ticks(lo, hi, 6)))) >= 1


def test_a_domain_ends_where_values_must() -> None:
    assert domain_of([0.97, 0.999], (0, 1))[1] == 1
    assert domain_of([0.97, 1.02], (0, 1))[1] > 1.02
    assert domain_of([]) == pytest.approx((-0.04, 1.04))
    assert domain_of([0.0, 1.0], air=0.0) == (0.0, 1.0), "no air asked, none taken"


def test_a_cumulative_share_counts_what_equals_the_edge() -> None:
    edges, (counts,) = binned([[0.0, 0.5, 0.5, 1.0]], 12, closed="right")
    up_to = {edge: sum(counts[:i]) for i, edge in enumerate(edges)}
    assert {edge: n for edge, n in up_to.items() if edge in (0.0, 0.5, 1.0)} == {0.0: 1, 0.5: 3, 1.0: 4}
    assert (edges[-1], sum(binned([[0.0, 0.5, 0.5, 1.0]], 10)[1][0])) == (1.0, 4)


def test_labels_have_a_true_minus_and_enough_digits() -> None:
    assert tick_labels([-0.02, 0.0, 0.02], signed=True) == ["\u22120.02", "0", "+0.02"]
    assert tick_labels([0.0, 0.005, 0.01]) == ["0", "0.005", "0.010"]
    assert tick_labels([0.0, 2000.0]) == ["0", "2,000"]


@given(st.text(max_size=200), st.floats(20, 400))
def test_fitted_text_fits(words: str, room: float) -> None:
    assert text_width(fit(words, room)) <= room or fit(words, room) == "…"
