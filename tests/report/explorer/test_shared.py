"""What a block says twice travels once, and comes back as it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evalkit.report.explorer.shared import block_of
from tests.report.explorer.unpacking import _spelled, _spread

ENTRIES = st.one_of(st.none(), st.sampled_from(["a", "b", ""]), st.text(max_size=3), st.integers(0, 2), st.floats(0, 2))


def back(body: Any) -> Any:
    block = json.loads(block_of(body))
    return _spread(block, [_spelled(column) for column in block.pop("columns")])


@given(st.lists(ENTRIES, max_size=90), st.lists(st.sampled_from([None, "x", "y"]), min_size=70, max_size=80))
def test_columns_come_back(column: list[Any], few: list[Any]) -> None:
    body = {"input": column, "answers": {"s|0": {"output": few, "model": None}, "t|0": {"output": list(few)}}}
    assert json.dumps(back(body)) == json.dumps(body)


def test_the_same_column_travels_once_and_few_texts_are_letters() -> None:
    body = {"a": ["equal", "different"] * 50, "b": {"c": ["equal", "different"] * 50}, "d": list(range(100))}
    block = json.loads(block_of(body))
    assert (block["a"], block["b"]["c"], block["d"]) == (0, 0, 1)
    assert block["columns"][0] == {"values": ["equal", "different"], "codes": "]^" * 50}


def test_numbers_and_truths_that_are_equal_stay_apart() -> None:
    column = [1, True, 1.0, "1"] * 30
    assert json.dumps(back({"x": column})) == json.dumps({"x": column})
