"""The confusion matrix and the reliability plot: what is drawn is what the table behind it says."""

from __future__ import annotations

import re

import pytest

from evalkit.report.charts.matrix import Matrix, matrix
from evalkit.report.charts.reliability import Bin, ReliabilityPlot, reliability
from evalkit.report.charts.spec import Series


def test_every_cell_is_told_and_tinted_by_the_share_of_its_row() -> None:
    spec = Matrix("m", ("a<b", "b"), ("a<b", "b", "__unparsed__"), ((9, 1, 0), (0, 5, 5)))
    drawn = matrix(spec, 540, "x")
    assert "gold a&lt;b, answer b: 1 (10.0 %)" in drawn
    assert "gold b, answer __unparsed__: 5 (50.0 %)" in drawn
    opacity = [float(found) for found in re.findall(r'fill-opacity="([\d.]+)"', drawn)]
    assert opacity == [0.46, 0.1, 0.06, 0.06, 0.28, 0.28]
    assert spec.table().rows == [["a<b", "9", "1", "0", "10"], ["b", "0", "5", "5", "10"]]


def test_many_columns_keep_their_numbers_to_the_pointer() -> None:
    names = tuple(f"class{i}" for i in range(30))
    spec = Matrix("m", names, names, tuple(tuple(1000 for _ in names) for _ in names))
    drawn = matrix(spec, 330, "x")
    assert ">1,000<" not in drawn
    assert drawn.count("<rect") == 900


def test_a_bin_stands_where_it_states_and_comes_true() -> None:
    bins = (Bin(0, 0.25, 0.5, 10), Bin(0, 1.0, 1.0, 40), Bin(1, 0.5, 0.0, 40))
    spec = ReliabilityPlot("r", bins, (Series("new", "candidate"), Series("old", "baseline", hollow=True)))
    drawn = reliability(spec, 540, "x")
    dots = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"><title>', drawn)
    (x1, y1, r1), (x2, y2, r2), (x3, y3, r3) = [tuple(map(float, dot)) for dot in dots]
    side = (x2 - x1) / 0.75  # the plot is a square
    assert (x3 - x1, y1 - y2) == pytest.approx((side * 0.25, side * 0.5), abs=0.02)
    assert y3 - y2 == pytest.approx(side, abs=0.02)
    assert (r1, r2, r3) == (5.0, 7.0, 7.0)
    assert spec.table().rows[0] == ["new", "0.250", "0.500", "10"]
