"""The page of a self-test: the gates' false alarms, and a power curve each. It computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.report import document, figures
from evalkit.report.charts.curve import Curves
from evalkit.report.charts.spec import Table

__all__ = ["Chart", "Page", "render"]


@dataclass(frozen=True)
class Chart:
    """One gate: its curve, or why there is none."""

    title: str
    curve: Curves | None
    note: str = ""


@dataclass(frozen=True)
class Page:
    """What the page says, ready to be shown.

    Attributes:
        title, headline: of the page.
        facts: in the line at the top.
        sentences: below the headline.
        rates: the false alarms of every gate and of the release.
        charts: one a gate.
    """

    title: str
    headline: str
    facts: Sequence[str]
    sentences: Sequence[str]
    rates: Table
    charts: Sequence[Chart] = field(default_factory=list)


def render(shown: Page) -> str:
    """One self-contained HTML file; the same page gives the same bytes."""
    charts = [
        {
            "title": chart.title,
            "note": chart.note,
            "figure": None if chart.curve is None else figures.draw(chart.curve, f"curve{i}"),
        }
        for i, chart in enumerate(shown.charts)
    ]
    given = {"headline": shown.headline, "sentences": shown.sentences, "rates": shown.rates, "charts": charts}
    return document.render(
        document.Document(
            title=f"Self-test: {shown.title}",
            kicker=[shown.title, *shown.facts],
            first=document.markup("first/selftest.html", given),
            blocks=[],
        )
    )
