"""The first screen of a comparison: what is decided in a sentence, and every system's quality, cost and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.core.comparison import Comparison, MetricComparison, Operation, Standing
from evalkit.core.dossier import Dossier
from evalkit.report import numbers, sentences
from evalkit.report.charts.board import Board, Panel, Spot
from evalkit.report.charts.spec import Range
from evalkit.report.compared import rows
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, draw
from evalkit.report.sections.compared import casewise, differences
from evalkit.report.text import listing

__all__ = ["build"]

_SAID = 4


def build(dossier: Dossier, told: Told) -> dict[str, Any]:
    """The verdict in sentences, the board, and of two systems their difference and what flipped."""
    found, under = told.comparison, told.under
    verdict = sentences.of_two(found, dossier.record) if told.two else sentences.compared(found)
    more: list[Figure] = []
    if told.two and under is not None and under.differences:
        more = [differences.forest(under, "half"), *casewise.bars(told, "first-flips")]
    return {
        "verdict": verdict,
        "judged": rows.judged(under) if under else "",
        "said": list(found.comparability[1 : _SAID + 1]),
        "board": board(found, under) if under else None,
        "more": more,
    }


def board(found: Comparison, under: MetricComparison) -> Figure:
    """Quality with intervals and letters, and cost and time beside it, where they are known of some system."""
    operations = {s.name: s for s in found.pareto.systems} if found.pareto else {}
    mine = [operations.get(s.name) for s in under.systems]
    panels = [_quality(under), *_cost(mine), *_time(mine)]
    beside = [name for name, known in (("cost", _cost(mine)), ("time", _time(mine))) if known]
    alone = [name for name, known in (("cost", _cost(mine)), ("time", _time(mine))) if not known]
    note = f"Line: {numbers.level(under.systems[0].level)} interval of each system alone. "
    if len(under.systems) > 2:
        note += "Systems that share a letter are not shown to differ. "
    if _cost(mine):
        note += "Cost: mean of an answer. "
    if _time(mine):
        note += "Time of an answer: median, and at the tick the 95th percentile. "
    if alone:
        note += f"Unknown of every system: {' and '.join(alone)}."
    spec = Board(
        f"{listing([under.metric, *beside])} of {len(under.systems)} systems, the best first",
        tuple(s.name for s in under.systems),
        tuple(s.letters if len(under.systems) > 2 else "" for s in under.systems),
        tuple(panels),
        ("System", "Letters" if len(under.systems) > 2 else ""),
        about=note,
    )
    return draw(spec, "board", "full", note.strip())


def _quality(under: MetricComparison) -> Panel:
    spots = tuple(_spot(s, under) for s in under.systems)
    header = f"{under.metric}{numbers.unit_label(under.unit)}, {sentences.direction(under.better)}"
    return Panel(header, spots, under.value_range, 2.0)


def _spot(row: Standing, under: MetricComparison) -> Spot:
    span = None if row.lo is None or row.hi is None else Range(row.lo, row.hi)
    mark = "*" if row.uncorrected else ""
    told = f"{rows.value(row, under.unit)} {rows.span(row) or row.reason or ''}".strip()
    words = f"{told}, rank {rows.rank(row)}, n = {row.n:,}"
    words += f"; uncorrected: {row.uncorrected}" if row.uncorrected else ""
    words += f"; {row.signature}" if row.signature else ""
    return Spot(row.point, span, None, rows.value(row, under.unit) + mark, words)


def _cost(mine: Sequence[Operation | None]) -> list[Panel]:
    known = [s.cost if s else None for s in mine]
    if not any(c is not None and c.point is not None for c in known):
        return []
    spots = tuple(
        Spot(None, shown="unknown", words=(c.reason if c else None) or "unknown")
        if c is None or c.point is None
        else Spot(
            c.point,
            None if c.lo is None or c.hi is None else Range(c.lo, c.hi),
            None,
            f"{c.point:.3g}",
            f"{rows.cost(c)} {rows.span(c)}".strip(),
            "second",
        )
        for c in known
    )
    return [Panel("cost, USD", spots, (0.0, float("inf")))]


def _time(mine: Sequence[Operation | None]) -> list[Panel]:
    if not any(s is not None and s.median_seconds.point is not None for s in mine):
        return []
    return [Panel("time, s", tuple(_seconds(s) for s in mine), (0.0, float("inf")))]


def _seconds(one: Operation | None) -> Spot:
    if one is None or one.median_seconds.point is None:
        return Spot(None, shown="unknown", words=(one.median_seconds.reason if one else None) or "unknown")
    median, late = rows.seconds(one.median_seconds), rows.seconds(one.p95_seconds)
    words = f"median {median} {rows.span(one.median_seconds)}, 95 % within {late}"
    shown = median.removesuffix(" s")
    return Spot(one.median_seconds.point, None, one.p95_seconds.point, shown, words, "third")
