"""Kinds that show estimates: intervals, trends, slopes, bars."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.charts.bars import Bars
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.series import Alarm, TimeSeries
from evalkit.report.charts.slope import Slope
from evalkit.report.charts.spec import Chart, Row, Series
from tests.report.charts.gallery.data import (
    EXTREME,
    FOUR,
    HOSTILE,
    LONG,
    ONE,
    SLICES,
    TWO,
    confidence_sequence,
    days,
    many,
    mark,
    odd_rows,
    rows,
    wave,
)


def forests() -> Iterator[tuple[str, Chart]]:
    """Interval plots."""
    yield (
        "typical",
        Forest(
            "careful beats hasty in five of six slices",
            "accuracy (share), higher is better",
            rows(6, 2),
            TWO,
            bounds=(0, 1),
            note_header="cases",
        ),
    )
    gated = tuple(
        Row(r.label, (mark(0.02 * wave(i), line=-0.01, side="above"),), f"{0.02 * wave(i):+.3f}")
        for i, r in enumerate(rows(5, 1))
    )
    yield (
        "gated",
        Forest(
            "No gate is shown to fail",
            "candidate − baseline (share), higher is better",
            gated,
            ONE,
            reference=0.0,
            signed=True,
            note_header="change",
        ),
    )
    yield "four", Forest("Four systems by slice", "accuracy (share)", rows(4, 4), FOUR, bounds=(0, 1))
    yield (
        "odd",
        Forest(
            HOSTILE, LONG, odd_rows(2), (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)), note_header="n"
        ),
    )
    yield "extreme", Forest("Extremes", "score", many(EXTREME), ONE)
    yield "equal", Forest("All the same", "score", many((0.5,) * 3), ONE)
    yield "none", Forest("Nothing", "score", (), ())
    yield "many", Forest("Sixty rows", "score", rows(60, 1), ONE)


def series() -> Iterator[tuple[str, Chart]]:
    """Trends."""
    yield (
        "typical",
        TimeSeries(
            "Accuracy rose by 0.14 since September",
            "accuracy (share)",
            days(2),
            TWO,
            "run",
            line=0.72,
            side="above",
            bounds=(0, 1),
        ),
    )
    yield (
        "sequence",
        TimeSeries(
            "After 6,000 visitors the interval excludes no effect",
            "difference in conversion (share)",
            confidence_sequence(),
            ONE,
            "visitors",
            reference=0.0,
            signed=True,
            alarms=(Alarm("4,000", "the lower end passed 0"),),
            band="95 % confidence sequence",
        ),
    )
    yield (
        "four",
        TimeSeries(
            "Four systems over the runs",
            "accuracy (share)",
            tuple(Row(f"run {i}", r.marks) for i, r in enumerate(rows(9, 4))),
            FOUR,
            "run",
        ),
    )
    yield "one", TimeSeries("One run", "accuracy (share)", days(2)[:1], TWO, "run")
    yield (
        "odd",
        TimeSeries(
            HOSTILE,
            LONG,
            odd_rows(2),
            (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)),
            LONG,
            alarms=(Alarm("", HOSTILE), Alarm("unknown", "x"), Alarm("x", LONG)),
        ),
    )
    yield "extreme", TimeSeries("Extremes", "score", many(EXTREME), ONE)
    yield "equal", TimeSeries("All the same", "score", many((0.5,) * 5, 2), TWO, line=0.5)
    yield "none", TimeSeries("Nothing", "score", (), ())
    yield "gaps", TimeSeries("Only gaps", "score", many((None,) * 4), ONE)


def slopes() -> Iterator[tuple[str, Chart]]:
    """Paired values."""
    tones = ("pass", "fail", None, None, "pass", None)
    paired = tuple(
        Row(
            name, (mark(0.5 + 0.05 * i, 0), mark(0.52 + 0.06 * i * (i % 3 - 0.6), 1, tone=tones[i])), f"{0.01 * i:+.2f}"
        )
        for i, name in enumerate(SLICES)
    )
    yield (
        "typical",
        Slope(
            "percent fell, two slices rose, the others are not told apart", "accuracy (share)", paired, (TWO[1], TWO[0])
        ),
    )
    yield "odd", Slope(HOSTILE, LONG, odd_rows(2), (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)))
    yield (
        "gaps",
        Slope(
            "One side is missing",
            "score",
            (Row("a", (mark(0.5, 0), mark(None, 1))), Row("b", (mark(0.4, 1),)), Row("c", ())),
            TWO,
        ),
    )
    yield "extreme", Slope("Extremes", "score", many(EXTREME, 2), TWO)
    yield "equal", Slope("All the same", "score", many((0.5,) * 12, 2), TWO)
    yield "none", Slope("Nothing", "score", (), TWO)
    yield "many", Slope("Sixty rows", "score", rows(60, 2), TWO)


def bar_charts() -> Iterator[tuple[str, Chart]]:
    """Bars."""
    shares = tuple(
        Row(r.label, (mark(0.1 + 0.12 * i, 0),), f"{10 + 12 * i} %", dim=r.dim) for i, r in enumerate(rows(6, 1))
    )
    yield (
        "typical",
        Bars(
            "Most answers that broke are in restated filings",
            "share of the slice's answers that broke",
            shares,
            ONE,
            percent=True,
            bounds=(0, 1),
        ),
    )
    yield (
        "two",
        Bars("Broken answers by system", "share of answers", rows(5, 2, level=0.3), TWO, percent=True, bounds=(0, 1)),
    )
    yield "odd", Bars(HOSTILE, LONG, odd_rows(2), (Series(HOSTILE, "candidate"), Series(LONG, "baseline", True)))
    yield "extreme", Bars("Extremes", "score", many(EXTREME), ONE)
    yield "equal", Bars("All nothing", "score", many((0.0,) * 3), ONE)
    yield "none", Bars("Nothing", "score", (), ())
    yield "many", Bars("Forty rows", "score", rows(40, 1), ONE)
