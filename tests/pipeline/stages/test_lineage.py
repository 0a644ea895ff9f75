"""The graph of what was made of what."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.errors import InputError
from evalkit.core.versions import Dataset
from evalkit.pipeline.stages.lineage import History, tree
from evalkit.pipeline.stages.nouns import KeyParts, Made, Ran, Thing

A, B, C, D = (letter * 64 for letter in "abcd")


def dataset(digest: str, name: str, parents: tuple[str, ...] = (), made_by: str = "ingest") -> Dataset:
    fields: dict[str, Any] = {"version": 1, "rows": 3, "columns": {}, "parts": [], "created": "2026-01-01"}
    return Dataset(name=name, digest=digest, parents=list(parents), made_by=made_by, **fields)


def ran(stage: str, inputs: dict[str, Thing], outputs: dict[str, Thing]) -> Ran:
    parts = KeyParts(entry="a.py:f", code={}, config={}, inputs=inputs, outputs={}, environment=D, seed=0, version=1)
    made = Made(outputs=outputs)
    return Ran(pipeline="p", stage=stage, key=parts.digest, parts=parts, made=made, seconds=1.0, now="2026-01-01")


def value(digest: str, source: str = "") -> Thing:
    return Thing(kind="value", digest=digest, source=source)


def data(digest: str, name: str) -> Thing:
    return Thing(kind="dataset", digest=digest, name=name, rows=3)


def names(history: History, ref: str) -> list[str]:
    nodes, edges = history.back(*history.find(ref))
    assert {end for edge in edges for end in (edge.of, edge.made)} <= {node.id for node in nodes}
    return [node.name for node in nodes]


def test_from_a_value_back_to_the_bytes_that_came_in() -> None:
    history = History()
    history.add_stage(ran("clean", {"raw": data(B, "flights@1")}, {"rows": data(C, "p.clean.rows@1")}))
    history.add_stage(ran("count", {"rows": data(C, "p.clean.rows@1")}, {"n": value(D)}))
    history.add_datasets(dataset(A, "flights.raw"))
    history.add_datasets(dataset(B, "flights", (A,)))
    assert names(history, "dddddddd") == ["p.count.n", "p.clean.rows@1", "flights@1", "flights.raw@1"]
    assert history.nodes[f"dataset:{A}"].kind == "raw"
    lines = tree(*history.back(*history.find(D)))
    assert lines[0].startswith("value p.count.n dddddddddddd")
    assert lines[1].startswith("`- dataset p.clean.rows@1")
    assert lines[3].startswith("      `- raw flights.raw@1")


def test_two_stages_that_say_the_same_value_have_nothing_to_do_with_each_other() -> None:
    history = History()
    history.add_stage(ran("one", {"x": data(A, "a@1")}, {"n": value(D)}))
    history.add_stage(ran("two", {"x": data(B, "b@1")}, {"n": value(D)}))
    history.add_stage(ran("end", {"n": value(D, "one.n")}, {"m": value(C)}))
    assert names(history, C) == ["p.end.m", "p.one.n", "a@1"]
    assert names(history, D) == ["p.two.n", "p.one.n", "b@1", "a@1"]
    assert [line[0] for line in tree(*history.back(*history.find(D)), 2)] == ["v", "`", "v", "`"]


def test_what_was_made_twice_is_told_by_its_newest_making() -> None:
    history = History()
    history.add_stage(ran("one", {"x": data(A, "a@1")}, {"y": data(C, "c@1")}))
    history.add_stage(ran("one", {"x": data(B, "b@1")}, {"y": data(C, "c@1")}))
    assert names(history, C) == ["c@1", "b@1"]


def test_a_stage_that_gives_back_what_it_took_is_no_circle() -> None:
    history = History()
    history.add_stage(ran("same", {"x": data(A, "a@1")}, {"y": data(A, "a@1")}))
    history.add_stage(ran("back", {"x": data(A, "a@1")}, {"y": data(B, "b@1")}))
    history.add_stage(ran("forth", {"x": data(B, "b@1")}, {"y": data(A, "a@1")}))
    assert names(history, A) == ["a@1", "b@1"]
    assert len(tree(*history.back(*history.find(A)))) < 10


def test_parents_that_nobody_knows_are_named_by_digest() -> None:
    history = History()
    history.add_datasets(dataset(B, "flights", (A,)))
    assert names(history, B) == ["flights@1", A[:12]]


def test_parents_are_named_whatever_comes_first_and_those_that_are_no_datasets_by_who_made_it_of_them() -> None:
    history = History()
    raw = dataset(A, "flights.raw").model_copy(update={"note": "received as flights.csv"})
    rows = dataset(B, "flights", (A, C)).model_copy(update={"parent_names": {C: "contract flights"}})
    history.add_datasets(rows, raw)
    assert tree(*history.back(*history.find(B)))[1:] == [
        f"|- raw flights.raw@1 {A[:12]} (3 rows, received as flights.csv)",
        f"`- source contract flights {C[:12]}",
    ]


def test_a_model_leads_to_its_data_and_code() -> None:
    history = History()
    history.add_datasets(dataset(B, "flights"))
    history.add_model(
        {"artifact": A, "name": "m", "data": {"train": B}, "code": C, "recipe": "r.py:fit", "config": {"d": 2}}
    )
    assert names(history, A) == ["m", "flights@1", "r.py:fit"]
    history.add_model(
        {"artifact": A, "name": "m", "data": {"train": B}, "code": C, "recipe": "r.py:fit"}, "version 1 of m"
    )
    assert history.nodes[f"model:{A}"].note == "version 1 of m"
    assert len(history.made[f"model:{A}"]) == 1


def test_a_beginning_that_fits_several_is_refused_and_one_that_fits_none_is_none() -> None:
    history = History()
    history.add_datasets(dataset("ab" * 32, "one"))
    history.add_datasets(dataset("ab" * 31 + "cd", "two"))
    with pytest.raises(InputError, match="2 things begin with"):
        history.find("abababab")
    assert history.find("abab") == []
    assert history.find("12345678") == []
