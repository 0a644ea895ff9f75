"""Judging end to end with a scripted judge: open cases only, last, recorded, and without a vote until calibrated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.api import open_store
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from tests.e2e.conftest import write_jsonl

SUITE: dict[str, Any] = {
    "suite": "judged",
    "version": 1,
    "cases": "cases.jsonl",
    "judges": {"main": "fake:labels.json"},
    "layers": {
        "task": [{"numeric": {}}],
        "judge": [{"judged": {"judge": "main", "after": "numeric"}}],
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 numeric questions: 30 answered right, 4 wrong, 6 in words that no rule reads; the judge knows 5 of those."""
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(40)])
    answers: list[Any] = [i if i < 30 else i + 1000 if i < 34 else "not a number at all" for i in range(40)]
    write_jsonl(tmp_path / "answers.jsonl", [{"case_id": f"c{i}", "output": a} for i, a in enumerate(answers)])
    labels = {
        "c34": "correct",
        "c35": "correct",
        "c36": "incorrect",
        "c37": "correct",
        "c38": "maybe",
        "c0": "incorrect",
    }
    (tmp_path / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
    return tmp_path


def run(**changes: Any) -> Record:
    """The suite on the recorded answers."""
    return evalkit.run({**SUITE, **changes}, candidate="recorded:answers.jsonl", workspace="ws")


def test_the_judge_is_asked_only_what_the_rules_left_open(folder: Path) -> None:
    record = run()
    found = {e.metric: e for e in record.estimates}
    assert (found["numeric"].point, found["numeric"].n) == (30 / 40, 40)
    judged = found["judged"]
    assert judged.n == 38
    assert judged.point == pytest.approx((30 + 3) / 38)
    assert judged.unscored == {
        "judge: no label": 1,
        "judge gave a label that is not on the menu: 'maybe'": 1,
    }
    verdicts = open_store("ws").read_table(record.run_id, "verdicts").to_pylist()
    assert [v["case_id"] for v in verdicts] == [f"c{i}" for i in range(34, 40)], "c0 was decided by a rule"
    assert [v["label"] for v in verdicts] == ["correct", "correct", "incorrect", "correct", "maybe", None]


def test_without_after_every_answer_is_judged(folder: Path) -> None:
    record = run(layers={"judge": [{"judged": {"judge": "main"}}]}, judges={"main": "fake:always:correct"})
    assert record.estimates[0].point == 1.0
    assert len(open_store("ws").read_table(record.run_id, "verdicts")) == 40


def test_a_judge_without_a_certificate_advises_and_does_not_gate(folder: Path) -> None:
    gate = {"metric": "judged", "at_least": 0.1}
    record = run(gates=[gate])
    assert record.outcome == "inconclusive"
    assert "certificate" in record.decisions[0].reason
    advisory = run(gates=[{**gate, "judge": "advisory"}, {"metric": "numeric", "at_least": 0.5}])
    assert [d.outcome for d in advisory.decisions] == ["pass", "pass"]
    assert [d.blocks for d in advisory.decisions] == [False, True]
    assert advisory.outcome == "pass"


def test_rescoring_asks_no_judge(folder: Path) -> None:
    first = run()
    again = evalkit.rescore(first.run_id, workspace="ws")
    assert again.estimates[-1].point == first.estimates[-1].point
    assert "judge: no label" not in again.estimates[-1].unscored, "calls are forbidden, so nobody was asked"


def test_the_verdicts_of_another_judge_are_not_this_ones(folder: Path) -> None:
    first = run()
    (folder / "labels.json").write_text(json.dumps({"c34": "incorrect"}), encoding="utf-8")
    again = evalkit.rescore(first.run_id, workspace="ws")
    assert again.estimates[-1].unscored == {"judge: not recorded": 6}


def test_another_judge_is_another_scoring(folder: Path) -> None:
    first = run()
    (folder / "labels.json").write_text(json.dumps({"c34": "incorrect"}), encoding="utf-8")
    second = run()
    assert first.digests.cases == second.digests.cases
    assert first.digests.scoring != second.digests.scoring


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"judges": {}}, ["main", "none"]),
        ({"judges": {"main": "magic:x"}}, ["magic:x", "fake"]),
        ({"judges": {"main": "fake:nowhere.json"}}, ["nowhere.json"]),
        ({"layers": {"judge": [{"judged": {"judge": "main", "after": "numerik"}}]}}, ["numerik"]),
        ({"layers": {"judge": [{"judged": {"judge": "main", "right": "yes"}}]}}, ["right"]),
    ],
)
def test_a_judge_that_is_not_there(folder: Path, changes: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        run(**changes)
    for word in words:
        assert word in str(caught.value)
