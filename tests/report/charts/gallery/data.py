"""Values, labels and rows that the charts of the gallery are made of: typical, hostile, extreme and missing ones."""

from __future__ import annotations

import math

from evalkit.report.charts.spec import Mark, Range, Row, Series

HOSTILE = "</title><script>alert(1)</script>&amp; \u202eright to left\x00 \"quoted\" 'so' =1+1"
LONG = "a system whose name somebody made of everything that was ever changed in it, 2026-11-23, temperature 0.7"
RTL = "نظام الترجمة الآلية العصبية للنصوص الطويلة"
WIDE = "漢字仮名交じり文の評価用データセット第三版"
NAMES = ("careful", "hasty", "again", "baseline")
SLICES = ("difference", "percent", "percent_cut", "ratio", "sum of quarters", "restated")
ONE = (Series("careful", "candidate"),)
TWO = (Series("careful", "candidate"), Series("hasty", "baseline", hollow=True))
FOUR = (
    Series("careful", "candidate"),
    Series("again", "second"),
    Series("third try", "third"),
    Series("hasty", "baseline", hollow=True),
)
EDGES = (HOSTILE, LONG, RTL, WIDE, "", "x")


def wave(i: float, step: float = 0.7) -> float:
    """Something that goes up and down in [-1, 1]."""
    return math.sin(1.3 + step * i)


def mark(point: float | None, series: int = 0, half: float = 0.04, **more: object) -> Mark:
    """A mark with its intervals and its cells."""
    if point is None:
        return Mark(series, words="no value: nothing was scored", cells={"Estimate": "–", "Signature": "none"})
    return Mark(
        series,
        point,
        Range(point - half, point + half),
        Range(point - 0.84 * half, point + 0.84 * half),
        words=f"{point:.3f} [{point - half:.3f}, {point + half:.3f}], n = 1,000",
        cells={"Estimate": f"{point:.3f}", "n": "1,000", "Signature": "accuracy|v1|n=1000|seed=7"},
        **more,  # type: ignore[arg-type]
    )


def rows(n: int, series: int, *, level: float = 0.7, swing: float = 0.12) -> tuple[Row, ...]:
    """Slices with one mark a series."""
    return tuple(
        Row(
            SLICES[i] if i < len(SLICES) else f"slice {i}",
            tuple(mark(level + swing * wave(i + 2.2 * s), s) for s in range(series)),
            f"n = {40 + 7 * i}",
            dim=i == 4,
        )
        for i in range(n)
    )


def odd_rows(series: int) -> tuple[Row, ...]:
    """Labels that nobody wants, values at the ends of what there is, and no values."""
    values = (0.0, 1e-9, None, 1.0, 0.5, 0.5)
    return tuple(
        Row(label, tuple(mark(v, s) for s in range(series)), HOSTILE[:12])
        for label, v in zip(EDGES, values, strict=True)
    )


def many(values: tuple[float | None, ...], series: int = 1) -> tuple[Row, ...]:
    """A row a value, the same for every series."""
    return tuple(Row(f"row {i}", tuple(mark(v, s) for s in range(series))) for i, v in enumerate(values))


EXTREME = (1e300, -1e300, 0.0, 1e-300, None)
DAYS = tuple(f"2026-{m:02d}-{d:02d}T06:00:00Z" for m, d in ((9, 1), (9, 4), (9, 18), (10, 2), (10, 3), (11, 9)))


def days(series: int) -> tuple[Row, ...]:
    """Runs on six days that are not evenly apart; one has no value."""
    return tuple(
        Row(
            day,
            tuple(mark(None if (i, s) == (3, 1) else 0.7 + 0.03 * i + 0.06 * wave(i + s), s) for s in range(series)),
        )
        for i, day in enumerate(DAYS)
    )


def confidence_sequence(n: int = 120) -> tuple[Row, ...]:
    """A difference whose interval narrows with the visitors."""
    return tuple(
        Row(f"{50 * (i + 1):,}", (mark(0.03 + 0.05 * wave(i, 1.9) / (1 + i) ** 0.5, 0, 0.25 / (1 + i) ** 0.5),))
        for i in range(n)
    )
