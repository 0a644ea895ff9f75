"""The scripted system."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.errors import InputError
from evalkit.predictors.fake import FakePredictor
from tests.predictors.asking import ask, one, run


def script(tmp_path: Path, text: str) -> FakePredictor:
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return FakePredictor.from_spec(str(path), {})


def test_echo_and_constant() -> None:
    assert one(FakePredictor.from_spec("echo", {}), {"a": 1}).output == {"a": 1}
    assert one(FakePredictor.from_spec("constant:42", {})).output == 42
    assert one(FakePredictor.from_spec("constant:yes: no", {})).output == "yes: no"


def test_a_script_answers_fails_and_waits(tmp_path: Path) -> None:
    text = """
    default: {output: none}
    cases:
      0: 5
      1: {failure: refused}
      2: {output: {output: 1}, cost: 0.5}
      3: {delay: 1000}
      4: {error: {reason: network, times: 2}, output: late}
      5: {label: NO}
      6: {error: {reason: bad_request, retry: false, message: no}}
    """
    result = run(script(tmp_path, text), ["q"] * 8, timeout=0.1)
    five, refused, nested, hung, late, label, bad, default = (result.answers[str(i), 0] for i in range(8))
    assert (five.output, nested.output, nested.cost, late.output) == (5, {"output": 1}, 0.5, "late")
    assert (label.output, default.output) == ({"label": "NO"}, "none")
    assert [a.failure and a.failure.reason for a in (refused, hung, bad)] == ["refused", "timeout", "bad_request"]
    assert result.n_retries == 2


def test_without_a_default_a_case_has_no_answer(tmp_path: Path) -> None:
    (answer,) = ask(script(tmp_path, "cases: {x: 1}"), ["q"])
    assert answer.failure is not None
    assert answer.failure.reason == "empty"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("case: {}", "Did you mean 'cases'"),
        ("cases: [1]", "cases is not a mapping"),
        ("cases: {a: {delay: -1}}", "a: delay is -1"),
        ("cases: {a: {error: {raeson: x}}}", "a: error is"),
    ],
)
def test_scripts_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        script(tmp_path, text)


def test_there_is_no_such_fake() -> None:
    with pytest.raises(InputError, match="Write fake:echo"):
        FakePredictor.from_spec("random", {})
    with pytest.raises(InputError, match="cannot be read"):
        FakePredictor.from_spec("none.yaml", {})
