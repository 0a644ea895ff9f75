"""`evalkit compare --unpaired`: runs on different cases, only where it is asked for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.stats.unpaired import unpaired_difference
from tests.e2e.conftest import called

SUITE = """suite: demo
cases: {cases}
layers:
  quality: [exact, classification, seconds]
gates:
  - {{metric: exact, at_least: 0.2}}
"""


def run(name: str, share: float, n: int, capfd: pytest.CaptureFixture[str], harness: int = 0) -> np.ndarray:
    """A run on cases of its own; the 0/1 scores of those that were scored."""
    right = np.random.default_rng(len(name) + n).random(n) < share
    cases = [{"id": f"{name}-{i}", "input": i, "expected": "yes" if i % 2 else "no"} for i in range(n)]
    answers: list[dict[str, Any]] = []
    for i, case in enumerate(cases):
        other = "no" if i % 2 else "yes"
        answers.append({"case_id": case["id"], "output": case["expected"] if right[i] else other, "seconds": 1 + i % 7})
    for row in answers[:harness]:
        del row["output"]
        row["failure"] = {"kind": "harness", "reason": "network", "message": "reset"}
    for file, rows in ((f"{name}.jsonl", cases), (f"{name}-answers.jsonl", answers)):
        Path(file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    Path(f"{name}.yaml").write_text(SUITE.format(cases=f"{name}.jsonl"))
    assert called(capfd, "run", f"{name}.yaml", "-c", f"recorded:{name}-answers.jsonl", "--name", name).code == 0
    return right[harness:].astype(float)


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> list[np.ndarray]:
    monkeypatch.chdir(tmp_path)
    return [run("north", 0.9, 120, capfd), run("south", 0.6, 90, capfd, harness=2)]


def test_runs_without_a_common_case_are_refused_unless_that_is_asked_for(
    scores: list[np.ndarray], capfd: pytest.CaptureFixture[str]
) -> None:
    refused = called(capfd, "compare", "run:north", "run:south")
    assert refused.code == 2
    assert "--unpaired" in refused.err
    found = called(capfd, "compare", "run:north", "run:south", "--unpaired", "--json")
    assert found.code == 0
    comparison = found.json["comparison"]
    assert any("independent samples" in sentence for sentence in comparison["comparability"])
    exact = next(m for m in comparison["metrics"] if m["metric"] == "exact")
    (row,) = exact["differences"]
    assert (row["n"], row["n_unscored"]) == (208, 2)
    assert row["point"] == pytest.approx(scores[0].mean() - scores[1].mean())
    alone = unpaired_difference(*scores).interval(0.95)
    assert row["lo"] <= alone[0] < alone[1] <= row["hi"]
    assert row["lo"] < row["point"] < row["hi"]
    assert row["shown"] == "better"
    assert [s["name"] for s in exact["systems"]] == ["candidate", "baseline"]
    general = next(m for m in comparison["metrics"] if m["metric"] == "classification")
    assert general["differences"][0]["lo"] is not None
    assert "mover" in general["differences"][0]["method"]


def test_people_are_told_in_words(scores: list[np.ndarray], capfd: pytest.CaptureFixture[str]) -> None:
    found = called(capfd, "compare", "run:north", "run:south", "--unpaired", "--markdown", "out.md")
    assert found.code == 0
    assert "candidate is shown better than baseline" in found.out
    assert "independent samples" in Path("out.md").read_text()
    assert called(capfd, "compare", "run:north", "run:south", "--unpaired", "-o", "x.html").code == 2


def test_cases_in_both_runs_are_said(scores: list[np.ndarray], capfd: pytest.CaptureFixture[str]) -> None:
    again = called(capfd, "run", "north.yaml", "-c", "recorded:north-answers.jsonl", "--limit", "60", "--name", "half")
    assert again.code == 0
    found = called(capfd, "compare", "run:north", "run:half", "--unpaired", "--json").json["comparison"]
    assert any("60 cases are in both runs" in sentence for sentence in found["comparability"])
    assert called(capfd, "compare", "run:north", "run:north", "--unpaired").code == 2
