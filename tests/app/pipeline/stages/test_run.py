"""What runs again and what does not, what a failure stops, and what stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evalkit.app.pipeline.stages.keys import Keys, standings
from evalkit.app.pipeline.stages.ledger import Ledger
from evalkit.core.errors import InputError, RunBroke, StoreError
from evalkit.pipeline.stages.nouns import CHAIN
from evalkit.stores.disk import StoreWarning
from tests.app.pipeline.stages.toy import Toy, edit

ALL = ["clean", "total", "count", "gate", "ship"]


def again(toy: Toy, **wanted: object) -> list[str]:
    """Stages that ran; modules are read anew, as a process does."""
    for name in ("steps", "other", "helper"):
        sys.modules.pop(name, None)
    return [stage for stage, state in toy.states(**wanted).items() if state == "ran"]


def values(toy: Toy) -> dict[str, str]:
    ledger = Ledger(toy.bench, "toy")
    return {
        f"{name}.{output}": thing.digest
        for name in ALL
        if (past := ledger.last(name)) is not None
        for output, thing in past.ran.made.outputs.items()
    }


def test_a_second_run_runs_nothing(toy: Toy) -> None:
    report = toy.run()
    assert (report.exit_code, [s.state for s in report.stages]) == (0, ["ran"] * 5)
    assert toy.told == ["clean: kept 3 of 4", "total: wrote out/report.txt"]
    assert (toy.folder / "out/report.txt").read_text() == "sum 6\n"
    second = toy.run()
    assert [s.state for s in second.stages] == ["kept"] * 5
    assert [s.outputs for s in second.stages] == [s.outputs for s in report.stages]
    assert second.stages[3].outcome == "pass"
    assert len(toy.bench.chains.events(CHAIN)) == 5
    assert toy.bench.chains.verify(CHAIN) == []


CHANGED = [
    ("raw.json", "9", "8", ["clean", "count"]),  # the rows stay the same: nothing behind them runs
    ("raw.json", "3, 9", "2, 9", ["clean", "count", "total", "gate"]),
    ("helper.py", "<=", "<", ["clean", "total", "gate"]),  # both stages of the file that imports it
    ("other.py", "def ship", "# why\ndef ship", ["count", "gate", "ship"]),
    ("pipeline.yaml", "limit: 3", "limit: 1", ["clean", "total", "gate"]),
    ("pipeline.yaml", "at_least: 1", "at_least: 2", ["gate"]),
    ("pipeline.yaml", "uses: other.py:count", "version: 2\n    uses: other.py:count", ["count"]),
    ("pipeline.yaml", "uses: other.py:count", "seed: 2\n    uses: other.py:count", ["count"]),
    ("pipeline.yaml", "uses: other.py:count", "timeout: 9\n    uses: other.py:count", []),
    ("pipeline.yaml", "uses: other.py:count", "description: a\n    uses: other.py:count", []),
]


def test_what_changed_runs_and_what_is_made_of_it(toy: Toy) -> None:
    toy.run()
    for file, old, new, runs in CHANGED:
        edit(toy.folder / file, old, new)
        assert (old, sorted(again(toy))) == (old, sorted(runs))
        edit(toy.folder / file, new, old)
        assert (old, again(toy)) == (old, [])  # what was there before is known still


def test_other_packages_run_everything_again(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    from evalkit.app.pipeline import lock

    toy.run()
    monkeypatch.setattr(lock, "_in", lambda folder: [("numpy", "99")])
    assert again(toy) == [*ALL[:2], "count", "gate", "ship"]


def test_what_is_gone_from_the_workspace_is_made_again(toy: Toy) -> None:
    toy.run()
    before = values(toy)
    for file in (toy.bench.root / "blobs").glob("??/*"):
        if file.name == before["total.sum"]:
            file.unlink()
    assert again(toy) == ["total"]
    assert values(toy) == before
    (toy.folder / "out/report.txt").write_text("edited")
    assert again(toy) == []
    assert (toy.folder / "out/report.txt").read_text() == "sum 6\n"


def test_only_and_from_and_fresh(toy: Toy) -> None:
    assert toy.states(only=("clean",)) == {"clean": "ran"}
    assert toy.states(only=("gate",)) == {"gate": "blocked"}
    assert toy.run(only=("gate",)).exit_code == 2
    toy.run()
    edit(toy.file, "limit: 3", "limit: 2")
    assert again(toy, only=("gate",)) == []  # of what total gave last
    assert any("clean: is not fresh" in line for line in toy.told)
    assert again(toy, start=("total",)) == []
    assert again(toy) == ["clean", "total", "gate"]
    assert again(toy, only=("count",), fresh=True) == ["count"]
    assert again(toy, start=("total",), fresh=True) == ["total", "gate", "ship"]


def test_a_failed_gate_keeps_what_was_made_and_stops_what_depends_on_it(toy: Toy) -> None:
    edit(toy.file, "at_least: 1", "at_least: 100")
    report = toy.run()
    states = {stage.stage: stage for stage in report.stages}
    assert report.exit_code == 1
    assert (states["gate"].state, states["gate"].outcome, states["gate"].said) == ("ran", "fail", "the sum is 6")
    assert (states["ship"].state, states["ship"].said) == ("blocked", "gate, which it needs, gave the verdict fail")
    assert states["count"].state == "ran"
    assert (toy.run().exit_code, again(toy)) == (1, [])


def test_an_inconclusive_gate_is_its_own_exit_code(toy: Toy) -> None:
    edit(toy.folder / "other.py", '"pass" if ok else "fail"', '"inconclusive"')
    assert toy.run().exit_code == 3


FAILS = [
    ('raise ValueError("no rows")', 4, "it raised ValueError: no rows (other.py:5)"),
    ("return [1]", 4, "it returned a list, and a stage returns a mapping of its outputs: n"),
    ("return {}", 4, "it did not return n. Return exactly what `outputs` declares"),
    ('return {"n": 1, "m": 2}', 4, "it returned m, which the pipeline file does not declare"),
    ('return {"n": float("nan")}', 4, "the output n is no value"),
    ('return {"n": object()}', 4, "the output n is no value"),
    ('context.input("row")', 2, "the stage has no input 'row'. Nearest: 'raw'"),
    (
        'from evalkit.pipeline.stages.context import GateFailed; raise GateFailed("too few")',
        1,
        "too few",
    ),
    (
        'from evalkit.pipeline.stages.context import GateInconclusive; raise GateInconclusive("too few")',
        3,
        "too few",
    ),
]
COUNTS = 'return {"n": len(json.loads(context.input("raw").read_text()))}'


def test_a_stage_that_fails(toy: Toy) -> None:
    for body, code, said in FAILS:
        edit(toy.folder / "other.py", COUNTS, body)
        report = toy.run(only=("count",))
        assert (body, report.exit_code, report.stages[0].state) == (body, code, "failed")
        assert said in report.stages[0].said
        edit(toy.folder / "other.py", body, COUNTS)
    assert {event.kind for event in toy.bench.chains.events(CHAIN)} == {"failed"}


def test_what_does_not_depend_on_a_failed_stage_goes_on(toy: Toy) -> None:
    edit(toy.folder / "steps.py", "found = sum", "found = summ")
    report = toy.run()
    assert report.exit_code == 4
    found = {stage.stage: stage.state for stage in report.stages}
    assert found == {"clean": "ran", "total": "failed", "count": "ran", "gate": "blocked", "ship": "blocked"}
    stand = standings(Keys(toy.bench, toy.project), Ledger(toy.bench, "toy"))
    assert [one.state for one in stand] == ["fresh", "failed", "fresh", "never", "never"]
    assert stand[1].failed is not None
    assert "NameError" in stand[1].failed.said
    assert toy.states()["total"] == "failed"  # a failure is not remembered as a result


def test_a_file_that_cannot_be_put_in_its_place_fails_its_stage_alone(toy: Toy) -> None:
    (toy.folder / "out" / "report.txt").mkdir(parents=True)
    report = toy.run()
    states = {stage.stage: (stage.state, stage.exit_code) for stage in report.stages}
    assert states["total"] == ("failed", 4)
    assert states["count"] == ("ran", 0)
    assert (states["gate"][0], report.exit_code) == ("blocked", 4)
    (toy.folder / "out" / "report.txt").rmdir()
    assert toy.states()["total"] == "kept"
    assert (toy.folder / "out" / "report.txt").read_text() == "sum 6\n"


@pytest.mark.parametrize("path", ["steps.py", "out/../helper.py", "pipeline.yaml"])
def test_no_output_is_written_over_the_pipeline_itself(toy: Toy, path: str) -> None:
    edit(toy.file, "file:out/report.txt", f"file:{path}")
    with pytest.raises(InputError, match="is a file of the pipeline itself"):
        toy.run()
    assert toy.bench.chains.events(CHAIN) == []


def test_what_is_not_there_is_told_before_anything_runs(toy: Toy) -> None:
    for old, new, said in (
        ("steps.py:total", "steps.py:totl", "stage total: steps.py has no 'totl'. Nearest: 'total'"),
        ("other.py:count", "nowhere.py:count", "stage count: there is no file 'nowhere.py'"),
        ("other.py:count", "no_such_module:count", "stage count: there is no module 'no_such_module'"),
        ("{sum: total.sum}", "{sum: totl.sum}", "stage gate, input sum: there is no file 'totl.sum'"),
        ("{sum: total.sum}", "{sum: totl.sum}", "Nearest output of a stage: 'total.sum'"),
    ):
        edit(toy.file, old, new)
        with pytest.raises(InputError) as error:
            toy.run()
        assert said in str(error.value)
        edit(toy.file, new, old)
    assert toy.bench.chains.events(CHAIN) == []


def test_a_file_that_changes_while_a_stage_reads_it_is_refused(toy: Toy) -> None:
    body = 'context.input("raw").write_text("[7]"); return {"n": 1}'
    edit(toy.folder / "other.py", COUNTS, body)
    report = toy.run(only=("count",))
    assert report.exit_code == 4
    assert "the input raw (raw.json) was changed while the stage ran" in report.stages[0].said


def test_an_output_that_was_changed_in_the_workspace_is_no_input(toy: Toy) -> None:
    toy.run(only=("clean",))
    (part,) = toy.bench.datasets.find("toy.clean.rows").parts
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"v": [1, 2, 4]}), toy.bench.datasets.path_of(part))
    report = toy.run(only=("total",))
    assert report.exit_code == 4
    assert "a part was changed since it was written" in report.stages[0].said
    sum_blob = toy.run(only=("count",)).stages[0].outputs["n"].digest
    assert json.loads(toy.bench.store.get_blob(sum_blob)) == 4


def test_what_cannot_be_remembered_makes_no_run_fail(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(ledger: Ledger) -> None:
        raise StoreError("cannot remember the lineage: the disk is full")

    monkeypatch.setattr(Ledger, "remember", full)
    with pytest.warns(StoreWarning, match="the next run is slower: cannot remember the lineage"):
        assert toy.run().exit_code == 0


def test_two_runs_at_once(toy: Toy) -> None:
    from evalkit.app.pipeline.stages.hold import held

    with held(toy.bench, "toy", 0.0):
        with pytest.raises(RunBroke, match=r"another run of the pipeline toy is under way \(process \d+\)"):
            toy.run(wait=0.0)
        assert standings(Keys(toy.bench, toy.project), Ledger(toy.bench, "toy"))[0].state == "never"
    assert toy.run(wait=0.0).exit_code == 0


def test_no_folder_of_a_stage_stays(toy: Toy) -> None:
    toy.run()
    scratch = toy.bench.root / "pipelines" / "scratch" / "toy"
    assert not list(scratch.iterdir())


def test_how_stages_stand(toy: Toy) -> None:
    def found() -> dict[str, tuple[str, str]]:
        return {
            one.stage: (one.state, "; ".join(change.said for change in one.why))
            for one in standings(Keys(toy.bench, toy.project), Ledger(toy.bench, "toy"))
        }

    assert set(found().values()) == {("never", "")}
    toy.run()
    assert set(found().values()) == {("fresh", "")}
    edit(toy.file, "limit: 3", "limit: 2")
    edit(toy.folder / "helper.py", "value <= limit", "value < limit")
    states = found()
    assert states["clean"] == ("stale", "helper.py: keep changed; limit: 3 -> 2")
    assert states["total"] == ("stale", "helper.py: keep changed")
    assert states["gate"] == ("stale", "")  # it waits for total
    assert states["count"] == ("fresh", "")
    Path(toy.folder / "raw.json").unlink()
    assert "there is no file" in standings(Keys(toy.bench, toy.project), Ledger(toy.bench, "toy"))[0].fault


def test_what_is_remembered_of_the_lineage_counts_only_while_the_chain_agrees(toy: Toy) -> None:
    toy.run()
    memory = toy.bench.root / "pipelines" / "toy.seen.json"
    whole = memory.read_text()
    seen = Ledger(toy.bench, "toy")
    assert seen.by_key("gate", "f" * 64) is None  # not in the file: all of the chain was read
    for text in (None, "", "{", "[]", whole.replace('"limit": 3', '"limit": 4'), whole.replace('"seq": 5', '"seq": 4')):
        if text is None:
            memory.unlink()
        else:
            memory.write_text(text)
        assert again(toy) == []
    toy.bench.chains.append(CHAIN, "ran", {"pipeline": "other"})
    edit(toy.file, "limit: 3", "limit: 1")
    assert again(toy) == ["clean", "total", "gate"]
    assert again(toy) == []
