"""Selections, rescoring and comparing: what is asked again is what was asked, and classes are those of the suite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.core.errors import InputError
from evalkit.core.nouns import Estimate, Record
from tests.e2e.conftest import write_jsonl

N = 60
SUITE: dict[str, Any] = {
    "suite": "rare",
    "version": 1,
    "cases": "cases.jsonl",
    "layers": {"task": ["accuracy", {"f1": {"positive": True}}, {"f1": {"average": "macro", "as": "macro"}}]},
    "gates": [{"metric": "accuracy", "at_least": 0.5, "min_n": 50}],
}


def cases(n: int = N, **changed: Any) -> list[dict[str, Any]]:
    """The class `true` comes late in the file."""
    return [
        {"id": f"c{i}", "input": i, "expected": i >= 40, "tags": {"part": str(i // 30)}, **changed} for i in range(n)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "cases.jsonl", cases())
    write_jsonl(tmp_path / "a.jsonl", [{"case_id": f"c{i}", "output": i >= 38} for i in range(N)])
    write_jsonl(tmp_path / "b.jsonl", [{"case_id": f"c{i}", "output": i >= 30} for i in range(N)])
    return tmp_path


def run(candidate: str = "a", suite: dict[str, Any] = SUITE, **options: Any) -> Record:
    return evalkit.run(suite, candidate=f"recorded:{candidate}.jsonl", workspace="ws", **options)


def overall(record: Record, metric: str = "accuracy", variant: str = "candidate") -> Estimate:
    return next(e for e in record.estimates if (e.metric, e.variant, e.slice) == (metric, variant, None))


def test_classes_are_those_of_the_suite_and_not_of_the_first_cases(folder: Path) -> None:
    record = run(limit=20)
    assert overall(record, "f1").point is None, "no case of the class among them, and none called so"
    assert [m.parts for m in record.metrics if m.id == "macro"] == [m.parts for m in run().metrics if m.id == "macro"]


def test_a_run_over_some_cases_is_scored_again_over_the_same(folder: Path) -> None:
    first = run(limit=45, filters=["part=0", "part=1"])
    again = evalkit.rescore(first.run_id, workspace="ws")
    assert again.selection == first.selection
    assert (again.n_cases, again.digests) == (45, first.digests)
    assert again.estimates == first.estimates


def test_scoring_again_under_a_suite_keeps_the_cases_that_were_asked(folder: Path) -> None:
    first = run(limit=45)
    write_jsonl(folder / "cases.jsonl", [*cases()[::-1], {"id": "new", "input": 1, "expected": True}])
    again = evalkit.rescore(first.run_id, suite=SUITE, workspace="ws")
    assert (again.n_cases, overall(again).n, overall(again).n_unscored) == (45, 45, 0)
    assert overall(again).point == overall(first).point


def test_scoring_again_when_the_cases_file_has_changed_uses_what_was_stored(folder: Path) -> None:
    first = run(limit=45)
    (folder / "cases.jsonl").write_text("{", encoding="utf-8")
    assert evalkit.rescore(first.run_id, workspace="ws").digests.cases == first.digests.cases
    none_true = run_with(folder, 20)
    with pytest.raises(InputError, match="no case has the class"):
        evalkit.rescore(none_true.run_id, workspace="ws")


def run_with(folder: Path, limit: int) -> Record:
    """A run over the first cases, whose cases file is gone afterwards."""
    write_jsonl(folder / "cases.jsonl", cases())
    record = run(limit=limit)
    (folder / "cases.jsonl").unlink()
    return record


def test_a_corrected_gold_counts_when_scored_again_under_the_suite(folder: Path) -> None:
    first = run()
    corrected = cases()
    for case in corrected[38:40]:
        case["expected"] = True
    write_jsonl(folder / "cases.jsonl", corrected)
    assert overall(evalkit.rescore(first.run_id, workspace="ws")).point == pytest.approx(58 / 60)
    assert overall(evalkit.rescore(first.run_id, suite=SUITE, workspace="ws")).point == 1.0


def test_comparing_under_a_suite_takes_its_gold_for_both(folder: Path) -> None:
    a, b = run("a"), run("b")
    corrected = cases()
    for case in corrected[30:40]:
        case["expected"] = True
    write_jsonl(folder / "cases.jsonl", corrected)
    stored = evalkit.compare(a.run_id, b.run_id, workspace="ws")
    assert overall(stored, variant="candidate - baseline").point == pytest.approx(8 / 60)
    assert stored.warnings == []
    given = evalkit.compare(a.run_id, b.run_id, workspace="ws", suite=SUITE)
    assert overall(given, variant="candidate - baseline").point == pytest.approx(-8 / 60)
    assert any("10 cases have another gold" in w and "the suite given" in w for w in given.warnings)


def test_comparing_runs_over_other_cases_narrows_and_says_so(folder: Path) -> None:
    a = run("a")
    changed = cases()[10:]
    changed[0]["input"] = "another question"
    write_jsonl(folder / "cases.jsonl", [*changed, {"id": "new", "input": 1, "expected": True}])
    b = run("b")
    found = evalkit.compare(a.run_id, b.run_id, workspace="ws")
    contrast = overall(found, variant="candidate - baseline")
    assert (contrast.n, contrast.n_unscored) == (49, 0)
    assert (found.n_cases, overall(found, variant="candidate").n, overall(found, variant="baseline").n) == (49, 49, 49)
    left = "cases of {} are left out (another input: 1, not asked of every system: {})"
    assert any(f"11 of the 60 {left.format(a.run_id, 10)}" in w for w in found.warnings), found.warnings
    assert any(f"2 of the 51 {left.format(b.run_id, 1)}" in w for w in found.warnings), found.warnings


def test_comparing_two_runs_of_other_suites_says_so(folder: Path) -> None:
    found = evalkit.compare(run("a").run_id, run("b", {**SUITE, "suite": "another"}).run_id, workspace="ws")
    assert any("(another) was made with another suite than" in w for w in found.warnings), found.warnings


def test_cases_without_gold_have_no_other_gold(folder: Path) -> None:
    write_jsonl(folder / "cases.jsonl", [{"id": f"c{i}", "input": i} for i in range(N)])
    suite = {**SUITE, "layers": {"operational": ["answered"]}, "gates": []}
    assert evalkit.compare(run("a", suite).run_id, run("b", suite).run_id, workspace="ws").warnings == []


def test_comparing_judged_runs_asks_no_judge(folder: Path) -> None:
    labels = {f"c{i}": "correct" if i % 3 else "incorrect" for i in range(N)}
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
    suite = {
        **SUITE,
        "judges": {"main": "fake:labels.json"},
        "layers": {"judge": [{"judged": {"judge": "main"}}]},
        "gates": [],
    }
    a, b = run("a", suite), run("b", suite)
    found = evalkit.compare(a.run_id, b.run_id, workspace="ws")
    assert overall(found, "judged").point == overall(a, "judged").point == pytest.approx(40 / 60)
    assert overall(found, "judged", "baseline").n == N
