"""People end to end: a cascade leaves a queue, people fill it in, and the next run uses it; samples and merging."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import evalkit
from evalkit.app.cli.main import cli
from evalkit.app.label_files import read_labels
from evalkit.core.nouns import Record
from tests.e2e.conftest import write_jsonl

CODE = """
async def cheap(question):
    good = question["output"] == question["expected"]
    label = "correct" if good else "incorrect"
    return {"label": label, "probability": 0.9 if question["expected"] % 2 else 0.6}
"""

SUITE: dict[str, Any] = {
    "suite": "people",
    "cases": "cases.jsonl",
    "judges": {
        "cheap": "python:code.py:cheap",
        "easy": "fake:always:correct",
        "hard": "fake:always:incorrect",
        "both": {"panel": ["cheap", "easy", "hard"], "weights": "majority"},
        "main": {"cascade": ["cheap", "human"], "thresholds": "t.json"},
    },
    "layers": {"judge": [{"judged": {"judge": "main"}}, {"judged": {"judge": "both", "as": "panel"}}]},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The suite's files, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", "ws")
    make(tmp_path)
    return tmp_path


def make(tmp_path: Path) -> None:
    """60 cases; every fourth answer is wrong; the cheap judge is sure of the odd ones only."""
    cases = [
        {"id": f"c{i}", "input": f"=HYPERLINK({i})", "expected": i, "tags": {"k": "ab"[i % 3 == 0]}} for i in range(60)
    ]
    write_jsonl(tmp_path / "cases.jsonl", cases)
    write_jsonl(tmp_path / "a.jsonl", [{"case_id": f"c{i}", "output": i if i % 4 else "no"} for i in range(60)])
    (tmp_path / "code.py").write_text(CODE, encoding="utf-8")
    stages = [{"name": "cheap", "threshold": 0.8}]
    thresholds = {"kind": "cascade", "version": 1, "alpha": 0.2, "delta": 0.1, "stages": stages}
    (tmp_path / "t.json").write_text(json.dumps(thresholds), encoding="utf-8")


def run(**changes: Any) -> Record:
    return evalkit.run({**SUITE, **changes}, candidate="recorded:a.jsonl")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one run of the suite, for what only reads it."""
    place = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        make(place)
        evalkit.run(SUITE, candidate="recorded:a.jsonl", workspace=place / "ws")
    return place / "ws"


@pytest.fixture
def stored(ran: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, beside that workspace."""
    monkeypatch.setenv("EVALKIT_HOME", str(ran))
    return folder


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["labels", *arguments], standalone_mode=False)
    if done.exception is not None:
        return 2, str(done.exception)
    return int(done.return_value or 0), done.stdout


def test_what_a_cascade_leaves_is_labelled_and_counts(folder: Path) -> None:
    first = next(e for e in run().estimates if e.metric == "judged")
    assert (first.n, first.n_unscored) == (30, 30)
    assert first.unscored == {"judge: not labelled yet": 30}
    code, said = call("queue", "run:latest", "--metric", "judged", "-o", "queue.jsonl")
    assert code == 0
    assert "30 answers wait for a label" in said
    rows = [json.loads(line) for line in (folder / "queue.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all("label" not in row and row["human"] is None for row in rows)
    write_jsonl(
        folder / "queue.jsonl",
        [{**r, "human": "correct" if r["output"] == r["expected"] else "incorrect"} for r in rows],
    )
    judges = {**SUITE["judges"], "human": "human:queue.jsonl"}
    second = next(e for e in run(judges=judges).estimates if e.metric == "judged")
    assert (second.n, second.n_unscored, second.point) == (60, 0, 0.75)
    code, said = call("queue", "run:latest", "--metric", "judged", "-o", "more.jsonl")
    assert "Nothing waits" in said
    assert not (folder / "more.jsonl").exists()


def test_a_panel_counts_each_members_call(folder: Path) -> None:
    record = run()
    assert next(e for e in record.estimates if e.metric == "panel").point == 0.75
    calls = evalkit.app.api.open_store().read_table(record.run_id, "verdicts").to_pylist()
    mine = Counter(row["call"] for row in calls if row["metric"] == "panel")
    assert mine == {0: 60, 1: 60, 2: 60, None: 60}


def test_a_sample_is_random_blind_and_weighted(stored: Path) -> None:
    assert call("sample", "run:latest", "-n", "20", "-o", "one.jsonl")[0] == 0
    one = read_labels("one.jsonl")
    assert len(one) == len(set(one.items)) == 20
    assert not one.weighted
    assert one.n_waiting == 20
    assert {key for line in Path("one.jsonl").read_text().splitlines() for key in json.loads(line)} == {
        "item", "input", "expected", "output", "human", "system", "tags",
    }  # fmt: skip
    call("sample", "run:latest", "-n", "20", "-o", "again.jsonl")
    assert read_labels("again.jsonl").digest == one.digest
    call("sample", "run:latest", "-n", "20", "--seed", "1", "-o", "other.jsonl")
    assert read_labels("other.jsonl").digest != one.digest
    _code, said = call(
        "sample", "run:latest", "-n", "20", "--stratify", "k", "--allocate", "equal", "-o", "two.csv", "--json"
    )
    assert {s["name"]: (s["size"], s["drawn"]) for s in json.loads(said)["strata"]} == {"a": (40, 10), "b": (20, 10)}
    two = read_labels("two.csv")
    assert {row.tags["k"]: round(row.weight, 6) for row in two} == {"a": 1.333333, "b": 0.666667}
    with Path("two.csv").open(encoding="utf-8", newline="") as file:
        assert all(row["input"].startswith("'=") for row in csv.DictReader(file))
    assert all(row.input.startswith("=") for row in two)


def test_neyman_gives_more_labels_to_the_stratum_that_people_are_divided_about(stored: Path) -> None:
    rows = [{"item": f"c{i}", "human": "correct" if i % 3 or i % 2 else "incorrect"} for i in range(60)]
    write_jsonl(stored / "pilot.jsonl", rows)
    args = ("sample", "run:latest", "-n", "20", "--stratify", "k", "--allocate", "neyman")
    _code, said = call(*args, "--pilot", "pilot.jsonl", "-o", "n.jsonl", "--json")
    drawn = {s["name"]: s["drawn"] for s in json.loads(said)["strata"]}
    assert drawn["b"] > drawn["a"]
    assert "needs labels to see the spread" in call(*args, "-o", "m.jsonl")[1]
    write_jsonl(stored / "odd.jsonl", [{"item": "other", "human": "x"}])
    assert "no label of the pilot" in call(*args, "--pilot", "odd.jsonl", "-o", "m.jsonl")[1]


def test_strata_by_verdict_and_layer(stored: Path) -> None:
    for by in ("verdict", "layer"):
        code, said = call(
            "sample", "run:latest", "-n", "12", "--metric", "judged", "--stratify", by, "-o", f"{by}.jsonl", "--json"
        )
        assert code == 0, said
        assert sum(s["size"] for s in json.loads(said)["strata"]) == 60


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sample", "run:latest", "-n", "0", "-o", "x.jsonl"), "Draw at least one"),
        (("sample", "run:latest", "-o", "a.jsonl"), "may hold labels"),
        (("sample", "run:latest", "-o", "x.txt"), ".jsonl or .csv"),
        (("sample", "run:latest", "--stratify", "no", "-o", "x.csv"), "There are: k, layer, verdict"),
        (("sample", "run:latest", "--stratify", "layer", "-o", "x.csv"), "needs a metric"),
        (("sample", "run:latest", "--allocate", "equal", "-o", "x.csv"), "without strata"),
        (("sample", "run:latest", "-n", "3", "--stratify", "k", "-o", "x.csv"), "cannot cover 2 strata"),
        (("sample", "run:latest", "--metric", "no", "-o", "x.csv"), "no metric 'no'"),
        (("sample", "run:no", "-o", "x.csv"), "no such run"),
        (("sample", "run:latest/no", "-o", "x.csv"), "no variant 'no'"),
        (("queue", "run:latest", "--metric", "no", "-o", "x.csv"), "no metric 'no'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(stored: Path, arguments: tuple[str, ...], said: str) -> None:
    code, sentence = call(*arguments)
    assert code == 2
    assert said in sentence
    assert not (stored / "x.csv").exists()


def test_several_hands_become_one_file(folder: Path) -> None:
    rows = [{"item": f"c{i}", "output": i, "input": "x"} for i in range(6)]
    write_jsonl(folder / "ann.jsonl", [{**r, "human": "good" if i < 5 else None} for i, r in enumerate(rows)])
    write_jsonl(
        folder / "bo.jsonl", [{**r, "human": {"bo": "good" if i < 3 else "bad"}} for i, r in enumerate(rows[:5])]
    )
    _code, said = call("merge", "ann.jsonl", "bo.jsonl", "-o", "both.jsonl")
    assert said.strip() == "6 rows are in both.jsonl, 5 of them labelled by several people"
    found = read_labels("both.jsonl")
    assert found.rows[4].humans == {"ann": "good", "bo": "bad"}
    assert found.human == ["good"] * 3 + [None] * 3
    _code, said = call("status", "both.jsonl", "--json")
    told = json.loads(said)
    assert (told["n"], told["n_labelled"], told["n_split"], told["n_waiting"]) == (6, 5, 2, 1)
    assert told["annotators"] == {"ann": 5, "bo": 5}
    assert told["agreement"]["raw"]["point"] == pytest.approx(0.6)
    _code, said = call("status", "both.jsonl")
    assert "5 of 6 rows are labelled, 1 wait, 2 have no majority" in said
    write_jsonl(folder / "cy.jsonl", [{**rows[0], "human": {"bo": "bad"}}])
    assert "'bo' says 'bad' here and 'good' at bo.jsonl:1" in call("merge", "bo.jsonl", "cy.jsonl", "-o", "z.jsonl")[1]
    write_jsonl(folder / "cy.jsonl", [{**rows[0], "input": "y", "human": "bad"}])
    assert "input is not as at bo.jsonl:1" in call("merge", "bo.jsonl", "cy.jsonl", "-o", "z.jsonl")[1]
    assert "nothing to merge with" in call("merge", "bo.jsonl", "-o", "z.jsonl")[1]
