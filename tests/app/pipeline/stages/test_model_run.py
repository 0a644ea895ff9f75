"""Data, a model and a run by stages: the run knows what it was made of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.history import lineage_of
from evalkit.app.pipeline.stages.ledger import Ledger

PIPELINE = """\
pipeline: late
seed: 1
stages:
  clean:
    uses: stages.py:clean
    inputs: {raw: raw.json}
    outputs: {train: dataset:late-train, cases: file}
  fit:
    uses: stages.py:fit
    inputs: {train: clean.train}
    outputs: {model: model}
    with: {C: 1.0}
  evaluate:
    uses: stages.py:evaluate
    inputs: {model: fit.model, suite: suite.yaml, cases: clean.cases}
    outputs: {run: run}
"""

SUITE = "suite: late\ncases: cases.jsonl\nlayers: {exact: [exact]}\ngates: [{metric: exact, at_least: 0.5}]\n"

RECIPE = """\
def fit(data, config, seed):
    from sklearn.linear_model import LogisticRegression

    from evalkit import Fitted

    rows = data["train"].to_pylist()
    model = LogisticRegression(C=config["C"], random_state=seed)
    return Fitted(model.fit([[r["x"]] for r in rows], [r["late"] for r in rows]), features=["x"])
"""

STAGES = """\
import json
import shutil

import pyarrow as pa

import evalkit


def clean(context):
    rows = json.loads(context.input("raw").read_text())
    file = context.scratch / "cases.jsonl"
    cases = [{"id": f"c{i}", "input": {"x": r["x"]}, "expected": r["late"]} for i, r in enumerate(rows)]
    file.write_text("\\n".join(map(json.dumps, cases)))
    return {"train": pa.Table.from_pylist(rows), "cases": file}


def fit(context):
    from evalkit.app.pipeline.train.inputs import Inputs
    from evalkit.app.pipeline.train.train import Wanted, train

    inputs = Inputs({"train": context.datasets["train"]}, dict(context.config), context.seed)
    return {"model": train(context.bench, Wanted("recipe.py:fit", inputs, name="late")).training}


def evaluate(context):
    for name in ("suite", "cases"):
        shutil.copy(context.input(name), context.scratch)
    model = f"model:{context.input('model')}"
    record = evalkit.run(context.scratch / "suite.yaml", candidate=model, workspace=context.bench.root)
    context.decide(record)
    return {"run": record}
"""


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "evalkit", *arguments, "--workspace", "ws", "--json"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
def test_a_run_knows_its_data_its_code_and_its_model(tmp_path: Path) -> None:
    rows = [{"x": (i % 40) / 10 - 2, "late": "yes" if i % 40 > 20 else "no"} for i in range(80)]
    (tmp_path / "raw.json").write_text(json.dumps(rows))
    for name, text in (
        ("pipeline.yaml", PIPELINE),
        ("suite.yaml", SUITE),
        ("recipe.py", RECIPE),
        ("stages.py", STAGES),
    ):
        (tmp_path / name).write_text(text)
    done = call(tmp_path, "pipeline", "run")
    assert done.returncode == 0, done.stderr
    evaluate = json.loads(done.stdout)["stages"][2]
    run_id = evaluate["outputs"]["run"]["name"]
    assert evaluate["outcome"] == "pass"
    bench = Bench(tmp_path / "ws")
    record = bench.store.read_record(run_id)
    for ref in (run_id, record.digest, record.digest[:10]):
        found = lineage_of(bench, ref)
        assert [node.name for node in found.things] == [run_id]
        assert {node.kind for node in found.nodes} == {"run", "file", "model", "source", "dataset", "code"}
    edges = {(edge.of.partition(":")[0], edge.made.partition(":")[0], edge.by) for edge in found.edges}
    assert {
        ("source", "dataset", "late.clean"),
        ("dataset", "model", "late.fit"),
        ("code", "model", "train"),
        ("model", "run", "late.evaluate"),
    } <= edges
    (evidence,) = bench.store.evidence(run_id)
    assert evidence.kind == "lineage"
    assert {node.digest for node in evidence.nodes} >= {record.variants[0].digest}  # the report joins it to the system
    assert {edge.made for edge in evidence.edges if edge.of.startswith("model:")} == {
        f"system:{record.variants[0].digest}"
    }
    kept = call(tmp_path, "pipeline", "run")
    assert [stage["state"] for stage in json.loads(kept.stdout)["stages"]] == ["kept"] * 3
    assert len(bench.store.evidence(run_id)) == 1
    digest = evaluate["outputs"]["run"]["digest"]
    again = call(tmp_path, "pipeline", "run", "--only", "evaluate", "--fresh")
    assert again.returncode == 0, again.stderr
    second = json.loads(again.stdout)["stages"][0]["outputs"]["run"]
    assert (second["digest"], second["name"] == run_id) == (digest, False)  # the same, though made at another time
    past = Ledger(bench, "late").last("evaluate")
    assert past is not None
    assert past.ran.made.outputs["run"].name == second["name"]
