"""Drift of tables: what is said of each column, whatever it holds."""

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.pipeline.monitor.drift import Drift, drift
from evalkit.pipeline.monitor.profile import Profile, profile, profile_of_parts


def held(reference: dict[str, Any], current: dict[str, Any], **more: Any) -> Drift:
    return drift(profile(pa.table(reference)), profile(pa.table(current)), **more)


def outcomes(found: Drift) -> dict[str, str]:
    return {column.name: column.outcome for column in found.columns}


def normal(n: int, shift: float = 0.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([n, seed]).normal(shift, 1, n)


def letters(n: int, of: str = "abcd", seed: int = 0) -> list[str]:
    return [of[i] for i in np.random.default_rng([n, seed]).integers(len(of), size=n)]


def test_each_outcome_is_said_where_it_is_due() -> None:
    n = 20_000
    reference = {"same": normal(n, 0, 1), "far": normal(n, 0, 2), "near": normal(n, 0, 3), "kind": letters(n)}
    current = {
        "same": normal(n, 0, 4),
        "far": normal(n, 0.5, 5),
        "near": normal(n, 0.08, 6),
        "kind": letters(n, "abce", 1),
    }
    found = held(reference, current)
    assert outcomes(found) == {"same": "no_drift", "far": "drift", "near": "shifted", "kind": "drift"}
    assert found.outcome == "drift"
    kind = found.rows[3]
    assert (kind.found.new, kind.found.vanished, kind.column.kind) == (("e",), ("d",), "category")
    assert kind.column.effect == pytest.approx(0.25, abs=0.02)
    few = held(reference, {name: column[:60] for name, column in current.items() if name == "same"})
    assert outcomes(few)["same"] == "insufficient_data"


def test_a_column_that_becomes_null_has_drifted() -> None:
    some = pa.array(normal(1_000, 0, 1), mask=np.arange(1_000) % 3 == 0)
    found = held({"x": normal(1_000), "y": some}, {"x": pa.nulls(1_000), "y": some})
    assert outcomes(found) == {"x": "insufficient_data", "x (nulls)": "drift", "y": "no_drift"}
    nulls = found.columns[1]
    assert (nulls.kind, nulls.effect, found.outcome) == ("nulls", 1.0, "drift")
    half = held({"x": normal(1_000)}, {"x": np.where(np.arange(1_000) % 2, normal(1_000, 0, 3), np.nan)})
    assert outcomes(half) == {"x": "insufficient_data", "x (nulls)": "drift"} or half.outcome == "drift"


def test_a_column_of_one_side_is_said() -> None:
    found = held({"x": normal(500), "old": normal(500)}, {"x": normal(500), "new": normal(500)})
    assert outcomes(found) == {
        "x": "no_drift", "old": "insufficient_data", "old (nulls)": "drift", "new": "insufficient_data"
    }  # fmt: skip
    assert [remark.split(":")[0] for remark in found.remarks] == [
        "the column 'old' is missing in current",
        "the column 'new' is new",
    ]


def test_what_the_reference_has_nothing_of_leaves_the_others_their_outcome() -> None:
    none = pa.nulls(500, pa.float64())
    found = held({"x": normal(500), "none": none}, {"x": normal(500), "none": none, "new": normal(500)})
    assert outcomes(found) == {"x": "no_drift", "none": "insufficient_data", "new": "insufficient_data"}
    assert found.outcome == "no_drift"
    assert held({"none": none}, {"none": none}).outcome == "insufficient_data"
    filled = held({"x": normal(500), "none": none}, {"x": normal(500), "none": normal(500)})
    assert filled.outcome == "drift"


def test_a_type_that_changed_has_nothing_in_common() -> None:
    found = held({"x": normal(100)}, {"x": letters(100)})
    assert found.columns[0].kind == "number -> text"
    assert (found.outcome, found.columns[0].effect) == ("drift", 1.0)
    assert "was number in the reference and is text now" in found.remarks[0]
    bits = np.arange(400) % 2 == 0
    assert outcomes(held({"x": bits}, {"x": bits.astype(int)})) == {"x": "no_drift"}


def test_under_twenty_values_nothing_is_said() -> None:
    for n in (0, 1, 19):
        found = held({"x": normal(1_000)}, {"x": pa.array(normal(n, 9.0), pa.float64())})
        assert outcomes(found)["x"] == "insufficient_data"
        assert found.columns[0].p_holm is None
    assert held({"x": normal(1_000)}, {"x": normal(20, 9.0)}).outcome == "drift"
    sparse = pa.array([1.0] * 19 + [None] * 981)
    assert outcomes(held({"x": sparse}, {"x": sparse})) == {"x": "insufficient_data"}
    assert held({}, {}).outcome == "insufficient_data"


def test_columns_of_every_type_are_read() -> None:
    n = 400
    rng = np.random.default_rng(0)
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=int(d)) for d in rng.integers(0, 300, n)]
    table = pa.table(
        {
            "int": pa.array(rng.integers(0, 5, n), pa.int8()),
            "big": pa.array(rng.integers(0, 2**63 - 1, n), pa.uint64()),
            "half": pa.array(rng.normal(size=n).astype(np.float16)),
            "decimal": pa.array(rng.normal(size=n).round(2)).cast(pa.decimal128(20, 10)),
            "date": pa.array(days),
            "date64": pa.array(days, pa.date64()),
            "time": pa.array([dt.time(int(h), 3) for h in rng.integers(0, 24, n)]),
            "zone": pa.array([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)] * n),
            "lasting": pa.array([dt.timedelta(seconds=int(s)) for s in rng.integers(0, 99, n)]),
            "flag": pa.array(rng.random(n) < 0.3),
            "label": pa.array(letters(n)).dictionary_encode(),
            "id": [f"{i:032x}" for i in rng.integers(0, 2**62, n)],
            "list": [[1, None], None] * (n // 2),
            "struct": [{"a": 1, "b": dt.date(2024, 1, 1)}] * n,
            "bytes": pa.array([b"\xff\x00"] * n),
            "null": pa.nulls(n),
            "inf": rng.choice([np.inf, -np.inf, 1.0], n),
            "empty text": [""] * n,
        }
    )
    found = drift(profile(table), profile(table))
    said = outcomes(found)
    assert said.pop("null") == "insufficient_data"
    # equal tables: nothing is shown, whatever is in them; ids of 400 rows say too little of five descriptors
    assert set(said.values()) <= {"no_drift", "insufficient_data"}
    kinds = {column.name: column.kind for column in found.columns}
    assert (kinds["date"], kinds["time"], kinds["zone"]) == ("date",) * 3
    assert (kinds["flag"], kinds["label"], kinds["list"], kinds["struct"]) == ("category",) * 4
    assert (kinds["id"], kinds["lasting"], kinds["null"]) == ("text", "number", "empty")
    assert Profile.from_json(json.loads(json.dumps(profile(table).to_json()))).digest == profile(table).digest


def test_texts_are_held_by_how_they_look() -> None:
    rng = np.random.default_rng(1)
    short, long = ([" ".join(f"w{k}" for k in rng.integers(0, 999, c)) for c in rng.integers(lo, hi, 1_000)]
                   for lo, hi in ((3, 9), (5, 30)))  # fmt: skip
    found = held({"text": short[:500]}, {"text": long})
    assert (found.outcome, found.columns[0].kind, found.rows[0].found.most) == ("drift", "text", "length")
    assert found.columns[0].effect_lo > 0.3  # type: ignore[operator]
    assert held({"text": short[:500]}, {"text": short[500:]}).outcome != "drift"


def test_a_profile_stands_for_its_rows() -> None:
    rng = np.random.default_rng(2)
    table = pa.table({"x": rng.normal(size=9_000), "k": letters(9_000), "z": pa.array([None, 1.5, 2.5] * 3_000)})
    parts = [table.slice(i, 1_000) for i in range(0, 9_000, 1_000)]
    whole, pieces = profile(table, 500), profile_of_parts(parts, 500)
    whole_again = profile_of_parts(parts, 10_000).columns["x"].numbers
    assert whole_again is not None
    assert np.array_equal(whole_again.values, np.unique(table["x"]))
    assert whole_again.error == 0
    current = profile(
        pa.table({"x": rng.normal(0.6, 1, 3_000), "k": letters(3_000, "aabc"), "z": [1.5, 2.5, 2.5] * 1_000})
    )
    exact = drift(profile(table), current)
    for rough in (whole, pieces, whole.smaller(100)):
        found = drift(rough, current)
        assert outcomes(found) == outcomes(exact)
        for a, b in zip(found.columns, exact.columns, strict=True):
            assert a.effect == pytest.approx(b.effect, abs=0.03)
            assert a.effect_lo <= b.effect_lo + 1e-9  # type: ignore[operator]
            assert a.effect_hi >= b.effect - 1e-9  # type: ignore[operator]
    assert Profile.from_json(pieces.to_json()).digest == pieces.digest
    assert profile_of_parts([]).rows == 0


def test_what_is_no_profile_is_refused() -> None:
    good = profile(pa.table({"x": [1.0, 2.0]})).to_json()
    for bad in (None, [], {"format": "other"}, {**good, "columns": [{"name": "x"}]}, {**good, "rows": "many"}):
        with pytest.raises(InputError, match="no profile of a reference"):
            Profile.from_json(bad)
    good["columns"][0]["numbers"]["values"] = [2.0, 1.0]
    with pytest.raises(InputError, match="ascend"):
        Profile.from_json(good)
    with pytest.raises(InputError, match="is number in one part and text in another"):
        profile(pa.table({"x": [1.0]})).merge(profile(pa.table({"x": ["a"]})))
    with pytest.raises(InputError, match="min_effect"):
        held({}, {}, min_effect=0.0)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.none() | st.floats(-3, 3).map(round) | st.floats(-1e3, 1e3), min_size=0, max_size=60), st.randoms())
def test_the_order_of_rows_changes_nothing_and_sides_mirror(values: list[float | None], random: Any) -> None:
    a, b = pa.array(values, pa.float64()), pa.array(values[: len(values) // 2] * 2, pa.float64())
    shuffled = list(values)
    random.shuffle(shuffled)
    there = held({"x": a}, {"x": b})
    assert there == held({"x": pa.array(shuffled, pa.float64())}, {"x": b})
    back = held({"x": b}, {"x": a})
    assert [c.effect for c in back.columns] == pytest.approx([c.effect for c in there.columns])
    assert outcomes(back) == outcomes(there)


def test_equal_tables_are_rarely_called_unequal() -> None:
    """The figure itself is measured in benchmarks/drift_false_alarms.py."""
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)

        def table(n: int, rng: np.random.Generator = rng) -> dict[str, Any]:
            return {
                "x": rng.normal(size=n),
                "y": rng.poisson(0.3, n),
                "k": rng.choice(list("abc"), n, p=[0.9, 0.09, 0.01]),
            }

        found = held(table(500), table(80))
        alarms += any(row.outcome in ("drift", "shifted") for row in found.rows)
    assert alarms <= 2 + 3 * 1.4
