"""The page of a graph: stages of a pipeline, or what a thing was made of. It computes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.report import document, figures
from evalkit.report.charts.graph import Graph
from evalkit.report.charts.spec import Table
from evalkit.report.document import Block
from evalkit.report.text import plural

__all__ = ["Listed", "Page", "render"]

_MOST = 80
"""Boxes that a picture holds; the tables have all."""
_NUMBER = re.compile(r"[-−+]?[\d,]+(\.\d+)?")


@dataclass(frozen=True)
class Listed:
    """A table below the picture.

    Attributes:
        slug: anchor in the page.
        title: heading.
        table: one row a thing.
        said: what it shows, a sentence.
        prose: columns whose cells may be long.
    """

    slug: str
    title: str
    table: Table
    said: str = ""
    prose: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """What the page says, ready to be shown.

    Attributes:
        title: of the window, and the first word at the top.
        headline: what the picture comes to, a sentence without its full stop.
        graph: the picture.
        facts: in the line at the top.
        sentences: below the headline.
        again: the command that makes the page.
        tables: below the picture.
    """

    title: str
    headline: str
    graph: Graph
    facts: Sequence[str] = ()
    sentences: Sequence[str] = ()
    again: str = ""
    tables: Sequence[Listed] = field(default_factory=list)


def render(shown: Page) -> str:
    """One self-contained HTML file without scripts; the same page gives the same bytes."""
    graph, left = _clipped(shown.graph)
    given = {
        "headline": shown.headline,
        "sentences": shown.sentences,
        "figure": figures.draw(graph, "graph"),
        "left": plural(left, "more thing") if left else "",
        "again": shown.again,
    }
    return document.render(
        document.Document(
            title=shown.title,
            kicker=[shown.title, *shown.facts],
            first=document.markup("first/graph.html", given),
            blocks=[_block(one) for one in shown.tables if one.table.rows],
            skip="Skip to the graph",
        )
    )


def _clipped(graph: Graph) -> tuple[Graph, int]:
    nodes = graph.nodes[:_MOST]
    known = {node.ident for node in nodes}
    edges = tuple(edge for edge in graph.edges if edge.source in known and edge.target in known)
    return Graph(graph.title, nodes, edges, graph.about), len(graph.nodes) - len(nodes)


def _block(one: Listed) -> Block:
    """Columns that say nothing of anything are left out."""
    header, rows = one.table
    kept = [i for i in range(len(header)) if i == 0 or any(row[i] for row in rows)]
    built = {
        "said": one.said,
        "header": [header[i] for i in kept],
        "rows": [[row[i] for i in kept] for row in rows],
        "looks": [_look([row[i] for row in rows], prose=header[i] in one.prose) for i in kept],
    }
    return Block(one.slug, one.title, document.markup("sections/graph.html", built), built)


def _look(cells: Sequence[str], *, prose: bool) -> str:
    """Numbers stand under each other by their last digits."""
    told = [cell for cell in cells if cell]
    return "prose" if prose else "num" if told and all(_NUMBER.fullmatch(cell) for cell in told) else "nb"
