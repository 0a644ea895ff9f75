"""Answers in named styles, right or wrong on purpose; what people say of them; what a lenient judge says of them."""

from __future__ import annotations

from typing import NamedTuple

from suites.finance_statements.draw import Draw
from suites.support_answers.facts import Fact

RIGHT = ("plain", "reworded", "chatty", "reversed")
WRONG = ("half", "other", "mixed", "denied", "unsure")
HUNDRED = 100

LENIENT = {"half": 45, "mixed": 30, "denied": 20, "other": 8, "unsure": 0}
"""Of a hundred wrong answers, how many the judge calls correct."""
SEVERE = {"plain": 1, "reworded": 4, "chatty": 6, "reversed": 5}
"""Of a hundred right answers, how many it calls incorrect."""
SLIP = 4
"""Of a hundred labels, how many a person gets wrong."""


class System(NamedTuple):
    """Who answers.

    Attributes:
        name: of the file.
        right: of a hundred answers, how many are right.
    """

    name: str
    right: int


class Written(NamedTuple):
    """One answer, and whether it was meant to be right."""

    fact: Fact
    style: str
    right: bool
    text: str


def write(system: System, facts: list[Fact], draw: Draw) -> list[Written]:
    """One answer to each question."""
    found = []
    for fact in facts:
        right = draw.below(HUNDRED, system.name, fact.id) < system.right
        style = draw.pick(RIGHT if right else WRONG, system.name, fact.id, "style")
        found.append(Written(fact, style, right, _text(fact, style)))
    return found


def _text(fact: Fact, style: str) -> str:
    """The words: a number or a sentence about it; a text of one or two parts."""
    one, two = fact.parts
    if fact.number:
        return {
            "plain": f"{one} {two}",
            "reworded": f"The {fact.product} has {one} {two}.",
            "chatty": f"Good question! It is {one} {two}. Anything else?",
            "reversed": f"In {two}: {one}.",
            "half": f"That depends on where you bought the {fact.product}.",
            "other": f"{fact.other[0]} {two}",
            "mixed": f"The {fact.product} has {fact.other[0]} {two}.",
            "denied": f"Some say {one} {two}. It is {fact.other[0]} {two}.",
            "unsure": "I am afraid I do not know that.",
        }[style]
    return {
        "plain": f"{one[:1].upper()}{one[1:]}, and {two}.",
        "reworded": f"Here is what the manual says: {one}. Also, {two}.",
        "chatty": f"Thanks for reaching out! For your {fact.product}: {one}, and {two}. Have a great day!",
        "reversed": f"Two things. First: {two}. Second: {one}.",
        "half": f"For the {fact.product}: {one}.",
        "other": f"{fact.other[0][:1].upper()}{fact.other[0][1:]}, and {fact.other[1]}.",
        "mixed": f"For the {fact.product}: {one}, and {fact.other[1]}.",
        "denied": f"{one[:1].upper()}{one[1:]}; it is a myth that this matters: {two}.",
        "unsure": f"I do not have that information about the {fact.product}. Please ask the shop.",
    }[style]


def verdict(written: Written, draw: Draw) -> str:
    """What the made-up judge says of an answer: it errs as LENIENT and SEVERE say, the same way on the same answer."""
    errs = (SEVERE if written.right else LENIENT)[written.style]
    wrong = draw.below(HUNDRED, "judge", written.fact.id, written.text) < errs
    return "correct" if written.right != wrong else "incorrect"


def label(written: Written, person: str, draw: Draw) -> str:
    """What a made-up person says of an answer."""
    slip = draw.below(HUNDRED, person, written.fact.id, written.text) < SLIP
    return "correct" if written.right != slip else "incorrect"
