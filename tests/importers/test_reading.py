"""Laws of what every reader leans on, and forms of older versions of the tools."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.adapters.logs.clean import printable, storable
from evalkit.adapters.logs.nouns import Unscored
from evalkit.adapters.logs.tables import cell
from evalkit.adapters.logs.values import direction, number_of
from evalkit.adapters.logs.walk import Document
from evalkit.app.cli.scores import declared
from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from tests.importers.support import estimate, imported, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "results"]), JSON),
    st.lists(JSON, max_size=4),
    st.sampled_from([None, 2]),
)
def test_a_document_is_walked_as_json_reads_it(other: dict[str, Any], items: list[Any], indent: int | None) -> None:
    text = json.dumps({**other, "results": {"x": other, "results": items, "y": 1}}, indent=indent)
    document = Document(text, ("results", "results"), "a.json")
    assert list(document.elements()) == items
    assert document.value == {**other, "results": {"x": other, "results": None, "y": 1}}


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(JSON, max_size=3), st.data())
def test_a_document_cut_anywhere_is_an_error(items: list[Any], data: st.DataObject) -> None:
    text = json.dumps({"samples": items, "eval": {}})
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(InputError):
        Document(text[:cut], ("samples",), "a.json")


@settings(derandomize=True, max_examples=50, deadline=None)
@given(JSON | st.floats() | st.text())
def test_a_score_is_a_finite_number_or_a_reason(value: Any) -> None:
    found = number_of(value)
    assert found.why if isinstance(found, Unscored) else math.isfinite(found)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.recursive(JSON | st.floats() | st.characters(categories=["Cs"]), lambda inner: st.lists(inner, max_size=3)))
def test_everything_can_be_stored(value: Any) -> None:
    assert isinstance(canonical_json(storable(value)), str)
    assert printable(f"{value}").isprintable() or not f"{value}"


@pytest.mark.parametrize(
    ("text", "value"),
    [("{'a': [1, None]}", {"a": [1, None]}), ('{"a": 1}', {"a": 1}), ("[1", "[1"), ("4", "4"), ('"x"', "x"), ("", "")],
)
def test_cells_of_tables(text: str, value: Any) -> None:
    assert cell(text) == value


def test_names_that_say_which_way_is_up() -> None:
    assert [direction(name) for name in ("word_perplexity", "WER", "Hallucination", "log_loss")] == ["lower"] * 4
    assert [direction(name) for name in ("answer", "power", "accuracy", "terms")] == [None] * 4


def test_scores_as_typed() -> None:
    found = declared(["a", "b=lower", "c:0..5", "d=higher:-1..", "e=f:..2"])
    assert found["a"] == (None, None)
    assert found["b"] == ("lower", None)
    assert found["c"] == (None, (0.0, 5.0))
    assert found["d"] == ("higher", (-1.0, None))
    assert found["e=f"] == (None, (None, 2.0))
    for wrong in ("", "a:1..0", "a:x..1", "a=low"):
        with pytest.raises(InputError):
            declared([wrong])
    with pytest.raises(InputError, match="twice"):
        declared(["a", "a=lower"])


def test_older_promptfoo_results(tmp_path: Path) -> None:
    rows = [
        {
            "prompt": {"raw": f"{p} {n}", "label": p},
            "provider": {"id": "x"},
            "vars": {"n": n},
            "success": n > 0,
            "score": 1,
        }
        for n in range(4)
        for p in ("one", "two")
    ]
    rows[1]["error"] = "503"  # without failureReason: an error where nothing was graded
    [record] = imported("promptfoo", written(tmp_path / "a.json", {"results": {"version": 2, "results": rows}}))
    assert (record.n_cases, [v.name for v in record.variants]) == (4, ["one", "two"])
    assert estimate(record, "passed", "one").point == 0.75
    assert estimate(record, "passed", "two").unscored == {"promptfoo error": 1}


def test_older_inspect_and_deepeval(tmp_path: Path) -> None:
    sample = {"id": 1, "epoch": 1, "input": "q", "target": "t", "score": {"value": "C"}, "output": {"completion": "a"}}
    [record] = imported(
        "inspect", written(tmp_path / "a.json", {"version": 1, "eval": {"task": "t"}, "samples": [sample]})
    )
    assert estimate(record, "score").point == 1.0
    case = {"name": "a", "input": "q", "actualOutput": "b", "metricsMetadata": [{"metric": "Bias", "score": 0.2}]}
    [record] = imported("deepeval", written(tmp_path / "b.json", {"testCases": [case]}))
    assert estimate(record, "Bias").better == "lower"
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    talk = {"name": "c", "turns": turns, "metricsData": [{"name": "Kind", "score": 1, "success": True}]}
    [record] = imported("deepeval", written(tmp_path / "c.json", {"conversationalTestCases": [talk]}))
    assert estimate(record, "Kind").point == 1.0
