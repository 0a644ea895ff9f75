"""What its verdicts are worth in a release: how sure a corrected rate is, by answers judged and by labels bought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.judge_card import JudgeCard, Strength, Width
from evalkit.core.nouns import Span
from evalkit.report import numbers
from evalkit.report.card.parts import SHARE, Part, percent
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.figures import Figure, draw
from evalkit.report.text import count

__all__ = ["half", "worth"]


def worth(card: JudgeCard) -> Part | None:
    """Two funnels: without fresh labels, and with some."""
    found = card.strength
    if found is None or not (found.carried or found.fresh):
        return None
    figures = []
    if found.carried:
        figures.append(_funnel(found.carried, "carried", "Judged, no fresh labels", "answers judged", "people alone"))
    if found.fresh:
        title = f"Labels on some of {count(found.n_judged)} judged answers"
        figures.append(_funnel(found.fresh, "fresh", title, "labels", "these labels alone"))
    missing = [("A rate without fresh labels", found.why_not)] if found.why_not else []
    notes = [
        f"Foretold for answers like those of the calibration set ({percent(found.rate)} positive, the judge erring as "
        "it did there), each by itself; answers that come in groups say less. The left corrects by the certificate's "
        "error rates (Rogan and Gladen, interval of Lee et al. 2025) and cannot become surer than those are known; the "
        "right by labels on the answers themselves (PPI++)."
    ]
    return Part(said=list(_said(found)), figures=figures, missing=missing, notes=notes)


def half(span: Span) -> float | None:
    """Half the width of an interval."""
    return None if span.lo is None or span.hi is None else (span.hi - span.lo) / 2


def _points(x: float | None) -> str:
    return "unknown" if x is None else f"±\u00a0{numbers.number(100 * x, 1)} points"


def _said(found: Strength) -> Iterator[str]:
    at = next((w for w in found.carried if w.n == 1000), None)
    if at is not None:
        yield (
            f"A rate on {count(at.n)} judged answers, corrected by this certificate, is known to "
            f"{_points(half(at.judged))}; were all of them labelled by people, to {_points(half(at.people))}."
        )
    few = next((w for w in found.fresh if w.n == 100), None)
    if few is not None:
        yield (
            f"With {count(few.n)} labels on {count(found.n_judged)} judged answers it is known to "
            f"{_points(half(few.judged))}; by those labels alone to {_points(half(few.people))}."
        )


def _funnel(widths: Sequence[Width], key: str, title: str, what: str, other: str) -> Figure:
    rows = []
    for width in widths:
        marks = [_mark(width.judged, 0, "corrected"), _mark(width.people, 1, other)]
        rows.append(Row(f"{count(width.n)} {what}", tuple(marks), _points(half(width.judged))))
    spec = Forest(
        title,
        "rate that would be reported (share)",
        tuple(rows),
        (Series("corrected", "candidate"), Series(other, "baseline", hollow=True)),
        bounds=SHARE,
        percent=True,
        kind="Counted",
        note_header="corrected",
        about="Expected 95 % intervals of a rate by the number of answers or labels.",
    )
    return draw(spec, f"worth-{key}", "half")


def _mark(span: Span, series: int, name: str) -> Mark:
    thin = Range(span.lo, span.hi) if span.lo is not None and span.hi is not None else None
    shown = _points(half(span))
    cells = {"Rate": percent(span.point, 1), "95\u00a0% interval": shown}
    return Mark(series, span.point, thin, words=f"{name}: {percent(span.point, 1)} {shown}", cells=cells)
