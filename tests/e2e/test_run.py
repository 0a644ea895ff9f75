"""`evalkit run`, `compare`, `rescore`, `report`, `runs` as a user meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.e2e.conftest import Ran, write_jsonl

Evalkit = Callable[..., Ran]
N = 400


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """400 yes/no questions with two slices; candidate right on 90 %, baseline on 80 %."""
    cases = [
        {
            "id": f"c{i}",
            "input": {"q": i},
            "expected": {"late": i % 3 == 0, "minutes": float(i)},
            "tags": {"origin": "JFK" if i % 2 else "LGA"},
        }
        for i in range(N)
    ]
    write_jsonl(tmp_path / "cases.jsonl", cases)
    for name, wrong in (("candidate", 10), ("baseline", 5)):
        rows = [
            {
                "case_id": f"c{i}",
                "output": {"late": (i % 3 == 0) != (i % wrong == 0), "minutes": i + (i % 25)},
                "seconds": 0.1,
            }
            for i in range(N)
        ]
        write_jsonl(tmp_path / f"{name}.jsonl", rows)
    (tmp_path / "suite.yaml").write_text(
        """
suite: flights
version: 1
cases: cases.jsonl
layers:
  exact:   [{accuracy: {field: late}}]
  task:    [{f1: {field: late, positive: true}}, {numeric: {field: minutes, abs: 10, as: within_10}}]
  operational: [answered, seconds]
gates:
  - {metric: accuracy, at_least: 0.70}
  - {metric: f1, versus: baseline, margin: 0.01, role: primary}
  - {metric: accuracy, slice: {origin: JFK}, versus: baseline, margin: 0.03, role: guardrail}
seed: 7
""",
        encoding="utf-8",
    )
    return tmp_path / "suite.yaml"


ARGS = ("--candidate", "recorded:candidate.jsonl", "--baseline", "recorded:baseline.jsonl")


def test_a_better_candidate_passes_with_the_documented_json(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    ran = evalkit("run", suite, *ARGS, "--json", "--report", "r.html", "--markdown", "r.md")
    assert ran.code == 0, ran.err
    found = ran.json
    assert found["outcome"] == "pass"
    assert set(found["digests"]) == {"cases", "scoring", "policy"}
    assert found["n_extra"] == 0
    assert [d["outcome"] for d in found["decisions"]] == ["pass"] * 3
    for decision in found["decisions"]:
        assert {
            "gate",
            "outcome",
            "relation",
            "reason",
            "estimate",
            "p_pass",
            "p_fail",
            "p_fail_holm",
        } <= decision.keys()
    keys = {"metric", "variant", "slice", "n", "n_unscored", "n_clusters", "point", "lo", "hi", "level", "method"}
    assert all(keys | {"signature"} <= estimate.keys() for estimate in found["estimates"])
    assert (tmp_path / "r.html").stat().st_size > 10_000
    assert "accuracy" in (tmp_path / "r.md").read_text(encoding="utf-8")


def test_numbers_are_those_of_the_references(evalkit: Evalkit, suite: Path) -> None:
    found = evalkit("run", suite, *ARGS, "--json").json
    overall = {(e["metric"], e["variant"]): e for e in found["estimates"] if e["slice"] is None}
    accuracy = overall["accuracy", "candidate"]
    lo, hi = proportion_confint(360, N, method="wilson")
    assert accuracy["point"] == pytest.approx(0.9)
    assert (accuracy["lo"], accuracy["hi"]) == pytest.approx((lo, hi), abs=1e-9)
    assert accuracy["method"] == "wilson"
    assert overall["accuracy", "candidate - baseline"]["point"] == pytest.approx(0.1)
    gold = [i % 3 == 0 for i in range(N)]
    from sklearn.metrics import f1_score

    expected = f1_score(gold, [g != (i % 10 == 0) for i, g in enumerate(gold)])
    assert overall["f1", "candidate"]["point"] == pytest.approx(expected)


def test_the_same_run_gives_the_same_numbers(evalkit: Evalkit, suite: Path) -> None:
    first, second = (evalkit("run", suite, *ARGS, "--json").json for _ in range(2))
    assert first["estimates"] == second["estimates"]
    assert first["digests"] == second["digests"]
    assert first["run_id"] != second["run_id"]


def test_swapping_candidate_and_baseline_fails(program: Evalkit, suite: Path) -> None:
    ran = program("run", suite, "-c", "recorded:baseline.jsonl", "-b", "recorded:candidate.jsonl", "--json")
    assert ran.code == 1
    assert ran.json["outcome"] == "fail"
    relation = {d["gate"]["metric"]: d["relation"] for d in ran.json["decisions"] if d["gate"]["versus"]}
    assert relation["f1"] == "worse"


def test_identical_answers_pass_as_identical(evalkit: Evalkit, suite: Path) -> None:
    ran = evalkit("run", suite, "-c", "recorded:candidate.jsonl", "-b", "recorded:candidate.jsonl", "--json")
    assert ran.code == 0
    assert {d["relation"] for d in ran.json["decisions"] if d["gate"]["versus"]} == {"identical"}


def test_too_few_cases_are_inconclusive(program: Evalkit, suite: Path) -> None:
    ran = program("run", suite, *ARGS, "--limit", "12", "--json")
    assert ran.code == 3
    undecided = [d for d in ran.json["decisions"] if d["outcome"] == "inconclusive"]
    assert undecided
    assert all(d["would_decide"] or d["reason"] for d in undecided)


def test_a_missing_prediction_is_unscored_bounded_and_counted(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    lines = (tmp_path / "candidate.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "candidate.jsonl").write_text(
        "".join(lines[:-4]) + '{"case_id": "zzz", "output": 1}\n', encoding="utf-8"
    )
    ran = evalkit("run", suite, *ARGS, "--json")
    estimate = next(e for e in ran.json["estimates"] if e["metric"] == "accuracy" and e["variant"] == "candidate")
    assert (estimate["n"], estimate["n_unscored"], estimate["unscored"]) == (N - 4, 4, {"no prediction": 4})
    assert estimate["lo"] < 0.86
    assert ran.json["n_extra"] == 1
    assert "zzz" in ran.err
    assert "no prediction" in ran.err


def test_system_failures_count_as_wrong_openly(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (tmp_path / "candidate.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows[1:9]:
        row.update(output=None, failure="refused")
    write_jsonl(tmp_path / "candidate.jsonl", rows)
    found = evalkit("run", suite, *ARGS, "--json").json
    overall = {e["metric"]: e for e in found["estimates"] if e["variant"] == "candidate" and e["slice"] is None}
    assert overall["answered"]["point"] == pytest.approx(1 - 8 / N)
    assert overall["accuracy"]["point"] == pytest.approx(0.9 - 8 / N)
    assert overall["accuracy"]["n_unscored"] == 0
    candidate = next(v for v in found["variants"] if v["name"] == "candidate")
    assert candidate["failures"] == {"refused": 8}


def test_no_gate_is_ungated_and_exit_0(evalkit: Evalkit, suite: Path) -> None:
    text = suite.read_text(encoding="utf-8")
    suite.write_text(text[: text.index("gates:")] + "seed: 7\n", encoding="utf-8")
    ran = evalkit("run", suite, "-c", "recorded:candidate.jsonl", "--json")
    assert (ran.code, ran.json["outcome"]) == (0, "ungated")


def test_nothing_measured_is_never_exit_0(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    rows = [{"case_id": f"c{i}", "output": None, "failure": {"kind": "harness", "reason": "network"}} for i in range(N)]
    write_jsonl(tmp_path / "candidate.jsonl", rows)
    suite.write_text(
        suite.read_text(encoding="utf-8").replace("at_least: 0.70", "at_least: 0.0, on_inconclusive: pass")
    )
    ran = evalkit("run", suite, *ARGS, "--json")
    assert ran.code == 3
    assert "nothing was measured" in ran.json["decisions"][0]["reason"]


@pytest.mark.slow
def test_stored_baseline_compare_rescore_report_and_export(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    base = evalkit("run", suite, "-c", "recorded:baseline.jsonl", "-b", "recorded:baseline.jsonl", "--json").json
    versus = evalkit("run", suite, "-c", "recorded:candidate.jsonl", "-b", f"run:{base['run_id']}", "--json").json
    direct = evalkit("run", suite, *ARGS, "--json").json
    assert [d["estimate"]["point"] for d in versus["decisions"]] == [
        d["estimate"]["point"] for d in direct["decisions"]
    ]

    compared = evalkit("compare", f"run:{versus['run_id']}", f"run:{base['run_id']}", "--json")
    assert compared.code == 0, compared.err
    contrast = next(e for e in compared.json["estimates"] if e["variant"] == "candidate - baseline")
    assert contrast["point"] == pytest.approx(0.1)
    assert compared.json["flips"][0]["n_fixed"] > compared.json["flips"][0]["n_broke"]

    looser = tmp_path / "looser.yaml"
    looser.write_text(suite.read_text(encoding="utf-8").replace("abs: 10", "abs: 100"), encoding="utf-8")
    rescored = evalkit("rescore", f"run:{direct['run_id']}", "--suite", looser, "--json")
    assert rescored.code == 0, rescored.err
    assert rescored.json["digests"]["cases"] == direct["digests"]["cases"]
    assert rescored.json["digests"]["scoring"] != direct["digests"]["scoring"]
    within = next(e for e in rescored.json["estimates"] if e["metric"] == "within_10")
    assert within["point"] == 1.0

    same = evalkit("rescore", f"run:{direct['run_id']}", "--json").json
    assert same["estimates"] == direct["estimates"]

    page = evalkit("report", direct["run_id"], "-o", "again.html")
    assert page.code == 0, page.err
    assert (tmp_path / "again.html").exists()
    assert evalkit("runs", "export", direct["run_id"], "run.tar.gz").code == 0
    moved = evalkit("runs", "import", "run.tar.gz", "--workspace", "elsewhere")
    assert moved.code == 0, moved.err
    listed = evalkit("runs", "list", "--workspace", "elsewhere", "--json")
    assert json.loads(listed.out)["run_id"] == direct["run_id"]
    assert evalkit("runs", "diff", direct["run_id"], rescored.json["run_id"], "--json").json["differences"]
    assert evalkit("runs", "gc", "--keep", "1", "--days", "0", "--dry-run", "--json").json["runs"]


def test_human_output_tells_the_story(program: Evalkit, suite: Path) -> None:
    ran = program("run", suite, *ARGS)
    assert ran.code == 0
    assert "accuracy" in ran.out
    assert "pass" in ran.out.lower()
    assert "\x1b[" not in ran.out


def test_repeats_are_averaged_inside_a_case(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    suite.write_text(suite.read_text(encoding="utf-8") + "repeats: 2\n", encoding="utf-8")
    rows = [
        {"case_id": f"c{i}", "repeat": r, "output": {"late": (i % 3 == 0) == (r == 0), "minutes": i}, "seconds": 1}
        for i in range(N)
        for r in range(2)
    ]
    write_jsonl(tmp_path / "two.jsonl", rows)
    found = evalkit("run", suite, "-c", "recorded:two.jsonl", "-b", "recorded:two.jsonl", "--json").json
    accuracy = next(e for e in found["estimates"] if e["metric"] == "accuracy")
    assert (accuracy["point"], accuracy["n"], accuracy["repeats"]) == (0.5, N, 2)


def test_several_named_candidates(evalkit: Evalkit, suite: Path) -> None:
    args = (
        "-c",
        "good=recorded:candidate.jsonl",
        "-c",
        "poor=recorded:baseline.jsonl",
        "-b",
        "recorded:baseline.jsonl",
    )
    found = evalkit("run", suite, *args, "--json").json
    assert [v["name"] for v in found["variants"]] == ["good", "poor", "baseline"]
    assert {d["variant"] for d in found["decisions"]} == {"good", "poor"}


def test_init_gives_a_suite_that_runs(evalkit: Evalkit, tmp_path: Path) -> None:
    assert evalkit("init", "first").code == 0
    ran = evalkit("run", "first", "-c", "python:first/system.py:answer", "--json")
    found = ran.json
    assert found["outcome"] in ("pass", "inconclusive"), ran.err
    exact = next(e for e in found["estimates"] if e["metric"] == "exact" and e["slice"] is None)
    assert exact["point"] == pytest.approx(0.8)
    assert evalkit("doctor", "first").code == 0
    again = evalkit("init", "first")
    assert again.code == 2
    assert "exists already" in again.err


def test_the_next_step_of_a_comparison_is_a_command_that_works(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    for name in ("baseline", "candidate"):
        systems = ["--candidate", f"recorded:{name}.jsonl", "--baseline", "recorded:baseline.jsonl"]
        evalkit("run", suite, *systems, "--name", name)
    compared = evalkit("compare", "run:candidate", "run:baseline")
    step = compared.out.strip().splitlines()[-1]
    command = step.partition("evalkit ")[2].replace("FILE", "again.html").split()
    assert command[0] == "compare", step
    assert evalkit(*command).code == 0
    assert (tmp_path / "again.html").exists()


def test_a_record_names_no_folder_of_this_machine(evalkit: Evalkit, suite: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    for file in (suite, tmp_path / "cases.jsonl"):
        file.rename(folder / file.name)
    systems = ["--candidate", "recorded:candidate.jsonl", "--baseline", "recorded:baseline.jsonl"]
    given = evalkit("run", "deep", *systems, "--report", "r.html", "--json")
    assert given.json["suite"]["path"] == "deep/suite.yaml"
    assert str(tmp_path) not in (tmp_path / "r.html").read_text(encoding="utf-8")
    again = evalkit("rescore", "latest", "--json")
    assert again.json["suite"]["path"] == "deep/suite.yaml", again.err
    assert again.json["digests"] == given.json["digests"]
