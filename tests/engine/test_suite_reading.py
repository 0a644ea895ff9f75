"""Suite files: what they become, and what is said when something in them is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.nouns import Gate, MetricSpec, Suite
from evalkit.engine.suite import LoadedSuite, find_suite, policy_source, read_suite, scoring_source
from evalkit.engine.suite_keys import ENTRY_KEYS, GATE_KEYS, SUITE_KEYS

KNOWN = {
    "accuracy": frozenset({"field"}),
    "f1": frozenset({"field", "positive"}),
    "numeric": frozenset({"field", "abs", "rel"}),
}
EXAMPLE = """\
suite: flights
version: 1
cases: cases.parquet            # or .jsonl, .csv
layers:
  exact:   [{accuracy: {field: late}}]
  task:    [{f1: {field: late, positive: true}}, {numeric: {field: minutes, abs: 10, as: within_10}}]
gates:
  - {metric: accuracy, at_least: 0.70}
  - {metric: f1, versus: baseline, margin: 0.01, role: primary}
  - {metric: accuracy, slice: {origin: JFK}, versus: baseline, margin: 0.03, role: guardrail}
repeats: 1
seed: 7
"""


def read(path: Path | Mapping[str, Any]) -> LoadedSuite:
    return read_suite(path, known_metrics=KNOWN.get, metric_names=KNOWN)


def told(tmp_path: Path, text: str) -> str:
    """What is said of a suite file, with the folder left out."""
    (tmp_path / "suite.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_the_example_becomes_nouns(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(EXAMPLE)
    loaded = read(tmp_path)
    suite = loaded.suite
    assert (suite.name, suite.version, suite.cases, suite.repeats, suite.seed) == ("flights", 1, "cases.parquet", 1, 7)
    assert suite.layers == {
        "exact": [MetricSpec(id="accuracy", layer="exact", name="accuracy", params={"field": "late"})],
        "task": [
            MetricSpec(id="f1", layer="task", name="f1", params={"field": "late", "positive": True}),
            MetricSpec(id="within_10", layer="task", name="numeric", params={"field": "minutes", "abs": 10}),
        ],
    }
    assert suite.gates == [
        Gate(metric="accuracy", at_least=0.70),
        Gate(metric="f1", versus="baseline", margin=0.01, role="primary"),
        Gate(metric="accuracy", slice={"origin": "JFK"}, versus="baseline", margin=0.03, role="guardrail"),
    ]
    assert loaded.base == tmp_path
    assert loaded.resolve("cases.parquet") == tmp_path / "cases.parquet"
    assert loaded.source["gates"][0] == {"metric": "accuracy", "at_least": 0.7}
    assert loaded.lines["layers", "task", 1, "numeric", "abs"] == 6
    assert loaded.where("gates", 2, "margin") == f"{tmp_path / 'suite.yaml'}:10"
    assert loaded.where_metric("within_10", "abs").endswith("suite.yaml:6")


def test_a_file_and_the_same_mapping_give_the_same_suite(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(EXAMPLE)
    from_file = read(tmp_path / "suite.yaml")
    again = read(from_file.source)
    assert again.suite == from_file.suite
    assert again.base == Path()
    assert again.where("gates", 0) == "suite: gates[0]"


def test_entries_may_be_bare_names_and_import_paths() -> None:
    suite = read_suite(
        {
            "suite": "s",
            "cases": Path("c.jsonl"),
            "layers": {"a": ["accuracy", {"f1": None}, {"metrics/own.py:close": {"when": {"hour": 7, "peak": True}}}]},
            "gates": [{"metric": "close", "at_least": np.float64(0.5), "slice": {"hour": 7.0}}],
        }
    ).suite
    assert [spec.id for spec in suite.metrics] == ["accuracy", "f1", "close"]
    assert suite.metrics[2].when == {"hour": "7", "peak": "true"}
    assert suite.gates[0].slice == {"hour": "7"}
    assert suite.cases == "c.jsonl"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("suite: flights", "suit: flights", "suite.yaml:1: unknown key 'suit'. Nearest: 'suite'. Valid keys: cases, "),
        ("seed: 7", "sede: 7", "suite.yaml:12: unknown key 'sede'. Nearest: 'seed'. Valid keys: "),
        ("metric: f1,", "metrc: f1,", "suite.yaml:9: unknown key 'metrc' in gates[1]. Nearest: 'metric'. Valid keys: "),
        (
            "abs: 10",
            "asb: 10",
            "suite.yaml:6: unknown key 'asb' in layers.task[1].numeric. Nearest: 'abs'. "
            "Valid keys: abs, as, field, rel, when",
        ),
        (
            "{accuracy: {field: late}}",
            "{acuracy: {field: late}}",
            "suite.yaml:5: unknown metric 'acuracy'. Nearest: 'accuracy'. Valid metrics: accuracy, f1, numeric",
        ),
        (
            "as: within_10",
            "as: f1",
            "suite.yaml:6: two metrics have the id 'f1': this one and that of line 6. "
            "Give one of them another id with `as:`",
        ),
        (
            "metric: f1",
            "metric: F2",
            "suite.yaml:9: gates[1] is on the metric 'F2', which the suite does not have. Nearest: 'f1'. "
            "Valid metric ids: accuracy, f1, within_10",
        ),
        ("margin: 0.01", "margin: -0.01", "suite.yaml:9: gates[1].margin is -0.01; it must be at least 0. "),
        ("versus: baseline, margin: 0.01", "versus: prod, margin: 1", "gates[1].versus is the text 'prod'; expected b"),
        ("role: primary", "role: primry", "gates[1].role is the text 'primry'; expected primary or guardrail or info."),
        ("margin: 0.01, ", "", "gates[1] compares with the baseline and does not say by how much. Add `margin:`"),
        ("margin: 0.01", "margin: 0.01, superior: true", "gates[1] has both a margin and superior: true"),
        ("at_least: 0.70", "margin: 0.1", "gates[0] needs exactly one of at_least, at_most and versus, and has none"),
        ("at_least: 0.70", "at_least: 0.7, margin: 0.1", "gates[0] has margin, which belongs to a gate with versus"),
        ("at_least: 0.70", "at_least: 0.7, at_most: 1", "gates[0] needs exactly one of at_least, at_most and versus"),
        ("at_least: 0.70", "at_least: 70%", "gates[0].at_least is the text '70%'; expected a number. Write the number"),
        ("at_least: 0.70", "at_least: 0.7, max_unscored: 1.5", "is 1.5; it is a share below 1, or a whole count from"),
        ("at_least: 0.70", "at_least: 0.7, min_n: 0", "gates[0].min_n is 0; it must be at least 1"),
        ("role: primary", "on_inconclusive: ignore", "on_inconclusive is the text 'ignore'; expected block or warn or"),
        ("slice: {origin: JFK}", "slice: JFK", "gates[2].slice is the text 'JFK'; expected a mapping"),
        ("slice: {origin: JFK}", "slice: {origin: }", "gates[2].slice.origin is empty; expected a text or a number or"),
        ("repeats: 1", "repeats: 0", "suite.yaml:11: repeats is 0; it must be at least 1"),
        ("repeats: 1", "repeats: 1.5", "suite.yaml:11: repeats is 1.5; expected a whole number"),
        ("repeats: 1", "repeats: true", "suite.yaml:11: repeats is true; expected a whole number"),
        ("seed: 7", "seed: '7'", "suite.yaml:12: seed is the text '7'; expected a whole number. Write the number with"),
        ("seed: 7", "timeout: 0", "timeout is 0; it must be above 0"),
        (
            "seed: 7",
            "on_failure: worng",
            "on_failure is the text 'worng'; expected wrong or unscored. Nearest: 'wrong'",
        ),
        ("version: 1", "version: 1.0", "version is 1.0; expected a whole number or a text. Put it in quotes"),
        ("role: primary", "superior: yes", "YAML 1.2 reads yes, no, on, off as texts"),
        ("[{accuracy: {field: late}}]", "{accuracy: {}}", "layers.exact is a mapping; expected a list. Start each"),
        ("[{accuracy: {field: late}}]", "[{accuracy: , field: late}]", "should be one metric, and has the keys accura"),
        ("[{accuracy: {field: late}}]", "[{accuracy: late}]", "layers.exact[0].accuracy is the text 'late'; expected"),
        ("[{accuracy: {field: late}}]", "[]", "layers.exact is an empty list"),
        ("[{accuracy: {field: late}}]", "[3]", "layers.exact[0] is 3; expected a metric. Write `- accuracy`"),
        ("suite: flights", 'suite: "a\\u001bb"', "it must not hold control characters"),
        ("suite: flights", "suite: ' '", "must not be empty"),
        ("suite: flights", "suite:", "suite.yaml:1: suite is empty; expected a text"),
    ],
)
def test_one_sentence_for_one_mistake(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in EXAMPLE
    message = told(tmp_path, EXAMPLE.replace(old, new, 1))
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the suite is empty; expected a mapping"),
        ("- 1\n", "the suite is a list; expected a mapping"),
        ("suite: x\ncases: c.csv\n", "the suite lacks the key 'layers'. Add `layers:`"),
        ("suite: x\ncases: c.csv\nlayers: {}\n", "layers is an empty mapping"),
        ("cases: c.csv\nlayers: {a: [f1]}\n", "the suite lacks the key 'suite'"),
    ],
)
def test_what_every_suite_needs(tmp_path: Path, text: str, said: str) -> None:
    assert said in told(tmp_path, text)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = EXAMPLE.replace("seed: 7", "sede: 7").replace("abs: 10", "asb: 10").replace("at_least: 0.70", "at_last: 1")
    lines = told(tmp_path, text).split("\n")
    assert lines[0] == "suite.yaml: 3 things are wrong:"
    numbers = [int(found) for line in lines[1:] for found in re.findall(r"^  suite\.yaml:(\d+)", line)]
    assert numbers == sorted(numbers)
    assert {6, 8, 12} == set(numbers)


def test_at_most_ten_mistakes_are_told(tmp_path: Path) -> None:
    message = told(tmp_path, EXAMPLE + "".join(f"extra_{i}: 1\n" for i in range(15)))
    assert message.startswith("suite.yaml: 15 things are wrong:")
    assert message.count("unknown key") == 10
    assert message.endswith("and 5 more")


def test_contradicting_and_repeated_gates_name_both_lines(tmp_path: Path) -> None:
    gates = "gates:\n  - {metric: f1, at_least: 0.8}\n  - {metric: f1, at_most: 0.7}\n"
    message = told(tmp_path, re.sub(r"gates:\n(  - .*\n)+", gates, EXAMPLE))
    assert "suite.yaml:9: gates[1] contradicts the gate of line 8: no value is at least 0.8 and at most 0.7" in message
    twice = re.sub(r"gates:\n(  - .*\n)+", "gates:\n" + "  - {metric: f1, at_least: 0.8}\n" * 2, EXAMPLE)
    assert "suite.yaml:9: gates[1] repeats the gate of line 8" in told(tmp_path, twice)
    sliced = gates.replace("at_most", "slice: {origin: JFK}, at_most")
    (tmp_path / "suite.yaml").write_text(re.sub(r"gates:\n(  - .*\n)+", sliced, EXAMPLE))
    assert len(read(tmp_path).suite.gates) == 2


def test_an_error_of_the_callback_gets_the_line(tmp_path: Path) -> None:
    def known(name: str) -> frozenset[str] | None:
        if name == "f1":
            raise InputError("the module 'x' cannot be imported", remedy="Install it")
        return KNOWN.get(name)

    (tmp_path / "suite.yaml").write_text(EXAMPLE)
    with pytest.raises(InputError, match=r"suite\.yaml:6: the module 'x' cannot be imported. Install it"):
        read_suite(tmp_path, known_metrics=known)


def test_finding_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no suite\.yaml"):
        find_suite(tmp_path)
    (tmp_path / "other.yaml").write_text("")
    with pytest.raises(InputError, match=r"Name the file: other\.yaml"):
        find_suite(tmp_path)
    (tmp_path / "suite.yml").write_text("")
    assert find_suite(tmp_path) == tmp_path / "suite.yml"
    (tmp_path / "suite.yaml").write_text("")
    with pytest.raises(InputError, match=r"both suite\.yaml and suite\.yml"):
        find_suite(tmp_path)
    with pytest.raises(InputError, match=r"no such suite file. Nearest: 'suite\.y"):
        find_suite(tmp_path / "suit.yaml")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "suite.seed: nan is not a finite number"),
        (10**500, "suite.seed: a number has more than 400 digits"),
        ({1}, "a value of type set cannot be written"),
        ({1: 2}, "the key 1 is no text"),
    ],
)
def test_values_from_python_that_no_file_could_hold(value: object, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        read({"suite": "s", "cases": "c.csv", "layers": {"a": ["f1"]}, "seed": value})


def test_the_table_of_keys_is_that_of_the_nouns() -> None:
    assert {"name" if key == "suite" else key for key in SUITE_KEYS} == set(Suite.model_fields)
    assert set(GATE_KEYS) == set(Gate.model_fields)
    assert set(ENTRY_KEYS) == {"as", "when"}


def test_gates_are_policy_and_the_rest_is_scoring() -> None:
    base = {"suite": "s", "cases": "c.csv", "layers": {"a": ["f1", "accuracy"]}, "gates": [], "seed": 1}
    one = read(base).suite
    gated = read({**base, "gates": [{"metric": "f1", "at_least": 0.5}]}).suite
    moved = read({**base, "suite": "other", "layers": {"b": ["accuracy"], "a": ["f1"]}}).suite
    seeded = read({**base, "seed": 2}).suite
    versions = {"f1": 1, "accuracy": 1}
    assert scoring_source(one, versions) == scoring_source(gated, versions) == scoring_source(moved, versions)
    assert scoring_source(one, versions) != scoring_source(seeded, versions)
    assert scoring_source(one, versions) != scoring_source(one, {**versions, "f1": 2})
    assert policy_source(one) != policy_source(gated)
    two = [{"metric": "f1", "at_least": 0.5}, {"metric": "accuracy", "at_least": 0.5}]
    assert policy_source(read({**base, "gates": two}).suite) == policy_source(read({**base, "gates": two[::-1]}).suite)


LEAVES: list[Any] = [None, True, 0, -1, 1.5, "", "f1", "baseline", "NO", [], {}, "primary", 10**30, ["f1"]]
LEAF = st.sampled_from(LEAVES)
VALUE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GATE_KEYS, "f1", "as", "when", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*SUITE_KEYS, "x"]), VALUE, max_size=5))
def test_any_mapping_gives_a_suite_or_sentences(change: dict[str, Any]) -> None:
    base = {"suite": "s", "cases": "c.csv", "layers": {"a": ["f1"]}}
    said = ""
    try:
        said = read({**base, **change}).suite.name
    except InputError as error:
        said = str(error)
    assert said
    assert not re.search(r"pydantic|Input should|validation error|type=", said)
