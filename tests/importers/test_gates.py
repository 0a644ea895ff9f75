"""An imported run is a run: compare, rescore, gates and slices work on it with no special case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.app import api
from evalkit.app.imported_files import write_suite
from evalkit.core.errors import InputError
from evalkit.stores.memory import MemoryStore
from tests.importers.support import estimate, folder, imported, written

MARGIN = """gates:
  - {metric: match, versus: baseline, margin: 0.02}
  - {metric: match, at_least: 0.3, slice: {kind: odd}}
"""
SUMS = """suite: sums
cases: cases.jsonl
layers: {task: [numeric]}
gates: [{metric: numeric, at_least: 0.2}]
repeats: 2
"""


@pytest.fixture(scope="module")
def runs() -> dict[str, Any]:
    """A good and a worse run of one task, in a store."""
    store = MemoryStore()
    files = [folder("inspect_ai") / f"{name}.eval" for name in ("good", "worse")]
    good, worse = imported("inspect", *files, store=store, group="page")
    return {"store": store, "good": good, "worse": worse}


def test_two_imported_runs_compare(runs: dict[str, Any]) -> None:
    good, worse = runs["good"], runs["worse"]
    assert (good.digests.cases, good.digests.scoring) == (worse.digests.cases, worse.digests.scoring)
    found = api.compare(worse.run_id, good.run_id, workspace=runs["store"])
    contrast = next(e for e in found.estimates if e.metric == "match" and " - " in e.variant and e.slice is None)
    wanted = (estimate(worse, "match").point or 0) - (estimate(good, "match").point or 0)
    assert contrast.point == pytest.approx(wanted, abs=1e-12)
    assert (contrast.n, contrast.n_clusters) == (12, 4)


def test_gates_on_an_imported_run(runs: dict[str, Any], tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", runs["good"], runs["store"])
    suite.write_text(suite.read_text(encoding="utf-8") + MARGIN, encoding="utf-8")
    refs = {"candidate": f"run:{runs['worse'].run_id}", "baseline": f"run:{runs['good'].run_id}"}
    record = api.run(suite, workspace=runs["store"], **refs)
    decided = {(d.gate.versus, d.gate.at_least) for d in record.decisions}
    assert decided == {("baseline", None), (None, 0.3)}
    assert record.outcome in ("fail", "inconclusive")
    same = api.run(suite, workspace=runs["store"], candidate=refs["baseline"], baseline=refs["baseline"])
    [versus] = [d for d in same.decisions if d.gate.versus]
    assert (versus.outcome, versus.relation) == ("pass", "identical")
    again = api.rescore(runs["good"].run_id, workspace=runs["store"])
    assert again.digests == runs["good"].digests
    assert estimate(again, "match").point == estimate(runs["good"], "match").point
    with pytest.raises(InputError, match="there already"):
        write_suite(tmp_path / "suite", runs["good"], runs["store"])


def test_answers_of_a_log_are_scored_by_a_suite(runs: dict[str, Any], tmp_path: Path) -> None:
    from evalkit.adapters.logs.nouns import Asked
    from evalkit.app.importing import read_logs, score_log

    rows = [{"id": f"q{n}", "input": f"What is {n} + {2 * n + n % 3}?", "expected": 3 * n + n % 3} for n in range(12)]
    written(tmp_path / "cases.jsonl", rows)
    suite = written(tmp_path / "suite.yaml", SUMS)
    [one] = read_logs("inspect", [folder("inspect_ai") / "good.eval"], Asked())
    record = score_log(one, suite, runs["store"])
    assert estimate(record, "numeric").point == pytest.approx(estimate(runs["good"], "match").point, abs=1e-9)
    assert record.outcome == "pass"
    assert any("matched to the suite's cases by their inputs" in warning for warning in record.warnings)
    other = written(tmp_path / "other.jsonl", [{"id": "z", "input": "else", "expected": 1}])
    suite.write_text(suite.read_text(encoding="utf-8").replace("cases.jsonl", other.name), encoding="utf-8")
    with pytest.raises(InputError, match="no sample of the log is a case of the suite"):
        score_log(one, suite, runs["store"])


def results(path: Path, assertion: dict[str, Any], wrong: int) -> Path:
    """Results of promptfoo under one assertion."""
    rows = [
        {
            "testIdx": n,
            "promptIdx": 0,
            "prompt": {"raw": f"q{n}", "label": "p"},
            "provider": {"id": "x"},
            "vars": {"q": n},
            "testCase": {"vars": {"q": n}, "assert": [assertion]},
            "response": {"output": f"a{n}"},
            "success": n % wrong > 0,
            "score": float(n % wrong > 0),
            "namedScores": {},
            "failureReason": 0 if n % wrong else 1,
        }
        for n in range(40)
    ]
    return written(path, rows)


def test_another_scorer_is_never_compared_silently(tmp_path: Path) -> None:
    store = MemoryStore()
    judge = {"type": "llm-rubric", "value": "is polite"}
    one, same, other, third = imported(
        "promptfoo",
        results(tmp_path / "a.jsonl", judge, 5),
        results(tmp_path / "b.jsonl", judge, 3),
        results(tmp_path / "c.jsonl", {**judge, "provider": "another judge"}, 3),
        results(tmp_path / "d.jsonl", {**judge, "value": "is short"}, 3),
        store=store,
    )
    assert one.digests.scoring == same.digests.scoring
    assert len({record.digests.scoring for record in (one, other, third)}) == 3
    fine = api.compare(one.run_id, same.run_id, workspace=store)
    assert estimate(fine, "passed", "baseline").n == 40
    with pytest.raises(InputError, match="scored by another scorer"):
        api.compare(one.run_id, other.run_id, workspace=store)
    suite = write_suite(
        tmp_path / "suite", one, store
    )  # nor by a gate: what another judge said is no score of this one
    suite.write_text(suite.read_text(encoding="utf-8") + "gates: [{metric: passed, at_least: 0.1}]\n", encoding="utf-8")
    record = api.run(suite, candidate=f"run:{other.run_id}", workspace=store)
    assert estimate(record, "passed").unscored == {"scored by another scorer": 40}
    assert record.outcome == "inconclusive"
    with pytest.raises(InputError, match="no case that all 2 runs have in common"):  # what it asserts is another gold
        api.compare(one.run_id, third.run_id, workspace=store)


def test_unscored_bounds_hold_for_imported_scores(tmp_path: Path) -> None:
    rows = [f"{n},{'' if n % 10 == 0 else 1}" for n in range(100)]
    [record] = imported("csv", written(tmp_path / "a.csv", "\n".join(["id,score", *rows])))
    found = estimate(record, "score")
    assert (found.n, found.n_unscored, found.point) == (90, 10, 1.0)
    assert found.lo is not None
    assert found.lo < 0.9  # ten of a hundred could all be wrong


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from evalkit.app.cli.main import main

    def code(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["import", *arguments, "--workspace", str(tmp_path / "w")])
        return int(ended.value.code or 0)

    first = str(
        written(tmp_path / "a.csv", "id,score,team\n" + "".join(f"{n},{n % 4 > 0},t{n % 2}\n" for n in range(40)))
    )
    assert code("csv", first, "--name", "first", "--tag", "old", "--system", "mine", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["labels"], told["variants"][0]["name"]) == ("first", ["old"], "mine")
    assert {tuple(e["slice"]) for e in told["estimates"] if e["slice"]} == {("team",)}
    assert code("csv", first, first, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 2
    assert code("csv", str(written(tmp_path / "b.csv", "id,score\n1,\n2,\n"))) == 3
    assert "no case of the log is scored" in capsys.readouterr().err
    assert code("csv", first, "--score", "score=low") == 2
    assert "says no direction" in capsys.readouterr().err
    assert code("csv", first, "--baseline", "run:first") == 2
    assert code("csv", first, "--write-suite", str(tmp_path / "s")) == 0
    capsys.readouterr()
    with (tmp_path / "s" / "suite.yaml").open("a", encoding="utf-8") as suite:
        suite.write("gates: [{metric: score, at_least: 0.99}]\n")
    assert code("csv", first, "--suite", str(tmp_path / "s"), "--json") == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "fail"


def test_ids_out_of_the_metadata(tmp_path: Path) -> None:
    import evalkit

    file = folder("inspect_ai") / "mixed.eval"
    [record] = evalkit.import_logs("inspect", file, workspace=MemoryStore(), columns={"id": "level"})
    assert record.n_cases == 12
    with pytest.raises(InputError, match="no plain value of 'nope'"):
        evalkit.import_logs("inspect", file, workspace=MemoryStore(), columns={"id": "nope"})
    with pytest.raises(InputError, match="--output names a column"):
        evalkit.import_logs("inspect", file, workspace=MemoryStore(), columns={"output": "x"})
