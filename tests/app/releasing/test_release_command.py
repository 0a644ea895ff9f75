"""`evalkit report release`: which run is the last release, what changed, the numbers since; formats and errors."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from evalkit.app.api import open_store
from evalkit.app.cli.main import main
from evalkit.app.releases import assemble_release
from evalkit.app.releasing.changes import Side, changes, counted, rubrics
from evalkit.app.releasing.held import digests_of
from evalkit.app.releasing.previous import previous
from evalkit.core.evidence import Limits, Lineage, Node, Registry, Validation
from evalkit.core.nouns import MetricInfo
from evalkit.core.tables import CaseTable, Column
from evalkit.stores.memory import MemoryStore
from tests.stores.builders import a_record, tables


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    exit_code: int
    output: str


def call(*words: str) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(words))
    return Done(int(ended.value.code or 0), out.getvalue() + err.getvalue())


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(folder: Path, name: str, wrong: int, *, at_least: float = 0.5, cases: int = 40) -> str:
    """Run a suite on answers of which some are wrong; the run's id."""
    folder.mkdir(exist_ok=True)
    lines(folder / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": "yes"} for i in range(cases)])
    answers = [{"case_id": f"c{i}", "output": "no" if i < wrong else "yes"} for i in range(cases)]
    lines(folder / f"{name}.jsonl", answers)
    suite = {
        "suite": "tiny",
        "cases": "cases.jsonl",
        "layers": {"task": [{"exact": {"as": "right"}}]},
        "gates": [{"metric": "right", "at_least": at_least}],
    }
    (folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    call("run", str(folder), "--candidate", f"recorded:{folder / name}.jsonl", "--name", name)
    return open_store(None).read_record(name).run_id


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    return run(tmp_path / "s", "old", 8, at_least=0.6), run(tmp_path / "s", "new", 2, at_least=0.5)


def test_since_is_compared_on_the_same_cases(pair: tuple[str, str], tmp_path: Path) -> None:
    old, new = pair
    dossier = assemble_release(open_store(None), new, old)
    told = dossier.release
    assert told is not None
    assert told.since is not None
    assert told.since.created == dossier.record.created
    difference = told.since.metrics[0].differences[0]
    assert difference.point == pytest.approx(6 / 40)
    state = {c.what: c.same for c in told.changes}
    assert state["cases"] is True
    assert state["policy"] is False
    assert state["system"] is False
    said = [p.said for c in told.changes for p in c.parts if p.bend == "loosened"]
    assert said == ["Gate right was loosened from at least 0.6 to at least 0.5."]


def test_default_of_since_is_where_a_release_baseline_stands(pair: tuple[str, str]) -> None:
    old, new = pair
    store = open_store(None)
    none = assemble_release(store, new).release
    assert none is not None
    assert none.previous is None
    assert none.found.startswith("No baseline production, release or main stands on an earlier run")
    store.set_baseline("main", old)
    found = assemble_release(store, new).release
    assert found is not None
    assert found.previous is not None
    assert found.found == f"The last release is run {old}, which the baseline main stands on."
    store.set_baseline("main", new)
    before = assemble_release(store, new).release
    assert before is not None
    assert (
        before.found
        == f"The last release is run {old}, which the baseline main stood on before it was moved to this run."
    )


def test_other_cases_are_not_compared_in_silence(tmp_path: Path) -> None:
    old = run(tmp_path / "s", "old", 2, cases=40)
    folder = tmp_path / "s"
    new = run(folder, "new", 2, cases=50)
    told = assemble_release(open_store(None), new, old).release
    assert told is not None
    cases = next(c for c in told.changes if c.what == "cases")
    assert (cases.same, [(p.what, p.after) for p in cases.parts]) == (False, [("new cases", "10")])
    assert told.since is not None
    assert any("left out" in sentence for sentence in told.since.comparability)


def test_command_writes_every_text_form_the_same_twice(pair: tuple[str, str], tmp_path: Path) -> None:
    old, new = pair
    open_store(None).add_evidence(new, Limits(created="2024-05-06T10:00:00Z", sentences=["Only for <b>yes</b>."]))
    for form in ("html", "md", "model-card"):
        file = tmp_path / f"out.{form}"
        words = ["report", "release", f"run:{new}", "--since", f"run:{old}", "--format", form, "-o", str(file)]
        first = call(*words)
        assert (first.exit_code, first.output.strip()) == (0, str(file))
        page = file.read_bytes()
        assert call(*words).exit_code == 0
        assert file.read_bytes() == page
        assert b"Only for <b>" not in page
    assert f"--since run:{old}" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_without_a_file_it_lies_in_the_runs_folder(pair: tuple[str, str]) -> None:
    done = call("report", "release", "new")
    assert done.exit_code == 0
    assert Path(done.output.strip()).name == "release.html"
    assert Path(done.output.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_bad_input_is_a_sentence(pair: tuple[str, str]) -> None:
    for words, said in (
        (["run:nope"], "there is no such run"),
        (["new", "--since", "run:nope"], "there is no such run"),
        (["new", "--since", "new"], "the last release is this very run"),
        (["new", "--redact", "inptu"], "inptu"),
        (["run:new/baseline"], "baseline"),
    ):
        done = call("report", "release", *words)
        assert done.exit_code == 2
        assert said in done.output
        assert "Traceback" not in done.output


def test_another_rubric_is_a_change_though_its_file_has_the_same_name() -> None:
    metric = MetricInfo(
        id="ok", layer="judge", name="rubric", version=1, better="higher", kind="mean", parts=[], spec={}
    )
    then, now = (a_record().model_copy(update={"metrics": [metric.model_copy(update={"spec": s})]}) for s in RUBRICS)
    assert [(c.same, c.parts[0].said) for c in rubrics(then, now)] == [
        (False, "The rubric of ok is another text (aaaaaaaaaaaa then, bbbbbbbbbbbb now).")
    ]
    assert [c.same for c in rubrics(now, now)] == [True]


RUBRICS = ({"rubric_digest": "a" * 64}, {"rubric_digest": "b" * 64})


def test_a_last_release_that_is_younger_or_of_another_suite_is_said_to_be() -> None:
    store = MemoryStore()
    for record in (
        a_record("old"),
        a_record("new", "2026-01-02T00:00:00Z"),
        a_record("else", "2025-01-01T00:00:00Z", suite="b"),
    ):
        store.write_run(record, tables())
    record = store.read_record("old")
    assert previous(store, record, "run:new").found.endswith("It was made after this run: the changes go back in time.")
    assert previous(store, record, "run:else").found.endswith("It is of another suite, b, not flights.")
    assert previous(store, store.read_record("new"), "run:old").found.endswith("named with --since.")


def test_evidence_tells_of_models_code_and_contracts_too() -> None:
    at, one, other = "2024-05-06T10:00:00Z", "a" * 64, "b" * 64
    nodes = [Node(id=k, kind=k, name="x", digest=one) for k in ("raw", "features", "config", "code", "train", "model")]
    held = digests_of(
        [
            Lineage(created=at, nodes=[*nodes, Node(id="s", kind="suite", name="x", digest=one)], edges=[]),
            Validation(created=at, dataset="x", contract=other, rows=3),
            Registry(created=at, model="x", version="7", artifact=other),
        ]
    )
    assert held == {
        **dict.fromkeys(("data: x", "features: x", "configuration: x", "code of the pipeline: x", "training: x"), one),
        "model: x": other,  # what is newer counts
        "contract: x": other,
        "version of the model: x": "7",
    }


def test_code_without_a_commit_is_said_to_be_unknown() -> None:
    bare, known = (
        a_record().model_copy(update={"environment": a_record().environment.model_copy(update={"commit": c})})
        for c in (None, "c" * 40)
    )
    store = MemoryStore()
    store.write_run(bare, tables())
    told = {
        (before.environment.commit, after.environment.commit): next(
            c
            for c in changes(store, Side(before, before.variants[0].name), Side(after, after.variants[0].name))
            if c.what == "code"
        ).said
        for before, after in ((bare, bare), (bare, known))
    }
    assert told[None, None] == "No commit is known then and now."
    assert told[None, "c" * 40].startswith("No commit is known then")


def test_cases_that_came_and_went_are_counted_in_sentences() -> None:
    then, now = (
        CaseTable(pa.array(ids), *(Column.of([1] * len(ids)) for _ in range(2))) for ids in (list("abc"), list("cd"))
    )
    assert [part.said for part in counted(then, now)] == ["1 case is new.", "2 cases are left out."]
