"""All pairs of systems: a square of differences, and the strongest of them with their intervals."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from evalkit.core.comparison import Difference, MetricComparison
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.heat import Cell, Heat
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.charts.theme import Tone
from evalkit.report.compared import rows
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, Size, axis_label, draw
from evalkit.report.sections.compared import slopes
from evalkit.report.text import count

__all__ = ["build", "forest", "matrix"]

_MOST, _FEW = 20, 15
_TONES: dict[str | None, Tone] = {"better": "pass", "worse": "fail", None: "baseline"}
_SIGNS = "▲ the row is shown better than the column, ▼ worse; * p ≤ 0.05, ** ≤ 0.01, *** ≤ 0.001; grey: not separated."
_TURNED = {"better": "worse", "worse": "better", None: None}


def build(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """Of two systems every metric's difference; of more a matrix and a forest, and matrices for the other metrics."""
    under = told.under
    if under is None:
        return None
    others = [m for m in told.comparison.metrics if m is not under]
    squares = [] if told.two else [{"id": m.metric, "figure": matrix(m, f"pairs-{i}")} for i, m in enumerate(others)]
    return {
        "matrix": None if told.two else matrix(under, "pairs"),
        "forests": [] if told.two else forests(told, under),
        "rows": [_told(m, m.differences[0]) for m in (under, *others) if m.differences] if told.two else [],
        "slope": slopes.metrics(told) if told.two else None,
        "others": squares,
        "level": numbers.level(under.level),
        "method": under.method,
        "seed": under.seed,
        "replicates": count(under.replicates) if under.replicates else "",
        "together": under.simultaneous,
        "uncorrected": sorted({d.uncorrected for m in told.comparison.metrics for d in m.differences if d.uncorrected}),
    }


def _told(under: MetricComparison, row: Difference) -> dict[str, str]:
    """One metric of two systems as a row."""
    value = {s.name: rows.value(s, under.unit) for s in under.systems}
    return {
        "id": under.metric,
        "a": value[row.a],
        "b": value[row.b],
        "names": f"{row.a} − {row.b}",
        "difference": rows.value(row, under.unit, signed=True),
        "interval": rows.span(row) or f"none: {row.reason or 'not stated'}",
        "p": numbers.p_value(row.p),
        "shown": rows.SHOWN[row.shown] if not row.identical else "the same answers",
        "mark": {"better": "▲", "worse": "▼", None: ""}[row.shown],
        "n": count(row.n) + (f" (+{count(row.n_unscored)} unscored)" if row.n_unscored else ""),
        "corrected": _corrected(row),
        "method": row.method,
        "signature": row.signature,
    }


def _corrected(row: Difference) -> str:
    if row.correction is not None:
        return f"corrected: {row.correction.method}"
    return "uncorrected" if row.uncorrected else ""


def matrix(under: MetricComparison, ident: str) -> Figure:
    names = [row.name for row in under.systems]
    at = {name: i for i, name in enumerate(names)}
    largest = max((abs(row.point) for row in under.differences if row.point is not None), default=1.0) or 1.0
    cells: list[list[Cell | None]] = [[None] * len(names) for _ in names]
    for row in under.differences:
        cells[at[row.a]][at[row.b]] = _cell(row, under, largest, turned=False)
        cells[at[row.b]][at[row.a]] = _cell(row, under, largest, turned=True)
    shown = sum(row.shown is not None for row in under.differences)
    title = f"{under.metric}: {shown} of {count(len(under.differences))} pairs are shown to differ"
    spec = Heat(
        title,
        tuple(names),
        tuple(tuple(row) for row in cells),
        corner="row − column",
        about=_SIGNS,
    )
    return draw(spec, ident, "full", _SIGNS)


def _cell(row: Difference, under: MetricComparison, largest: float, *, turned: bool) -> Cell:
    told = _turned(row) if turned else row
    sign = {"better": "▲", "worse": "▼", None: ""}[told.shown] + rows.stars(told)
    short = rows.short(told, signed=True)
    words = f"{told.a} − {told.b}: {rows.difference(told, under.unit)}, {rows.SHOWN[told.shown]}"
    words += f", {numbers.p_is(told.p)}" if told.p is not None else ""
    words += f"; {_corrected(told)}" if _corrected(told) else ""
    strength = 0.0 if told.shown is None else 0.25 + 0.75 * abs(told.point or 0.0) / largest
    return Cell(short, _TONES[told.shown], strength, words, sign)


def _turned(row: Difference) -> Difference:
    """b - a."""
    ends = {
        "point": None if row.point is None else -row.point + 0.0,
        "lo": None if row.hi is None else -row.hi + 0.0,
        "hi": None if row.lo is None else -row.lo + 0.0,
    }
    return row.model_copy(update={"a": row.b, "b": row.a, "shown": _TURNED[row.shown], **ends})


def forests(told: Told, under: MetricComparison) -> list[Figure]:
    """All pairs of few systems; of more the best against each other one, and each against the next."""
    names = [row.name for row in under.systems]
    if len(under.differences) <= _FEW:
        return [forest(under)]
    best = [_pair_of(under, names[0], other) for other in names[1:]]
    following = [_pair_of(under, a, b) for a, b in itertools.pairwise(names)]
    level = f"{numbers.level(under.level)} intervals that hold together over all pairs"
    return [
        _forest(under, best[:_MOST], [f"− {row.b}" for row in best], f"{names[0]} minus each other system", "best"),
        _forest(
            under, following[:_MOST], [f"{r.a} − {r.b}" for r in following], f"Each minus the next: {level}", "next"
        ),
    ]


def _pair_of(under: MetricComparison, a: str, b: str) -> Difference:
    found = next(row for row in under.differences if {row.a, row.b} == {a, b})
    return found if found.a == a else _turned(found)


def forest(under: MetricComparison, size: Size = "full") -> Figure:
    """The differences of the pairs that are decided most, each with its interval."""
    chosen = rows.strongest(under, _MOST)
    sign = 1.0 if under.better == "higher" else -1.0
    alone = len(under.differences) == 1  # of two systems the order is that of the question
    told = [row if alone or sign * (row.point or 0.0) >= 0 else _turned(row) for row in chosen]
    title = f"{under.metric}: differences with {numbers.level(under.level)} intervals that hold together"
    if alone:
        title = f"{under.metric}: difference with its {numbers.level(under.level)} interval"
    return _forest(under, told, [f"{row.a} − {row.b}" for row in told], title, "forest", size)


def _forest(
    under: MetricComparison,
    told: Sequence[Difference],
    labels: Sequence[str],
    title: str,
    ident: str,
    size: Size = "half",
) -> Figure:
    spec = Forest(
        title,
        axis_label(under.metric, under.unit, under.better, change=True),
        tuple(
            Row(label, (_mark(row, under),), rows.short(row, signed=True) + rows.stars(row))
            for label, row in zip(labels, told, strict=False)
        ),
        (Series("difference", "candidate"),),
        reference=0.0,
        signed=True,
        note_header="difference",
        about="Coloured: the interval excludes 0. Grey: nothing separates the two.",
    )
    return draw(spec, f"pairs-{ident}", size)


def _mark(row: Difference, under: MetricComparison) -> Mark:
    span = None if row.lo is None or row.hi is None else Range(row.lo, row.hi)
    cells = {
        "Difference": rows.value(row, under.unit, signed=True),
        f"{numbers.level(row.level)} interval": rows.span(row) or (row.reason or "none"),
        "p": numbers.p_value(row.p),
        "Shown": rows.SHOWN[row.shown],
        "n": count(row.n),
        "Unscored": count(row.n_unscored),
        "Method": row.method,
        "Judged": _corrected(row),
        "Signature": row.signature,
    }
    if not _corrected(row):
        cells.pop("Judged")
    words = f"{row.a} − {row.b}: {rows.difference(row, under.unit)}"
    return Mark(0, row.point, span, tone=_TONES[row.shown], words=words, cells=cells)
