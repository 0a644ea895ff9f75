"""`model:` as a system under test, and the whole way from a recipe to a champion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import evalkit
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.models import child
from evalkit.app.pipeline.models.predictor import ModelPredictor
from evalkit.app.pipeline.registry.promoting import Asked, promote
from evalkit.app.pipeline.registry.registering import register
from evalkit.app.pipeline.train.inputs import Inputs
from evalkit.app.pipeline.train.train import Wanted, train
from evalkit.core.errors import InputError
from evalkit.pipeline.registry.registry import Refused
from evalkit.pipeline.train.artifact import Manifest
from evalkit.predictors.marks import Reply
from tests.app.pipeline.train.recipes import HELPERS, SOURCE

SUITE = """
suite: flights
version: 1
cases: cases.jsonl
timeout: 20
layers: {rules: [exact]}
gates: [{metric: exact, at_least: 0.8}]
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    (tmp_path / "r.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "helpers.py").write_text(HELPERS, encoding="utf-8")
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    cases(60)
    return Bench(tmp_path / "w")


def cases(n: int, *more: dict[str, Any]) -> None:
    rows = [{"id": f"c{i}", "input": {"a": i - n / 2 + 0.75}, "expected": "x" if i >= n / 2 else "y"} for i in range(n)]
    Path("cases.jsonl").write_text("\n".join(map(json.dumps, [*rows, *more])), encoding="utf-8")


def trained(bench: Bench, recipe: str, **tables: Any) -> str:
    data = {role: bench.datasets.add(role, [table]) for role, table in tables.items()}
    return train(bench, Wanted(f"r.py:{recipe}", Inputs(data, {}, 0))).training.artifact


def a_table() -> pa.Table:
    a = np.linspace(-3, 3, 60)
    return pa.table({"a": a, "y": np.where(a > 0, "x", "y")})


def test_an_option_that_is_none_is_a_sentence(bench: Bench) -> None:
    with pytest.raises(InputError, match="model: has no output 'pickle'"):
        ModelPredictor.from_spec("m", {"output": "pickle"}, bench.store)
    with pytest.raises(InputError, match="there is no model 'm'"):
        ModelPredictor.from_spec("m", {}, bench.store)


def test_inputs_that_cannot_be_asked_are_left_out_of_what_the_model_is_asked() -> None:
    asked: list[Any] = []

    class Model:
        def predict(self, rows: Any) -> Any:
            asked.append(rows.values.tolist())
            return np.where(rows["a"].isna(), -1.0, rows["a"])

    types = {"a": "double", "b": "int64"}
    manifest = Manifest(kind="skops", features=["a", "b"], frame=True, types=types)
    inputs = [{"a": 2, "b": 1}, {"a": None, "b": 1}, {"b": 1}, {"a": "x", "b": 1}, 7, {"a": 3.5, "b": 4.0, "c": 0}]
    said = child._batches(Model(), manifest, False)(inputs)
    assert [type(one).__name__ for one in said] == ["Reply", "Reply", *["ValueError"] * 3, "Reply"]
    assert [one.output for one in said if isinstance(one, Reply)] == [2.0, -1.0, 3.5]
    words = ["the input has no 'a', which the model needs", "'a' cannot be taken as double", "the input is a int"]
    for error, word in zip(said[2:5], words, strict=True):
        assert word in str(error)
    assert len(asked) == 1, "what is wrong with an input takes no call of the model"
    assert [row[1] for row in asked[0][:3]] == [1, 1, 4]


@pytest.mark.slow
def test_from_a_recipe_to_a_champion_whose_answers_are_reused(bench: Bench) -> None:
    artifact = trained(bench, "tree", train=a_table())
    register(bench, "m", artifact)
    record = evalkit.run("suite.yaml", candidate=f"model:{artifact[:10]}", workspace=bench.store)
    variant = record.variants[0]
    assert (record.outcome, variant.spec) == ("pass", {"predictor": "model", "artifact": artifact})
    assert variant.n_reused == 0
    with pytest.raises(Refused):
        promote(bench, Asked("m@1", "champion", record=f"run:{record.run_id}", suite="other"))
    promote(bench, Asked("m@1", "champion", record=f"run:{record.run_id}"))
    again = evalkit.run("suite.yaml", candidate="model:m@champion", workspace=bench.store)
    assert again.variants[0].n_reused == 60, "the artifact is its identity, whatever name it was asked by"
    rows = bench.store.read_table(record.run_id, "predictions")
    assert rows["confidence"].null_count == 0
    stated = evalkit.run("suite.yaml", candidate="model:m?output=probability", workspace=bench.store)
    outputs = bench.store.read_table(stated.run_id, "predictions")["output"].to_pylist()
    assert set(json.loads(outputs[0])["probability"]) == {"x", "y"}
    cases(4, {"id": "text", "input": {"a": "5"}, "expected": "x"}, {"id": "none", "input": None, "expected": "x"})
    no_rows = evalkit.run("suite.yaml", candidate=f"model:{artifact}", workspace=bench.store)
    assert no_rows.variants[0].failures == {"raised": 2}
    inputs = [{"a": 1.0, "b": "u"}, {"a": None, "b": "v"}, {"a": -1.0, "b": None}]
    pq.write_table(pa.table({"id": [1, 2, 3], "input": inputs, "expected": ["x", "y", "y"]}), "cases.parquet")
    Path("suite.yaml").write_text(SUITE.replace("jsonl", "parquet"), encoding="utf-8")
    with_nulls = evalkit.run("suite.yaml", candidate=f"model:{artifact}", workspace=bench.store)
    assert with_nulls.variants[0].failures == {}, "a tree takes what is not known"
    mine = ModelPredictor.from_spec(artifact, {}, bench.store)
    stranger = ModelPredictor(mine.model._replace(trusted=(), code=None), bench.store)
    with pytest.raises(InputError, match=r"types that are not trusted: sklearn\.tree\._tree\.Tree"):
        evalkit.run("suite.yaml", candidate=stranger, workspace=bench.store, fresh=True)


@pytest.mark.slow
def test_a_model_that_hangs_raises_or_says_nan_fails_openly(bench: Bench) -> None:
    cases(
        6,
        {"id": "nan", "input": {"do": "nan", "a": 1}, "expected": "x"},
        {"id": "hang", "input": {"do": "hang", "a": 1}, "expected": "x"},
        {"id": "lacks", "input": {}, "expected": "x"},
    )
    Path("suite.yaml").write_text(SUITE.replace("timeout: 20", "timeout: 2"), encoding="utf-8")
    record = evalkit.run("suite.yaml", candidate=f"model:{trained(bench, 'line')}", workspace=bench.store)
    assert record.variants[0].failures == {"raised": 1, "timeout": 1, "unparseable": 1}
    point = next(one.point for one in record.estimates if one.metric == "exact" and not one.slice)
    assert point == pytest.approx(6 / 9), "each failure is a wrong answer"


@pytest.mark.slow
def test_an_own_predictor_runs_with_the_code_that_it_was_trained_with(bench: Bench) -> None:
    artifact = trained(bench, "line")
    Path("r.py").unlink()
    Path("helpers.py").write_text("CUT = 1e9\n", encoding="utf-8")
    assert evalkit.run("suite.yaml", candidate=f"model:{artifact}", workspace=bench.store).outcome == "pass"
    events = bench.chains.events("training/line")
    assert events[0].data["artifact"] == artifact
