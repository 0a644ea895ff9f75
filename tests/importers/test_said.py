"""What a log does not say by itself is said in the stored record: other reducers, other versions, broken code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.app import api
from evalkit.app.importing import import_logs
from evalkit.stores.memory import MemoryStore
from tests.importers.support import estimate, imported, points, written
from tests.importers.test_bad_logs import inspect_log, sample


def test_inspect_samples_in_any_order_are_the_same_cases(tmp_path: Path) -> None:
    samples = [sample(n, "C" if n % 3 else "I", id=f"s{n}", metadata={"kind": n % 2}) for n in range(12)]
    shuffled = [samples[n] for n in (10, 2, 1, 0, 11, 5, 4, 3, 9, 8, 7, 6)]
    [one] = imported("inspect", written(tmp_path / "one.json", inspect_log(samples)))
    [two] = imported("inspect", written(tmp_path / "two.json", inspect_log(shuffled)))
    assert one.digests == two.digests
    assert one.variants[0].answers == two.variants[0].answers
    assert points(one)["m"] == points(two)["m"] == 8 / 12


def test_epochs_that_inspect_reduced_otherwise_are_named(tmp_path: Path) -> None:
    samples = [sample(1, value, epoch=epoch) for epoch, value in enumerate("CCI", start=1)]
    scores = [{"name": "m", "scorer": "m", "reducer": name, "metrics": {}} for name in ("mean", "mode", "pass_at_2")]
    log = inspect_log(samples, results={"scores": scores})
    [record] = imported("inspect", written(tmp_path / "log.json", log))
    assert points(record)["m"] == 2 / 3
    [told] = [warning for warning in record.warnings if "reduced" in warning]
    assert "m by mode, m by pass_at_2;" in told
    [plain] = imported("inspect", written(tmp_path / "log.json", inspect_log(samples, results={"scores": scores[:1]})))
    assert not any("reduced" in warning for warning in plain.warnings)


def test_versions_of_one_tool_are_compared_with_a_warning(tmp_path: Path) -> None:
    store = MemoryStore()
    logs = []
    for version in ("0.3.1", "0.3.2", "0.3.2"):
        log = inspect_log([sample(n, "C" if n % 3 else "I") for n in range(9)])
        log["eval"]["packages"]["inspect_ai"] = version
        logs += imported("inspect", written(tmp_path / "log.json", log), store=store)
    said = "the scores were recorded by different versions of inspect_ai (0.3.2, 0.3.1), whose scorers may differ"
    assert said in api.compare(logs[1].run_id, logs[0].run_id, workspace=store).warnings
    same = api.compare(logs[2].run_id, logs[1].run_id, workspace=store).warnings
    assert not any("different versions" in warning for warning in same)


def test_notes_of_a_log_stand_in_the_stored_record_of_a_suite(tmp_path: Path) -> None:
    log = written(tmp_path / "log.json", inspect_log([sample(n, "C") for n in range(4)], invalidated=True))
    rows = [{"id": f"case-{n}", "input": f"q{n}", "expected": "a"} for n in range(4)]
    written(tmp_path / "cases.jsonl", rows)
    suite = written(tmp_path / "suite.yaml", "suite: s\ncases: cases.jsonl\nlayers: {task: [exact]}\n")
    store = MemoryStore()
    [record] = import_logs("inspect", log, suite=suite, workspace=store)
    assert estimate(record, "exact").point == 1.0
    kept = store.read_record(record.run_id).warnings
    assert record.warnings == kept
    assert any("marked invalid" in warning for warning in kept)
    assert any("matched to the suite's cases by their inputs" in warning for warning in kept)


def result(at: int, component: dict[str, Any], provider: str = "x", prompt: int = 0) -> dict[str, Any]:
    held = bool(component["pass"])
    return {
        "testIdx": at,
        "promptIdx": prompt,
        "prompt": {"raw": f"q{at}", "label": f"p{prompt}"},
        "provider": {"id": provider},
        "vars": {"q": at},
        "testCase": {"vars": {"q": at}, "assert": [{"type": "javascript", "value": "f()", "metric": "js"}]},
        "response": {"output": f"a{at}"},
        "gradingResult": {"pass": held, "score": float(held), "componentResults": [component]},
        "success": held,
        "score": float(held),
        "namedScores": {"js": float(held)},
        "failureReason": 0 if held else 1,
    }


def test_an_assertion_that_raised_is_unscored_and_one_that_could_not_parse_the_answer_is_wrong(tmp_path: Path) -> None:
    said = [
        {"pass": True, "reason": "ok"},
        {"pass": False, "reason": "Custom function returned false"},
        {"pass": False, "reason": "Custom function threw error: f is not defined\nStack Trace: ..."},
        {"pass": False, "reason": "Python code execution failed: ZeroDivisionError"},
        {"pass": False, "reason": "Custom function threw error: Unexpected token 'a', \"a4\" is not valid JSON"},
    ]
    rows = [result(at, one) for at, one in enumerate(said)]
    [record] = imported("promptfoo", written(tmp_path / "out.jsonl", rows))
    for metric in ("passed", "js", "score"):
        found = estimate(record, metric)
        assert (found.n, found.unscored) == (3, {"the grader raised an error": 2}), metric
        assert found.point == 1 / 3


def test_systems_whose_long_names_begin_alike_stay_two(tmp_path: Path) -> None:
    providers = [f"file://{'a' * 200}{prompt}" for prompt in (0, 1)]
    rows = [
        result(at, {"pass": at < 2 or prompt == 0}, provider, prompt)
        for prompt, provider in enumerate(providers)
        for at in range(4)
    ]
    [record] = imported("promptfoo", written(tmp_path / "out.jsonl", rows))
    assert len({v.name for v in record.variants}) == 2
    assert [estimate(record, "passed", v.name).point for v in record.variants] == [1.0, 0.5]


def test_a_deepeval_metric_without_a_score_has_no_success(tmp_path: Path) -> None:
    def case(at: int, score: Any) -> dict[str, Any]:
        metric = {"name": "A", "threshold": 0.5, "success": score == 0.8, "score": score, "evaluationModel": "m"}
        return {"name": f"c{at}", "input": "q", "actualOutput": "a", "success": score == 0.8, "metricsData": [metric]}

    run = {"testCases": [case(at, score) for at, score in enumerate([0.8, 0.2, None, float("nan")])]}
    [record] = imported("deepeval", written(tmp_path / "test_run_1.json", json.dumps(run)))
    for metric in ("A", "A.success", "passed"):
        found = estimate(record, metric)
        assert (found.n, found.n_unscored) == (2, 2), metric
    assert points(record)["passed"] == 0.5


def test_a_score_beyond_every_number_is_in_no_range(tmp_path: Path) -> None:
    [record] = imported("csv", written(tmp_path / "log.csv", "id,score\n1,1\n2,0\n3,inf\n"))
    found = estimate(record, "score")
    assert (found.n, found.n_unscored, found.value_range) == (2, 1, None)
    [record] = imported("csv", written(tmp_path / "log.csv", "id,score\n1,1\n2,0\n3,\n"))
    assert estimate(record, "score").value_range == (0.0, 1.0)
