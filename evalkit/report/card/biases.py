"""What sways the judge beside what is true: the order of two answers, their length, its own family."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.judge_card import JudgeCard
from evalkit.report.card.parts import SHARE, Part, mark, p_is, points, share
from evalkit.report.card.read import Fig, figure_in, part, text, whole, within
from evalkit.report.charts.bars import Bars
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Mark, Row, Series
from evalkit.report.figures import Figure, draw
from evalkit.report.text import count

__all__ = ["biases"]

_DIFFERENCE = (-1.0, 1.0)
_OTHERS = "it takes verdicts of judges of other families on the same pairs, which a calibration of one judge has not"


def biases(card: JudgeCard) -> Part | None:
    """Order, length, self-preference; what was not measured says why."""
    found = card.certificate.findings
    order, length = part(found, "order"), part(found, "length")
    own = figure_in(found, "self_preference", bounds=_DIFFERENCE)
    why = part(found, "why_null")
    names = (("order", "Order of two answers"), ("length", "Length of answers"))
    missing = [(name, told) for key, name in names if (told := text(why.get(key)))]
    if not order and not length and own is None:
        return Part(missing=missing)
    said = [*_order(card), *_length(card)]
    if own is not None:
        said.append(
            f"It picks the answer of its own family {points(own)} more often than judges of other families do, where "
            "people prefer the other."
        )
    else:
        missing.append(("Self-preference", _OTHERS))
    return Part(
        said=said,
        figures=[f for f in (_accuracies(card), _conflicts(card), _lengths(card)) if f is not None],
        layout="multiples",
        missing=missing,
    )


def _order(card: JudgeCard) -> Iterator[str]:
    one = part(card.certificate.findings, "order")
    consistency = figure_in(one, "consistency", bounds=SHARE)
    if consistency is None:
        return
    yield f"The same answer wins in both orders on {share(consistency)} of {count(whole(one.get('n')) or 0)} pairs."
    p, first, second = within(one.get("p")), whole(one.get("first_both")), whole(one.get("second_both"))
    if p is not None and first is not None and second is not None:
        leans = "first" if first > second else "second"
        yield (
            f"Where the order decides, what is shown {leans} wins {count(max(first, second))} of "
            f"{count(first + second)} times ({p_is(p)})"
            + (": a lean to that place." if p < 0.05 else ": no lean to either place is shown.")
        )
    elif text(one.get("reason")):
        yield f"Which place it leans to is not known: {text(one.get('reason'))}."


def _accuracies(card: JudgeCard) -> Figure | None:
    order = part(card.certificate.findings, "order")
    names = (
        ("mean_accuracy", "over both orders"),
        ("swapped_accuracy", "the other order"),
        ("consistent_accuracy", "where orders agree"),
        ("strict_accuracy", "in both orders"),
    )
    rows = [
        Row(name, (mark(one, name=name),), share(one).partition(" [")[0])
        for key, name in names
        if (one := figure_in(order, key, bounds=SHARE)) is not None
    ]
    if not rows:
        return None
    spec = Forest(
        "Picks people's winner",
        "share of pairs",
        tuple(rows),
        (Series("judge", "candidate"),),
        bounds=SHARE,
        percent=True,
    )
    return draw(spec, "biases-order", "small")


def _conflicts(card: JudgeCard) -> Figure | None:
    order = part(card.certificate.findings, "order")
    names = (
        ("first_both", "shown first wins twice"),
        ("second_both", "shown second wins twice"),
        ("with_tie", "a tie in one order"),
    )
    counts = [(name, whole(order.get(key))) for key, name in names]
    if not any(n for _, n in counts):
        return None
    rows = tuple(
        Row(name, (Mark(0, float(n), words=f"{name}: {count(n)}", cells={"Pairs": count(n)}),), count(n))
        for name, n in counts
        if n is not None
    )
    spec = Bars("Pairs whose winner changed with the order", "pairs", rows, (Series("judge", "candidate"),), keep=True)
    return draw(spec, "biases-conflicts", "small")


def _length(card: JudgeCard) -> Iterator[str]:
    one = part(card.certificate.findings, "length")
    judge, people = (figure_in(one, name, bounds=SHARE) for name in ("judge", "human"))
    excess = figure_in(one, "excess", bounds=_DIFFERENCE)
    if judge is None or people is None:
        return
    yield f"It prefers the longer output on {share(judge)} of pairs, people on {share(people)}: {_excess(excess)}"


def _excess(excess: Fig | None) -> str:
    if excess is None:
        return "the difference is not known."
    shown = points(excess)
    if excess.lo is not None and excess.lo > 0:
        return f"{shown}, a lean to length."
    if excess.hi is not None and excess.hi < 0:
        return f"{shown}, a lean to brevity."
    return f"{shown}, which shows no lean of its own."


def _lengths(card: JudgeCard) -> Figure | None:
    length = part(card.certificate.findings, "length")
    rows = [
        Row(name, (mark(one, at, name=name),), share(one).partition(" [")[0])
        for at, (key, name) in enumerate((("judge", "the judge"), ("human", "people")))
        if (one := figure_in(length, key, bounds=SHARE)) is not None
    ]
    if not rows:
        return None
    looks = (Series("the judge", "candidate"), Series("people", "baseline", hollow=True))
    spec = Forest(
        "Prefers the longer output", "share of pairs", tuple(rows), looks, bounds=SHARE, percent=True, kind="Who"
    )
    return draw(spec, "biases-length", "small")
