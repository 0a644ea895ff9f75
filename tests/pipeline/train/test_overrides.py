"""Values of a config from the command line: typed, in their places, swept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.pipeline.train.overrides import applied, overrides, swept, unknown_keys


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=4", 4),
        ("a=0.5", 0.5),
        ("a=true", True),
        ("a=null", None),
        ("a=NO", "NO"),
        ("a=x y", "x y"),
        ("a=", ""),
        ("a=[1, 2]", [1, 2]),
        ("a={b: 1}", {"b": 1}),
        ("a='4'", "4"),
        ("a=1,2", "1,2"),
        ("a=b=c", "b=c"),
    ],
)
def test_values_are_typed_as_yaml_types_them(text: str, value: Any) -> None:
    (found,) = overrides([text])
    assert found.value == value
    assert type(found.value) is type(value)


def test_a_value_goes_to_its_place_and_the_config_stays() -> None:
    config = {"model": {"depth": 3, "rate": 0.1}, "x": 1}
    found = applied(config, overrides(["model.depth=4", "model.rate=1", "new.deep.key=a"]))
    assert found == {"model": {"depth": 4, "rate": 1}, "x": 1, "new": {"deep": {"key": "a"}}}
    assert config == {"model": {"depth": 3, "rate": 0.1}, "x": 1}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["depth"], "'depth' is no setting"),
        (["=4"], "is no setting"),
        (["a..b=4"], "is no setting"),
        (["model.depth=x"], "model.depth: it is a whole number in the config \\(3\\), and 'x' is a text"),
        (["model.depth=true"], "is true or false"),
        (["model.depth.deeper=1"], "model.depth is 3, which has no keys"),
        (["a=1", "a=2"], "a is set twice"),
        (["a=[1"], "is no YAML"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        applied({"model": {"depth": 3}}, overrides(settings))


def test_sweeps_are_all_combinations_and_brackets_keep_their_commas() -> None:
    found = swept(["a=1,2", "b=[1, 2],[3]", "c='x,y'"])
    assert [[one.value for one in job] for job in found] == [
        [1, [1, 2], "x,y"],
        [1, [3], "x,y"],
        [2, [1, 2], "x,y"],
        [2, [3], "x,y"],
    ]
    assert swept([]) == [[]]
    for text in ("a=1,,2", "a=1,", "a=,1"):
        with pytest.raises(InputError, match=r"a: one of the values .* is empty"):
            swept([text])


def test_a_key_that_the_config_lacks_is_said_with_what_may_be_meant() -> None:
    said = unknown_keys({"model": {"depth": 3}}, overrides(["model.dpeth=4", "model.depth=2"]))
    assert said == ["model.dpeth is new to the config; is model.depth meant?"]


@settings(max_examples=25)
@given(st.lists(st.integers(-5, 5) | st.booleans() | st.none(), min_size=1, max_size=4))
def test_every_value_of_a_sweep_is_trained_once(values: list[Any]) -> None:
    text = ",".join("null" if v is None else str(v).lower() for v in values)
    assert [job[0].value for job in swept([f"a={text}"])] == values
