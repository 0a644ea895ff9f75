"""The people behind the labels: could the judge stand in for one of them, and what was it calibrated on."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.judge_card import JudgeCard
from evalkit.report import numbers
from evalkit.report.card.parts import SHARE, Part, Titled, percent, share
from evalkit.report.card.read import figure_in, items, number, part, text, texts, whole, within
from evalkit.report.charts.bars import Bars
from evalkit.report.charts.spec import Mark, Row, Series, Table
from evalkit.report.figures import Figure, draw
from evalkit.report.text import clip, count, listing, plural

__all__ = ["calibration_set", "stand_in"]

_MOST = 50


def stand_in(card: JudgeCard) -> Part | None:
    """The alternative-annotator test: is the judge at least as close to the others as each person is?"""
    one = part(card.certificate.findings, "alt_test")
    omega, rho = (figure_in(one, name, bounds=SHARE) for name in ("omega", "rho"))
    if omega is None and rho is None:
        why = text(one.get("reason"))
        return Part(missing=[("The alternative-annotator test", why)]) if why else None
    epsilon = number(one.get("epsilon"))
    passed = one.get("passed")
    could = "could stand in for a person" if passed is True else "could not stand in for a person"
    said = [f"It {could}: its winning rate is {share(omega)}, and the test passes from 50\u00a0% on."]
    if rho is not None:
        said.append(
            f"On {share(rho)} of items it is at least as close to the other people as the person is whom it stands in "
            "for (advantage probability)."
        )
    each = [(name, given) for name, given in items(part(one, "per_annotator"), _MOST) if isinstance(given, dict)]
    notes = texts(one.get("notes"))
    if epsilon is not None:
        notes.append(
            f"Epsilon is {epsilon:g}: what a person's label may be better by and still not be worth its price. A "
            "person is beaten where that is shown, with false discovery held in check over people (Benjamini and "
            "Yekutieli)."
        )
    return Part(said=said, tables=[_each(each)] if each else [], notes=notes)


def _each(each: list[tuple[str, dict[str, object]]]) -> Titled:
    rows = []
    for name, given in each:
        wins, human, p = (within(given.get(k)) for k in ("judge_wins", "human_wins", "p_adjusted"))
        n = whole(given.get("n"))
        won = "yes" if given.get("rejected") is True else "no"
        cells = ("–" if n is None else count(n), percent(wins), percent(human), numbers.p_value(p), won)
        rows.append([name, *cells])
    head = ["Person", "Items", "Judge as close as they", "They as close as the judge", "p, adjusted", "Beaten"]
    return Titled("Against each person, by what the others said", Table(head, rows))


def calibration_set(card: JudgeCard) -> Part:
    """What the judge was calibrated on."""
    held = card.certificate
    findings, limits = held.findings, held.limits
    unread = whole(part(findings, "agreement", "unparsed").get("n")) or whole(findings.get("n_unparsed")) or 0
    groups = whole(findings.get("n_groups"))
    facts = [
        ("items with a label and a verdict", count(held.n)),
        ("dropped: people had no majority", count(held.n_dropped)),
        ("labelled, without a verdict", count(unread)),
        ("independent groups of items", count(groups) if groups else "every item by itself"),
        ("source of the labels", text(limits.get("source")) or "not said"),
        ("digest of the labels", held.labels[:16]),
        ("systems that answered", listing(texts(limits.get("systems"), 50, 60), 8) or "not said"),
    ]
    facts += [
        (f"by {name}", listing([f"{k} {count(n)}" for k, v in items(given, 20) if (n := whole(v)) is not None], 8))
        for name, given in items(limits.get("tags"), 12)
    ]
    return Part(
        said=list(_composition(card)),
        figures=[figure] if (figure := _balance(card)) is not None else [],
        facts=[(clip(name, 80), value) for name, value in facts if value],
        tables=[table] if (table := _annotators(card)) is not None else [],
    )


def _composition(card: JudgeCard) -> Iterator[str]:
    balance = items(part(card.certificate.findings, "agreement", "balance"), 20)
    given = [(name, whole(part(one).get("human"))) for name, one in balance]
    shown = [f"{name} {count(n)}" for name, n in given if n]
    tail = f": people say {listing(shown, 8)}" if shown else ""
    yield f"{plural(card.certificate.n, 'item')} with people's label and the judge's verdict{tail}."


def _balance(card: JudgeCard) -> Figure | None:
    """How often people and the judge give each label."""
    balance = items(part(card.certificate.findings, "agreement", "balance"), 12)
    rows = []
    for name, one in balance:
        both = [whole(part(one).get(key)) for key in ("human", "judge")]
        if both[0] is None or both[1] is None:
            continue
        marks = tuple(
            Mark(at, float(n), words=f"{name}, {who}: {count(n)}", cells={"Items": count(n)})
            for at, (who, n) in enumerate(zip(("people", "judge"), both, strict=True))
            if n is not None
        )
        rows.append(Row(name, marks))
    if not rows:
        return None
    looks = (Series("people", "baseline"), Series("the judge", "candidate"))
    spec = Bars("How often each label is given", "items", tuple(rows), looks, keep=True, kind="Who")
    return draw(spec, "balance", "half")


def _annotators(card: JudgeCard) -> Titled | None:
    found = part(card.certificate.findings, "annotators")
    each = [(name, given) for name, given in items(part(found, "labels"), _MOST) if isinstance(given, dict)]
    if not each:
        return None
    labels = list(dict.fromkeys(k for _, given in each for k, _ in items(part(given, "given"), 8)))[:8]
    rows = []
    for name, given in each:
        counts = [whole(part(given, "given").get(k)) for k in labels]
        rows.append([name, count(whole(given.get("n")) or 0), *("0" if n is None else count(n) for n in counts)])
    n = whole(found.get("n")) or len(each)
    title = f"Labels by person ({plural(n, 'person', 'people')})"
    return Titled(title, Table(["Person", "Labels", *labels], rows))
