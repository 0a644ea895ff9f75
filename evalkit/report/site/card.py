"""The card of a judge as a page of the site: with the way back to its index."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from evalkit.core.judge_card import JudgeCard
from evalkit.report import document
from evalkit.report.card.page import document_of
from evalkit.report.text import visible

__all__ = ["page"]


def page(title: str, card: JudgeCard) -> str:
    """The page as HTML; `title` is that of the site."""
    made = document_of(card)
    home = Markup('<a href="../index.html">{}</a>').format(visible(title))
    return document.render(replace(made, kicker=[home, *made.kicker]))
