"""Gates then and now: what became easier is named, with the line that moved."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.app.releasing.gates import moved
from evalkit.core.nouns import Gate

USUAL = Gate(metric="accuracy", at_least=0.8)


def gate(**fields: Any) -> Gate:
    return Gate(**({"metric": "accuracy", "at_least": 0.8} | fields))


@pytest.mark.parametrize(
    ("before", "after", "bend", "said"),
    [
        (USUAL, gate(at_least=0.75), "loosened", "Gate accuracy was loosened from at least 0.8 to at least 0.75."),
        (gate(at_least=0.75), USUAL, "tightened", "Gate accuracy was tightened from at least 0.75 to at least 0.8."),
        (
            Gate(metric="brier", at_most=0.1),
            Gate(metric="brier", at_most=0.2),
            "loosened",
            "Gate brier was loosened from at most 0.1 to at most 0.2.",
        ),
        (
            Gate(metric="f1", versus="baseline", margin=0.01),
            Gate(metric="f1", versus="baseline", margin=0.03),
            "loosened",
            "Gate f1 was loosened from margin 0.01 to margin 0.03.",
        ),
        (
            Gate(metric="f1", versus="baseline", superior=True),
            Gate(metric="f1", versus="baseline", margin="2%"),
            "loosened",
            "Gate f1 was loosened from must be superior to margin 2%.",
        ),
        (USUAL, gate(role="info"), "loosened", "Gate accuracy was loosened (role: primary to info)."),
        (
            USUAL,
            gate(on_inconclusive="warn"),
            "loosened",
            "Gate accuracy was loosened (on_inconclusive: block to warn).",
        ),
        (
            USUAL,
            gate(unscored="missing_at_random"),
            "loosened",
            "Gate accuracy was loosened (unscored: bounds to missing_at_random).",
        ),
        (USUAL, gate(basis="census"), "loosened", "Gate accuracy was loosened (basis: sample to census)."),
        (gate(min_n=100), gate(min_n=50), "loosened", "Gate accuracy was loosened (min_n: 100 to 50)."),
        (gate(max_unscored=0.01), USUAL, "loosened", "Gate accuracy was loosened (max_unscored: 0.01 to none)."),
        (
            gate(judge="certified"),
            gate(judge="advisory"),
            "loosened",
            "Gate accuracy was loosened (judge: certified to advisory).",
        ),
        (
            USUAL,
            gate(at_least=0.9, min_n=None, role="info"),
            "loosened",
            "Gate accuracy was loosened from at least 0.8 to at least 0.9; (role: primary to info).",
        ),
        (USUAL, gate(role="guardrail"), "changed", "Gate accuracy was changed (role: primary to guardrail)."),
    ],
)
def test_a_gate_that_moved_is_told_with_its_lines(before: Gate, after: Gate, bend: str, said: str) -> None:
    found = moved([before], [after])
    assert [(m.bend, m.said) for m in found] == [(bend, said)]


def test_gates_that_stay_are_not_told() -> None:
    assert moved([USUAL, gate(metric="f1")], [gate(metric="f1"), USUAL]) == []


def test_a_slice_is_a_gate_of_its_own_and_what_is_gone_is_said() -> None:
    found = moved([USUAL, gate(slice={"origin": "JFK"})], [USUAL, gate(slice={"origin": "EWR"}, at_least=0.5)])
    assert [(m.bend, m.what) for m in found] == [
        ("removed", "accuracy [origin=JFK] >= 0.8"),
        ("added", "accuracy [origin=EWR] >= 0.5"),
    ]


def test_two_gates_of_one_metric_are_not_mixed_up() -> None:
    pair = [gate(name="hard", at_least=0.7), gate(name="soft", at_least=0.9, role="info")]
    now = [gate(name="soft", at_least=0.85, role="info"), gate(name="hard", at_least=0.7)]
    assert [m.said for m in moved(pair, now)] == ["Gate soft was loosened from at least 0.9 to at least 0.85."]
