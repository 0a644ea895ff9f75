"""The card as Markdown: the same sections, the figures as their tables."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from evalkit.core.judge_card import JudgeCard
from evalkit.report.card import words
from evalkit.report.card.page import parts
from evalkit.report.card.parts import Part
from evalkit.report.charts.spec import Table
from evalkit.report.inert import escape, table
from evalkit.report.text import clip, visible

__all__ = ["render"]


def render(card: JudgeCard) -> str:
    """The card as GitHub-flavoured Markdown; every text of a stranger is inert."""
    said = words.standing(card)
    blocks = [f"# {said.word.mark} {said.word.text}: {escape(said.headline)}", escape(words.title(card))]
    blocks += [escape(one) for one in (said.because, *said.more) if one]
    blocks += [" ".join(escape(one) for one in words.summary(card))]
    for section, part in parts(card):
        blocks.append(f"## {section.title}")
        blocks += list(_part(part))
    blocks.append(f"Made with:\n\n{_code(shlex.join(card.command))}")
    return "\n\n".join(blocks) + "\n"


def _part(part: Part) -> Iterator[str]:
    yield from (escape(sentence) for sentence in part.said)
    for figure in part.figures:
        yield f"**{escape(figure.title)}**"
        yield _table(figure.table)
    if part.facts:
        yield "\n".join(f"- {escape(name)}: {escape(value)}" for name, value in part.facts)
    for titled in part.tables:
        if titled.title:
            yield f"**{escape(titled.title)}**"
        yield _table(titled.table)
    yield from (_code(command) for command in part.commands)
    for title, text in part.texts:
        yield f"<details><summary>{escape(title)}</summary>\n\n{_code(text)}\n\n</details>"
    yield from (f"{escape(what)}: not measured: {escape(why)}." for what, why in part.missing)


def _table(found: Table) -> str:
    rows = [[escape(clip(cell, 300)) for cell in row] for row in found.rows]
    return table([escape(name) or " " for name in found.header], rows, frozenset())


def _code(text: str) -> str:
    """A text as a block of code, whose fence is longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{visible(text)}\n{fence}"
