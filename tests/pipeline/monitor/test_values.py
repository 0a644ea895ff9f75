"""JSON values as columns: objects inside of objects too, and nothing is lost where they cannot be."""

from typing import Any

import pytest

from evalkit.pipeline.monitor.values import table_of

SAYS = {"label": "late", "probability": {"late": 0.7, "on time": 0.3}}


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (
            [SAYS, None, {"label": "late", "probability": None}],
            {
                "label": ["late", None, "late"],
                "probability.late": [0.7, None, None],
                "probability.on time": [0.3, None, None],
            },
        ),
        ([{"a": {"b": {"c": {"d": 1}}}}], {"a.b.c": ['{"d": 1}']}),
        ([{"a": {"b": 1}}, {"a": 2}], {"a": ['{"b": 1}', "2"]}),
        ([{"a": {"b": 1}, "a.b": 2}], {"a": ['{"b": 1}'], "a.b": [2.0]}),
        ([{"a": {}}], {"a": ["{}"]}),
        ([{"a": []}, None], {"a": ["[]", None]}),
        ([1, {"a": 1}], {"all": ["1", '{"a": 1}']}),
        ([None], {"all": [None]}),
    ],
)
def test_objects_inside_of_objects_are_columns(rows: list[Any], columns: dict[str, list[Any]]) -> None:
    assert {name: array.to_pylist() for name, array in table_of(rows, "all").items()} == columns


def test_a_map_stays_one_text() -> None:
    found = table_of([{"scores": {f"k{i}": i for i in range(101)}}], "all")
    assert list(found) == ["scores"]
    assert found["scores"][0].as_py().startswith('{"k0": 0')
