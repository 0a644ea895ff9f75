"""Quality against cost and time: who is beaten on both."""

from __future__ import annotations

from typing import Any

from evalkit.core.comparison import Figure as Number
from evalkit.core.comparison import Front, MetricComparison, Operation, Pareto
from evalkit.core.dossier import Dossier
from evalkit.report.charts.scatter import Place, Scatter
from evalkit.report.charts.spec import Range
from evalkit.report.compared import rows
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, draw
from evalkit.report.numbers import unit_label
from evalkit.report.sentences import direction
from evalkit.report.text import count

__all__ = ["build"]

_AXES = {
    "cost": "cost of an answer (USD), lower is better",
    "median_seconds": "median time of an answer (s), lower is better",
    "p95_seconds": "95th percentile of the time of an answer (s), lower is better",
}


def build(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """A scatter an axis that is known for two systems or more, and what is said of each."""
    found = told.comparison.pareto
    if found is None or not any(front.front for front in found.fronts):
        return None
    known = [front for front in found.fronts if front.front]
    under = told.of(found.metric)
    ranges = (
        {s.name: Range(s.lo, s.hi) for s in under.systems if s.lo is not None and s.hi is not None} if under else {}
    )
    return {
        "figures": [_figure(found, front, ranges) for front in known if len(front.front) + len(front.dominated) > 1],
        "sentences": [front.sentence for front in known],
        "operations": [_operation(s, under) for s in sorted(found.systems, key=lambda s: told.order.index(s.name))],
        "dominated": [
            {
                "axis": _AXES[front.axis].partition(",")[0],
                "name": row.name,
                "by": ", ".join(row.by[:5]),
                "shown": row.shown,
            }
            for front in known
            for row in front.dominated
        ],
    }


def _operation(system: Operation, under: MetricComparison | None) -> dict[str, Any]:
    """What one system costs and how long it takes, with intervals."""
    mine = next((s for s in under.systems if s.name == system.name), None) if under else None
    numbers = (system.cost, system.median_seconds, system.p95_seconds)
    texts = (rows.cost(system.cost), rows.seconds(system.median_seconds), rows.seconds(system.p95_seconds))
    spans = (_dollars(system.cost), rows.span(system.median_seconds), rows.span(system.p95_seconds))
    cells = [(text, span or n.reason or "") for text, span, n in zip(texts, spans, numbers, strict=True)]
    return {
        "name": system.name,
        "quality": rows.value(mine, under.unit) if mine and under else "–",
        "cells": cells,
        "n": count(max(number.n for number in numbers)),
    }


def _dollars(number: Number) -> str:
    """The interval of a cost with as many digits as tell its ends apart."""
    return "" if number.lo is None or number.hi is None else f"[{number.lo:.3g}, {number.hi:.3g}]"


def _figure(found: Pareto, front: Front, ranges: dict[str, Range]) -> Figure:
    known = [s for s in found.systems if s.name not in front.left_out]
    spec = Scatter(
        f"{found.metric} against {_AXES[front.axis].partition(',')[0]}: {count(len(front.front))} on the front",
        _AXES[front.axis],
        f"{found.metric}{unit_label(found.unit)}, {direction(found.better)}",
        tuple(_place(s, _number(s, front), front, ranges.get(s.name)) for s in known),
        ("System", found.metric, "Value", "95\u00a0% interval", "Answers", "Place"),
        tuple(_row(s, _number(s, front), front) for s in found.systems),
        about="Dots joined by a dashed line: no other system is better on both axes. Rings: beaten on both.",
    )
    left = f"Left out, because unknown: {', '.join(front.left_out)}." if front.left_out else ""
    return draw(spec, f"front-{front.axis}", "half", left)


def _number(system: Operation, front: Front) -> Number:
    found: Number = getattr(system, front.axis)
    return found


def _place(system: Operation, number: Number, front: Front, up: Range | None) -> Place:
    span = None if number.lo is None or number.hi is None else Range(number.lo, number.hi)
    words = f"{system.name}: {_told(number, front)} {rows.span(number)}"
    on = system.name in front.front
    return Place(system.name, number.point or 0.0, system.quality or 0.0, span, up, on, words)


def _told(number: Number, front: Front) -> str:
    return rows.cost(number) if front.axis == "cost" else rows.seconds(number)


def _row(system: Operation, number: Number, front: Front) -> tuple[str, ...]:
    beaten = next((row for row in front.dominated if row.name == system.name), None)
    place = "on the front"
    if system.name in front.left_out:
        place = f"left out: {front.left_out[system.name]}"
    elif beaten:
        place = f"beaten on both by {', '.join(beaten.by[:3])}" + (" (shown)" if beaten.shown else " (by value)")
    quality = "–" if system.quality is None else f"{system.quality:.4g}"
    return system.name, quality, _told(number, front), rows.span(number), count(number.n), place
