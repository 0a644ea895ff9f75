"""`evalkit audit`: a suite on labelled answers, and a stored run beside labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import evalkit
from evalkit.app.auditing import audited
from evalkit.app.cli.main import cli
from evalkit.app.label_values import values_of
from evalkit.core.errors import InputError
from tests.e2e.conftest import write_jsonl

SUITE: dict[str, Any] = {
    "suite": "audited",
    "cases": "cases.jsonl",
    "judges": {"words": "baseline:overlap"},
    "layers": {
        "rules": [{"exact": {}}],
        "judge": [{"judged": {"judge": "words"}}],
    },
    "gates": [{"metric": "exact", "at_least": 0.5}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """40 questions; `terse` answers as the gold stands, `wordy` better and in more words, `poor` worst."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", "ws")
    gold = [f"the city of number {i}" for i in range(40)]
    write_jsonl(
        tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": f"q{i}", "expected": g} for i, g in enumerate(gold)]
    )
    right = {"terse": range(24), "wordy": range(34), "poor": range(8)}
    labels = []
    for system, good in right.items():
        for i, text in enumerate(gold):
            answer = (f"it is {text}" if system == "wordy" else text) if i in good else "no idea at all"
            human = "correct" if i in good else "incorrect"
            labels.append({"item": f"c{i}", "output": answer, "system": system, "human": human})
    write_jsonl(tmp_path / "labels.jsonl", labels)
    (tmp_path / "suite.json").write_text(json.dumps(SUITE), encoding="utf-8")
    return tmp_path


def test_layers_are_ranked_on_the_labelled_answers_and_a_misleading_gate_is_named(folder: Path) -> None:
    found = audited("suite.json", Path("labels.jsonl"))
    assert [one["metric"] for one in found["layers"]] == ["judged", "exact"]
    words, exact = found["layers"]
    assert words["layer"] == "judge"
    assert words["system_tau"]["point"] == pytest.approx(1)
    assert words["raw"]["point"] == 1
    assert exact["system_tau"]["point"] < 0.5
    assert (found["n_labels"], found["n_unmatched"], found["systems"]) == (120, 0, ["poor", "terse", "wordy"])
    assert "a gate stands on 'exact', which agrees with people less than 'judged' does" in found["warnings"][0]
    assert not list(Path("ws").glob("runs/*")), "an audit is no run of the suite"


def test_a_stored_run_is_held_against_labels(folder: Path) -> None:
    rows = [json.loads(line) for line in Path("labels.jsonl").read_text().splitlines()]
    for system in ("terse", "wordy"):
        mine = [{"case_id": r["item"], "output": r["output"]} for r in rows if r["system"] == system]
        write_jsonl(folder / f"{system}.jsonl", mine)
    evalkit.run("suite.json", candidate={s: f"recorded:{s}.jsonl" for s in ("terse", "wordy")})
    done = CliRunner().invoke(cli, ["audit", "run:latest", "--labels", "labels.jsonl", "--json"], standalone_mode=False)
    found = json.loads(done.stdout)
    assert found["systems"] == ["terse", "wordy"]
    # `poor` gave eight answers word for word as `terse`; its other labels are about answers that the run shares too
    assert found["n_labels"] == 80
    assert found["layers"][0]["metric"] == "judged"
    assert found["layers"][0]["kappa"]["point"] == pytest.approx(1)
    assert found["warnings"]
    done = CliRunner().invoke(cli, ["audit", "run:latest", "--labels", "labels.jsonl"], standalone_mode=False)
    assert "80 labelled answers of 2 systems" in done.stdout
    write_jsonl(folder / "by_name.jsonl", [{"item": "c0", "system": "terse", "human": "correct"}])
    named = audited("run:latest", folder / "by_name.jsonl")
    assert (named["n_labels"], named["systems"]) == (1, ["terse"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"item": "c0", "output": "x", "human": "lovely"}, {"item": "c1", "output": "x", "human": "nice"}],
            "--positive",
        ),
        ([{"item": "c0", "output_1": "x", "output_2": "y", "human": "1"}], "compares two answers"),
        ([{"item": "c0", "human": "correct"}], "no labelled row has an output"),
        ([{"item": "zz", "output": "x", "human": "correct"}], "is for a case of this suite"),
    ],
)
def test_labels_that_are_about_nothing_are_refused(folder: Path, rows: list[dict[str, Any]], said: str) -> None:
    write_jsonl(folder / "odd.jsonl", rows)
    with pytest.raises(InputError) as error:
        audited("suite.json", folder / "odd.jsonl")
    assert said in str(error.value)


def test_labels_are_worth_what_they_say() -> None:
    assert values_of(["yes", "no"], "f") == {"yes": 1.0, "no": 0.0}
    assert values_of(["fine", "wrong"], "f") == {"fine": 1.0, "wrong": 0.0}
    assert values_of(["4", "2.5"], "f") == {"4": 4.0, "2.5": 2.5}
    assert values_of(["a", "b"], "f", "b") == {"a": 0.0, "b": 1.0}
    assert values_of(["a", "b"], "f", None, {"a": 1.0, "b": 0.5, "c": 0.0}) == {"a": 1.0, "b": 0.5}
    for labels in (["yes", "no", "maybe"], ["nan", "inf"]):
        with pytest.raises(InputError, match="worth"):
            values_of(labels, "f")
    with pytest.raises(InputError, match="nobody gave"):
        values_of(["a"], "f", "c")
