"""What somebody who did not write evalkit tries with judges: asking again, gates that only advise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.options import Options
from evalkit.app.planning import plan
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer
from evalkit.judges.model_options import read_options
from evalkit.report import sentences
from evalkit.report.markdown import render as markdown
from evalkit.report.terminal import render as terminal
from tests.e2e.conftest import called
from tests.e2e.test_judging import RUBRIC, N, Scripted, file_of, folder, model, number, suite
from tests.servers import FakeOpenAI, completion

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


def test_the_cost_of_a_reply_without_a_price_is_unknown_beside_calls_that_cost_nothing(folder: Path) -> None:
    def say(request: evalkit.Request) -> Answer:
        if request.case_id == "c8":
            return Answer(output={"label": None, "why": "template", "detail": "it reads 'tags'"}, cost=0.0)
        return Answer(output={"label": "correct"}, model="unpriced-1")

    class Telling(Scripted):
        def settle(self, outputs: Any) -> dict[str, Any]:
            return {**super().settle(outputs), "detail": outputs[0].get("detail")}

    record = evalkit.run(suite(RUBRIC, judges={"main": Telling(say)}), candidate="recorded:a.jsonl")
    assert (record.judges[0].cost, record.cost) == (None, None)
    told = "the judge 'main' was not asked about 1 answer of candidate: it reads 'tags' (1)"
    assert told in record.warnings, "what the template lacks is a sentence"


@pytest.mark.parametrize(("name", "value"), [("temperature", "hot"), ("max_tokens", 1.5), ("top_p", True)])
def test_a_number_that_is_none_is_refused_before_any_call(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"option {name} is .*, not a (whole )?number"):
        read_options({name: value})


@pytest.mark.parametrize("offline", [False, True])
def test_a_judge_whose_session_does_not_open_is_a_sentence(folder: Path, offline: bool) -> None:
    class Broken(Scripted):
        def session(self, concurrency: int) -> Any:
            raise RuntimeError("no line")

    judge = Broken(lambda r: None)
    judge.offline = offline  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="the session of the judge scripted raised RuntimeError: no line"):
        evalkit.run(suite(RUBRIC, judges={"main": judge}), candidate="recorded:a.jsonl")


def test_a_plan_of_verdicts_that_nobody_gave_yet_says_so_and_that_the_judge_has_no_vote(folder: Path) -> None:
    judge = Scripted(lambda r: {"label": "correct"})
    given = suite({"judged": {"judge": "main"}}, judges={"main": judge}, gates=[{"metric": "judged", "at_least": 0.1}])
    found = plan(given, candidate="recorded:a.jsonl")
    assert (found.impossible, [gate.power for gate in found.found.gates]) == ([], [None])
    untold, unvouched = found.warnings
    assert untold.startswith("the power of the gate 'judged >= 0.1' cannot be told before its judge has been asked")
    assert "will stay inconclusive, whatever the judge says" in unvouched
    assert not judge.calls


def test_a_judge_that_reads_by_two_rubrics_is_two_lines_told_apart(folder: Path) -> None:
    other = {"rubric": {"rubric": "answer_relevance", "judge": "main", "as": "relevant"}}
    with FakeOpenAI(lambda body: completion('{"rationale": "r", "label": "correct"}')) as server:
        record = evalkit.run(suite(RUBRIC, other, judges=model(server)), candidate="recorded:a.jsonl")
    for told in (terminal(record), markdown(record)):
        assert "main (rubric)" in told
        assert "main (relevant)" in told


def test_a_plan_counts_what_is_recorded_and_a_fresh_one_does_not(folder: Path) -> None:
    pairs = {"pairwise": {"judge": "main"}}
    judge = Scripted(lambda r: {"label": "correct"}, asks=2)
    given = suite(RUBRIC, pairs, judges={"main": judge})
    systems: dict[str, Any] = {"candidate": "recorded:a.jsonl", "baseline": "recorded:b.jsonl"}
    before = plan(given, **systems).to_json()
    assert before["new_judge_calls"] == before["judge_calls"] > 0
    evalkit.run(given, **systems)
    asked = judge.calls.total()
    found = plan(given, **systems).to_json()
    assert (found["judge_calls"], found["new_judge_calls"], found["cost"]) == (before["judge_calls"], 0, 0.0)
    assert plan(given, **systems, options=Options(fresh=True)).to_json()["new_judge_calls"] == before["judge_calls"]
    assert judge.calls.total() == asked


def test_doctor_tells_of_judges_that_cannot_be_asked_or_may_not_decide(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    gates = [{"metric": "rubric", "at_least": 0.5}]
    file_of(suite(RUBRIC, judges={"main": {"model": "openai:gpt-x"}}, gates=gates), folder)
    ran = called(capfd, "doctor", "suite.yaml")
    assert ran.code == 0
    assert "note judge      openai:gpt-x needs a key: the environment variable OPENAI_API_KEY is not set" in ran.out
    assert "will stay inconclusive, whatever the judge says" in ran.out
    file_of(suite(RUBRIC, judges={"main": {"model": "openai:gpt-x", "vots": 3}}), folder)
    ran = called(capfd, "doctor", "suite.yaml")
    assert ran.code == 2
    assert "BAD  suite      judge 'main' of judging: judge: has no option 'vots'" in ran.out


@pytest.mark.parametrize("value", ["a", 3, [1], float("nan")])
def test_a_value_that_is_no_share_is_a_reason_of_its_own(folder: Path, value: Any) -> None:
    @evalkit.judge
    def odd(output: Any) -> dict[str, Any]:
        return {"value": value}

    record = evalkit.run(suite({"judged": {"judge": "main"}}, judges={"main": odd}), candidate="recorded:a.jsonl")
    (reason,) = number(record, "judged").unscored
    assert "no number from 0 to 1" in reason or reason == "judge: unparseable"


def test_what_next_fits_why_the_judge_said_nothing(folder: Path) -> None:
    def say(request: evalkit.Request) -> dict[str, str | None]:
        return {"label": None, "why": "template"}

    gates = [{"metric": "judged", "at_least": 0.1}]
    given = suite({"judged": {"judge": "main"}}, judges={"main": Scripted(say)}, gates=gates)
    record = evalkit.run(given, candidate="recorded:a.jsonl", replay=True)
    assert "a run without --replay asks" in sentences.next_step(record)
    record = evalkit.run(given, candidate="recorded:a.jsonl")
    assert "the rubric's template reads what they lack" in sentences.next_step(record)
