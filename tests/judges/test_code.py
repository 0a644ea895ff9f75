"""`@evalkit.judge`: what a function may take and give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import evalkit
from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError, Judge, Request
from evalkit.judges.code import CodeJudge

QUESTION = {"input": "q", "expected": "e", "output": "o"}
RUBRIC = SimpleNamespace(digest="d", values={"good": 1.0, "poor": 0.0})


def asked(judge: CodeJudge) -> Any:
    async def once() -> Any:
        async with judge.session(1) as answer:
            return (await answer(Request("c1", 0, QUESTION, 0))).output

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("good", {"label": "good"}),
        (True, {"label": "correct", "value": 1.0}),
        (False, {"label": "incorrect", "value": 0.0}),
        (0.25, {"label": None, "value": 0.25}),
        (1, {"label": None, "value": 1.0}),
        ({"label": "good", "rationale": "so"}, {"label": "good", "rationale": "so"}),
    ],
)
def test_what_a_function_may_give(given: Any, said: Any) -> None:
    assert asked(evalkit.judge(lambda question: given)) == said


@pytest.mark.parametrize(
    "given", [None, "", " ", 1.5, -0.1, float("nan"), float("inf"), [], {}, {"label": None}, object()]
)
def test_what_is_no_verdict_has_its_reason(given: Any) -> None:
    said = asked(evalkit.judge(lambda question: given))
    assert said["label"] is None
    assert said["why"] in ("empty", "off_menu", "no_verdict")


def test_a_rubric_says_what_labels_are_worth() -> None:
    assert asked(evalkit.judge(lambda question: "poor").bound(RUBRIC)) == {"label": "poor", "value": 0.0}
    assert asked(evalkit.judge(lambda question: True).bound(RUBRIC)) == {"label": "good", "value": 1.0}


def test_arguments_are_given_by_name() -> None:
    def named(output: Any, expected: Any, case_id: str, rubric: Any = None) -> str:
        return f"{output}{expected}{case_id}{rubric.digest}"

    async def everything(**question: Any) -> str:
        return ",".join(sorted(question))

    assert asked(evalkit.judge(named).bound(RUBRIC))["label"] == "oec1d"
    assert asked(evalkit.judge(everything))["label"] == "case_id,expected,input,output,rubric"


@pytest.mark.parametrize("function", [lambda: 1, lambda a, b: 1, lambda output, verdict: 1])
def test_a_function_that_asks_for_what_no_question_has_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="which no question has"):
        evalkit.judge(function)


def test_what_a_function_raises_is_no_verdict() -> None:
    def broken(question: Any) -> Any:
        raise SystemExit("enough")

    with pytest.raises(CallError, match="SystemExit: enough") as caught:
        asked(evalkit.judge(broken))
    assert not caught.value.fatal


def test_a_version_pins_the_verdicts_and_code_the_digest() -> None:
    def one(output: Any) -> bool:
        return True

    def other(output: Any) -> bool:
        return False

    pinned = evalkit.judge(version="2")(one)
    assert isinstance(pinned, Judge)
    assert pinned.identity == pinned.spec
    assert pinned("x") is True
    assert evalkit.judge(one).identity is None
    assert evalkit.judge(one).spec["code"] != evalkit.judge(other).spec["code"]
    assert "timeout" not in str(evalkit.judge(version="2", timeout=3)(one).spec)
