"""The slices of every system under one metric, as a grid: value, cases, and what is shown against the best."""

from __future__ import annotations

from evalkit.core.comparison import SliceDifference
from evalkit.core.nouns import Estimate
from evalkit.report import numbers, sentences
from evalkit.report.charts.grid import Grid, GridCell, GridRow
from evalkit.report.charts.theme import Tone
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, draw
from evalkit.report.findings import slice_label
from evalkit.report.text import count

__all__ = ["build"]

_MOST = 30
_MARKS = {"better": "▲", "worse": "▼", None: ""}
Tags = tuple[tuple[str, str], ...]


def build(told: Told, metric: str, found: list[SliceDifference], ident: str) -> Figure | None:
    """A row a slice in the order of the evidence, a column a system; None where no slice has a value."""
    under = told.of(metric)
    if under is None:
        return None
    systems = [s.name for s in under.systems]
    slices = list(dict.fromkeys(tuple(row.slice.items()) for row in found))
    shown = {(tuple(row.slice.items()), row.a, row.b): row for row in found}
    first = (told.pair() or ("", ""))[1 if told.two else 0]
    rows = {tags: {name: told.estimate(metric, name, dict(tags)) for name in systems} for tags in slices[:_MOST]}
    points = [e.point for row in rows.values() for e in row.values() if e is not None and e.point is not None]
    if not points:
        return None
    ends = min(points), max(points)
    made = tuple(_row(tags, row, shown, first, ends) for tags, row in rows.items())
    numbered = tuple(f"{i + 1} {name}" if told.many else name for i, name in enumerate(systems))
    axis = f"{metric}{numbers.unit_label(under.unit)}, {sentences.direction(under.better)}"
    note = f"▲ ▼: shown better or worse than {first} (q ≤ 0.05). "
    note += "Stronger colour: a larger value. Pale: too few cases to judge."
    left = f" {count(len(slices) - _MOST)} more slices are in the export." if len(slices) > _MOST else ""
    title = f"{metric} by slice and system, the strongest evidence first"
    return draw(Grid(title, numbered, made, axis, "cases", note), ident, "full", note + left)


def _row(
    tags: Tags,
    of: dict[str, Estimate | None],
    shown: dict[tuple[Tags, str, str], SliceDifference],
    first: str,
    ends: tuple[float, float],
) -> GridRow:
    n = max((e.n for e in of.values() if e is not None), default=0)
    cells = tuple(None if e is None else _cell(e, _against(shown, tags, name, first), ends) for name, e in of.items())
    return GridRow(slice_label(dict(tags)), cells, count(n))


def _against(
    shown: dict[tuple[Tags, str, str], SliceDifference], tags: Tags, name: str, first: str
) -> tuple[str | None, bool]:
    """What is shown of a system against the first one on a slice, and whether there were cases enough to judge."""
    if (row := shown.get((tags, name, first))) is not None:
        return row.shown, row.judged
    if (row := shown.get((tags, first, name))) is not None:
        return {"better": "worse", "worse": "better"}.get(row.shown or ""), row.judged
    judged = next((row.judged for (where, _, _), row in shown.items() if where == tags), True)
    return None, judged


def _cell(e: Estimate, against: tuple[str | None, bool], ends: tuple[float, float]) -> GridCell:
    said, judged = against
    value = numbers.point(e)
    share = 0.0 if e.point is None or ends[1] <= ends[0] else (e.point - ends[0]) / (ends[1] - ends[0])
    tone: Tone = "candidate"
    span = numbers.interval(e)
    words = f"{slice_label(e.slice)}, {e.variant}: {value} {span or e.reason or ''}, n = {count(e.n)}"
    cells = {
        "Value": value,
        f"{numbers.level(e.level)} interval": span or (e.reason or "none"),
        "n": count(e.n),
        "Unscored": count(e.n_unscored),
        "Against the first": {"better": "shown better", "worse": "shown worse"}.get(said or "", "not separated"),
    }
    return GridCell(f"{value}{_MARKS.get(said, '')}", share, tone, said is not None, not judged, words, cells)
