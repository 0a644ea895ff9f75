"""The page of a self-test: the gates' false alarms, and a power curve each. It computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from evalkit.report import page
from evalkit.report.charts.curve import Curves, curves
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
            "picture": None if chart.curve is None else Markup(curves(chart.curve, 720, f"curve{i}")),
            "table": None if chart.curve is None else chart.curve.table(),
        }
        for i, chart in enumerate(shown.charts)
    ]
    return (
        page.environment()
        .get_template("selftest.html")
        .render(
            title=shown.title,
            headline=shown.headline,
            facts=shown.facts,
            sentences=shown.sentences,
            rates=shown.rates,
            charts=charts,
            policy=page.content_security_policy(),
            style=page.style(),
        )
    )
