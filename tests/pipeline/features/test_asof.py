"""`asof_join` against the brute force of `oracle.py`, against pandas, and at its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evalkit
from evalkit.core.errors import InputError
from evalkit.pipeline.features.asof import asof_join
from tests.pipeline.features.oracle import best_row

DIRECTIONS = ["backward", "forward", "nearest"]
START = datetime(2026, 1, 1)

keys = st.sampled_from([0, 0, 0, 1, 1, 2, None])
moments = st.sampled_from([*range(-6, 7), None])


def at(minutes: int | None) -> Any:
    return None if minutes is None else START + timedelta(minutes=minutes)


def tables(left: list[Any], right: list[Any], created: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    one = pd.DataFrame(
        {
            "k": pd.array([k for k, _ in left], "Int64"),
            "t": pd.to_datetime([at(t) for _, t in left]).astype("datetime64[us]"),
        },
        index=[f"row{i % 3}" for i in range(len(left))],
    )
    other = pd.DataFrame(
        {
            "k": pd.array([k for k, _, _ in right], "Int64"),
            "e": pd.to_datetime([at(e) for _, e, _ in right]).astype("datetime64[ns]"),
            "row": range(len(right)),
        }
    )
    if created:
        other["c"] = pd.to_datetime([at(c) for _, _, c in right]).astype("datetime64[ns]")
    return one, other


CASES: dict[str, Any] = {
    "left": st.lists(st.tuples(keys, moments), max_size=12),
    "right": st.lists(st.tuples(keys, moments, moments), max_size=14),
    "created": st.booleans(),
    "direction": st.sampled_from(DIRECTIONS),
    "allow_equal": st.booleans(),
    "max_age": st.one_of(st.none(), st.integers(0, 6)),
    "by": st.sampled_from([None, "k", ["k", "g"], ["g", "k"]]),
    "parts": st.integers(1, 2),
    "ordered": st.booleans(),
    "arrow": st.booleans(),
}


@settings(max_examples=60, deadline=None)
@given(**CASES)
def test_as_the_oracle(**case: Any) -> None:
    agrees(**case)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(**CASES)
def test_as_the_oracle_often(**case: Any) -> None:
    agrees(**case)


def agrees(
    *,
    left: list[Any],
    right: list[Any],
    created: bool,
    direction: str,
    allow_equal: bool,
    max_age: int | None,
    by: Any,
    parts: int,
    ordered: bool,
    arrow: bool,
) -> None:
    if ordered:  # what pandas can do by itself
        left = sorted(left, key=lambda row: 99 if row[1] is None else row[1])
        right = sorted(right, key=lambda row: 99 if row[1] is None else row[1])
    one, other = tables(left, right, created)
    if isinstance(by, list):
        one["g"], other["g"] = ([f"part {i % parts}" for i in range(len(side))] for side in (left, right))
    rows_of = (lambda frame: pa.Table.from_pandas(frame, preserve_index=False)) if arrow else (lambda frame: frame)
    got = asof_join(
        rows_of(one),
        rows_of(other.drop(columns="k") if by is None else other),
        by=by,
        left_time="t",
        event_time="e",
        created_time="c" if created else None,
        direction=direction,
        allow_equal=allow_equal,
        max_age=None if max_age is None else timedelta(minutes=max_age),
    )

    def key(k: Any, i: int) -> Any:
        return 0 if by is None else k if by == "k" or k is None else (k, i % parts)

    rows = [(key(k, i), e, c if created else ...) for i, (k, e, c) in enumerate(right)]
    want = [
        best_row(key(k, i), t, rows, direction=direction, allow_equal=allow_equal, max_age=max_age)
        for i, (k, t) in enumerate(left)
    ]
    if arrow:
        assert got["row"].to_pylist() == want
        assert got.select(one.columns).equals(rows_of(one))
        return
    assert [None if pd.isna(row) else int(row) for row in got["row"]] == want
    pd.testing.assert_frame_equal(got[list(one.columns)], one)


def frames(seed: int, n: int = 400, m: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    left = pd.DataFrame(
        {"k": rng.integers(0, 9, n), "g": rng.choice(["a", "b"], n), "t": np.sort(rng.integers(0, 90, n))}
    )
    right = pd.DataFrame(
        {
            "k": rng.integers(0, 9, m),
            "g": rng.choice(["a", "b"], m),
            "e": np.sort(rng.integers(0, 90, m)),
            "whole": rng.integers(0, 9, m),
            "flag": rng.random(m) < 0.5,
            "text": rng.choice(["x", "y"], m),
            "kind": pd.Categorical(rng.choice(["x", "y"], m)),
            "when": pd.to_datetime(rng.integers(0, 9, m), unit="s"),
            "zoned": pd.to_datetime(rng.integers(0, 9, m), unit="s", utc=True),
            "maybe": pd.array(rng.integers(0, 9, m), "Int64"),
            "small": rng.integers(0, 9, m).astype("int8"),
        }
    )
    return left, right


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("allow_equal", [True, False])
@pytest.mark.parametrize("by", [None, "k", ["k", "g"]])
@pytest.mark.parametrize("max_age", [None, 2])
def test_as_pandas_with_all_its_types(direction: str, allow_equal: bool, by: Any, max_age: int | None) -> None:
    left, right = frames(7)
    if by is None:
        right = right.drop(columns=["k", "g"])
    elif by == "k":
        right = right.drop(columns="g")
    want = pd.merge_asof(
        left,
        right,
        left_on="t",
        right_on="e",
        by=by,
        direction=direction,
        allow_exact_matches=allow_equal,
        tolerance=max_age,
    )
    got = asof_join(
        left, right, by=by, left_time="t", event_time="e", direction=direction, allow_equal=allow_equal, max_age=max_age
    )
    pd.testing.assert_frame_equal(got, want)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_order_does_not_matter(direction: str) -> None:
    left, right = frames(3)
    right = right.drop_duplicates(["k", "g", "e"])
    options: Any = {"by": ["k", "g"], "left_time": "t", "event_time": "e", "direction": direction}
    want = asof_join(left, right, **options)
    rng = np.random.default_rng(5)
    shuffled = left.iloc[rng.permutation(len(left))]
    got = asof_join(shuffled, right.sample(frac=1, random_state=1), **options)
    pd.testing.assert_frame_equal(got.sort_index(), want)
    assert list(got.index) == list(shuffled.index)


def test_a_later_correction_does_not_leak() -> None:
    left = pd.DataFrame({"k": ["a", "a", "a"], "t": pd.to_datetime(["2026-01-02", "2026-01-05", "2026-01-09"])})
    right = pd.DataFrame(
        {
            "k": ["a", "a", "a"],
            "e": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-01-04"]),
            "c": pd.to_datetime(["2026-01-01", "2026-01-06", "2026-01-08"]),
            "v": [1, 2, 3],
        }
    )
    with_creation = asof_join(left, right, by="k", left_time="t", event_time="e", created_time="c")
    assert list(with_creation["v"]) == [1, 1, 3]
    assert list(asof_join(left, right, by="k", left_time="t", event_time="e")["v"]) == [2, 3, 3]


def test_of_one_event_the_newest_creation_then_the_last_row() -> None:
    left = pa.table({"t": [10]})
    right = pa.table({"e": [5, 5, 5, 4], "c": [7, 8, 8, 9], "v": [1, 2, 3, 4]})
    for direction, t in (("backward", 10), ("forward", 5)):
        right_known = right.set_column(1, "c", pa.array([1, 2, 2, 3])) if direction == "forward" else right
        left = pa.table({"t": [t]})
        got = asof_join(left, right_known, left_time="t", event_time="e", created_time="c", direction=direction)
        assert got["v"].to_pylist() == [3]


def test_arrow_types_stay() -> None:
    left = pa.table({"k": ["a", "b", None], "t": pa.array([1, 1, 1], pa.timestamp("s"))})
    right = pa.table(
        {
            "k": pa.array(["a"]).dictionary_encode(),
            "e": pa.array([0], pa.timestamp("ns")),
            "n": pa.array([2**60 + 1]),
            "many": [[1, 2]],
        }
    )
    got = asof_join(left, right, by="k", left_time="t", event_time="e")
    assert got.column_names == ["k", "t", "e", "n", "many"]
    assert got["n"].to_pylist() == [2**60 + 1, None, None]
    assert got["many"].to_pylist() == [[1, 2], None, None]
    assert got.schema.field("n").type == pa.int64()
    mixed = asof_join(left, right.to_pandas(), by="k", left_time="t", event_time="e")
    assert mixed["n"].to_pylist() == [2**60 + 1, None, None]
    frame = asof_join(left.to_pandas(), right, by="k", left_time="t", event_time="e")
    assert list(frame["n"].isna()) == [False, True, True]


def test_a_number_that_a_float_cannot_hold_is_not_changed() -> None:
    left = pd.DataFrame({"k": [1, 2], "t": [1, 1]})
    right = pd.DataFrame({"k": [1], "e": [0], "id": [2**53 + 1], "small": [3]})
    got = asof_join(left, right, by="k", left_time="t", event_time="e")
    assert got["id"].dtype == "Int64"
    assert got["id"].iloc[0] == 2**53 + 1
    assert got["small"].dtype == "float64"


def test_columns_without_any_value_fit_everything() -> None:
    right = pd.DataFrame({"k": ["a"], "e": pd.to_datetime(["2026-01-01"]), "v": [1]})
    for left in (pd.DataFrame({"k": [], "t": []}), pd.DataFrame({"k": [None], "t": [None]})):
        got = asof_join(left, right, by="k", left_time="t", event_time="e")
        assert (list(got.columns), len(got)) == (["k", "t", "e", "v"], len(left))
        assert got["v"].isna().all()
    left = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2026-01-01"])})
    got = asof_join(left, pd.DataFrame({"k": [], "e": [], "v": []}), by="k", left_time="t", event_time="e")
    assert got["v"].isna().all()


def test_names_that_both_have() -> None:
    left = pd.DataFrame({"t": [1], "v": [5]})
    right = pd.DataFrame({"t": [0], "v": [6]})
    got = asof_join(left, right, left_time="t", event_time="t")
    assert got.to_dict("list") == {"t": [1], "v": [5], "v_right": [6]}
    with pytest.raises(InputError, match="two columns 'v_right'"):
        asof_join(left.assign(v_right=1), right, left_time="t", event_time="t")


@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_empty_tables(side: str) -> None:
    left, right = frames(1)
    left, right = (left if side == "right" else left[:0]), (right if side == "left" else right[:0])
    got = asof_join(left, right, by=["k", "g"], left_time="t", event_time="e")
    assert len(got) == len(left)
    assert list(got.columns) == ["k", "g", "t", *[c for c in right.columns if c not in "kg"]]
    assert got["whole"].isna().all()


def test_times_of_every_kind() -> None:
    zone = timezone(timedelta(hours=5))
    for earlier, later in [
        (1.5, 2.5),
        (date(2026, 1, 1), datetime(2026, 1, 2)),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 7, tzinfo=zone)),
    ]:
        left, right = pd.DataFrame({"t": [later]}), pd.DataFrame({"e": [earlier], "v": [1]})
        assert asof_join(left, right, left_time="t", event_time="e")["v"].tolist() == [1]
        swapped = asof_join(pd.DataFrame({"t": [earlier]}), right.assign(e=[later]), left_time="t", event_time="e")
        assert swapped["v"].isna().all()


def test_extreme_numbers_and_infinity() -> None:
    low, high = -(2**63), 2**63 - 1
    for direction in DIRECTIONS:
        got = asof_join(
            pa.table({"t": [low, 0, high]}),
            pa.table({"e": [low, high], "v": [1, 2]}),
            left_time="t",
            event_time="e",
            direction=direction,
            max_age=10,
        )
        assert got["v"].to_pylist() == [1, None, 2]
    inf = float("inf")
    got = asof_join(
        pa.table({"t": [inf, -inf]}), pa.table({"e": [inf], "v": [1]}), left_time="t", event_time="e", max_age=1
    )
    assert got["v"].to_pylist() == [1, None]


def test_extremes_in_frames_that_pandas_can_merge_itself() -> None:
    inf, low, high = float("inf"), -(2**63), 2**63 - 1
    for times, direction, want in (
        ([-inf, 0.0, inf], "backward", [0, 0, 1]),
        ([-inf, 0.0, inf], "forward", [0, 1, 1]),
        ([low, 0, high], "backward", [0, 0, 1]),
        ([low, 0, high], "forward", [0, 1, 1]),
    ):
        right = pd.DataFrame({"e": [times[0], times[2]], "v": [0, 1]})
        got = asof_join(pd.DataFrame({"t": times}), right, left_time="t", event_time="e", direction=direction)
        assert got["v"].tolist() == want


def test_many_keys_and_wide_keys() -> None:
    rng = np.random.default_rng(2)
    n = 150_000
    left = pa.table({"k": rng.permutation(n) * 10**9, "g": rng.integers(0, 2, n), "t": rng.integers(0, 99, n)})
    right = pa.table({"k": left["k"], "g": left["g"], "e": np.full(n, 50), "v": np.arange(n)})
    got = asof_join(left, right.take(rng.permutation(n)), by=["k", "g"], left_time="t", event_time="e")
    want = np.where(left["t"].to_numpy() >= 50, np.arange(n), -1)
    assert (got["v"].fill_null(-1).to_numpy() == want).all()


def test_keys_of_different_widths_are_the_same_key() -> None:
    left = pd.DataFrame({"k": np.array([1, 2], "int32"), "t": [1, 1]})
    right = pd.DataFrame({"k": [1.0, np.nan], "e": [0, 0], "v": [1, 2]})
    assert asof_join(left, right, by="k", left_time="t", event_time="e")["v"].tolist()[:1] == [1]
    signs = asof_join(
        pa.table({"k": [0.0], "t": [1]}),
        pa.table({"k": [-0.0], "e": [1], "v": [1]}),
        by="k",
        left_time="t",
        event_time="e",
    )
    assert signs["v"].to_pylist() == [1]


def test_keys_of_narrow_types_stay_apart() -> None:
    b = np.array([64, -59, -64], "int8")  # 64 - -64 does not fit into eight bits
    left = pa.table({"a": [0, 1, 1], "b": b, "t": [1, 1, 1]})
    right = pa.table({"a": [0, 507, 1], "b": b, "e": [2, 1, 1], "v": [1, 2, 3]})
    assert asof_join(left, right, by=["a", "b"], left_time="t", event_time="e")["v"].to_pylist() == [None, None, 3]
    day = pd.DataFrame({"k": pd.period_range("2026-01-01", periods=2, freq="D"), "t": [1, 1]})
    got = asof_join(day, day.assign(v=[1, 2]), by="k", left_time="t", event_time="t")
    assert got["v"].tolist() == [1, 2]


def bad(**more: Any) -> dict[str, Any]:
    return {
        "left": pd.DataFrame({"k": [1], "t": pd.to_datetime(["2026-01-01"])}),
        "right": pd.DataFrame({"k": [1], "e": pd.to_datetime(["2026-01-01"]), "v": [1]}),
        "by": "k",
        "left_time": "t",
        "event_time": "e",
        **more,
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "q"}, "the left table has no column 'q'"),
        ({"event_time": "E"}, "the right table has no column 'E'. Nearest: 'e'"),
        ({"by": ["k", "k"]}, "by names a column twice"),
        ({"direction": "back"}, "direction is 'back'"),
        ({"allow_equal": "no"}, "allow_equal is 'no'"),
        ({"by": {"k"}}, "by is {'k'}"),
        ({"right": pa.table({"k": [[1]], "e": [datetime(2026, 1, 1)]})}, "holds list<item: int64>, which is no key"),
        ({"max_age": 3}, "the times are timestamps"),
        ({"max_age": timedelta(days=-1)}, "Give 0 or more"),
        ({"left_time": "k", "event_time": "v", "max_age": timedelta(1)}, "the times are numbers"),
        ({"left_time": "k"}, "left column 'k' holds numbers, and right column 'e' holds times without a time zone"),
        ({"left": [1]}, "the left table is a list"),
        ({"right": pd.DataFrame({"k": [1], "e": ["2026-01-01"]})}, "right column 'e' holds text, and not times"),
        (
            {"right": pd.DataFrame({"k": [1], "e": pd.to_datetime(["2026-01-01"], utc=True)})},
            "Give both a time zone",
        ),
        ({"right": pd.DataFrame({"k": ["1"], "e": pd.to_datetime(["2026-01-01"])})}, "no key is equal in both"),
        ({"right": pd.DataFrame([[1, 2, 3]], columns=["k", "e", "e"])}, "the right table has 2 columns 'e'"),
        ({"right": pd.DataFrame({"k": [1, "a"], "e": pd.to_datetime(["2026-01-01"] * 2)})}, "several kinds"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(options: dict[str, Any], said: str) -> None:
    given_ = bad(**options)
    with pytest.raises(InputError) as error:
        asof_join(given_.pop("left"), given_.pop("right"), **given_)
    assert said in str(error.value)


def test_a_key_of_which_one_part_never_varies() -> None:
    left = pa.table({"k": ["a", "a"], "g": [0, 1], "t": [1, 1]})
    right = pa.table({"k": ["a", None], "g": [0, 0], "e": [0, 1], "v": [1, 2]})
    for by in (["k", "g"], ["g", "k"]):
        assert asof_join(left, right, by=by, left_time="t", event_time="e")["v"].to_pylist() == [1, None]


def test_many_parts_of_a_key_and_one_row() -> None:
    wide = [0, 2**15, 2**9]
    left = pa.table({"a": wide, "b": wide, "t": [1, 1, 1]})
    right = pa.table({"a": [0], "b": [0], "e": [0], "v": [1]})  # all its codes are 0, and stay narrow
    swapped = (right.rename_columns(["a", "b", "t", "v"]), left.rename_columns(["a", "b", "e"]))
    for one, other in ((left, right), swapped):
        got = asof_join(one, other, by=["a", "b"], left_time="t", event_time="e", direction="nearest")
        assert [row["e"] is None for row in got.to_pylist()] == [row["a"] > 0 for row in one.to_pylist()]


def test_the_front_door() -> None:
    assert evalkit.asof_join is asof_join
