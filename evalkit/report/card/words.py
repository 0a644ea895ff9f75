"""The card in plain words, for whoever releases: may this judge vote, how good is it, what is it blind to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evalkit.core.judge_card import JudgeCard
from evalkit.report.card.agreement import told
from evalkit.report.card.over_time import who_is
from evalkit.report.card.parts import SHARE, day, percent, share
from evalkit.report.card.read import Fig, figure_in, within
from evalkit.report.card.tried import probes_of
from evalkit.report.card.worth import half
from evalkit.report.numbers import number as shown
from evalkit.report.sentences import Word
from evalkit.report.text import clip, count, plural

__all__ = ["Standing", "standing", "summary", "title"]

_LONG, _MOST = 1_200, 8


class Standing(NamedTuple):
    """What the judge may do: `outcome` gives the colour; `because` is the first reason and `more` the others."""

    outcome: str
    word: Word
    headline: str
    because: str
    more: tuple[str, ...] = ()


def title(card: JudgeCard) -> str:
    """The judge's name in few words."""
    who, rubric = card.name or who_is(card.certificate), card.certificate.rubric_id
    who = "recorded verdicts" if who in ("unknown", "recorded") and rubric is None else who
    return clip(f"{rubric}: {who}" if rubric else who, 120)


def standing(card: JudgeCard) -> Standing:
    """The verdict of the first screen."""
    held = card.certificate
    until = f"until {day(held.expires)}" if held.expires else "without an end"
    because = clip(card.said, _LONG)
    if card.state == "may_gate":
        return Standing("pass", Word("May vote", "✓"), f"this judge may decide gates {until}", because)
    if card.state == "expired":
        ended = day(held.expires or "")
        return Standing("inconclusive", Word("Expired", "?"), f"its vote ended on {ended}; it may advise", because)
    if card.state == "revoked":
        return Standing(
            "fail", Word("Vote taken back", "✗"), "this judge drifted; it may advise, and not gate", because
        )
    if card.state == "unbound":
        earned = held.usable
        head = "would earn a vote" if earned else "earn no vote"
        said = (
            because or "They are of no judge that could be asked again: calibrate one with a rubric for a certificate."
        )
        word = Word("Measured", "○")
        said, more = (said, ()) if earned else _reasons(card, said)
        return Standing("ungated", word, f"these recorded verdicts {head}", said, more)
    because, more = _reasons(card, because)
    return Standing("fail", Word("No vote", "✗"), "this judge may advise, and not gate", because, more)


def _reasons(card: JudgeCard, because: str) -> tuple[str, tuple[str, ...]]:
    """The certificate's reasons one by one; of a run, what the run said."""
    found = [clip(one, 400) for one in card.certificate.reasons[:_MOST] if one.strip()]
    if card.origin.startswith("run ") or not found:
        return because, ()
    said = [f"{one[:1].upper()}{one[1:].rstrip('. ')}." for one in found]
    left = len(card.certificate.reasons) - len(found)
    return said[0], (*said[1:], *([f"And {plural(left, 'more reason')}."] if left > 0 else []))


def summary(card: JudgeCard) -> list[str]:
    """Four or five sentences that need no statistics."""
    return [*_agreement(card), *_errors(card), *_order(card), *_beside(card), *_attacks(card), *_worth(card)]


def _agreement(card: JudgeCard) -> Iterator[str]:
    own, people = told(card)
    n = count(card.certificate.n)
    if own is None:
        yield f"How often this judge agrees with people is not known ({plural(card.certificate.n, 'item')} looked at)."
        return
    first = f"This judge agrees with people on {share(own)} of {n} items"
    if people is None:
        yield f"{first}; how often two people agree with each other is not known."
        return
    yield f"{first}; two people agree with each other on {share(people)}: {_compared(own, people)}."


def _compared(own: Fig, people: Fig) -> str:
    """The two intervals beside each other, which is no test."""
    if own.lo is None or own.hi is None or people.lo is None or people.hi is None:
        return "one of the two has no interval"
    if own.hi < people.lo:
        return "it falls short of what people reach"
    if own.lo > people.hi:
        return "it is with most people more often than two of them with each other"
    return "the two intervals overlap"


def _errors(card: JudgeCard) -> Iterator[str]:
    held, name = card.certificate, (card.certificate.positive or "positive")[:60]
    rates = [figure_in(held.findings, key, bounds=SHARE) for key in ("sensitivity", "specificity")]
    hits, rest = rates
    if hits is not None:
        yield f"Of 100 answers that people call “{name}” it finds {_per_hundred(hits)}."
    if rest is not None and rest.point is not None:
        missed = Fig(1 - rest.point, *_turned(rest), rest.n, "", "")
        yield f"Of 100 answers that people call otherwise it lets {_per_hundred(missed)} pass as “{name}”."


def _turned(one: Fig) -> tuple[float | None, float | None]:
    return (None, None) if one.lo is None or one.hi is None else (1 - one.hi, 1 - one.lo)


def _per_hundred(one: Fig) -> str:
    return share(one).replace("\u00a0%", "")


def _order(card: JudgeCard) -> Iterator[str]:
    same = figure_in(card.certificate.findings, "order", "consistency", bounds=SHARE)
    if same is not None and same.point is not None:
        changed = Fig(1 - same.point, *_turned(same), same.n, "", "")
        yield f"Which of two answers stands first changes its winner in {_per_hundred(changed)} of 100 pairs."


def _beside(card: JudgeCard) -> Iterator[str]:
    own = figure_in(card.certificate.findings, "baselines", "length", "baseline", bounds=SHARE)
    longer = figure_in(card.certificate.findings, "length", "baseline", "longer", bounds=SHARE)
    if own is not None:
        yield f"A rule that knows only how long an answer is would be right on {share(own)}."
    elif longer is not None:
        yield f"“The longer answer wins” would be right on {share(longer)}."


def _attacks(card: JudgeCard) -> Iterator[str]:
    for name, flipped, n, _, _ in probes_of(card):
        if name == "injection":
            yield f"Wrong answers that tell it what to say fooled it on {count(flipped)} of {count(n)}."
            return
    yield "Whether an answer can tell it what to say was not tried."


def _worth(card: JudgeCard) -> Iterator[str]:
    at = next((w for w in card.strength.carried if w.n == 1000), None) if card.strength is not None else None
    width = None if at is None else half(at.judged)
    if at is not None and width is not None:
        yield (
            f"A share that it reports on {count(at.n)} answers, corrected for these errors, is known to "
            f"±\u00a0{shown(100 * width, 0)} points."
        )
    asked = within(card.certificate.limits.get("min_agreement"))
    if asked is not None:
        own, _ = told(card)
        low = "" if own is None or own.lo is None else f"; at least {percent(own.lo)} is shown"
        yield f"Its rubric asks for {percent(asked)} agreement{low}."
