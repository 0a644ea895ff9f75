"""A comparison in a terminal: what is decided, the leaderboard, the differences. Imported only when printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.core.comparison import Comparison, MetricComparison, PairFlips
from evalkit.report import numbers
from evalkit.report.compared import rows
from evalkit.report.screen import printed, table, text
from evalkit.report.sentences import who
from evalkit.report.text import count, plural

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["render", "summary"]

_DIFFERENCES, _METRICS, _SENTENCES, _SLICES = 6, 8, 6, 3


def render(found: Comparison, *, width: int = 100, color: bool = False) -> str:
    """The whole story of three systems or more.

    Args:
        found: what to tell.
        width: columns of the terminal.
        color: with ANSI colours; the words say the same without.
    """

    def write(console: Console) -> None:
        under = next((m for m in found.metrics if m.metric == found.lead), None)
        console.print(text(found.sentence, "bold"), soft_wrap=True)
        console.print(text(_about(found), "dim"))
        for sentence in found.comparability[1 : _SENTENCES + 1]:
            console.print(text(f"Note: {sentence}", "yellow"), soft_wrap=True)
        console.print()
        if under is not None:
            _leaderboard(console, found, under)
            _differences(console, under)
        _others(console, found)
        _rest(console, found)

    return printed(write, width, color)


def summary(found: Comparison) -> list[str]:
    """What two systems' record does not say: what is decided, and case by case."""
    return [who(found), found.sentence, *(_flipped(row) for row in found.flips)]


def _about(found: Comparison) -> str:
    groups = f" in {plural(found.n_groups, 'group')}" if found.n_groups else ""
    cases = f"{plural(found.n_cases, 'common case')}{groups}"
    return f"{found.suite} v{found.suite_version}, {cases}, scored as {found.scored_as} says"


def _leaderboard(console: Console, found: Comparison, under: MetricComparison) -> None:
    heads = [("rank", "left"), ("", "left"), ("system", "left"), (under.metric, "left"), ("P(best)", "right")]
    told = table(*heads, ("cost", "right"), ("median", "right"), ("p95", "right"), ("n", "right"))
    for row in under.systems:
        spent = rows.spent(found, row.name)
        n = count(row.n) + (f" +{count(row.n_unscored)} unscored" if row.n_unscored else "")
        cells = [rows.rank(row), row.letters, row.name, f"{rows.value(row, under.unit)} {rows.span(row)}"]
        told.add_row(*(text(cell) for cell in [*cells, rows.best_share(row), *spent, n]))
    console.print(told)
    together = "; differences hold together" if under.simultaneous else ""
    level = numbers.level(under.level)
    console.print(text(f"Intervals: {level}{together}. Systems that share a letter are not separated.", "dim"))
    for note in [*filter(None, [rows.judged(under)]), *under.notes][:_SENTENCES]:
        console.print(text(f"Note: {note}", "yellow"), soft_wrap=True)
    console.print()


def _differences(console: Console, under: MetricComparison) -> None:
    chosen = rows.strongest(under, _DIFFERENCES)
    told = table(("difference", "left"), (under.metric, "left"), ("p", "right"), ("", "left"))
    for row in chosen:
        cells = [f"{row.a} − {row.b}", rows.difference(row, under.unit), numbers.p_value(row.p), rows.SHOWN[row.shown]]
        told.add_row(*(text(cell) for cell in cells))
    console.print(told)
    left = len(under.differences) - len(chosen)
    if left:
        console.print(text(f"and {plural(left, 'more pair')}: --json or --report", "dim"))
    console.print()


def _others(console: Console, found: Comparison) -> None:
    others = [m for m in found.metrics if m.metric != found.lead]
    for under in others[:_METRICS]:
        console.print(
            text(" ".join(filter(None, [f"{under.metric}: {under.sentence}", rows.judged(under)]))), soft_wrap=True
        )
    if len(others) > _METRICS:
        console.print(text(f"and {plural(len(others) - _METRICS, 'more metric')}", "dim"))


def _rest(console: Console, found: Comparison) -> None:
    for front in found.pareto.fronts if found.pareto else []:
        if front.front:
            console.print(text(front.sentence), soft_wrap=True)
    told = [row for row in found.slices if row.shown is not None][:_SLICES]
    for row in told:
        where = ", ".join(f"{k} = {v}" for k, v in row.slice.items())
        console.print(text(f"Where {where}: {row.a} − {row.b} is {rows.value(row, signed=True)} {rows.span(row)}"))
    for system in found.systems:
        if system.n_failed or system.n_missing:
            why = ", ".join(f"{reason} {count(n)}" for reason, n in list(system.failures.items())[:3])
            line = (
                f"{system.name}: {count(system.n_failed)} failed (wrong), {count(system.n_missing)} missing (unscored)"
            )
            console.print(text(f"{line}: {why}"))


def _flipped(row: PairFlips) -> str:
    if not row.binary:
        said = f"{count(row.regressions)} worse, {count(row.fixes)} better, {count(row.both_right)} the same"
    else:
        said = f"{plural(row.regressions, 'regression')}, {plural(row.fixes, 'fix', 'fixes')}"
        said += f", {count(row.both_wrong)} both wrong, {count(row.both_right)} both right"
    return f"{row.metric}, case by case: {said}" + (f", {count(row.unscored)} unscored." if row.unscored else ".")
