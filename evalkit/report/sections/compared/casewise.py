"""Case by case: what one of a pair has right and the other wrong; and how alike the systems are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.comparison import PairAgreement, PairFlips
from evalkit.core.dossier import Dossier
from evalkit.report import numbers
from evalkit.report.charts.diverging import Diverging, DivergingRow
from evalkit.report.charts.heat import Cell, Heat
from evalkit.report.compared import links
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, draw
from evalkit.report.text import count, plural

__all__ = ["agreement", "bars", "flips"]

_BARS, _IDS = 10, 10


def flips(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """Of few pairs a bar each, of many a square; and the first cases of each kind, pair by pair."""
    found = told.comparison.flips
    if not found:
        return None
    ranked = sorted(found, key=lambda row: -(row.regressions + row.fixes))
    few = len(found) <= _BARS
    return {
        "figures": bars(told, "casewise") if few else [_wins(told, found[0].metric)],
        "rows": [_row(row) for row in (ranked if few else _of_best(told, found))],
        "pairs": [] if few else [_row(row) for row in ranked],
        "binary": all(row.binary for row in ranked),
    }


def _of_best(told: Told, found: list[PairFlips]) -> list[PairFlips]:
    """The best system against each other one, in the order of the leaderboard."""
    of = {frozenset((row.a, row.b)): row for row in found if row.metric == found[0].metric}
    first, *others = told.order
    mine = [of[frozenset((first, other))] for other in others if frozenset((first, other)) in of]
    return [row if row.a == first else _turned(row) for row in mine]


def _turned(row: PairFlips) -> PairFlips:
    """The same pair, seen from the second."""
    return row.model_copy(
        update={
            "a": row.b,
            "b": row.a,
            "regressions": row.fixes,
            "fixes": row.regressions,
            "regression_cases": row.fix_cases,
            "fix_cases": row.regression_cases,
        }
    )


def bars(told: Told, ident: str) -> list[Figure]:
    """A bar a pair and metric."""
    found = sorted(told.comparison.flips, key=lambda row: -(row.regressions + row.fixes))[:_BARS]
    if not found:
        return []
    metrics = list(dict.fromkeys(row.metric for row in found))
    several = len(metrics) > 1
    made = tuple(
        DivergingRow(f"{row.metric}: {row.a}" if several and told.two else _pair(row, told), row.regressions, row.fixes)
        for row in found
    )
    about = "Left: the first of the pair is wrong (or worse) where the second is right; right: the other way."
    title = f"{', '.join(metrics)}: cases that differ"
    if told.two and len(found) == 1:
        row = found[0]
        title = f"{row.metric}: {plural(row.regressions, 'regression')}, {plural(row.fixes, 'fix', 'fixes')}"
    return [draw(Diverging(title, "cases", made, "regressions", "fixes", about), ident, "half")]


def _pair(row: PairFlips, told: Told) -> str:
    return row.metric if told.two else f"{row.a} against {row.b}"


def _wins(told: Told, metric: str) -> Figure:
    """A square: cases that the row has better than the column."""
    names = told.order
    of: dict[tuple[str, str], tuple[int, str]] = {}
    for row in told.comparison.flips:
        if row.metric == metric:
            of[row.a, row.b] = row.fixes, f"{row.a} better than {row.b}: {plural(row.fixes, 'case')}"
            of[row.b, row.a] = row.regressions, f"{row.b} better than {row.a}: {plural(row.regressions, 'case')}"
    most = max((n for n, _ in of.values()), default=1) or 1
    cells = tuple(
        tuple(
            Cell(count(of[a, b][0]), "candidate", of[a, b][0] / most, of[a, b][1]) if (a, b) in of else None
            for b in names
        )
        for a in names
    )
    note = "Rows and columns: the best under the leading metric first. Stronger colour: more cases."
    title = f"{metric}: cases that the row has right (or better) and the column has not"
    return draw(Heat(title, tuple(names), cells, corner="row better than column", about=note), "casewise", "full", note)


def _row(row: PairFlips) -> dict[str, Any]:
    where = links.flipped(row)
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
        "links": where,
        "counts": [count(n) for n in (row.regressions, row.fixes, row.both_wrong, row.both_right, row.unscored)],
        "kinds": [
            {"name": name, "ids": ids[:_IDS], "more": n - len(ids[:_IDS]), "link": where[name]}
            for name, ids, n in kinds
            if n
        ],
    }


def agreement(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """Same correctness and same answers of every pair, as squares."""
    found = told.comparison
    if not found.agreement:
        return None
    metric = found.agreement[0].metric
    rows = [row for row in found.agreement if row.metric == metric]
    binary = any(row.kappa is not None for row in rows)
    return {
        "figures": [] if told.two else _squares(told, metric, rows),
        "rows": [_agreed(row) for row in found.agreement] if told.two else [],
        "binary": binary,
    }


def _agreed(row: PairAgreement) -> dict[str, str]:
    return {
        "metric": row.metric,
        "n": count(row.n),
        "same": _share(row.same_correctness),
        "kappa": numbers.number(row.kappa, 2),
        "overlap": _share(row.error_overlap),
        "answers": _share(row.same_answers),
    }


def _squares(told: Told, metric: str, rows: list[PairAgreement]) -> list[Figure]:
    names = told.order
    same = {(r.a, r.b): (r.same_correctness, _words(r)) for r in rows}
    answers = {(r.a, r.b): (r.same_answers, _words(r)) for r in rows}
    kappa = {(r.a, r.b): (r.kappa, _words(r)) for r in rows if r.kappa is not None}
    overlap = {(r.a, r.b): (r.error_overlap, _words(r)) for r in rows if r.error_overlap is not None}
    squares = [_square(f"{metric}: share of cases with the same value", names, same, "agree-0")]
    if kappa:
        squares.append(_square(f"{metric}: agreement beyond chance (kappa)", names, kappa, "agree-1"))
    if overlap:
        squares.append(_square("Errors of either that both make", names, overlap, "agree-3"))
    return [*squares, _square("Share of cases with the same answer", names, answers, "agree-2")]


def _agrees(value: float, strength: float, words: str) -> Cell:
    """The picture and the table hold what the square is of; a pointer is told all of the pair."""
    return Cell(_short(value), "candidate", strength, words, listed=numbers.number(value, 3))


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


def _short(value: float) -> str:
    """`.81`, `1`, `−.02`: two digits, as squares are small."""
    text = f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "\u2212")
    return "1" if text == "1.00" else text.replace("0.", ".", 1)


def _square(title: str, names: list[str], of: Shares, ident: str) -> Figure:
    seen = [value for value, _ in of.values() if value is not None]
    least, most = min(seen, default=0.0), max(seen, default=1.0)
    cells: list[tuple[Cell | None, ...]] = []
    for a in names:
        row: list[Cell | None] = []
        for b in names:
            value, words = of.get((a, b)) or of.get((b, a)) or (None, "")
            strength = (value - least) / (most - least) if value is not None and most > least else 0.5
            row.append(None if a == b or value is None else _agrees(value, strength, words))
        cells.append(tuple(row))
    return draw(Heat(title, tuple(names), tuple(cells), about="Stronger colour: more alike."), ident, "half")
