"""Two systems side by side: a line a metric or a slice, coloured where the difference is shown."""

from __future__ import annotations

from evalkit.core.comparison import Difference, MetricComparison, SliceDifference, Standing
from evalkit.report import numbers, sentences
from evalkit.report.charts.slope import Slope
from evalkit.report.charts.spec import Mark, Row, Series
from evalkit.report.charts.theme import Tone
from evalkit.report.compared import rows
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, draw
from evalkit.report.findings import slice_label
from evalkit.report.text import count

__all__ = ["metrics", "slices"]

_MOST = 16
_TONES: dict[str | None, Tone | None] = {"better": "pass", "worse": "fail", None: None}
_READING = "Coloured: shown to differ (green: the right one is better, orange: worse). Grey: not separated."


def metrics(told: Told) -> Figure | None:
    """The metrics that are shares, of both systems; None where there are fewer than two."""
    pair = told.pair()
    shares = [m for m in told.comparison.metrics if m.unit == "share" and m.differences]
    made = [row for m in shares if pair and (row := _metric(m, pair)) is not None][:_MOST]
    if pair is None or len(made) < 2:
        return None
    title = f"{pair[0]} and {pair[1]}: {_summary(made)}"
    spec = Slope(title, "share of cases", tuple(made), _series(pair), _READING)
    return draw(spec, "slope-metrics", "half", _READING)


def slices(told: Told, metric: str, found: list[SliceDifference], ident: str) -> Figure | None:
    """The slices of one metric, of the pair that is told first; None where there are fewer than two."""
    pair, under = told.pair(), told.of(metric)
    if pair is None or under is None:
        return None
    mine = [row for row in found if (row.a, row.b) == pair and row.value_a is not None and row.value_b is not None]
    if len(mine) < 2:
        return None
    made = tuple(_slice(row) for row in mine[:_MOST])
    left = f" {count(len(mine) - _MOST)} more slices are in the table." if len(mine) > _MOST else ""
    axis = f"{metric}{numbers.unit_label(under.unit)}, {sentences.direction(under.better)}"
    spec = Slope(f"{metric} by slice: {_summary(made)}", axis, made, _series(pair), _READING)
    return draw(spec, ident, "half", _READING + left)


def _summary(made: list[Row] | tuple[Row, ...]) -> str:
    shown = [row for row in made if any(mark.tone for mark in row.marks)]
    return f"{len(shown)} of {len(made)} are shown to differ" if shown else f"none of {len(made)} is shown to differ"


def _series(pair: tuple[str, str]) -> tuple[Series, Series]:
    return Series(pair[1], "baseline"), Series(pair[0], "candidate")


def _metric(under: MetricComparison, pair: tuple[str, str]) -> Row | None:
    value = {s.name: s for s in under.systems}
    row: Difference = under.differences[0]
    a, b = value[pair[0]], value[pair[1]]
    if a.point is None or b.point is None:
        return None
    tone = _TONES[row.shown]
    both = tuple(_mark(i, one, under, tone if i else None) for i, one in enumerate((b, a)))
    return Row(under.metric, both, rows.value(row, signed=True))


def _mark(series: int, one: Standing, under: MetricComparison, tone: Tone | None) -> Mark:
    told = f"{rows.value(one, under.unit)} {rows.span(one)}"
    cells = {"Value": rows.value(one, under.unit), f"{numbers.level(one.level)} interval": rows.span(one)}
    return Mark(series, one.point, tone=tone, words=f"{under.metric}, {one.name}: {told}", cells=cells)


def _slice(row: SliceDifference) -> Row:
    where, tone = slice_label(row.slice), _TONES[row.shown]
    values = ((0, row.b, row.value_b, None), (1, row.a, row.value_a, tone))
    marks = tuple(
        Mark(
            i,
            value,
            tone=look,
            words=f"{where}, {name}: {value:.4g}",
            cells={"Value": f"{value:.4g}", "n": count(row.n)},
        )
        for i, name, value, look in values
        if value is not None
    )
    return Row(where, marks, rows.value(row, signed=True), dim=not row.judged)
