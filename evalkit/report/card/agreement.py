"""Agreement of the judge with people beside the agreement of people with one another; what it calls what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalkit.core.judge_card import JudgeCard
from evalkit.report import numbers
from evalkit.report.card.parts import JUDGE, PEOPLE, SHARE, Part, Titled, coefficient, mark, p_is, share
from evalkit.report.card.read import Fig, figure, figure_in, items, number, part, text, whole, within
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.matrix import Matrix
from evalkit.report.charts.spec import Row, Series, Table
from evalkit.report.figures import Figure, draw
from evalkit.report.text import count

__all__ = ["answerers", "ceiling", "errors", "told"]

_NAMES = (
    ("raw", "raw agreement"),
    ("kappa", "Cohen's kappa"),
    ("ac1", "Gwet's AC1"),
    ("alpha", "Krippendorff's alpha"),
)
_MOST_LABELS, _MOST_SYSTEMS = 20, 40


def told(card: JudgeCard, of: str = "raw") -> tuple[Fig | None, Fig | None]:
    """A coefficient of the judge, and of people with one another."""
    found, bounds = card.certificate.findings, SHARE if of == "raw" else (-1.0, 1.0)
    return (
        figure_in(found, "agreement", of, bounds=bounds),
        figure_in(found, "agreement", "human_human", of, bounds=bounds),
    )


def ceiling(card: JudgeCard) -> Part | None:
    """Every coefficient, the judge's beside people's."""
    agreement = part(card.certificate.findings, "agreement")
    known = [(key, name) for key, name in _NAMES if any(one is not None for one in told(card, key))]
    scores = _scores(card)
    if not known and scores is None:
        return None
    why = text(part(card.certificate.findings, "why_null").get("human_human")) or "two people did not label one item"
    alone = not part(agreement, "human_human")
    missing = [("Agreement of people with one another", why)] if alone else []
    for key, name in _NAMES:
        one = figure(agreement.get(key))
        if one is not None and one.reason and not one.known:
            missing.append((name if one.point is None else f"The interval of {name}", one.reason))
    return Part(
        said=list(_said(card)),
        figures=[_forest(card, known)] if known else [],
        layout="one",
        tables=[scores] if scores is not None else [],
        missing=missing,
        notes=[
            "Raw agreement counts a label that is right by luck. Kappa and alpha take off the agreement that chance "
            "would give these labels; AC1 does so in a way that bears rare labels. Intervals are 95 %, with items that "
            "belong together resampled together."
        ],
    )


def _said(card: JudgeCard) -> Iterator[str]:
    own, people = told(card)
    if own is None:
        return
    yield f"The judge gives the label of most people on {share(own)} of {count(card.certificate.n)} items."
    n = whole(part(card.certificate.findings, "agreement", "human_human").get("annotators"))
    if people is not None:
        yield f"Two people give one item the same label on {share(people)}{_of(n)}: more cannot be asked of a judge."
    unread = part(card.certificate.findings, "agreement", "unparsed")
    missing, low, high = whole(unread.get("n")), number(unread.get("raw_if_wrong")), number(unread.get("raw_if_right"))
    if missing and low is not None and high is not None:
        yield (
            f"{count(missing)} labelled items got no verdict; were all of them wrong, agreement would be "
            f"{100 * low:.0f}\u00a0%, were all right {100 * high:.0f}\u00a0%."
        )


def _of(n: int | None) -> str:
    return f" ({count(n)} people)" if n else ""


def _forest(card: JudgeCard, known: list[tuple[str, str]]) -> Figure:
    rows = []
    for key, name in known:
        own, people = told(card, key)
        marks = [mark(own, 0, name=f"{name}, {JUDGE.name}", as_share=key == "raw")]
        if people is not None:
            marks.append(mark(people, 1, name=f"{name}, {PEOPLE.name}", as_share=key == "raw"))
        rows.append(Row(name, tuple(marks), coefficient(own).partition(" [")[0]))
    both = any(len(row.marks) > 1 for row in rows)
    spec = Forest(
        "Agreement with people, beside what people reach with one another" if both else "Agreement with people",
        "agreement (1: always)",
        tuple(rows),
        (JUDGE, PEOPLE),
        bounds=(-1.0, 1.0),
        kind="Between",
        about="Dots with 95 % intervals: agreement of the judge with people's labels, and of people with one another.",
    )
    return draw(spec, "ceiling-forest", "full", "Dot: estimate. Line: 95\u00a0% interval.")


def _scores(card: JudgeCard) -> Titled | None:
    """Of numeric labels: rank correlation at three levels, and bias."""
    found = part(card.certificate.findings, "scores")
    if not found:
        return None
    rows = []
    for key, name in (("pooled", "all answers"), ("by_group", "within a group"), ("by_system", "systems")):
        one = part(found, key)
        if one:
            cells = (number(one.get(k)) for k in ("spearman", "kendall"))
            rows.append([name, *("–" if c is None else numbers.number(c, 2) for c in cells)])
    bias, rmse = figure_in(found, "bias"), number(found.get("rmse"))
    if bias is not None:
        rows.append(["bias in points", coefficient(bias, signed=True), ""])
    if rmse is not None:
        rows.append(["root mean squared error, points", numbers.number(rmse, 2), ""])
    return Titled("Labels as numbers", Table(["Of", "Spearman", "Kendall"], rows)) if rows else None


def errors(card: JudgeCard) -> Part | None:
    """What it calls what: counts by label, sensitivity and specificity."""
    held, findings = card.certificate, card.certificate.findings
    rates = [
        (name, words, one)
        for name, words in _rates(held.positive)
        if (one := figure_in(findings, name, bounds=SHARE)) is not None
    ]
    matrix = _matrix(card)
    why = part(findings, "why_null")
    missing = [
        (name.capitalize(), text(why.get(name)))
        for name in ("sensitivity", "specificity")
        if why.get(name) and not any(name == n for n, _, _ in rates)
    ]
    if matrix is None and not rates:
        return None
    figures = [] if matrix is None else [matrix]
    if rates:
        rows = tuple(Row(name, (mark(one, name=name),), share(one, 1).partition(" [")[0]) for name, _, one in rates)
        spec = Forest(
            "How often it is right, by what is true",
            "share of items",
            rows,
            (Series("judge", "candidate"),),
            bounds=SHARE,
            percent=True,
            about="Sensitivity and specificity with 95 % intervals.",
        )
        figures.append(draw(spec, "errors-forest", "half", "Dot: estimate. Line: 95\u00a0% interval."))
    return Part(said=[words.format(share(one)) for _, words, one in rates], figures=figures, missing=missing)


def _ends(given: list[dict[str, Any]]) -> tuple[float, ...]:
    """The least and the greatest value of all charts of systems, so that they have one scale."""
    keys = ("raw", "sensitivity", "specificity")
    found = [one for g in given for key in keys if (one := figure_in(g, key, bounds=SHARE)) is not None]
    values = [v for one in found for v in (one.point, one.lo, one.hi) if v is not None]
    return (min(values), max(values)) if values else ()


def _rates(positive: str | None) -> tuple[tuple[str, str], tuple[str, str]]:
    name = (positive or "positive")[:60].replace("{", "{{").replace("}", "}}")
    return (
        ("sensitivity", f"Of what people call “{name}”, it calls {{}} so (sensitivity)."),
        ("specificity", "Of what people call otherwise, it calls {} otherwise too (specificity)."),
    )


def _matrix(card: JudgeCard) -> Figure | None:
    """Counts by people's label and the judge's; without them the four counts of the positive label."""
    balance = items(part(card.certificate.findings, "agreement", "balance"), _MOST_LABELS)
    names = [name for name, _ in balance]
    raw = list(part(card.certificate.findings, "agreement", "balance"))[:_MOST_LABELS]
    counts = [[whole(part(one, "verdicts").get(label)) or 0 for label in raw] for _, one in balance]
    if not any(map(sum, counts)):
        names, counts = _four(card)
    if not counts:
        return None
    off = sum(map(sum, counts)) - sum(row[i] for i, row in enumerate(counts))
    title = f"What it calls what: {count(off)} of {count(sum(map(sum, counts)))} verdicts are not people's"
    spec = Matrix(
        title,
        tuple(names),
        tuple(names),
        tuple(map(tuple, counts)),
        about="Rows: people's label. Columns: the judge's. Numbers: items.",
    )
    return draw(spec, "errors-matrix", "half", "Gold: what most people say. Answer: what the judge says.")


def _four(card: JudgeCard) -> tuple[list[str], list[list[int]]]:
    held = card.certificate
    tp, fp, tn, fn = (whole(x) for x in (held.tp, held.fp, held.tn, held.fn))
    if tp is None or fp is None or tn is None or fn is None or not tp + fp + tn + fn:
        return [], []
    return [(held.positive or "positive")[:60], "other"], [[tp, fn], [fp, tn]]


def answerers(card: JudgeCard) -> Part | None:
    """Whether its errors depend on who answered."""
    found = card.certificate.by_system
    systems = [(name, one) for name, one in items(part(found, "systems"), _MOST_SYSTEMS) if isinstance(one, dict)]
    if not systems:
        return Part(missing=[("Errors by who answered", "the labelled items do not say which system answered")])
    figures = []
    shown = _ends([given for _, given in systems])
    for key, title in (("raw", "Agreement"), ("sensitivity", "Sensitivity"), ("specificity", "Specificity")):
        rows = [
            Row(name, (mark(one, name=name),), share(one).partition(" [")[0])
            for name, given in systems
            if (one := figure_in(given, key, bounds=SHARE)) is not None
        ]
        if rows:
            spec = Forest(
                f"{title} by who answered",
                "share of items",
                tuple(rows),
                (Series("judge", "candidate"),),
                bounds=SHARE,
                percent=True,
                show=shown,
                about=f"{title} of the judge on the answers of each system, with 95 % intervals.",
            )
            figures.append(draw(spec, f"answerers-{key}", "small"))
    test = part(found, "homogeneity")
    p, n = within(test.get("p")), whole(found.get("n_systems"))
    said = []
    if p is not None:
        depends = "depend on who answered" if p < 0.05 else "are not shown to depend on who answered"
        method = text(test.get("method"), 60) or "the test of homogeneity"
        said.append(f"Its errors {depends} ({p_is(p)}, {method}, people's label held fixed).")
    missing = [("Homogeneity", text(test.get("reason")))] if p is None and test.get("reason") else []
    notes = ["A rate that is corrected with error rates of a certificate takes them to be the same for every system."]
    if n is not None and n > len(systems):
        notes.append(f"{count(len(systems))} of {count(n)} systems are shown.")
    return Part(said=said, figures=figures, layout="multiples", missing=missing, notes=notes)
