"""The scripted judge."""

from __future__ import annotations

from evalkit.core.protocols import Judge
from evalkit.judges.fake import FakeJudge
from tests.predictors.asking import ask


def test_labels_come_from_the_script_then_the_rule_then_nowhere() -> None:
    judge = FakeJudge({"0": "A"}, lambda question: "B" if question == "q" else None, cost=0.01)  # type: ignore[return-value,arg-type]
    assert isinstance(judge, Judge)
    first, second, third = ask(judge, ["x", "q", "x"])
    assert (first.output, second.output) == ({"label": "A"}, {"label": "B"})
    assert first.cost == 0.01
    assert third.failure is not None
    assert (third.failure.kind, third.failure.reason) == ("harness", "no_label")


def test_a_rule_is_code_and_pins_nothing() -> None:
    assert FakeJudge({"0": "A"}).identity is not None
    assert FakeJudge({"0": "A"}).identity != FakeJudge({"0": "B"}).identity
    assert FakeJudge(rule=str).identity is None
