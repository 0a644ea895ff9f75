"""Rows have one identity, however they are cut, encoded or stored."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.table_digest import plain, table_digest

TABLE = pa.table(
    {
        "i": pa.array([1, None, 3, 4], pa.int32()),
        "f": pa.array([1.5, float("nan"), None, -0.0]),
        "s": pa.array(["a", None, "", "ü"]),
        "b": pa.array([True, None, False, True]),
        "t": pa.array(
            [dt.datetime(2013, 1, 1), None, dt.datetime(2014, 1, 1), dt.datetime(2015, 1, 1)], pa.timestamp("us")
        ),
        "d": pa.array([dt.date(2013, 1, 1), None, dt.date(2014, 1, 1), dt.date(2015, 1, 1)]),
        "l": pa.array([[1], None, [], [2, 3]]),
    }
)


def digest(table: pa.Table) -> str:
    return table_digest(table.to_batches(), table.schema)


@given(cuts=st.lists(st.integers(0, 4), max_size=5))
def test_where_batches_begin_changes_nothing(cuts: list[int]) -> None:
    edges = sorted({0, 4, *cuts})
    pieces = [TABLE.slice(a, b - a) for a, b in pairwise(edges)]
    assert digest(pa.concat_tables(pieces)) == digest(TABLE)


def test_how_it_is_encoded_changes_nothing() -> None:
    encoded = TABLE.set_column(2, "s", TABLE["s"].dictionary_encode())
    assert digest(encoded) == digest(TABLE) == digest(plain(encoded))
    large = TABLE.set_column(2, "s", TABLE["s"].cast(pa.large_string()))
    assert digest(large) == digest(TABLE)


def test_bytes_under_a_null_change_nothing() -> None:
    mask = np.array([False, True, False])
    one, two = (pa.array(np.array([1, x, 3]), mask=mask) for x in (7, 8))
    assert digest(pa.table({"x": one})) == digest(pa.table({"x": two}))


@pytest.mark.parametrize(
    "other",
    [
        {"x": ["a", "bc"]},
        {"x": ["ab", None]},
        {"x": ["", "abc"]},
        {"y": ["ab", "c"]},
        {"x": ["c", "ab"]},
        {"x": ["ab", "c", None]},
    ],
)
def test_other_rows_have_another(other: dict[str, Any]) -> None:
    assert digest(pa.table(other)) != digest(pa.table({"x": ["ab", "c"]}))


def test_types_count() -> None:
    assert digest(pa.table({"x": pa.array([1], pa.int32())})) != digest(pa.table({"x": pa.array([1], pa.int64())}))
    assert digest(pa.table({"x": pa.array([1.0])})) != digest(pa.table({"x": pa.array([1])}))
