"""The made-up support desk: files as its script writes them, a judge without a vote and with one, figures as told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import evalkit
from evalkit.app.api import open_store
from evalkit.app.calibrating.live import Live, calibrate
from suites import demo
from suites.finance_statements.draw import Draw
from suites.support_answers import generate
from suites.support_answers.answers import write
from suites.support_answers.facts import facts

HERE = demo.ROOT / "suites/support_answers"


def run(workspace: Path) -> evalkit.Record:
    systems = [f"recorded:{HERE}/answers/{name}.jsonl" for name in ("new", "old")]
    return evalkit.run(HERE, candidate=systems[0], baseline=systems[1], workspace=workspace)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> evalkit.Record:
    """The run after the judge was calibrated."""
    folder = tmp_path_factory.mktemp("support")
    live = Live(f"{HERE}/support.yaml", f"{HERE}/calibration.jsonl", f"{HERE}/suite.yaml#desk")
    made = calibrate(live, open_store(folder), lambda *told: None)
    assert made.certificate.usable, made.certificate.reasons
    assert made.certificate.n == 200
    return run(folder)


def test_the_files_are_what_the_script_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0
    assert "up to date" in capsys.readouterr().out


@pytest.mark.slow
def test_without_a_certificate_nothing_is_gated(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.outcome == "inconclusive"
    open_ = [decision.gate.label for decision in found.decisions if decision.outcome == "inconclusive"]
    assert open_ == ["more answers are right than before", "seven answers in ten are right"]


def test_with_a_certificate_it_comes_out_as_foretold(certified: evalkit.Record) -> None:
    assert demo.surprises("support_answers", json.loads(json.dumps(certified.to_json()))) == []


def test_the_readme_gives_the_figures_of_the_run(certified: evalkit.Record) -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    draw = Draw(generate.SEED)
    asked = facts(generate.ASKED, draw)
    truth = {s.name: sum(one.right for one in write(s, asked, draw)) / len(asked) for s in (generate.NEW, generate.OLD)}
    found = {(e.metric, e.variant): e for e in certified.estimates if e.slice is None}
    rows = [
        ("new, by 200", truth["new"], found["correct", "candidate"]),
        ("new, by 100", truth["new"], found["correct_checked", "candidate"]),
        ("old, by 200", truth["old"], found["correct", "baseline"]),
        ("new - old", truth["new"] - truth["old"], found["correct", "candidate - baseline"]),
    ]
    for name, true, estimate in rows:
        note = estimate.correction
        assert note is not None
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {name}")]
        told = [float(x) for x in re.findall(r"-?\d+\.\d+", line)]
        judged, own = ([e.point, e.lo, e.hi] for e in (note.judged, estimate))
        assert told == pytest.approx([true, *judged, *own], abs=0.015)  # two decimals
        assert estimate.lo is not None
        assert estimate.hi is not None
        assert estimate.lo < true < estimate.hi
    labels = found["correct_checked", "candidate"].correction
    assert labels is not None
    assert labels.label_value == pytest.approx(155, abs=10)
    assert {judge.decided["amount"] for judge in certified.judges} == {94, 93}


def test_the_judged_example_can_be_read_and_asked() -> None:
    """Its judge is a model: nobody is asked here, and what would be asked keeps the case's text as data."""
    from evalkit.app.api import load_suite
    from evalkit.app.graders import graders

    folder = demo.ROOT / "examples/judged_answers"
    loaded = load_suite(folder / "suite.yaml")
    judges = graders(loaded.suite, folder)
    assert set(judges) == {"correct", "preferred"}
    asked = judges["correct"].render({"input": "{{ 7 * 7 }}?", "expected": "49", "output": "Yes."})  # type: ignore[attr-defined]
    assert "{{ 7 * 7 }}?" in str(asked)
    assert [case["case_id"] for case in map(json.loads, (folder / "new.jsonl").read_text().splitlines())] == [
        case["id"] for case in map(json.loads, (folder / "cases.jsonl").read_text().splitlines())
    ]
