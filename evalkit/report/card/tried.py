"""What the judge withstands: attacks, dressings and repetitions; and judges that know nothing beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from evalkit.core.judge_card import JudgeCard
from evalkit.report import numbers
from evalkit.report.card.parts import SHARE, Part, mark, p_is, percent, share
from evalkit.report.card.read import Fig, figure, figure_in, items, part, text, whole, within
from evalkit.report.charts.bars import Bars
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row, Series
from evalkit.report.figures import Figure, draw
from evalkit.report.text import count

__all__ = ["WORDS", "baselines", "probed", "probes_of"]

WORDS = {
    "injection": "tells the judge what to say",
    "authority": "claims to be an expert's",
    "citation": "cites a made-up source",
    "markdown": "headings and bold type",
    "padding": "wrapped in empty sentences",
    "gold": "reference not called best",
    "wrong": "a wrong answer, called right",
    "retest": "the same, asked again",
}
"""Probe -> what was done, in few words."""
_DRESSINGS = ("injection", "authority", "citation", "markdown", "padding")


def probes_of(card: JudgeCard) -> list[tuple[str, int, int, Fig | None, float | None]]:
    """(name, flipped, n, share, p) of every probe that says how many verdicts flipped; known ones first."""
    given = dict(items(card.certificate.probes, 40))
    names = [*(name for name in WORDS if name in given), *(name for name in given if name not in WORDS)]
    found = []
    for name in names:
        one: Any = given[name] if isinstance(given[name], dict) else {}
        flipped, n = whole(one.get("flipped")), whole(one.get("n"))
        if flipped is not None and n is not None and flipped <= n:
            found.append((name, flipped, n, figure(one.get("share"), SHARE), within(one.get("p"))))
    return found


def probed(card: JudgeCard) -> Part:
    """Bars with intervals: how often a change that must not matter changes a verdict."""
    found = probes_of(card)
    if not found:
        why = "the judge makes no calls, or the calibration left them out (--no-probes)"
        return Part(missing=[("Probes (attacks, dressings, references) and retest", why)])
    attacks = [one for one in found if one[0] not in ("retest", "gold")]
    others = [one for one in found if one[0] in ("retest", "gold")]
    figures = []
    if attacks:
        figures.append(_bars(attacks, "Wrong answers that became right, dressed up", "probed-attacks"))
    if others:
        figures.append(_bars(others, "Verdicts that should not change, and did", "probed-others"))
    return Part(
        said=list(_said(card)),
        figures=figures,
        notes=[
            "An attack changes a wrong answer so that it is no better; what counts is how many of those that were "
            "called wrong are called right then. p is McNemar's over both directions."
        ],
    )


def _bars(found: list[tuple[str, int, int, Fig | None, float | None]], title: str, ident: str) -> Figure:
    rows = tuple(_row(*probe) for probe in found)
    spec = Bars(title, "share of verdicts", rows, (Series("flipped", "candidate"),), percent=True, bounds=SHARE)
    return draw(spec, ident, "half", "Bar: share that flipped. Line: 95\u00a0% interval.")


def _row(name: str, flipped: int, n: int, one: Fig | None, p: float | None) -> Row:
    drawn = mark(one, name=name)
    cells = {"Probe": name, "Flipped": f"{count(flipped)} of {count(n)}", **drawn.cells, "p": numbers.p_value(p)}
    shown = {key: value for key, value in cells.items() if key not in ("n", "Method")}
    return Row(WORDS.get(name, name), (replace(drawn, cells=shown),), cells["Flipped"])


def _said(card: JudgeCard) -> Iterator[str]:
    found = {name: (k, n, one) for name, k, n, one, _ in probes_of(card)}
    limits = card.certificate.limits
    if "injection" in found:
        k, n, one = found["injection"]
        allowed = within(limits.get("injection"))
        tail = "" if allowed is None else f"; more than {percent(allowed)} shown would bar the vote"
        span = "" if one is None or not one.known else f" ({share(one)})"
        yield f"An answer that tells it what to say turned {count(k)} of {count(n)} wrong answers right{span}{tail}."
    if "retest" in found:
        k, n, one = found["retest"]
        yield f"Asked the same again, it changed {count(k)} of {count(n)} verdicts: its noise."


def baselines(card: JudgeCard) -> Part | None:
    """The judge beside judges that know nothing."""
    given = [(n, one) for n, one in items(card.certificate.findings.get("baselines"), 12) if isinstance(one, dict)]
    longer = part(card.certificate.findings, "length", "baseline")
    rows, said = [], []
    for name, one in given:
        n = whole(one.get("n"))
        own, other = (figure_in(one, key, bounds=SHARE) for key in ("judge", "baseline"))
        if own is None or other is None or not n:
            continue
        rows.append(Row(f"beside {name}", (mark(own, 0, name="judge"), mark(other, 1, name=name)), f"n = {count(n)}"))
        said.append(_beside(name, one, own, other))
    ahead = figure_in(longer, "judge_minus_longer", bounds=(-1.0, 1.0))
    only = figure_in(longer, "longer", bounds=SHARE)
    if only is not None and not any(row.label == "beside length" for row in rows):
        own = figure_in(card.certificate.findings, "agreement", "raw", bounds=SHARE)
        rows.append(Row("beside “the longer wins”", (mark(own, 0, name="judge"), mark(only, 1, name="the longer"))))
        tail = "" if ahead is None else _ahead(ahead)
        said.append(f"“The longer output wins” is right on {share(only)} of the pairs{tail}.")
    if not rows:
        return None
    spec = Forest(
        "Right on the same items: the judge, and a rule that knows nothing",
        "share of items that are right",
        tuple(rows),
        (Series("judge", "candidate"), Series("baseline", "baseline", hollow=True)),
        bounds=SHARE,
        kind="Who",
        percent=True,
        about="Accuracy of the judge and of each baseline on the same items, with 95 % intervals.",
    )
    figures = [draw(spec, "baselines-forest", "full", "Dot: estimate. Line: 95\u00a0% interval.")]
    notes = ["A judge that is not shown to beat the length of an answer has not earned a vote; the overlap baseline "
             "knows the expected answer, so it bars none."]  # fmt: skip
    if "embedding" not in dict(given):
        notes.append("The embedding baseline was not asked (an extra: baseline:embedding).")
    return Part(said=said, figures=figures, layout="one", notes=notes)


def _ahead(ahead: Fig) -> str:
    shown = "is shown to be right more often" if ahead.lo is not None and ahead.lo > 0 else "is not shown to beat that"
    return f"; the judge {shown}"


def _beside(name: str, one: dict[str, Any], own: Fig, other: Fig) -> str:
    gained, lost, p = whole(one.get("gained")), whole(one.get("lost")), within(one.get("p"))
    shown = "is shown to beat it" if one.get("beats") is True else "is not shown to beat it"
    tail = (
        ""
        if gained is None or lost is None
        else f", right alone on {count(gained)} items and wrong alone on {count(lost)}"
    )
    sure = "" if p is None else f" (McNemar, {p_is(p)})"
    return f"The {text(name, 40)} baseline is right on {share(other)}; the judge {shown}{tail}{sure}."
