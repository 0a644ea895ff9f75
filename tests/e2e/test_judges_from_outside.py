"""What somebody who did not write evalkit tries with judges: asking again, gates that only advise."""

from __future__ import annotations

from pathlib import Path

import evalkit
from evalkit.report import sentences
from evalkit.report.terminal import render as terminal
from tests.e2e.test_judging import RUBRIC, N, Scripted, folder, number, suite

__all__ = ["folder"]


def test_what_a_judge_left_without_a_verdict_is_asked_again_when_told_so(folder: Path) -> None:
    refusing = [True]

    def say(request: evalkit.Request) -> dict[str, str | None]:
        if refusing[0] and request.case_id in ("c8", "c9"):
            return {"label": None, "why": "refused"}
        return {"label": "correct"}

    judge = Scripted(say)
    given = suite(RUBRIC, judges={"main": judge})
    assert number(evalkit.run(given, candidate="recorded:a.jsonl"), "rubric").unscored == {"judge: refused": 2}
    refusing[0] = False
    assert number(evalkit.run(given, candidate="recorded:a.jsonl"), "rubric").n == N - 2, "a rerun asks nobody"
    assert judge.calls.total() == 4
    again = evalkit.run(given, candidate="recorded:a.jsonl", retry_failed=True)
    assert (number(again, "rubric").n, judge.calls.total()) == (N, 6), "the others' verdicts are kept"
    evalkit.run(given, candidate="recorded:a.jsonl")
    assert judge.calls.total() == 6, "what came replaces what was refused"


def test_a_gate_that_only_advises_is_not_called_no_gate(folder: Path) -> None:
    gate = {"metric": "rubric", "at_least": 0.1, "judge": "advisory"}
    given = suite(RUBRIC, judges={"main": Scripted(lambda r: {"label": "correct"})}, gates=[gate])
    record = evalkit.run(given, candidate="recorded:a.jsonl")
    assert record.outcome == "ungated"
    assert sentences.verdict(record).headline.startswith("no gate of the suite decides, they only inform")
    assert "judge: certified" in sentences.next_step(record)
    assert "advice of a judge, not a gate" in terminal(record)
    other = {"metric": "numeric", "at_least": 0.99}
    record = evalkit.run({**given, "gates": [gate, other]}, candidate="recorded:b.jsonl")
    assert "1 of 1 gate" in sentences.verdict(record).headline, "advice is not counted among the gates"
