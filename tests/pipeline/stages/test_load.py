"""A pipeline file: what it may say, and every fault with its line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evalkit.core.errors import InputError
from evalkit.core.yaml12 import parse_yaml
from evalkit.pipeline.stages.keys import pipeline_schema
from evalkit.pipeline.stages.load import pipeline_of
from evalkit.pipeline.stages.nouns import Pipeline

GOOD = """\
pipeline: toy
version: 2
seed: 7
stages:
  clean:
    uses: steps.py:clean
    inputs: {raw: data/raw.csv, old: dataset:flights@3}
    outputs: {rows: dataset:flights, left: value}
    with: {limit: 3, no: NO}
  fit:
    uses: pkg.train:fit
    inputs: {rows: clean.rows}
    outputs: {model: model, report: file:out/r.txt}
    seed: 1
    timeout: 2.5
    version: 4
"""


def read(text: str) -> Pipeline:
    return pipeline_of(parse_yaml(text, "p.yaml"), "p.yaml")


def refused(text: str) -> str:
    with pytest.raises(InputError) as error:
        read(text)
    return str(error.value)


def test_a_whole_file() -> None:
    pipeline = read(GOOD)
    clean, fit = pipeline.stages["clean"], pipeline.stages["fit"]
    assert (pipeline.name, pipeline.version, list(pipeline.stages)) == ("toy", 2, ["clean", "fit"])
    assert (clean.inputs["raw"].kind, clean.inputs["raw"].ref) == ("path", "data/raw.csv")
    assert (clean.inputs["old"].kind, clean.inputs["old"].ref) == ("dataset", "flights@3")
    assert (clean.outputs["rows"].kind, clean.outputs["rows"].name) == ("dataset", "flights")
    assert clean.config == {"limit": 3, "no": "NO"}
    assert (clean.seed, fit.seed, fit.timeout, fit.version) == (7, 1, 2.5, 4)
    assert fit.needs == ["clean"]
    assert (fit.inputs["rows"].stage, fit.inputs["rows"].output) == ("clean", "rows")


def test_stages_as_a_list_say_the_same() -> None:
    listed = """\
pipeline: toy
stages:
  - {name: a, uses: "a.py:f", outputs: {x: value}}
  - {name: b, uses: "a.py:g", inputs: {x: a.x}, outputs: {y: value}}
"""
    mapped = """\
pipeline: toy
stages:
  a: {uses: "a.py:f", outputs: {x: value}}
  b: {uses: "a.py:g", inputs: {x: a.x}, outputs: {y: value}}
"""
    assert read(listed) == read(mapped)
    assert "p.yaml:4: two stages are called 'a'" in refused(listed.replace("name: b", "name: a"))


def test_an_unknown_key_is_named_with_its_line_and_the_nearest() -> None:
    told = refused(GOOD.replace("    timeout: 2.5", "    timout: 2.5"))
    assert "p.yaml:15: unknown key 'timout'" in told
    assert "Nearest: 'timeout'" in told
    assert "p.yaml:2: unknown key 'verson'" in refused(GOOD.replace("version: 2", "verson: 2"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("uses: steps.py:clean", "uses: steps.py", "p.yaml:6: 'steps.py' names no function"),
        ("left: value", "left: valu", "p.yaml:8: 'valu' is no kind of output. Nearest: 'value'"),
        ("left: value", "left: value:x", "p.yaml:8: 'value:x' is no kind of output"),
        ("rows: dataset:flights", "rows: dataset:../x", "p.yaml:8: '../x' cannot be the name of a dataset"),
        ("pipeline: toy", "pipeline: a/b", "p.yaml:1: a pipeline cannot be called 'a/b'"),
        ("  fit:", "  f.t:", "a stage cannot be called 'f.t'"),
        ("left: value", "1x: value", "p.yaml:8: an output cannot be called '1x'"),
        ("rows: clean.rows", "rows: clean.row", "p.yaml:12: the stage 'clean' has no output 'row'. Nearest: 'rows'"),
        ("timeout: 2.5", "timeout: 0", "p.yaml:15: stages.fit.timeout is 0; it must be above 0"),
        ("seed: 7", "seed: -1", "p.yaml:3: seed is -1; it must be at least 0"),
        ("    outputs: {model: model, report: file:out/r.txt}\n", "", "stages.fit lacks the key 'outputs'"),
        ("data/raw.csv", "out/r.txt", "is what fit.report writes, and is read here as if it came from outside"),
        ("dataset:flights@3", "dataset:flights", "is what clean.rows writes"),
        ("data/raw.csv", "fit.report", "stages go in a circle: clean -> fit -> clean"),
        ("report: file:out/r.txt", "report: dataset:flights", "clean.rows and fit.report both write the dataset"),
    ],
)
def test_what_does_not_fit_is_a_sentence(old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in refused(GOOD.replace(old, new))


@pytest.mark.parametrize("text", ["", "- a", "pipeline: x\nstages: {}", "pipeline: x\nstages: []", "3"])
def test_no_pipeline_at_all(text: str) -> None:
    assert "p.yaml" in refused(text)


def test_several_faults_are_told_at_once() -> None:
    told = refused(GOOD.replace("left: value", "left: valu").replace("pipeline: toy", "pipeline: '9'"))
    assert "2 things are wrong" in told


def test_the_schema_takes_what_the_reader_takes() -> None:
    import jsonschema_rs

    schema: Any = pipeline_schema()
    value = parse_yaml(GOOD).value
    jsonschema_rs.validate(schema, value)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, json.loads(json.dumps(value).replace('"uses"', '"use"')))
