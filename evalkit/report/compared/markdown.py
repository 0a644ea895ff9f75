"""A comparison as Markdown for a pull request, with every text of strangers made inert."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.comparison import Comparison, MetricComparison
from evalkit.report import numbers
from evalkit.report.compared import rows
from evalkit.report.inert import code, escape, table
from evalkit.report.text import count, plural

__all__ = ["blocks", "render"]

_DIFFERENCES, _PAIRS, _SLICES, _IDS = 30, 30, 10, 5


def render(found: Comparison) -> str:
    """The whole story of three systems or more."""
    under = next((m for m in found.metrics if m.metric == found.lead), None)
    head = [f"## Comparison: {escape(found.sentence)}", _about(found), *_ground(found)]
    tables = [] if under is None else [*_leaderboard(found, under), *_differences(under)]
    return "\n\n".join([*head, *tables, *_others(found), *blocks(found), *_identity(found)]) + "\n"


def blocks(found: Comparison) -> Iterator[str]:
    """What is told of two systems beside their record, too: case by case, slices, fronts, agreement."""
    yield from _flips(found)
    yield from _slices(found)
    yield from _fronts(found)
    yield from _agreement(found)


def _about(found: Comparison) -> str:
    suite = f"**{escape(found.suite)}**, version {escape(str(found.suite_version))}"
    return f"Suite {suite}, on {plural(found.n_cases, 'common case')}, scored as {escape(found.scored_as)} says."


def _ground(found: Comparison) -> Iterator[str]:
    said = [f"- {escape(sentence)}" for sentence in found.comparability[1:]]
    said += [
        f"- {escape(s.name)}: {count(s.n_failed)} answers failed and count as wrong, {count(s.n_missing)} are missing "
        "and unscored"
        for s in found.systems
        if s.n_failed or s.n_missing
    ]
    if said:
        yield "\n".join(said)


def _leaderboard(found: Comparison, under: MetricComparison) -> Iterator[str]:
    header = ["Rank", "Letters", "System", escape(under.metric), f"{numbers.level(under.level)} interval"]
    header += ["P(best)", "Cost", "Median", "p95", "n", "Unscored"]
    body = []
    for row in under.systems:
        spent = rows.spent(found, row.name)
        interval = rows.span(row) or f"none: {row.reason or 'not stated'}"
        cells = [rows.rank(row), row.letters, escape(row.name), rows.value(row, under.unit), escape(interval)]
        body.append([*cells, escape(rows.best_share(row)), *spent, count(row.n), count(row.n_unscored)])
    yield "### Leaderboard"
    yield table(header, body, frozenset({3, 5, 6, 7, 8, 9, 10}))
    yield "Systems that share a letter are not shown to differ; a rank of 1–3 may be any of the three."
    notes = [*filter(None, [rows.judged(under)]), *under.notes]
    if notes:
        yield "\n".join(f"- {escape(note)}" for note in notes)


def _differences(under: MetricComparison) -> Iterator[str]:
    chosen = rows.strongest(under, _DIFFERENCES)
    together = ", all holding together" if under.simultaneous else ""
    header = ["Difference", f"{escape(under.metric)} ({numbers.level(under.level)}{together})", "p", "Shown"]
    body = [
        [
            f"{escape(row.a)} − {escape(row.b)}",
            escape(rows.difference(row, under.unit)),
            escape(numbers.p_value(row.p)),
            rows.SHOWN[row.shown],
        ]
        for row in chosen
    ]
    yield "### Differences"
    yield table(header, body, frozenset({2}))
    if len(chosen) < len(under.differences):
        yield f"{plural(len(under.differences) - len(chosen), 'more pair')} in the HTML report and the JSON."


def _others(found: Comparison) -> Iterator[str]:
    said = [
        f"- {escape(m.metric)}: {escape(' '.join(filter(None, [m.sentence, rows.judged(m)])))}"
        for m in found.metrics
        if m.metric != found.lead
    ]
    if said:
        yield "### Other metrics"
        yield "\n".join(said)


def _flips(found: Comparison) -> Iterator[str]:
    if not found.flips:
        return
    header = ["Pair", "Metric", "Regressions", "Fixes", "Both wrong", "Both right", "Unscored", "First regressions"]
    body = [
        [
            f"{escape(row.a)} against {escape(row.b)}",
            escape(row.metric),
            *(count(n) for n in (row.regressions, row.fixes, row.both_wrong, row.both_right, row.unscored)),
            ", ".join(code(ident) for ident in row.regression_cases[:_IDS]),
        ]
        for row in found.flips[:_PAIRS]
    ]
    yield "### Case by case"
    yield table(header, body, frozenset({2, 3, 4, 5, 6}))
    if len(found.flips) > _PAIRS:
        yield f"{plural(len(found.flips) - _PAIRS, 'more pair')} in the HTML report and the JSON."


def _slices(found: Comparison) -> Iterator[str]:
    judged = [row for row in found.slices if row.judged][:_SLICES]
    if not judged:
        return
    header = ["Slice", "Metric", "Difference", f"{numbers.level(0.95)} interval", "n", "q", "Shown"]
    body = [
        [
            escape(", ".join(f"{k} = {v}" for k, v in row.slice.items())),
            f"{escape(row.metric)}, {escape(row.a)} − {escape(row.b)}",
            rows.value(row, signed=True),
            escape(rows.span(row) or f"none: {row.reason or 'not stated'}"),
            count(row.n),
            escape(numbers.p_value(row.q)),
            rows.SHOWN[row.shown],
        ]
        for row in judged
    ]
    yield "### Slices, by evidence"
    yield table(header, body, frozenset({2, 4, 5}))
    yield "Explored, not gated: q is adjusted over the slices (Benjamini and Hochberg)."


def _fronts(found: Comparison) -> Iterator[str]:
    fronts = [front for front in (found.pareto.fronts if found.pareto else []) if front.front]
    if fronts:
        yield "### Quality against cost and time"
        yield "\n".join(f"- {escape(front.sentence)}" for front in fronts)


def _agreement(found: Comparison) -> Iterator[str]:
    if not found.agreement:
        return
    header = ["Pair", "Same correctness", "Kappa", "Shared errors", "Same answers"]
    body = [
        [f"{escape(row.a)}, {escape(row.b)}"]
        + [numbers.number(x, 3) for x in (row.same_correctness, row.kappa, row.error_overlap, row.same_answers)]
        for row in found.agreement[:_PAIRS]
    ]
    yield "<details><summary>Agreement</summary>"
    yield table(header, body, frozenset({1, 2, 3, 4}))
    yield "</details>"


def _identity(found: Comparison) -> Iterator[str]:
    body = [[escape(s.name), code(f"{s.run_id}/{s.variant}"), count(s.n_asked)] for s in found.systems]
    yield "<details><summary>Systems</summary>"
    yield table(["System", "Run and variant", "Cases asked"], body, frozenset({2}))
    yield "</details>"
