"""The leaderboard: values, ranks and letters under every metric, and which ranks remain possible."""

from __future__ import annotations

from typing import Any

from evalkit.core.comparison import Comparison, MetricComparison, Standing
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.bars import Bars
from evalkit.report.charts.ranks import RankRow, Ranks
from evalkit.report.charts.spec import Mark, Row, Series
from evalkit.report.compared import rows
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, draw
from evalkit.report.sentences import direction
from evalkit.report.text import count

__all__ = ["best", "build", "ranks"]


def build(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """One table a metric, the leading one open with the ranks that remain possible."""
    found, under = told.comparison, told.under
    if under is None:
        return None
    others = [m for m in found.metrics if m.metric != found.lead]
    return {
        "metrics": [_metric(found, m, opened=m is under) for m in (under, *others)],
        "charts": [] if told.two else [ranks(under), *best(under)],
        "letters": not told.two,
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
                "corrected": f"corrected: {row.correction.method}" if row.correction else "",
                "judged": _judged(row, under),
                "uncorrected": row.uncorrected or "",
                "method": row.method,
                "signature": row.signature,
            }
            for row in under.systems
        ],
    }


def _judged(row: Standing, under: MetricComparison) -> str:
    """What the judge said before it was corrected."""
    if row.correction is None or row.correction.judged.point is None:
        return ""
    return f"judge: {rows.value(row.model_copy(update=row.correction.judged.model_dump()), under.unit)}"


def ranks(under: MetricComparison) -> Figure:
    """The ranks that each system may have, given what is shown."""
    valued = {row.name for row in under.systems if row.point is not None}
    made = tuple(
        RankRow(
            row.name,
            row.rank_lo if row.name in valued else None,
            row.rank_hi if row.name in valued else None,
            row.letters,
            words=f"{row.name}: rank {rows.rank(row)}, letters {row.letters}, best in {rows.best_share(row)} of draws",
            cells={"Value": rows.value(row, under.unit), "P(best)": rows.best_share(row), "n": count(row.n)},
        )
        for row in under.systems
    )
    spec = Ranks(
        f"{under.metric}: {_open(under)}",
        "rank, 1 is best",
        made,
        about="Bar: from 1 plus the systems shown better, to the last rank above the systems shown worse.",
    )
    return draw(spec, "ranks", "half", "Bar: the ranks that are not excluded. Letters: as in the table.")


def best(under: MetricComparison) -> list[Figure]:
    """How often each system is best over resamples, where that is told."""
    known = [row for row in under.systems if row.p_best is not None]
    if not known:
        return []
    made = tuple(Row(row.name, (_share(row),), rows.best_share(row)) for row in known)
    first = max(known, key=lambda row: row.p_best or 0.0)
    title = f"{first.name} is best in {rows.best_share(first)} of resamples"
    about = "Share of resampled sets of cases on which the system has the best value; ties share."
    spec = Bars(title, "share of resamples", made, (Series("best", "candidate"),), True, True, (0.0, 1.0), about)
    return [draw(spec, "best", "half", about)]


def _share(row: Standing) -> Mark:
    words = f"{row.name}: best in {rows.best_share(row)} of resamples"
    return Mark(0, row.p_best, words=words, cells={"P(best)": rows.best_share(row)})


def _open(under: MetricComparison) -> str:
    """The title's message: how many may be first."""
    first = sum(row.rank_lo == 1 and row.point is not None for row in under.systems)
    return "one system is first" if first == 1 else f"{first} of {len(under.systems)} systems may be first"
