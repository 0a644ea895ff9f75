"""Three systems or more: their values, ranks and letters, and what is compared."""

from __future__ import annotations

from typing import Any

from evalkit.core.comparison import Comparison, MetricComparison, Standing
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.spec import Forest, Mark, Range, Row, Series
from evalkit.report.compared import rows
from evalkit.report.figures import Figure, axis_label, draw
from evalkit.report.findings import Findings
from evalkit.report.sentences import direction
from evalkit.report.text import count

__all__ = ["build", "leader", "ranks", "values"]


def leader(dossier: Dossier) -> MetricComparison | None:
    """The leading metric of a comparison of three systems or more."""
    found = dossier.comparison
    if found is None or len(found.systems) < 3:
        return None
    return next((m for m in found.metrics if m.metric == found.lead), None)


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """One table a metric, the leading one open, and in words what is compared."""
    found, under = dossier.comparison, leader(dossier)
    if found is None or under is None:
        return None
    others = [m for m in found.metrics if m.metric != found.lead]
    return {
        "metrics": [_metric(found, m, opened=m is under) for m in (under, *others)],
        "ground": found.comparability,
        "systems": [
            {
                "name": s.name,
                "run": f"{s.run_id}/{s.variant}",
                "asked": count(s.n_asked),
                "left": "; ".join(f"{reason}: {count(n)}" for reason, n in s.left_out.items()),
                "failed": count(s.n_failed),
                "missing": count(s.n_missing),
                "why": ", ".join(f"{reason} {count(n)}" for reason, n in s.failures.items()),
            }
            for s in found.systems
        ],
    }


def _metric(found: Comparison, under: MetricComparison, *, opened: bool) -> dict[str, Any]:
    return {
        "id": under.metric,
        "open": opened,
        "sentence": under.sentence,
        "direction": direction(under.better),
        "level": numbers.level(under.level),
        "notes": under.notes,
        "method": under.method,
        "rows": [
            {
                "rank": rows.rank(row),
                "letters": row.letters,
                "name": row.name,
                "value": rows.value(row, under.unit),
                "interval": rows.span(row) or f"none: {row.reason or 'not stated'}",
                "best": rows.best_share(row),
                "spent": rows.spent(found, row.name),
                "n": count(row.n),
                "unscored": count(row.n_unscored) if row.n_unscored else "",
            }
            for row in under.systems
        ],
    }


def values(under: MetricComparison) -> Figure:
    """All systems with their own intervals, the best first."""
    spec = Forest(
        f"{under.metric} of {len(under.systems)} systems, the best first",
        axis_label(under.metric, under.unit, under.better),
        tuple(_row(row, under) for row in under.systems),
        (Series("system", "candidate"),),
        bounds=under.value_range,
        note_header="letters",
        about="Dots with 95 % intervals of each system alone. Systems that share a letter are not shown to differ.",
    )
    return draw(spec, "leaderboard", "half", "Line: 95\u00a0% interval of one system. Same letter: not separated.")


def _row(row: Standing, under: MetricComparison) -> Row:
    span = None if row.lo is None or row.hi is None else Range(row.lo, row.hi)
    cells = {
        "Rank": rows.rank(row),
        "Letters": row.letters,
        "Value": rows.value(row, under.unit),
        "95\u00a0% interval": rows.span(row) or (row.reason or "none"),
        "P(best)": rows.best_share(row),
        "n": count(row.n),
        "Unscored": count(row.n_unscored),
        "Method": row.method,
    }
    words = f"{row.name}: {rows.value(row, under.unit)} {rows.span(row)}, rank {rows.rank(row)}"
    return Row(row.name, (Mark(0, row.point, span, words=words, cells=cells),), row.letters)


def ranks(under: MetricComparison) -> Figure:
    """The ranks that each system may have, given what is shown."""
    made = tuple(
        Row(
            row.name,
            (
                Mark(
                    0,
                    float(i + 1),
                    thick=Range(float(row.rank_lo), float(row.rank_hi)),
                    words=f"{row.name}: rank {rows.rank(row)}",
                    cells={"By value": str(i + 1), "Best rank": str(row.rank_lo), "Worst rank": str(row.rank_hi)},
                ),
            ),
            rows.rank(row),
        )
        for i, row in enumerate(under.systems)
    )
    spec = Forest(
        f"Ranks that remain possible under {under.metric}",
        "rank, 1 is best",
        made,
        (Series("rank", "candidate"),),
        bounds=(1.0, float(len(made))),
        note_header="rank",
        about="Bar: from 1 plus the systems shown better, to the last rank above the systems shown worse.",
    )
    return draw(spec, "ranks", "half", "Bar: the ranks that are not excluded. Dot: the rank by value.")
