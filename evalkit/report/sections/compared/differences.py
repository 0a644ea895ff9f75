"""All pairs of systems: a square of differences, and the strongest of them with their intervals."""

from __future__ import annotations

from typing import Any

from evalkit.core.comparison import Difference, MetricComparison
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.heat import Cell, Heat
from evalkit.report.charts.spec import Forest, Mark, Range, Row, Series
from evalkit.report.charts.theme import Tone
from evalkit.report.compared import rows
from evalkit.report.figures import Figure, Size, axis_label, draw
from evalkit.report.findings import Findings
from evalkit.report.sections.compared.leaderboard import leader
from evalkit.report.text import count

__all__ = ["build", "forest"]

_MOST = 40
_TONES: dict[str | None, Tone] = {"better": "pass", "worse": "fail", None: "baseline"}
_TURNED = {"better": "worse", "worse": "better", None: None}


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A matrix and a forest for the leading metric, matrices for the others."""
    under = leader(dossier)
    if under is None or dossier.comparison is None:
        return None
    others = [m for m in dossier.comparison.metrics if m is not under]
    return {
        "matrix": _matrix(under, "pairs"),
        "forest": forest(under),
        "others": [{"id": m.metric, "figure": _matrix(m, f"pairs-{i}")} for i, m in enumerate(others)],
        "level": numbers.level(under.level),
        "method": under.method,
        "seed": under.seed,
        "replicates": count(under.replicates) if under.replicates else "",
    }


def _matrix(under: MetricComparison, ident: str) -> Figure:
    names = [row.name for row in under.systems]
    at = {name: i for i, name in enumerate(names)}
    largest = max((abs(row.point) for row in under.differences if row.point is not None), default=1.0) or 1.0
    cells: list[list[Cell | None]] = [[None] * len(names) for _ in names]
    for row in under.differences:
        cells[at[row.a]][at[row.b]] = _cell(row, under, largest, turned=False)
        cells[at[row.b]][at[row.a]] = _cell(row, under, largest, turned=True)
    shown = sum(row.shown is not None for row in under.differences)
    spec = Heat(
        f"{under.metric}: row minus column; {shown} of {count(len(under.differences))} pairs are shown to differ",
        tuple(names),
        tuple(tuple(row) for row in cells),
        corner="row − column",
        about="Green (✓): the row is shown better. Orange (✗): shown worse. Grey: not separated.",
    )
    return draw(spec, ident, "full")


def _cell(row: Difference, under: MetricComparison, largest: float, *, turned: bool) -> Cell:
    told = _turned(row) if turned else row
    sign = {"better": "✓", "worse": "✗", None: ""}[told.shown]
    short = f"{sign} {rows.value(told, signed=True)}".strip()
    words = f"{told.a} − {told.b}: {rows.difference(told, under.unit)}, {rows.SHOWN[told.shown]}"
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


def forest(under: MetricComparison, size: Size = "full") -> Figure:
    """The differences of the pairs that are decided most, each with its interval."""
    chosen = rows.strongest(under, _MOST)
    sign = 1.0 if under.better == "higher" else -1.0
    alone = len(under.differences) == 1  # of two systems the order is that of the question
    told = [row if alone or sign * (row.point or 0.0) >= 0 else _turned(row) for row in chosen]
    left = len(under.differences) - len(chosen)
    title = f"{under.metric}: differences with {numbers.level(under.level)} intervals that hold together"
    if alone:
        title = f"{under.metric}: difference with its {numbers.level(under.level)} interval"
    spec = Forest(
        title,
        axis_label(under.metric, under.unit, under.better, change=True),
        tuple(Row(f"{row.a} − {row.b}", (_mark(row, under),), rows.value(row, signed=True)) for row in told),
        (Series("difference", "candidate"),),
        reference=0.0,
        signed=True,
        note_header="difference",
        about="Coloured: the interval excludes 0. Grey: nothing separates the two.",
    )
    return draw(spec, "pairs-forest", size, f"{count(left)} more pairs are in the matrix." if left else "")


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
    }
    words = f"{row.a} − {row.b}: {rows.difference(row, under.unit)}"
    return Mark(0, row.point, span, tone=_TONES[row.shown], words=words, cells=cells)
