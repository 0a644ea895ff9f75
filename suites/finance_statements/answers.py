"""Sets of answers to the same questions, written by rule: careful, hasty, and careful again. No model was asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from suites.finance_statements import styles
from suites.finance_statements.draw import Draw
from suites.finance_statements.questions import Question

FOUNDING = "apple-computer-inc/percent_cut"


class Answer(NamedTuple):
    """One row of an answer set, and what it was meant to be."""

    row: dict[str, Any] | None  # None: the set has no answer to this case
    style: str
    right: bool | None  # None: not an answer (missing, or our network)


@dataclass(frozen=True)
class Writer:
    """Somebody who answers.

    Attributes:
        name: of the file.
        wrong: mistakes in a thousand answers.
        refused: answers in a thousand that are refused (the system's own failure: counts as wrong).
        seconds: the fastest answer and the spread above it, in hundredths of a second; made up.
        cost: of one answer and the spread above it, in millionths of a US dollar; made up.
        missing, network: how many cases have no row, and how many a failure of the harness (both are unscored).
        extra: how many rows are for cases that the suite does not have.
    """

    name: str
    wrong: int
    refused: int
    seconds: tuple[int, int]
    cost: tuple[int, int]
    missing: int = 0
    network: int = 0
    extra: int = 0


CAREFUL = Writer("careful", wrong=70, refused=10, seconds=(140, 420), cost=(1_900, 2_400))
AGAIN = replace(CAREFUL, name="again")  # the same system, asked once more: every draw is another one
HASTY = Writer("hasty", wrong=340, refused=45, seconds=(35, 110), cost=(300, 450), missing=1, network=1, extra=1)
WRITERS = (CAREFUL, HASTY, AGAIN)


def write(writer: Writer, questions: list[Question], draw: Draw) -> list[Answer]:
    """Every question's answer, in order; then the rows for cases that do not exist."""
    order = sorted(questions, key=lambda q: draw.below(2**63, writer.name, "unscored", q.id))
    order = order[: writer.missing + writer.network]
    unscored = {question.id: "missing" if i < writer.missing else "network" for i, question in enumerate(order)}
    answers = [_answer(writer, question, unscored.get(question.id), draw) for question in questions]
    extras = [
        Answer({"case_id": f"no-such-company/{i}", "output": "42"}, "extra", None) for i in range(1, writer.extra + 1)
    ]
    return answers + extras


def _answer(writer: Writer, question: Question, unscored: str | None, draw: Draw) -> Answer:
    beside = _beside(writer, question, draw)
    if unscored == "missing":
        return Answer(None, "missing", None)
    if unscored == "network":
        failure = {"kind": "harness", "reason": "network", "message": "connection reset by peer"}
        return Answer({"case_id": question.id, "failure": failure}, "network", None)
    luck = draw.below(1000, writer.name, "luck", question.id)
    if question.id == FOUNDING:
        right = writer is not HASTY
        given = styles.more_digits if right else styles.wrong_sign
        return Answer({"case_id": question.id, "output": given(question), **beside}, given.__name__, right)
    if luck < writer.refused:
        failure = {"kind": "system", "reason": "refused", "message": "I cannot give financial advice."}
        return Answer({"case_id": question.id, "failure": failure, **beside}, "refused", False)
    right = writer.wrong + writer.refused <= luck
    style = _style(writer, question, right, draw)
    return Answer({"case_id": question.id, "output": style(question), **beside}, style.__name__, right)


def _style(writer: Writer, question: Question, right: bool, draw: Draw) -> styles.Style:
    """One of the styles that apply to the question."""
    options = [style for style in (styles.RIGHT if right else styles.WRONG) if style(question) is not None]
    return draw.pick(options, writer.name, "style", question.id)


def _beside(writer: Writer, question: Question, draw: Draw) -> dict[str, float]:
    """Seconds and dollars, skewed to the right: the square of an even draw."""

    def skewed(low: int, spread: int, what: str) -> int:
        even = draw.below(1001, writer.name, what, question.id)
        return low + spread * even * even // 1_000_000

    return {"seconds": skewed(*writer.seconds, "s") / 100, "cost": skewed(*writer.cost, "c") / 1_000_000}
