"""Kinds that show counts, pairs and places."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.charts.diverging import Diverging, DivergingRow
from evalkit.report.charts.heat import Cell, Heat
from evalkit.report.charts.matrix import Matrix
from evalkit.report.charts.reliability import Bin, ReliabilityPlot
from evalkit.report.charts.scatter import Place, Scatter
from evalkit.report.charts.spec import Chart, Range, Series
from evalkit.report.charts.stack import Segment, Stack, StackRow
from tests.report.charts.gallery.data import (
    EDGES,
    HOSTILE,
    LONG,
    NAMES,
    TWO,
    wave,
)


def others() -> Iterator[tuple[str, Chart]]:
    """Counts both ways, wholes, matrices, pairs, reliability, places."""
    yield (
        "diverging",
        Diverging(
            "12 broke, 31 were fixed",
            "cases",
            (DivergingRow("accuracy", 12, 31), DivergingRow("within_10", 4, 0)),
            "broke",
            "fixed",
        ),
    )
    yield (
        "diverging-odd",
        Diverging(HOSTILE, LONG, tuple(DivergingRow(e, 10 ** (3 * i), 0) for i, e in enumerate(EDGES)), LONG, HOSTILE),
    )
    yield "diverging-none", Diverging("Nothing", "cases", (), "broke", "fixed")
    parts = (
        Segment("exact", 410, "pass"),
        Segment("rounding", 90, "pass", 0.6),
        Segment("different", 120, "fail"),
        Segment("unscored", 3, "inconclusive"),
    )
    yield (
        "stack",
        Stack(
            "Two of three answers are exact",
            "share of answers",
            (StackRow("careful", parts, "623 answers"), StackRow("hasty", parts[::-1], "623 answers")),
        ),
    )
    yield (
        "stack-odd",
        Stack(
            HOSTILE,
            LONG,
            tuple(StackRow(e, (Segment(HOSTILE, 1, "pass"), Segment(LONG, 0, "fail")), LONG) for e in EDGES),
        ),
    )
    yield "stack-none", Stack("Nothing", "share", ())
    yield (
        "matrix",
        Matrix(
            "late is taken for on time in 1 of 5",
            ("on time", "late", "cancelled"),
            ("on time", "late", "cancelled"),
            ((410, 22, 1), (41, 160, 3), (0, 2, 9)),
        ),
    )
    yield "matrix-odd", Matrix(HOSTILE, EDGES, EDGES, tuple(tuple(10**i for _ in EDGES) for i in range(6)))
    yield (
        "matrix-many",
        Matrix(
            "Thirty classes",
            tuple(f"class {i}" for i in range(30)),
            tuple(f"class {i}" for i in range(30)),
            tuple(tuple(i * j for j in range(30)) for i in range(30)),
        ),
    )
    yield "matrix-none", Matrix("Nothing", (), (), ())
    pairs = tuple(
        tuple(
            None
            if i == j
            else Cell(
                f"{0.03 * (j - i):+.2f}",
                "pass" if j > i else "fail",
                abs(j - i) / 4,
                f"{i} against {j}",
                "+" if j > i else "−",
            )
            for j in range(4)
        )
        for i in range(4)
    )
    yield "heat", Heat("careful differs from all others", NAMES, pairs, "row − column")
    yield (
        "heat-odd",
        Heat(HOSTILE, EDGES, tuple(tuple(Cell(LONG, words=HOSTILE, sign="+") for _ in EDGES) for _ in EDGES), LONG),
    )
    yield "heat-none", Heat("Nothing", (), ())
    bins = tuple(
        Bin(s, 0.05 + 0.1 * i, min(max(0.05 + 0.1 * i - 0.08 * s + 0.04 * wave(i), 0), 1), 10 + 9 * i)
        for s in range(2)
        for i in range(10)
    )
    yield "reliability", ReliabilityPlot("careful is as sure as it is right", bins, TWO)
    yield (
        "reliability-odd",
        ReliabilityPlot(
            HOSTILE,
            (Bin(0, 0.0, 1.0, 0), Bin(1, 1.0, 0.0, 10**9)),
            (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)),
        ),
    )
    yield "reliability-none", ReliabilityPlot("Nothing", (), ())
    places = tuple(
        Place(
            f"system {i}",
            0.1 * i + 0.05,
            0.6 + 0.05 * wave(i, 1.1),
            Range(0.1 * i, 0.1 * i + 0.1),
            Range(0.55 + 0.05 * wave(i, 1.1), 0.65 + 0.05 * wave(i, 1.1)),
            i in (0, 3, 5),
        )
        for i in range(8)
    )
    yield (
        "scatter",
        Scatter(
            "Three of eight systems are on the front",
            "cost of a case (USD), lower is better",
            "accuracy (share), higher is better",
            places,
            ("System", "Cost"),
            tuple((p.name, f"{p.x}") for p in places),
        ),
    )
    yield (
        "scatter-odd",
        Scatter(
            HOSTILE, LONG, LONG, tuple(Place(e, 0.5, 0.5, front=True) for e in EDGES), ("", ""), ((HOSTILE, LONG),)
        ),
    )
    yield (
        "scatter-extreme",
        Scatter("Extremes", "x", "y", (Place("a", 1e300, -1e300), Place("b", -1e300, 1e300)), ("a",), ()),
    )
    yield "scatter-none", Scatter("Nothing", "x", "y", (), ("System",), ())
