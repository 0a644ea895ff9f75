"""`evalkit plan` as a user runs it: nothing is called, unknown is unknown, and a gate that cannot pass is exit 2."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import called

SUITE = """suite: demo
cases: cases.jsonl
repeats: {repeats}
layers:
  quality:
    - exact
    - seconds
gates:
{gates}
"""
VERSUS = "  - {metric: exact, versus: baseline, margin: 0.05}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(1)
    cases = [{"id": f"c{i}", "input": i, "expected": i % 3, "group": f"g{i // 4}"} for i in range(120)]
    write("cases.jsonl", cases)
    for name, share in (("a", 0.8), ("b", 0.8), ("perfect", 1.0)):
        rows = [
            {
                "case_id": case["id"],
                "output": case["expected"] if chance.random() < share else 9,
                "seconds": 0.5 + chance.random(),
                "cost": 0.01,
            }
            for case in cases
        ]
        write(f"{name}.jsonl", rows)
    suite(VERSUS)
    head = "import pathlib\npathlib.Path('called').touch()\n"
    Path("model.py").write_text(f"{head}\n\ndef predict(x):\n    return x % 3\n")
    return tmp_path


def write(name: str, rows: list[dict[str, Any]]) -> None:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def suite(gates: str, repeats: int = 1, name: str = "suite.yaml") -> None:
    Path(name).write_text(SUITE.format(gates=gates, repeats=repeats))


def run(capfd: pytest.CaptureFixture[str], *more: str) -> None:
    assert called(capfd, "run", "suite.yaml", "-b", "recorded:b.jsonl", *more).code in (0, 1, 3)


def known(capfd: pytest.CaptureFixture[str]) -> None:
    run(capfd, "-c", "recorded:a.jsonl", "--name", "main")


LIVE = ("plan", "suite.yaml", "-c", "python:model.py:predict")
PLAN = (*LIVE, "--baseline", "run:main")
FILE = (*LIVE, "--baseline", "recorded:b.jsonl")


def test_a_plan_says_what_a_run_is_and_calls_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    known(capfd)
    found = called(capfd, *PLAN, "--json")
    assert found.code == 0
    plan = found.json
    assert not Path("called").exists()
    assert (plan["suite"], plan["cases"], plan["clusters"], plan["repeats"]) == ("demo", 120, 30, 1)
    assert (plan["calls"], plan["reused"], plan["new_calls"]) == (120, 0, 120)
    assert plan["cost"] == pytest.approx(1.2)
    assert plan["seconds"] == pytest.approx(120 * 1.0 / 8, rel=0.15)
    (gate,) = plan["gates"]
    assert gate["n"] == 120
    assert 0 < gate["power"] < 1
    assert gate["needed_n"] > 0
    assert gate["se"] > 0
    assert gate["min_detectable"] == pytest.approx(2.4865 * gate["se"], rel=1e-3)
    assert gate["cannot_pass"] is None
    assert "10%" in gate["assumption"]
    assert len(gate["discordance"]) == 4
    assert plan["joint_power"] == gate["power"] == plan["joint_power_independent"]
    assert plan["needed_cases"] == pytest.approx(gate["needed_n"], abs=2)
    assert plan["advice"]
    assert called(capfd, *PLAN, "--json").json == plan


def test_people_are_told_in_lines(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    known(capfd)
    found = called(capfd, *PLAN)
    assert "demo: 120 cases in 30 groups" in found.out
    assert "calls  120 new" in found.out
    assert "cost   1.20 USD" in found.out
    assert "joint power by discordance" in found.out
    assert max(map(len, found.out.splitlines())) <= 130


@pytest.mark.slow
def test_answers_that_are_cached_are_not_asked_again(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    called(capfd, "run", "suite.yaml", "-c", "python:model.py:predict?version=1", "-b", "recorded:b.jsonl")
    spec = ("plan", "suite.yaml", "-c", "python:model.py:predict?version=1", "-b", "recorded:b.jsonl", "--json")
    plan = called(capfd, *spec).json
    assert plan["reused"] == plan["calls"] == 120
    assert plan["cost"] == plan["seconds"] == 0
    assert called(capfd, *spec, "--fresh").json["reused"] == 0
    assert called(capfd, *spec, "--limit", "10").json["calls"] == 10


def test_what_is_unknown_is_unknown(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    suite("  - {metric: exact, at_least: 0.7}\n  - {metric: seconds, at_most: 2}\n")
    plan = called(capfd, *LIVE, "--json").json
    assert plan["cost"] is None
    assert plan["seconds"] is None
    assert plan["joint_power"] is None
    first, second = plan["gates"]
    assert first["power"] is None
    assert 0.75 < first["needed_value"] < 0.9
    assert second["power"] is second["needed_value"] is None
    assert "not known before a first run" in second["note"]
    told = called(capfd, *LIVE)
    assert "cost   unknown" in told.out
    expected = called(
        capfd, "plan", "suite.yaml", "-c", "python:model.py:predict", "--expected", "exact=0.85", "--json"
    )
    assert expected.json["gates"][0]["power"] > 0.9


@pytest.mark.slow
def test_repeats_of_the_baseline_tell_how_much_runs_differ(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    suite(VERSUS, 2)
    rows = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    more = [json.loads(line) for line in Path("b.jsonl").read_text().splitlines()]
    write("twice.jsonl", [*rows, *({**row, "repeat": 1} for row in more)])
    called(capfd, "run", "suite.yaml", "-c", "recorded:twice.jsonl", "-b", "recorded:twice.jsonl", "--name", "main")
    plan = called(capfd, *PLAN, "--json").json
    assert plan["baseline_answers"] == 2
    assert plan["calls"] == 240
    assert "2 answers to each case" in plan["gates"][0]["assumption"]
    assert plan["gates"][0]["discordance"] == []
    assert plan["gates"][0]["se"] > 0.02
    given = called(capfd, *PLAN, "--discordance", "0.02", "--json").json
    assert "as given" in given["gates"][0]["assumption"]
    assert given["gates"][0]["se"] < plan["gates"][0]["se"]


@pytest.mark.slow
def test_an_earlier_run_of_the_same_system_stands_in_for_repeats(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    body = "    return x % 3 if random.random() < 0.8 else 9\n"
    Path("noisy.py").write_text(f"import random\n\n\ndef predict(x):\n{body}")
    for name in ("first", "main"):
        run(capfd, "-c", "python:noisy.py:predict", "--fresh", "--name", name)
    plan = called(capfd, *PLAN, "--json").json
    assert plan["baseline_answers"] == 2
    assert " and run " in plan["baseline"]


def test_a_run_of_fewer_cases_does_not_narrow_the_plan(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    known(capfd)
    rows = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    write("a.jsonl", [{**row, "output": 9} for row in rows[:10]] + rows[10:])
    run(capfd, "-c", "recorded:a.jsonl", "--limit", "20")
    plan = called(capfd, *PLAN, "--json").json
    assert plan["gates"][0]["n"] == 120
    assert plan["baseline_answers"] == 1


def test_what_the_baseline_left_unscored_is_said_once(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    suite("  - {metric: exact, at_least: 0.7}\n  - {metric: exact, at_least: 0.72}\n")
    cases = [json.loads(line) for line in Path("cases.jsonl").read_text().splitlines()]
    write("cases.jsonl", [{key: case[key] for key in case if key != "group"} for case in cases])
    rows = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    failure = {"kind": "harness", "reason": "network", "message": "reset"}
    write("a.jsonl", [{"case_id": rows[0]["case_id"], "failure": failure}, *rows[1:]])
    known(capfd)
    told = called(capfd, *PLAN).out
    assert told.count("left 1 case unscored") == 1


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ("  - {metric: exact, at_least: 0.999}\n", "takes at least"),
        ("  - {metric: exact, at_least: 0.5, slice: {color: red}}\n", ""),
        ("  - {metric: exact, at_least: 0.5, min_n: 500}\n", "has only 120 cases"),
        ("  - {metric: exact, at_least: 0.9}\n  - {metric: exact, at_most: 0.8}\n", ""),
    ],
)
def test_a_gate_that_cannot_pass_is_exit_2(
    folder: Path, capfd: pytest.CaptureFixture[str], gates: str, said: str
) -> None:
    suite(gates)
    found = called(capfd, *FILE)
    assert found.code == 2
    assert said in found.err
    assert "error:" in found.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--power", "1.5"], "power is 1.5"),
        (["--power", "nan"], "power is nan"),
        (["--discordance", "0"], "discordance is 0"),
        (["--expected", "exact"], "METRIC=VALUE"),
        (["--expected", "exact=2"], "cannot be 2"),
        (["--expected", "nope=0.5"], "nope"),
        (["--expected", "exact=nan"], "nan"),
        (["--baseline", "run:nowhere"], "nowhere"),
        (["--filter", "color=red"], "color"),
    ],
)
def test_bad_input_is_a_sentence(folder: Path, capfd: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    found = called(capfd, *FILE, *more, "--json")
    assert found.code == 2
    assert said in found.err
    assert found.json["outcome"] == "error"


def test_a_gate_against_a_baseline_needs_one(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = called(capfd, *LIVE)
    assert found.code == 2
    assert "compares with a baseline and none was given" in found.err


def test_a_suite_without_gates_has_calls_and_nothing_to_decide(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    known(capfd)
    text, _, _ = Path("suite.yaml").read_text().partition("gates:")
    Path("suite.yaml").write_text(text)
    found = called(capfd, *PLAN, "--json")
    assert found.code == 0
    assert found.json["calls"] == 120
    assert found.json["gates"] == []
    assert found.json["joint_power"] is None
    assert "no gate" in found.err
