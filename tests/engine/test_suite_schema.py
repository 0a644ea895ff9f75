"""The editors' schema: made of the reader's own table, so that both say the same."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from evalkit.core.errors import InputError
from evalkit.engine.case_columns import FIELDS
from evalkit.engine.suite import read_suite
from evalkit.engine.suite_keys import ENTRY_KEYS, GATE_KEYS, SUITE_KEYS
from evalkit.engine.suite_schema import suite_json_schema
from evalkit.engine.yaml12 import parse_yaml
from tests.engine.test_suite_reading import EXAMPLE, KNOWN

SCHEMA = suite_json_schema(KNOWN)
VALID = jsonschema_rs.Draft202012Validator(SCHEMA)


def example() -> dict[str, Any]:
    value = copy.deepcopy(parse_yaml(EXAMPLE).value)
    assert isinstance(value, dict)
    return value


def test_the_example_is_valid_and_the_schema_is_json() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert VALID.is_valid(example())
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_key_of_the_reader_is_described() -> None:
    assert SCHEMA["properties"].keys() == SUITE_KEYS.keys()
    assert SCHEMA["$defs"]["gate"]["properties"].keys() == GATE_KEYS.keys()
    numeric = SCHEMA["$defs"]["metric"]["anyOf"][1]["properties"]["numeric"]["properties"]
    assert numeric.keys() == KNOWN["numeric"] | ENTRY_KEYS.keys()
    for described in (SCHEMA["properties"], SCHEMA["$defs"]["gate"]["properties"]):
        assert all(len(entry["description"]) > 10 for entry in described.values())


SAMPLE: dict[str, Any] = {
    "suite": "s",
    "version": "2",
    "description": "d",
    "cases": "c.csv",
    "layers": {"a": ["f1", {"accuracy": None}, {"own.py:f": {"x": 1, "as": "own"}}]},
    "gates": [{"metric": "f1", "at_least": 0.5}],
    "policy": "pull_request",
    "looks": 2,
    "slices": ["origin"],
    "repeats": 2,
    "seed": -1,
    "on_failure": "unscored",
    "timeout": 0.5,
    "max_output_bytes": 10,
    "predictors": {"a": "recorded:a.jsonl", "b": {"use": "openai:x"}},
    "prompt": ["a.yaml", "b.yaml"],
    "judges": {"j": "openai:x"},
    "rubrics": {"r": {"scale": 3}},
    "inputs": ["../models/**"],
}
GATE_SAMPLE: dict[str, Any] = {
    "metric": "f1",
    "name": "n",
    "slice": {"origin": "JFK", "hour": 7, "late": True},
    "versus": "baseline",
    "margin": 0.1,
    "superior": False,
    "role": "info",
    "basis": "census",
    "min_n": 3,
    "max_unscored": 0.1,
    "unscored": "missing_at_random",
    "judge": "advisory",
    "on_inconclusive": "warn",
}


def test_reader_and_schema_accept_every_key() -> None:
    assert SAMPLE.keys() == SUITE_KEYS.keys()
    assert GATE_SAMPLE.keys() | {"at_least", "at_most"} == GATE_KEYS.keys()
    suite = SAMPLE | {"gates": [GATE_SAMPLE, {"metric": "own", "at_most": 1}]}
    assert VALID.is_valid(suite)
    found = read_suite(suite, known_metrics=lambda name: KNOWN.get(name, frozenset({"x"}))).suite
    assert found.gates[0].margin == 0.1
    assert found.prompt == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seeed",), 1),
        (("repeats",), 0),
        (("repeats",), "2"),
        (("seed",), 1.5),
        (("layers",), {}),
        (("layers", "exact"), []),
        (("layers", "exact", 0), {"acuracy": {}}),
        (("layers", "exact", 0), "acuracy"),
        (("layers", "exact", 0), {"accuracy": {"feild": "late"}}),
        (("layers", "exact", 0), {"accuracy": {}, "f1": {}}),
        (("gates", 0), {"metric": "f1"}),
        (("gates", 0), {"metric": "f1", "at_least": 1, "at_most": 2}),
        (("gates", 0), {"metric": "f1", "at_least": 1, "margin": 1}),
        (("gates", 0), {"metric": "f1", "versus": "baseline"}),
        (("gates", 0), {"metric": "f1", "versus": "prod", "margin": 0}),
        (("gates", 0), {"metric": "f1", "at_least": True}),
        (("gates", 0, "slice"), {}),
        (("gates", 0, "slice"), {"origin": None}),
        (("gates", 0, "role"), "primry"),
        (("gates", 0, "metrc"), "f1"),
        (("suite",), "a\x1bb"),
        (("on_failure",), "ignore"),
    ],
)
def test_reader_and_schema_refuse_the_same(path: tuple[str | int, ...], value: object) -> None:
    suite = example()
    inner: Any = suite
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    assert not VALID.is_valid(suite)
    with pytest.raises(InputError):
        read_suite(suite, known_metrics=KNOWN.get)


def test_parameters_may_come_with_a_schema_of_their_own() -> None:
    params = {"type": "object", "properties": {"abs": {"type": "number", "minimum": 0}}, "required": ["abs"]}
    valid = jsonschema_rs.Draft202012Validator(suite_json_schema({"numeric": params}))
    suite = {"suite": "s", "cases": "c.csv", "layers": {"a": [{"numeric": {"abs": 1, "as": "n"}}]}}
    assert valid.is_valid(suite)
    for wrong in ({"abs": -1}, {"as": "n"}, {"abs": 1, "rel": 1}):
        assert not valid.is_valid({**suite, "layers": {"a": [{"numeric": wrong}]}})


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "suite-file.md"


def test_the_reference_page_has_every_key_and_its_examples_are_read() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")}
    for heading, keys in (("Keys", SUITE_KEYS), ("Metrics", ENTRY_KEYS), ("Gates", GATE_KEYS), ("Cases", FIELDS)):
        rows = re.findall(r"^\| `(\w+)` \|", sections[heading], re.MULTILINE)
        assert sorted(rows) == sorted(keys), heading
    first, second, third = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert read_suite(parse_yaml(first).value, known_metrics=KNOWN.get).suite.name == "flights"
    assert len(read_suite({"suite": "s", "cases": "c.csv", **parse_yaml(second).value}).suite.metrics) == 5
    judged = read_suite({"suite": "s", "cases": "c.csv", "layers": {"a": ["accuracy"]}, **parse_yaml(third).value})
    assert judged.suite.judges


BESIDE: dict[str, dict[str, object]] = {
    "at_least": {},
    "at_most": {},
    "versus": {"margin": 0.1},
    "margin": {"versus": "baseline"},
    "superior": {"versus": "baseline"},
}
"""What a gate needs beside a key, to be whole."""


def examples(section: str) -> list[dict[str, Any]]:
    """The example column of a section's tables, read."""
    part = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [parse_yaml(found).value for found in re.findall(r"`(\w+: [^`]*)` \|$", part, re.MULTILINE)]


def test_the_examples_of_the_reference_page_are_valid() -> None:
    base = {"suite": "s", "cases": "c.csv", "layers": {"a": [{"numeric": {"as": "within_10"}}]}}
    assert len(examples("Keys")) == len(SUITE_KEYS) - 1  # gates have a table of their own
    for example in examples("Keys"):
        assert read_suite({**base, **example}).suite
    assert {key for example in examples("Gates") for key in example} == set(GATE_KEYS)
    for example in examples("Gates"):
        [key] = example
        gate = {"metric": "within_10", **BESIDE.get(key, {"at_least": 0.5}), **example}
        assert read_suite({**base, "gates": [gate]}).suite.gates
