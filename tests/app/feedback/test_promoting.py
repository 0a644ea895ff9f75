"""Feedback from files to new versions: joined, counted, promoted once, and never to both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from evalkit.app.cli.main import main
from evalkit.app.label_files import read_labels
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.feedback.importing import import_file
from evalkit.app.pipeline.feedback.labels import export
from evalkit.app.pipeline.feedback.promoting import Asked, promote
from evalkit.app.pipeline.feedback.suite_files import following, read
from evalkit.core.errors import InputError
from evalkit.core.traffic import Served
from evalkit.pipeline.feedback.join import newest
from evalkit.pipeline.feedback.keys import key_of, side_of
from evalkit.pipeline.feedback.status import status

QUESTIONS = ["Where is my order?", "Can I pay in euros?", "where is MY order", "How do I close it?", "Is it 1.5 kg?"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Predictions p0 to p9: half of them ask questions, half are of numbers."""
    bench = Bench(tmp_path / "ws", clock=lambda: 2e9)
    texts = [json.dumps({"question": question}) for question in QUESTIONS]
    numbers = [json.dumps({"dep": i, "carrier": "AB"[i % 2]}) for i in range(5)]
    bench.traffic.put_requests(
        Served(f"p{i}", 1e9 + i, f"u{i % 4}", "champ", "champion", 1.0, given, '"out"', None, 0.1, None)
        for i, given in enumerate(texts + numbers)
    )
    return bench


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "suite.yaml").write_text(
        "# ours\nsuite: desk\nversion: 3  # raised by hand\ncases: cases.jsonl\nlayers:\n  exact: [exact]\ngates: []\n"
    )
    case = {"id": "c1", "input": {"question": "can i pay in Euros"}, "expected": "yes"}
    (folder / "cases.jsonl").write_text(json.dumps(case))
    return folder


def write(tmp_path: Path, *rows: Any, name: str = "f.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answers(tmp_path: Path, bench: Bench, *ids: str, kind: str = "correction", value: Any = "fine") -> None:
    import_file(bench, write(tmp_path, *({"id": i, "value": value, "kind": kind, "ts": 1.5e9} for i in ids)))


# -------------------------------------------------------------------------------------------------------------- import


def test_rows_are_joined_repeated_ones_counted_and_unknown_ones_wait(bench: Bench, tmp_path: Path) -> None:
    rows = [
        {"id": "p0", "value": "late", "ts": "2001-09-09T02:00:00Z"},
        {"id": "p0", "value": "later", "ts": "2001-09-09T03:00:00"},
        {"id": "p0", "value": "old", "ts": 1e9},
        {"id": "p1", "value": {"a": 1.0}, "kind": "correction", "who": "ann", "ts": 1_000_003_601},
        {"id": "p99", "value": 1},
        {"id": "p1", "value": {"a": 1}, "kind": "correction", "who": "ann", "ts": 1_000_003_601},
    ]
    path = write(tmp_path, *rows)
    assert import_file(bench, path) == (6, 5, 1, ["p99"])
    assert import_file(bench, path) == (6, 0, 6, ["p99"])
    found = status(bench.traffic.requests(), bench.traffic.outcomes())
    assert (found["predictions"], found["covered"], found["told"], found["replaced"]) == (10, 2, 5, 2)
    assert found["unknown"] == {"ids": 1, "first": ["p99"]}
    assert found["delays"]["outcome"]["p50"] == 1_000_004_400 - 1e9
    assert found["delays"]["correction"]["max"] == 3600
    bench.traffic.put_requests([Served("p99", 1.9e9, "u", "c", "champion", 1.0, "1", "2", None, 0.1, None)])
    found = status(bench.traffic.requests(), bench.traffic.outcomes())
    assert (found["covered"], found["unknown"]["ids"]) == (3, 0)


def test_a_person_who_changes_their_mind_twice_is_heard(bench: Bench, tmp_path: Path) -> None:
    for value, ts in (("b", 1.2e9), ("a", 1.1e9), ("a", 1.3e9)):  # in the order of arrival
        import_file(bench, write(tmp_path, {"id": "p0", "value": value, "kind": "label", "who": "ann", "ts": ts}))
    (told,) = newest(bench.traffic.outcomes())
    assert (told.value, told.at) == ('"a"', 1.3e9)
    assert bench.traffic.outcomes().num_rows == 3


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (3, "a row is an object"),
        ({"value": 1}, "id is not that of a prediction"),
        ({"id": "p0"}, "value is missing"),
        ({"id": "p0", "value": 1, "kind": "guess"}, "kind is 'guess'"),
        ({"id": "p0", "value": 1, "ts": "soon"}, "ts is 'soon'"),
        ({"id": "p0", "value": 1, "ts": 1e30}, "ts is 1e"),
        ({"id": "p0", "value": 1, "ts": 2e9 + 90_000}, "more than a day ahead"),
        ({"id": "p0", "value": 1, "ts": "2999-01-01"}, "more than a day ahead"),
        ({"id": "p0", "value": float("nan")}, "value holds NaN"),
        ({"id": "p0", "value": ["\ud800"]}, "half a character"),
        ({"id": "p0", "value": 1, "whom": "x"}, "'whom' is not known"),
        ({"id": "p0", "value": 1, "who": 3}, "who is not a text"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_kept(
    bench: Bench, tmp_path: Path, row: Any, said: str
) -> None:
    with pytest.raises(InputError, match=said) as told:
        import_file(bench, write(tmp_path, {"id": "p0", "value": 1}, row))
    assert told.value.where.endswith("f.jsonl:2")
    assert bench.traffic.outcomes().num_rows == 0


def test_csv_and_label_files_are_feedback_too(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text('id,value,kind,who,ts\np0,12.5,outcome,,2020-01-01\np1,"a, b",correction,ann,\n')
    assert import_file(bench, tmp_path / "f.csv").new == 2
    assert bench.traffic.outcomes()["value"].to_pylist() == ["12.5", '"a, b"']
    (tmp_path / "g.csv").write_text("id,value,kind\np2,a\x0cb,correction\np3, ,correction\n")
    with pytest.raises(InputError, match="value is missing") as told:
        import_file(bench, tmp_path / "g.csv")
    assert told.value.where.endswith("g.csv:3")
    labels = [
        {"item": f"p{i}", "output": "out", "human": {"ann": "good", "bo": "good" if i < 3 else "bad"}} for i in range(5)
    ]
    assert import_file(bench, write(tmp_path, *labels)).new == 10
    assert import_file(bench, tmp_path / "f.jsonl").repeated == 10
    agreed = status(bench.traffic.requests(), bench.traffic.outcomes())["agreement"]
    assert (agreed["labelled_twice"], agreed["raw"]["point"], agreed["who"]) == (5, 0.6, {"ann": 5, "bo": 5})
    assert export(bench, tmp_path / "out.jsonl", waiting=2) == (5, 2)
    back = read_labels(tmp_path / "out.jsonl")
    assert [row.humans for row in back][:4] == [{"ann": "good", "bo": "good"}] * 3 + [{"ann": "good", "bo": "bad"}]
    assert back.n_waiting == 2
    assert back.rows[1].expected == "a, b"


# ------------------------------------------------------------------------------------------------------------- promote


def test_a_suite_gets_a_next_version_and_is_not_touched(bench: Bench, suite: Path, tmp_path: Path) -> None:
    answers(tmp_path, bench, "p0", "p1", "p2", "p3")
    before = {path.name: path.read_bytes() for path in suite.iterdir()}
    said = promote(bench, Asked(suite=suite, folder=tmp_path / "next"))["suite"]
    assert (said["added"], said["duplicates"]) == (2, {"exact": 0, "near": 2, "conflicting": 0})
    assert {path.name: path.read_bytes() for path in suite.iterdir()} == before
    assert "version: 4  # raised by hand\n" in (tmp_path / "next" / "suite.yaml").read_text()
    made = read(tmp_path / "next")
    assert made.cases.ids.to_pylist() == ["c1", "feedback/p2", "feedback/p3"]  # p0 is nearly p2, p1 nearly c1
    assert made.cases.tags["source"].to_pylist() == [None, "feedback", "feedback"]
    assert (said["version"], said["digest"], said["before"]) == (4, made.cases.digest(), read(suite).cases.digest())
    again = promote(bench, Asked(suite=tmp_path / "next", folder=tmp_path / "third"))
    assert again["suite"]["added"] == 0
    assert not (tmp_path / "third").exists()
    assert "head" not in again
    assert [event.data["suite"]["added"] for event in bench.chains.events("feedback")] == [2]


def test_the_newest_answer_to_an_input_counts(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench.traffic.put_requests(
        [Served("twin", 1e9, "u", "c", "champion", 1.0, json.dumps({"question": QUESTIONS[3]}), "1", None, 0.1, None)]
    )
    rows = [("p3", "old", 1.1e9), ("twin", "new", 1.2e9), ("p4", "outcome", 1.1e9)]
    import_file(bench, write(tmp_path, *({"id": i, "value": v, "ts": ts} for i, v, ts in rows)))
    answers(tmp_path, bench, "p4", value="corrected")
    person = {"id": "p4", "kind": "correction", "who": "ann", "ts": 1.4e9}
    import_file(bench, write(tmp_path, {**person, "value": "another"}))
    import_file(bench, write(tmp_path, {**person, "id": "p3", "value": "x", "kind": "label"}))  # no dispute of answers
    all_said = promote(bench, Asked(suite=suite, folder=tmp_path / "next"))
    said = all_said["suite"]
    assert all_said["disputed"] == {"predictions": 1, "first": ["p4"]}
    assert said["duplicates"] == {"exact": 1, "near": 0, "conflicting": 1}
    cases = read(tmp_path / "next").cases
    assert dict(zip(cases.ids.to_pylist(), cases.expected.values(), strict=True)) == {
        "c1": "yes",
        "feedback/twin": "new",
        "feedback/p4": "corrected",
    }


def test_training_rows_go_behind_those_of_a_dataset(bench: Bench, tmp_path: Path) -> None:
    base = bench.datasets.add("flights", [pa.table({"dep": [2.0, 9.0], "carrier": ["A", "B"], "late": [True, False]})])
    answers(tmp_path, bench, "p5", "p6", "p7", kind="outcome", value=True)
    answers(tmp_path, bench, "p8", kind="outcome", value="maybe")
    answers(tmp_path, bench, "p0", kind="outcome", value=True)
    said = promote(bench, Asked(dataset="flights", target="late"))["dataset"]
    assert (said["added"], said["duplicates"]["exact"], said["misfits"]) == (2, 1, 2)  # p7 is a row already
    made = bench.datasets.find("flights")
    assert (made.version, made.rows, made.digest) == (2, 4, said["digest"])
    assert bench.datasets.table(made).slice(2).to_pylist() == [
        {"dep": 0.0, "carrier": "A", "late": True},
        {"dep": 1.0, "carrier": "B", "late": True},
    ]
    source = bench.datasets.find("flights.feedback")
    assert made.parents == [base.digest, source.digest]
    assert bench.datasets.table(source)["prediction"].to_pylist() == ["p5", "p6"]
    assert promote(bench, Asked(dataset="flights", target="late"))["dataset"]["added"] == 0
    lost = promote(bench, Asked(dataset="other", target="dep", repeats=True))["dataset"]
    assert (lost["added"], lost["misfits"]) == (1, 4)  # an answer never takes the place of a field of an input
    assert "the input itself has 'dep'" in str(lost["misfits_first"])
    more = promote(bench, Asked(dataset="flights", target="late", repeats=True))["dataset"]
    assert (more["added"], more["rows"]) == (1, 5)  # p7 by itself is data


def test_what_gates_does_not_train_and_what_trained_does_not_gate(bench: Bench, suite: Path, tmp_path: Path) -> None:
    answers(tmp_path, bench, "p0", "p1", "p3")
    with pytest.raises(InputError, match=r"1 of the inputs for the dataset d .* p1 is case c1 of desk"):
        promote(bench, Asked(dataset="d", target="answer", gated=(suite,)))
    assert bench.datasets.versions("d") == []
    promote(bench, Asked(suite=suite, folder=tmp_path / "next"))
    with pytest.raises(InputError, match="p0 is prediction p0 in suite:desk"):
        promote(bench, Asked(dataset="d", target="answer"))
    with pytest.raises(InputError, match="a case and a training row"):
        promote(bench, Asked(dataset="d", target="answer", suite=suite, folder=tmp_path / "n"))
    other = Bench(tmp_path / "other", clock=lambda: 2e9)
    other.traffic.put_requests(
        [Served("q", 1e9, "u", "c", "champion", 1.0, '{"question":"IS it 1.5 kg"}', "1", None, 0.1, None)]
    )
    answers(tmp_path, other, "q")
    other.datasets.add("train", [pa.table({"question": ["Is it 1.5 kg?"], "y": [1]})])
    with pytest.raises(InputError, match="q is row 1 of train"):
        promote(other, Asked(suite=suite, folder=tmp_path / "n", train=("train",)))


def test_a_split_sends_each_input_to_one_side_for_ever(bench: Bench, suite: Path, tmp_path: Path) -> None:
    answers(tmp_path, bench, *(f"p{i}" for i in range(5, 10)), value=1)
    asked = Asked(suite=suite, folder=tmp_path / "next", dataset="d", target="y", split=0.5)
    dry = promote(bench, Asked(**{**asked.__dict__, "dry": True}))
    assert bench.datasets.names() == []
    said = promote(bench, asked)
    assert [said[part]["added"] for part in ("suite", "dataset")] == [
        dry[part]["added"] for part in ("suite", "dataset")
    ]
    assert said["suite"]["added"] + said["dataset"]["added"] == 5
    held = {f"feedback/p{5 + i}" for i in range(5) if side_of(key_of({"dep": i, "carrier": "AB"[i % 2]}), 0.5)}
    assert set(read(tmp_path / "next").cases.ids.to_pylist()) == {"c1", *held}
    assert 0 < len(held) < 5
    again = promote(bench, Asked(suite=tmp_path / "next", folder=tmp_path / "n", dataset="d", target="y", split=0.5))
    assert (again["suite"]["added"], again["dataset"]["added"]) == (0, 0)
    assert 0.26 < sum(side_of(key_of(i), 0.3) for i in range(2000)) / 2000 < 0.34  # the share is a share


def test_versions_that_follow() -> None:
    assert [following(v) for v in (3, "1.9", "2026-01b", "draft")] == [4, "1.10", "2026-2b", "draft.1"]


def test_inputs_are_nearly_the_same_by_their_texts_only() -> None:
    def near(a: Any, b: Any) -> bool:
        return key_of(a)[1] == key_of(b)[1]

    assert near("Where  is it?", "where is IT")
    assert near({"q": "ﬁne!"}, {"q": "Fine"})
    assert near({"at": "2024-05-01T10:00:00Z"}, {"at": "2024-05-01 12:00:00+02:00"})  # as a table writes it
    assert not near("2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z")
    assert not near("1.5 kg", "15 kg")
    assert not near("-5", "5")
    assert not near({"x": 1.5}, {"x": 15})
    assert not near("?", "!")
    assert key_of({"a": 1, "b": 2.0}) == key_of({"b": 2, "a": 1.0})


# ------------------------------------------------------------------------------------------------------------ commands


def test_the_commands_say_what_was_done(
    bench: Bench, suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["feedback", *map(str, arguments), "--workspace", str(bench.root)])
        said = capsys.readouterr()
        assert ended.value.code == code, said.err
        return said.out if not code else said.err

    path = write(tmp_path, {"id": "p0", "value": "x", "kind": "correction", "ts": 1.5e9}, {"id": "no\x1b", "value": 1})
    found = json.loads(run("import", path, "--json"))
    assert found == {"rows": 2, "new": 2, "repeated": 0, "unknown": {"ids": 1, "first": ["no\x1b"]}}
    assert "10 predictions, 1 with feedback (10.0%)" in run("status")
    assert json.loads(run("status", "--json", "--since", "2001-09-09T01:46:45Z"))["predictions"] == 5
    assert json.loads(run("status", "--json", "--until", "90m"))["predictions"] == 10
    assert "1 added" in run("promote", "--since", "20000d", "--suite", suite, "-o", tmp_path / "next")
    assert "there is something already" in run("promote", "--suite", suite, "-o", tmp_path / "next", code=2)
    assert "nothing is asked" in run("promote", code=2)
    assert "are on the other side already" in run("promote", "--dataset", "d", "--target", "y", code=2)
    assert "no prediction has a label" in run("labels", "-o", tmp_path / "l.jsonl", code=2)


def test_rows_for_what_a_stage_makes_are_kept_with_a_warning(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pa.table({"dep": [2.5], "carrier": ["A"], "late": [True]})
    for name, note in (("p.s.rows", "output rows"), ("named", "output rows"), ("own", "")):
        bench.datasets.add(name, [rows], made_by="p.s" if note else "ingest", note=note)
    answers(tmp_path, bench, "p5", kind="outcome", value=True)
    capsys.readouterr()
    for name, stage, more in (
        ("named", "p.s", "--dry-run"), ("p.s.rows", "p.s", "--json"), ("p.s.rows", None, "--json"),
        ("own", None, "--dry-run"), ("new", None, "--dry-run"),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as ended:
            main(["feedback", "promote", "--dataset", name, "--target", "late", more, "--workspace", str(bench.root)])
        assert ended.value.code == 0
        err = capsys.readouterr().err
        assert (f"the stage {stage} makes {name}" in err, "as an input" in err) == (stage is not None,) * 2, name
    assert bench.datasets.find("p.s.rows").rows == 2
