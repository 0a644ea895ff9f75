"""Kinds that show how things are spread, ranked, crossed, made and calibrated."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evalkit.report.charts.curve import Curves, Line, Point
from evalkit.report.charts.graph import Edge, Graph, Node
from evalkit.report.charts.grid import Grid, GridCell, GridRow
from evalkit.report.charts.histogram import Distribution, Reading, binned
from evalkit.report.charts.ranks import RankRow, Ranks
from evalkit.report.charts.spec import Chart, Range, Series
from tests.report.charts.gallery.data import (
    EDGES,
    HOSTILE,
    LONG,
    NAMES,
    ONE,
    RTL,
    SLICES,
    TWO,
    wave,
)


def distributions() -> Iterator[tuple[str, Chart]]:
    """Histograms and cumulative shares."""
    first = [2.0 + 1.4 * wave(i, 0.37) + 0.6 * wave(i, 1.71) for i in range(400)]
    second = [v + 0.8 for v in first[:300]]
    both = binned([first, second])
    yield (
        "typical",
        Distribution(
            "careful answers 0.8 s sooner", "time of an answer (s)", *both, TWO, readings=(Reading(2.0, "limit 2.0 s"),)
        ),
    )
    yield (
        "one",
        Distribution(
            "Half of the answers take less than 2 s",
            "time of an answer (s)",
            *binned([first]),
            ONE,
            readings=(Reading(2.0, "median 2.0 s"), Reading(4.2, "p95 4.2 s")),
        ),
    )
    yield (
        "ecdf",
        Distribution(
            "Half of the answers take less than 2 s",
            "time of an answer (s)",
            *both,
            TWO,
            style="ecdf",
            readings=(Reading(2.0, "limit 2.0 s"), Reading(2.1, "median 2.1 s")),
        ),
    )
    yield (
        "odd",
        Distribution(
            HOSTILE,
            LONG,
            *both,
            (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)),
            readings=(Reading(0.0, LONG), Reading(99.0, HOSTILE)),
            noun=RTL,
        ),
    )
    yield "extreme", Distribution("Extremes", "score", *binned([[1e300, -1e300, 0.0, math.inf, math.nan]]), ONE)
    yield "equal", Distribution("All the same", "score", *binned([[0.5] * 9]), ONE)
    yield "equal-ecdf", Distribution("All the same", "score", *binned([[0.5] * 9], closed="right"), ONE, "ecdf")
    yield "empty", Distribution("Nothing", "score", *binned([[]]), ONE)
    yield "none", Distribution("Nothing", "score", (), (), ())


def rank_plots() -> Iterator[tuple[str, Chart]]:
    """Rank intervals."""
    spans = ((1, 1, "a"), (2, 4, "b"), (2, 4, "bc"), (3, 5, "bc"), (4, 6, "c"), (6, 6, "d"))
    told = tuple(
        RankRow(f"system {i}", lo, hi, letters, f"{0.9 - 0.03 * i:.2f}", cells={"Value": f"{0.9 - 0.03 * i:.2f}"})
        for i, (lo, hi, letters) in enumerate(spans)
    )
    yield "typical", Ranks("system 0 is the best; the next three are not told apart", "rank by accuracy", told)
    yield "odd", Ranks(HOSTILE, LONG, tuple(RankRow(label, i + 1, 6, "abc", HOSTILE) for i, label in enumerate(EDGES)))
    yield "gaps", Ranks("One has no value", "rank", (RankRow("a", 1, 1, "a"), RankRow("b", None, None)))
    yield "none", Ranks("Nothing", "rank", ())
    yield (
        "many",
        Ranks(
            "Sixty systems",
            "rank",
            tuple(
                RankRow(f"system {i}", max(i - 3, 1), min(i + 5, 60), "abcdefgh"[i % 5 : i % 5 + 3])
                for i in range(1, 61)
            ),
        ),
    )


def grids() -> Iterator[tuple[str, Chart]]:
    """Heat maps of slices."""

    def cell(i: int, j: int) -> GridCell | None:
        value = 0.12 * wave(i + 2.3 * j)
        if (i, j) == (2, 1):
            return None
        sign = "+" if value > 0 else "−"
        return GridCell(
            f"{sign}{abs(value):.2f}",
            abs(value) / 0.12,
            "pass" if value > 0 else "fail",
            abs(value) > 0.09,
            i == 4,
            cells={"Difference": f"{value:+.3f}", "n": str(40 + 7 * i), "Signature": "s"},
        )

    told = tuple(GridRow(name, tuple(cell(i, j) for j in range(3)), f"{40 + 7 * i}") for i, name in enumerate(SLICES))
    yield (
        "typical",
        Grid(
            "Only percent is worse than the baseline", NAMES[:3], told, "difference from the baseline (share)", "cases"
        ),
    )
    wide = tuple(GridRow(f"slice {i}", tuple(cell(i, j) for j in range(20)), f"{i}") for i in range(30))
    yield (
        "many",
        Grid(
            "Thirty slices of twenty systems",
            tuple(f"system {j}" for j in range(20)),
            wide,
            "difference (share)",
            "cases",
        ),
    )
    yield (
        "odd",
        Grid(
            HOSTILE,
            EDGES,
            tuple(GridRow(label, tuple(GridCell(HOSTILE, 7.0) for _ in EDGES), LONG) for label in EDGES),
            LONG,
            LONG,
        ),
    )
    yield "one", Grid("One", ("a",), (GridRow("b", (GridCell("0.51", 0.51, "candidate"),)),))
    yield "none", Grid("Nothing", (), ())


def graphs() -> Iterator[tuple[str, Chart]]:
    """Lineages."""
    nodes = (
        Node("raw", "filings 2019–2025", "data", "9f31c2"),
        Node("labels", "labels of two people", "data", "77ab01"),
        Node("clean", "cleaned filings", "data", "c01d2e"),
        Node("split", "split by company", "data", "5be0aa"),
        Node("features", "features v3", "features", "1a2b3c"),
        Node("code", "train.py", "code", "e77d"),
        Node("model", "model 2026-11", "model", "aa41", "candidate"),
        Node("suite", "finance_statements 4", "suite", "0c9d"),
        Node("run", "run 20261123", "run", "f00d", "candidate"),
    )
    edges = tuple(
        Edge(a, b)
        for a, b in (
            ("raw", "clean"), ("labels", "split"), ("clean", "split"), ("clean", "features"), ("split", "features"),
            ("features", "model"), ("code", "model"), ("model", "run"), ("suite", "run"), ("labels", "suite"),
        )
    )  # fmt: skip
    yield "typical", Graph("The release is made from 2 raw datasets by 1 script", nodes, edges)
    yield (
        "odd",
        Graph(
            HOSTILE,
            tuple(Node(str(i), e, HOSTILE, LONG) for i, e in enumerate(EDGES)),
            (Edge("0", "1"), Edge("1", "0"), Edge("2", "2"), Edge("3", "unknown"), Edge("0", "1")),
        ),
    )
    yield "one", Graph("One", nodes[:1])
    yield "none", Graph("Nothing", ())
    yield (
        "chain",
        Graph(
            "Twelve steps",
            tuple(Node(str(i), f"step {i}", "data", "abc") for i in range(12)),
            tuple(Edge(str(i), str(i + 1)) for i in range(11)),
        ),
    )
    yield (
        "fan",
        Graph(
            "Twenty sources",
            tuple(Node(str(i), f"source {i}") for i in range(21)),
            tuple(Edge(str(i), "20") for i in range(20)),
        ),
    )


def curve_charts() -> Iterator[tuple[str, Chart]]:
    """Curves."""
    points = tuple(
        Point(
            s,
            x / 100,
            1 / (1 + math.exp(-(x - 4 - 2 * s))),
            Range(0.9 / (1 + math.exp(-(x - 4 - 2 * s))), min(1.0, 1.05 / (1 + math.exp(-(x - 4 - 2 * s))))),
        )
        for s in range(2)
        for x in range(11)
    )
    yield (
        "typical",
        Curves(
            "400 cases show a drop of 0.05 in four of five runs",
            "true drop (share)",
            points,
            TWO,
            (Line(0.8, "power 80 %"),),
            (Line(0.05, "margin 0.05"),),
        ),
    )
    yield (
        "odd",
        Curves(
            HOSTILE,
            LONG,
            (Point(0, 0.0, 0.0), Point(1, 1e300, 1.0)),
            (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)),
            (Line(0.5, LONG),),
            (Line(1e300, HOSTILE),),
        ),
    )
    yield "none", Curves("Nothing", "x", (), ())
