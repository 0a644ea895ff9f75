"""The card as a page: one file, no script, no request, nothing trusted."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any, NamedTuple

from evalkit.core.judge_card import JudgeCard
from evalkit.report import document
from evalkit.report.card import agreement, biases, identity, over_time, people, stated, tried, words, worth
from evalkit.report.card.parts import JUDGE, PEOPLE, SHARE, Part, day, mark, share
from evalkit.report.card.read import figure_in
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row
from evalkit.report.document import Block
from evalkit.report.figure_files import figures_of
from evalkit.report.figures import Figure, draw
from evalkit.report.text import clip, count

__all__ = ["SECTIONS", "Subject", "document_of", "figures", "parts", "render"]


class Subject(NamedTuple):
    """A section of the card: where it stands, its heading, and what it says (None: nothing)."""

    ident: str
    title: str
    build: Callable[[JudgeCard], Part | None]


SECTIONS: tuple[Subject, ...] = (
    Subject("ceiling", "Agreement", agreement.ceiling),
    Subject("errors", "Errors", agreement.errors),
    Subject("answerers", "Who answered", agreement.answerers),
    Subject("biases", "Biases", biases.biases),
    Subject("standin", "Standing in", people.stand_in),
    Subject("stated", "Probabilities", stated.stated),
    Subject("beside", "Baselines", tried.baselines),
    Subject("probed", "Probes", tried.probed),
    Subject("drift", "Drift", over_time.sentinels),
    Subject("history", "History", over_time.history),
    Subject("worth", "Worth", worth.worth),
    Subject("calibrated", "Labels", people.calibration_set),
    Subject("rubric", "Rubric", identity.rubric),
    Subject("judge", "Identity", identity.identity),
    Subject("spent", "Cost", over_time.uses),
    Subject("limits", "Limits", identity.limits),
)


def parts(card: JudgeCard) -> list[tuple[Subject, Part]]:
    """The sections that have something to say."""
    found = [(section, part) for section in SECTIONS if (part := section.build(card)) is not None]
    # What was not measured at all stands together, in place of a heading each.
    silent = [part for _, part in found if not part.says]
    lacking = [one for part in silent for one in part.missing]
    told = [(section, part) for section, part in found if part.says]
    if lacking:
        told.append((Subject("lacking", "Not measured", lambda _: None), Part(facts=lacking, prose=True)))
    return told


def render(card: JudgeCard) -> str:
    """The card as a self-contained HTML document; the same card gives the same bytes."""
    return document.render(document_of(card))


def document_of(card: JudgeCard) -> document.Document:
    """The card before it is HTML, for pages that put more around it."""
    held = card.certificate
    verdict, name = words.standing(card), words.title(card)
    top: dict[str, Any] = {
        "verdict": verdict,
        "summary": words.summary(card),
        "cautions": [clip(one, 600) for one in card.cautions[:10]],
        "figure": headline(card),
        "again": clip(shlex.join(card.command), 500),
    }
    kicker = [name, f"certificate {card.digest[:12]}", f"{count(held.n)} labelled items"]
    return document.Document(
        title=f"{verdict.word.text}: {name}",
        kicker=[*kicker, *([f"made {day(held.created)}"] if held.created else [])],
        first=document.markup("first/judge.html", top),
        blocks=blocks(card),
        skip="Skip to what it may do",
    )


def blocks(card: JudgeCard) -> list[Block]:
    """Every section through the one template that shows them all."""
    found = []
    for section, part in parts(card):
        built = {"part": part, "figures": list(part.figures)}
        found.append(Block(section.ident, section.title, document.markup("card/part.html", built), built))
    return found


def figures(card: JudgeCard) -> list[Figure]:
    """Every figure of the page, in its order."""
    return figures_of(blocks(card), headline(card))


def headline(card: JudgeCard, ident: str = "headline", size: str = "half", title: str = "") -> Figure | None:
    """Agreement beside the ceiling, error rates and the length baseline on one axis."""
    findings = card.certificate.findings
    own, ceiling = agreement.told(card)
    rows = []
    if own is not None:
        both = (mark(own, 0, name="judge"), *((mark(ceiling, 1, name="people"),) if ceiling is not None else ()))
        rows.append(Row("agrees with people", both, share(own).partition(" [")[0]))
    for label, names in (
        ("sensitivity", ("sensitivity",)),
        ("specificity", ("specificity",)),
        ("the same in both orders", ("order", "consistency")),
        ("length alone is right", ("baselines", "length", "baseline")),
    ):
        one = figure_in(findings, *names, bounds=SHARE)
        if one is not None:
            rows.append(Row(label, (mark(one, 0, name=label),), share(one).partition(" [")[0]))
    if not rows:
        return None
    spec = Forest(
        title or ("The judge, and what people reach" if ceiling is not None else "The judge beside people"),
        "share of items",
        tuple(rows),
        (JUDGE, PEOPLE),
        bounds=SHARE,
        kind="Between",
        percent=True,
        about="Agreement, error rates and the length baseline with 95 % intervals.",
    )
    return draw(spec, ident, "half" if size == "half" else "small", "Dot: estimate. Line: 95\u00a0% interval.")
