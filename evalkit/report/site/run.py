"""The report of a run as a page of the site: with the way back to its suite."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from evalkit.core.dossier import Dossier, Site, SuiteTrend
from evalkit.report import document, html
from evalkit.report.text import visible

__all__ = ["page"]


def page(site: Site, trend: SuiteTrend, dossier: Dossier) -> str:
    """The page as HTML."""
    made = html.document_of(dossier)
    home = Markup('<a href="../index.html">{}</a>').format(visible(site.title))
    suite = Markup('<a href="../suites/{}.html">{}</a>').format(trend.slug, visible(trend.name))
    return document.render(replace(made, kicker=[home, suite, *made.kicker[1:]]))
