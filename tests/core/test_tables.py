"""Columns: values in, values out; digests that do not depend on how the memory lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.tables import MISSING, PREDICTIONS, CaseTable, Column, column_digest, prediction_table

plain = st.none() | st.booleans() | st.integers() | st.text(alphabet='aä€😀\n"\\') | st.just(MISSING)
values = st.recursive(plain, lambda v: st.lists(v.filter(lambda x: x is not MISSING), max_size=3), max_leaves=4)


@given(st.lists(values, max_size=12))
def test_a_column_gives_back_what_it_was_given(given_: list[Any]) -> None:
    column = Column.of(given_)
    found = column.values()
    assert len(column) == len(given_)
    assert all(f is MISSING if g is MISSING else f == g for f, g in zip(found, given_, strict=True))
    assert column.present().tolist() == [g is not MISSING for g in given_]


def test_null_is_a_value_and_missing_is_not() -> None:
    found = Column.of([None, MISSING]).values()
    assert found[0] is None
    assert found[1] is MISSING
    assert not MISSING


def test_a_key_of_objects() -> None:
    column = Column.of([{"x": 1}, {"y": 2}, 3, MISSING, {"x": None}])
    assert column.values("x") == [1, MISSING, MISSING, MISSING, None]


def test_slice_and_take() -> None:
    column = Column.of([0, 1, 2, 3])
    assert column.slice(1, 3).values() == [1, 2]
    assert column.take(np.array([3, -1, 0])).values() == [3, MISSING, 0]


@given(st.lists(st.none() | st.text(alphabet="ab€"), min_size=1, max_size=9), st.integers(0, 9))
def test_a_digest_does_not_depend_on_chunks_or_offsets(texts: list[str | None], cut: int) -> None:
    whole = pa.array(texts, pa.string())
    cut = min(cut, len(texts))
    chunked = pa.chunked_array([whole.slice(0, cut), whole.slice(cut)])
    shifted = pa.array(["zzz", *texts], pa.large_string()).slice(1)
    assert column_digest([("a", whole)]) == column_digest([("a", chunked)]) == column_digest([("a", shifted)])


@given(st.lists(st.text(alphabet="ab"), min_size=2, max_size=6))
def test_a_digest_tells_where_one_text_ends(texts: list[str]) -> None:
    joined = ["".join(texts), *[""] * (len(texts) - 1)]
    same = texts == joined
    assert (column_digest([("a", pa.array(texts))]) == column_digest([("a", pa.array(joined))])) == same


def test_null_is_not_the_empty_text() -> None:
    assert column_digest([("a", pa.array([""]))]) != column_digest([("a", pa.array([None], pa.string()))])


def test_cases_to_arrow_and_back() -> None:
    cases = CaseTable(
        pa.array(["a", "b"]),
        Column.of([1, {"x": 2}]),
        Column.of(["y", MISSING]),
        pa.array(["g", None]),
        {"t": pa.array(["u", None])},
        np.array([1.0, 2.0]),
    )
    again = CaseTable.from_arrow(cases.to_arrow())
    assert again.digest() == cases.digest()
    assert cases.take(np.array([1, 0])).digest() != cases.digest()
    assert cases.take(np.array([1])).tags["t"].to_pylist() == [None]


def test_a_prediction_table_fills_what_is_not_given() -> None:
    table = prediction_table({"case_id": ["a"], "output": ["1"]})
    assert table.schema == PREDICTIONS
    assert table["repeat"].to_pylist() == [0]
    assert table["failure_kind"].null_count == 1


def test_nan_has_no_place_in_a_column() -> None:
    with pytest.raises(ValueError, match="JSON"):
        Column.of([float("nan")])
