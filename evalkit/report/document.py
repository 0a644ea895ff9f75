"""A report as a document: what every page has around its sections, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from evalkit.core.dossier import Dossier
from evalkit.report import page
from evalkit.report.redacted import statement

__all__ = ["EXPLORER", "Block", "Document", "Section", "blocks", "markup", "render"]

EXPLORER = tuple(
    f"{name}.js"
    for name in (
        *("text", "bunzip", "data", "status", "filters", "diff", "matched", "turns", "verdicts"),
        *("list", "detail", "copy", "controls", "explorer"),
    )
)
"""Scripts of the case explorer."""


class Section(NamedTuple):
    """One part of a page.

    Attributes:
        ident: anchor in the page and name of the template `sections/<ident>.html`.
        title: heading.
        build: what the page is about -> the template's variables, or None to leave the section out. It formats and
            never computes a statistic.
    """

    ident: str
    title: str
    build: Callable[..., dict[str, Any] | None]


class Block(NamedTuple):
    """A section as it stands in the page: `built` is what its template was given."""

    ident: str
    title: str
    body: Markup
    built: dict[str, Any]


@dataclass(frozen=True)
class Document:
    """One page.

    Attributes:
        title: of the window, plain text.
        kicker: the line at the top: the first is bold.
        first: the first screen.
        blocks: the sections, in order.
        scripts: files of `templates/js`, in order; none: the page is without scripts.
        skip: where the link for the keyboard leads, in words.
        version: of evalkit, that made what is shown.
        running: what stands at the head of every printed page.
    """

    title: str
    kicker: Sequence[str]
    first: Markup
    blocks: Sequence[Block]
    scripts: tuple[str, ...] = ()
    skip: str = "Skip to the verdict"
    version: str = ""
    running: str = ""


def blocks(sections: Iterable[Section], *subject: Any) -> list[Block]:
    """The sections that have something to say of the subject; before them, what was taken out of it."""
    found = []
    for said in (statement(part) for part in subject if isinstance(part, Dossier)):
        if said:
            given = {"said": said}
            found.append(Block("redaction", "What is redacted", markup("sections/redaction.html", given), given))
    for section in sections:
        built = section.build(*subject)
        if built is not None:
            found.append(Block(section.ident, section.title, markup(f"sections/{section.ident}.html", built), built))
    return found


def markup(template: str, given: dict[str, Any]) -> Markup:
    """A template of `templates/`, filled: everything in `given` that is no markup is escaped."""
    return Markup(page.environment().get_template(template).render(given))


def render(document: Document) -> str:
    """The page as one self-contained HTML file; the same document gives the same bytes."""
    script = page.script(document.scripts) if document.scripts else None
    style = page.style(document.running)
    policy = page.content_security_policy(script, style)
    template = page.environment().get_template("page.html")
    return template.render(document=document, policy=policy, style=style, script=script or "")
