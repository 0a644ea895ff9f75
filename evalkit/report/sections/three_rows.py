"""Judged numbers drawn: what the judge said, the corrected number that gates read, and people alone."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.nouns import Correction, Estimate, Span
from evalkit.report import numbers
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.figures import Figure, bounds_of, draw
from evalkit.report.text import count

__all__ = ["rows_drawn"]

_LOOKS = (
    Series("the judge said", "baseline", hollow=True),
    Series("corrected", "candidate"),
    Series("people only", "second", hollow=True),
)


def rows_drawn(found: Sequence[Estimate]) -> list[Figure]:
    """A chart for values and one for differences, of each unit: an axis has one."""
    groups: dict[tuple[bool, str], list[Estimate]] = {}
    for e in found:
        groups.setdefault((" - " in e.variant, e.unit), []).append(e)
    return [_figure(es, signed, i) for i, ((signed, _), es) in enumerate(groups.items())]


def _figure(found: list[Estimate], signed: bool, at: int) -> Figure:
    rows = []
    alone = len({e.variant for e in found}) == 1  # one system or one contrast, which the axis can name
    for e in found:
        if e.correction is None:
            continue
        own = Span(point=e.point, lo=e.lo, hi=e.hi, n=e.n)
        three = (
            _mark(e.correction.judged, e, 0, signed),
            _mark(own, e, 1, signed, e.correction),
            _mark(e.correction.human_only, e, 2, signed),
        )
        # Where nobody labelled these answers, the words below say so; the corrected number is never left out.
        marks = tuple(one for one in three if one.point is not None or one.series == 1)
        rows.append(
            Row(e.metric if alone else f"{e.metric}, {_minus(e.variant)}", marks, numbers.point(e, signed=signed))
        )
    unit = numbers.unit_label(found[0].unit)
    spec = Forest(
        "Differences, with the judge's errors taken out" if signed else "Values, with the judge's errors taken out",
        f"{_minus(found[0].variant) if alone else 'difference' if signed else 'value'}{unit}",
        tuple(rows),
        _LOOKS if any(mark.series == 2 for row in rows for mark in row.marks) else _LOOKS[:2],
        reference=0.0 if signed else None,
        bounds=None if signed else bounds_of(found[0]),
        signed=signed,
        note_header="corrected",
        kind="Row",
        about="What the judge said, the corrected number and people's labels alone, each with its interval.",
    )
    return draw(spec, f"corrected{at}", "half", "Dot: estimate. Line: 95\u00a0% interval. Gates read the filled dot.")


def _minus(variant: str) -> str:
    """`b - a` with the sign of a difference."""
    return variant.replace(" - ", " − ")


def _mark(span: Span | None, e: Estimate, series: int, signed: bool, by: Correction | None = None) -> Mark:
    """One of the three."""
    name = f"{_LOOKS[series].name} ({by.method})" if by is not None else _LOOKS[series].name
    if span is None or span.point is None:
        return Mark(series, words=f"{name}: none", cells={"Value": "none"})
    shown = e.model_copy(update={"point": span.point, "lo": span.lo, "hi": span.hi})
    value, interval = numbers.point(shown, signed=signed), numbers.interval(shown) or "none"
    cells = {"Value": value, f"{numbers.level(e.level)} interval": interval, "n": count(span.n)}
    if by is not None:
        cells |= {"Method": by.method, "Signature": e.signature}
    thin = Range(span.lo, span.hi) if span.lo is not None and span.hi is not None else None
    return Mark(series, span.point, thin, words=f"{e.metric}, {e.variant}, {name}: {value} {interval}", cells=cells)
