"""What a gate reads of a judged metric: corrected by people's labels on the run's answers, or by a certificate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.api import open_store
from evalkit.core.errors import InputError
from evalkit.core.nouns import Certificate, Estimate, Record
from evalkit.report.markdown import render as markdown
from evalkit.report.terminal import render as terminal
from tests.e2e.conftest import write_jsonl

N = 300
SUITE: dict[str, Any] = {
    "suite": "corrected",
    "cases": "cases.jsonl",
    "judges": {"main": "fake:said.json"},
    "layers": {"judge": [{"judged": {"judge": "main"}}]},
}


def truly(i: int) -> bool:
    """Right in 8 of 10 cases."""
    return i % 10 >= 2


def says(i: int) -> bool:
    """The judge: of 4 right answers it calls 1 wrong, of 6 wrong ones 1 right."""
    return truly(i) != (i % 5 == 3 if truly(i) else i % 60 in (0, 11))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i:03}", "input": i, "expected": i} for i in range(N)])
    write_jsonl(tmp_path / "answers.jsonl", [{"case_id": f"c{i:03}", "output": f"it is {i}"} for i in range(N)])
    said = {f"c{i:03}": "correct" if says(i) else "incorrect" for i in range(N)}
    (tmp_path / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return tmp_path


def labels(folder: Path, n: int = 100, **more: Any) -> None:
    rows = [
        {"item": f"c{i:03}", "output": f"it is {i}", "human": "correct" if truly(i) else "incorrect", **more}
        for i in range(n)
    ]
    write_jsonl(folder / "people.jsonl", rows)


def run(params: dict[str, Any] | None = None, **changes: Any) -> Record:
    layers = {"judge": [{"judged": {"judge": "main", **(params or {})}}]}
    return evalkit.run({**SUITE, "layers": layers, **changes}, candidate="recorded:answers.jsonl", workspace="ws")


def certify(judge: str | None, **counts: float) -> Certificate:
    """A certificate of the fake judge, with these counts."""
    assert judge is not None
    table = {"tp": 160.0, "fp": 33.0, "tn": 167.0, "fn": 40.0, **counts}
    made = Certificate(
        judge=judge,
        labels="0" * 64,
        created="2026-01-01T00:00:00+00:00",
        n=400,
        positive="correct",
        menu=["correct", "incorrect"],
        usable=True,
        **table,
    )
    open_store("ws").put_certificate(made)
    return made


def judged(record: Record) -> Estimate:
    return next(e for e in record.estimates if e.metric == "judged")


def test_labels_on_the_runs_answers_correct_its_number(folder: Path) -> None:
    plain = judged(run())
    labels(folder)
    record = run({"labels": "people.jsonl"})
    found = judged(record)
    note = found.correction
    assert note is not None
    assert (note.method, note.n_labels) == ("ppi++", 100)
    assert note.judged.point == plain.point
    assert plain.point is not None
    assert found.point is not None
    assert abs(found.point - 0.8) < abs(plain.point - 0.8)
    assert note.human_only is not None
    assert note.human_only.point == pytest.approx(0.8)
    assert "100 labels of people.jsonl" in note.because
    told = " ".join(terminal(record).split())
    assert told.count("100 labels of people.jsonl") == 1, "what is said of several numbers is said once"
    for shown in (terminal(record), markdown(record)):
        for words in ("judge said", "corrected", "people only", "ppi++"):
            assert words in shown.replace("\\", "")


def test_the_gate_reads_the_corrected_number(folder: Path) -> None:
    first = run()
    assert judged(first).correction is None, "without a certificate and without labels nothing is corrected"
    certify(judged(first).judge)
    record = run(gates=[{"metric": "judged", "at_least": 0.6}, {"metric": "judged", "at_least": 0.9}])
    found = record.decisions[0].estimate
    note = found.correction
    assert note is not None
    assert note.method == "rogan-gladen"
    assert "carry over" in note.assumes
    assert found.point == pytest.approx((note.judged.point or 0) / (0.8 + 0.835 - 1) + (0.835 - 1) / 0.635, abs=1e-9)
    assert found.tail is not None
    assert found.tail.lo is not None
    assert found.point is not None
    assert found.tail.lo < found.point
    assert [d.outcome for d in record.decisions] == ["pass", "fail"]
    assert note.judged.hi is not None
    assert note.judged.hi < found.point, "uncorrected, the judge's severity would have decided"


@pytest.mark.slow
def test_a_label_on_another_answer_is_left_out(folder: Path) -> None:
    labels(folder)
    rows = [json.loads(line) for line in (folder / "people.jsonl").read_text().splitlines()]
    for row in rows[:20]:
        row["output"] = "something else"
    for row in rows[20:40]:
        del row["output"]
        row["system"] = "candidate"
    write_jsonl(folder / "people.jsonl", rows)
    note = judged(run({"labels": "people.jsonl"})).correction
    assert note is not None
    assert note.n_labels == 80
    assert "20 are about other answers" in note.because


@pytest.mark.slow
def test_labels_that_are_no_random_sample_correct_nothing(folder: Path) -> None:
    certify(judged(run()).judge)
    rows = [
        {"item": f"c{i:03}", "output": f"it is {i}", "human": "correct"} for i in range(N) if says(i) and i % 2 == 0
    ]
    write_jsonl(folder / "people.jsonl", rows)
    found = judged(run({"labels": "people.jsonl"}))
    assert found.correction is not None
    assert found.correction.method == "rogan-gladen"
    assert "no random sample" in found.correction.because


def test_two_systems_are_corrected_in_their_difference(folder: Path) -> None:
    worse = [{"case_id": f"c{i:03}", "output": f"it is {i}" if i % 3 else "x"} for i in range(N)]
    write_jsonl(folder / "worse.jsonl", worse)
    certify(judged(run()).judge)
    suite = {**SUITE, "gates": [{"metric": "judged", "versus": "baseline", "margin": 0.05}]}
    record = evalkit.run(suite, candidate="recorded:answers.jsonl", baseline="recorded:worse.jsonl", workspace="ws")
    estimate = record.decisions[0].estimate
    assert estimate.correction is not None
    assert estimate.correction.method == "rogan-gladen"
    assert record.outcome == "pass"


@pytest.mark.slow
def test_what_rules_decided_stands_beside_what_the_judge_said(folder: Path) -> None:
    numbers = [{"case_id": f"c{i:03}", "output": i if i % 2 else "not a number at all"} for i in range(N)]
    write_jsonl(folder / "answers.jsonl", numbers)
    layers = {"task": [{"exact": {}}], "judge": [{"judged": {"judge": "main", "after": "numeric"}}]}
    layers["task"] = [{"numeric": {}}]
    suite = {**SUITE, "layers": layers}
    first = evalkit.run(suite, candidate="recorded:answers.jsonl", workspace="ws")
    certify(next(e for e in first.estimates if e.metric == "judged").judge)
    found = next(
        e
        for e in evalkit.run(suite, candidate="recorded:answers.jsonl", workspace="ws").estimates
        if e.metric == "judged"
    )
    note = found.correction
    assert note is not None
    assert "What rules decided is taken as right" in note.assumes
    assert found.point is not None
    assert note.judged.point is not None
    assert note.judged.point < found.point <= 1


def layered(folder: Path, when: bool = False) -> dict[str, Any]:
    """A suite whose rule decides the odd cases, and whose judge decides the others."""
    cases = [
        {"id": f"c{i:03}", "input": i, "expected": i if i % 2 else "yes", "tags": {"kind": "ab"[i % 2]}}
        for i in range(N)
    ]
    write_jsonl(folder / "cases.jsonl", cases)
    worse = [{"case_id": f"c{i:03}", "output": f"it is {i if i % 4 else -1}"} for i in range(N)]
    write_jsonl(folder / "worse.jsonl", worse)
    numeric = {"numeric": {"when": {"kind": "b"}} if when else {}}
    return {**SUITE, "layers": {"task": [numeric], "judge": [{"judged": {"judge": "main", "after": "numeric"}}]}}


def test_a_rule_that_is_about_some_cases_leaves_the_others_to_the_judge(folder: Path) -> None:
    suite = layered(folder, when=True)
    record = evalkit.run(suite, candidate="recorded:answers.jsonl", workspace="ws")
    found = judged(record)
    assert (found.n, found.n_unscored) == (N, 0)
    assert record.judges[0].decided == {"numeric": N // 2, "judge": N // 2}
    assert found.point == pytest.approx((150 + sum(says(i) for i in range(0, N, 2))) / N)


@pytest.mark.slow
def test_labels_on_one_system_do_not_correct_a_difference(folder: Path) -> None:
    """Where the judge decided the one answer and a rule the other, a label on the one is not a label on the pair."""
    suite = layered(folder)
    suite["layers"]["judge"][0]["judged"]["labels"] = "people.jsonl"
    rows = [{"case_id": f"c{i:03}", "output": "no number" if i % 10 == 1 else f"it is {i}"} for i in range(N)]
    write_jsonl(folder / "answers.jsonl", rows)
    people = [
        {"item": row["case_id"], "output": row["output"], "human": "correct" if truly(i) else "incorrect"}
        for i, row in enumerate(rows[:60])
    ]
    write_jsonl(folder / "people.jsonl", [{**row, "system": "candidate"} for row in people])
    record = evalkit.run(suite, candidate="recorded:answers.jsonl", baseline="recorded:worse.jsonl", workspace="ws")
    note = judged(record).correction
    assert note is not None
    assert note.n_labels == 60
    difference = next(e for e in record.estimates if e.metric == "judged" and e.variant == "candidate - baseline")
    assert difference.correction is None


@pytest.mark.slow
def test_a_judge_no_better_than_chance_gates_nothing(folder: Path) -> None:
    certify(judged(run()).judge, tp=100.0, fn=100.0, fp=100.0, tn=100.0)
    record = run(gates=[{"metric": "judged", "at_least": 0.5}])
    assert record.outcome == "inconclusive"
    assert "chance" in record.decisions[0].reason


def test_a_label_outside_the_menu_is_refused_by_its_line(folder: Path) -> None:
    labels(folder, 3)
    with (folder / "people.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"item": "c100", "output": "it is 100", "human": "purple"}) + "\n")
    with pytest.raises(InputError, match="purple") as caught:
        run({"labels": "people.jsonl"})
    assert "people.jsonl:4" in str(caught.value)


@pytest.mark.slow
def test_unscored_cases_widen_the_corrected_interval(folder: Path) -> None:
    certify(judged(run()).judge)
    whole = judged(run())
    said = json.loads((folder / "said.json").read_text())
    (folder / "said.json").write_text(
        json.dumps({k: "maybe" if k.endswith("7") else v for k, v in said.items()}), encoding="utf-8"
    )
    changed = run()
    certify(judged(changed).judge)
    part = judged(run())
    assert part.correction is not None
    assert part.n_unscored == 30
    assert None not in (part.lo, part.hi, whole.lo, whole.hi)
    assert (part.hi or 0) - (part.lo or 0) > (whole.hi or 0) - (whole.lo or 0)


def test_an_open_gate_names_the_labels_that_would_decide_it(folder: Path) -> None:
    certify(judged(run()).judge)
    labels(folder, 40)
    decision = run({"labels": "people.jsonl"}, gates=[{"metric": "judged", "at_least": 0.72}]).decisions[0]
    assert decision.outcome == "inconclusive"
    assert decision.would_decide is not None
    assert "labels on these answers" in decision.would_decide
    assert "40" not in decision.would_decide.split(" labels")[0]
    decision = run(gates=[{"metric": "judged", "at_least": 0.66}]).decisions[0]
    assert decision.would_decide is not None
    assert "labels: FILE" in decision.would_decide


@pytest.mark.slow
def test_labels_alone_certify_no_judge(folder: Path) -> None:
    labels(folder)
    record = run({"labels": "people.jsonl"}, gates=[{"metric": "judged", "at_least": 0.1}])
    assert record.outcome == "inconclusive"
    assert "certificate" in record.decisions[0].reason
    assert judged(record).correction is not None, "the number is corrected all the same"


@pytest.mark.slow
def test_a_certificate_of_no_two_classes_corrects_nothing(folder: Path) -> None:
    made = certify(judged(run()).judge)
    loose = made.model_copy(
        update={"tp": None, "fp": None, "tn": None, "fn": None, "created": "2026-02-01T00:00:00+00:00"}
    )
    open_store("ws").put_certificate(loose)
    record = run(gates=[{"metric": "judged", "at_least": 0.5}])
    assert record.outcome == "inconclusive"
    assert "no sensitivity and specificity" in record.decisions[0].reason
    assert "About 100 labels" in record.decisions[0].reason


def test_a_label_of_a_pair_is_about_the_pair_that_the_judge_saw(folder: Path) -> None:
    """Held against the gold by people, and against the baseline's answer by the judge: another pair."""
    write_jsonl(folder / "worse.jsonl", [{"case_id": f"c{i:03}", "output": f"perhaps {i}"} for i in range(N)])
    (folder / "said.json").write_text(json.dumps({f"c{i:03}": "12"[i % 3 == 0] for i in range(N)}), encoding="utf-8")
    rows = [
        {"item": f"c{i:03}", "output_1": f"it is {i}", "output_2": i if i < 40 else f"perhaps {i}", "human": "1"}
        for i in range(50)
    ]
    write_jsonl(folder / "people.jsonl", rows)
    layers = {"judge": [{"pairwise": {"judge": "main", "labels": "people.jsonl"}}]}
    both = {"candidate": "recorded:answers.jsonl", "baseline": "recorded:worse.jsonl"}
    found = next(e for e in evalkit.run({**SUITE, "layers": layers}, **both, workspace="ws").estimates)
    assert found.correction is not None
    assert found.correction.n_labels == 10
    assert "40 are about other answers" in found.correction.because
