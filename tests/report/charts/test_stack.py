"""Stacked bars: they fill the width, in the order given, and the table behind them holds every count."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.report.charts.stack import Segment, Stack, StackRow, stack

segments = st.builds(
    Segment,
    st.text(max_size=20),
    st.integers(0, 10**7),
    st.sampled_from(["pass", "fail", "inconclusive"]),
    st.floats(0.1, 1),
)
stacks = st.builds(
    lambda rows: Stack("t", "share", tuple(rows)),
    st.lists(
        st.builds(StackRow, st.text(max_size=30), st.lists(segments, max_size=6).map(tuple), st.text(max_size=10)),
        min_size=1,
        max_size=4,
    ),
)


@settings(max_examples=20)
@given(stacks, st.sampled_from([920, 330]))
def test_bars_stay_inside_their_frame(spec: Stack, width: int) -> None:
    root = ET.fromstring(stack(spec, width, "t"))
    for bar in root.iter("rect"):
        left, long = float(bar.attrib["x"]), float(bar.attrib["width"])
        assert left >= 0
        assert long > 0
        assert left + long <= width + 0.6


def test_a_bar_is_as_long_as_its_share_and_the_order_is_kept() -> None:
    parts = (Segment("exact", 60, "pass"), Segment("rounding", 30, "pass", 0.5), Segment("different", 10, "fail"))
    spec = Stack("numeric: which rule decided", "share", (StackRow("one", parts, "100 answers"),))
    root = ET.fromstring(stack(spec, 500, "t"))
    bars = list(root.iter("rect"))
    assert [float(bar.attrib["width"]) for bar in bars] == pytest.approx([299, 149, 49])
    assert [float(bar.attrib["x"]) for bar in bars] == pytest.approx([0, 300, 450])
    assert [bar.attrib["class"] for bar in bars] == ["c-bar t-pass", "c-bar t-pass", "c-bar t-fail"]
    assert spec.table().rows == [
        ["one", "exact", "60", "60.0 %"],
        ["one", "rounding", "30", "30.0 %"],
        ["one", "different", "10", "10.0 %"],
    ]


def test_what_has_no_room_for_its_name_is_named_over_the_bars_once() -> None:
    parts = (Segment("exact", 95, "pass"), Segment("a long name", 5, "fail"))
    root = ET.fromstring(stack(Stack("t", "share", tuple(StackRow(n, parts) for n in "ab")), 330, "t"))
    told = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert told.count("a long name") == 1
    assert len([node for node in root.iter() if node.tag.endswith("circle")]) == 1


def test_a_bar_without_answers_is_drawn_empty() -> None:
    spec = Stack("t", "share", (StackRow("nobody", ()),))
    assert not list(ET.fromstring(stack(spec, 330, "t")).iter("rect"))
    assert spec.table().rows == []
