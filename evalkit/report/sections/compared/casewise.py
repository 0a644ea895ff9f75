"""Case by case: what one of a pair has right and the other wrong; and how alike the systems are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.comparison import Comparison, PairAgreement, PairFlips
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.heat import Cell, Heat
from evalkit.report.charts.spec import Diverging, DivergingRow
from evalkit.report.figures import Figure, draw
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["agreement", "flips"]

_DRAWN, _IDS = 30, 10


def flips(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A bar a pair, and the first cases of each kind."""
    found = dossier.comparison
    if found is None or not found.flips:
        return None
    told = sorted(found.flips, key=lambda row: -(row.regressions + row.fixes))
    return {
        "chart": _chart(told[:_DRAWN]),
        "rows": [_row(row) for row in told],
        "binary": all(row.binary for row in told),
        "left": max(len(told) - _DRAWN, 0),
    }


def _chart(told: list[PairFlips]) -> Figure:
    bars = tuple(DivergingRow(f"{row.a} against {row.b}", row.regressions, row.fixes) for row in told)
    metrics = ", ".join(dict.fromkeys(row.metric for row in told))
    about = "Left: the first of the pair is wrong (or worse) where the second is right; right: the other way."
    return draw(Diverging(f"{metrics}: cases that differ", "cases", bars, "regressions", "fixes", about), "casewise")


def _row(row: PairFlips) -> dict[str, Any]:
    kinds = [
        ("regressions", row.regression_cases, row.regressions),
        ("fixes", row.fix_cases, row.fixes),
        ("both wrong", row.both_wrong_cases, row.both_wrong),
        ("unscored", row.unscored_cases, row.unscored),
    ]
    return {
        "a": row.a,
        "b": row.b,
        "metric": row.metric,
        "counts": [count(n) for n in (row.regressions, row.fixes, row.both_wrong, row.both_right, row.unscored)],
        "kinds": [{"name": name, "ids": ids[:_IDS], "more": n - len(ids[:_IDS])} for name, ids, n in kinds if n],
    }


def agreement(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """Same correctness and same answers of every pair, as squares."""
    found = dossier.comparison
    if found is None or not found.agreement:
        return None
    metric = found.agreement[0].metric
    told = [row for row in found.agreement if row.metric == metric]
    return {"figures": _squares(found, metric, told), "binary": any(row.kappa is not None for row in told)}


def _squares(found: Comparison, metric: str, told: list[PairAgreement]) -> list[Figure]:
    names = [row.name for m in found.metrics if m.metric == metric for row in m.systems]
    names = names or [s.name for s in found.systems]
    same = {(r.a, r.b): (r.same_correctness, _words(r)) for r in told}
    answers = {(r.a, r.b): (r.same_answers, _words(r)) for r in told}
    kappa = {(r.a, r.b): (r.kappa, _words(r)) for r in told if r.kappa is not None}
    squares = [_square(f"{metric}: the same value", names, same, "agree-0")]
    if kappa:
        squares.append(_square(f"{metric}: agreement beyond chance (kappa)", names, kappa, "agree-1"))
    return [*squares, _square("The same answer", names, answers, "agree-2")]


Shares = Mapping[tuple[str, str], tuple[float | None, str]]


def _words(row: PairAgreement) -> str:
    said = f"{row.a} and {row.b}: the same value on {_share(row.same_correctness)} of {count(row.n)} cases"
    said += f", kappa {numbers.number(row.kappa, 2)}" if row.kappa is not None else ""
    said += (
        f", of the errors of either {_share(row.error_overlap)} are of both" if row.error_overlap is not None else ""
    )
    return said + f", the same answer on {_share(row.same_answers)}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}\u00a0%"


def _square(title: str, names: list[str], of: Shares, ident: str) -> Figure:
    cells: list[tuple[Cell | None, ...]] = []
    for a in names:
        row: list[Cell | None] = []
        for b in names:
            value, words = of.get((a, b)) or of.get((b, a)) or (None, "")
            strength = min(max(value or 0.0, 0.0), 1.0)
            row.append(None if a == b or value is None else Cell(f"{value:.2f}", "candidate", strength, words))
        cells.append(tuple(row))
    return draw(Heat(title, tuple(names), tuple(cells), corner="pair", about="Darker: more alike."), ident, "half")
