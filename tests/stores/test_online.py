"""Features that are served: newest events only, ages, other definitions, parity with what was trained on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from evalkit.core.errors import InputError
from evalkit.pipeline.features import FeatureSet, parity
from evalkit.stores.online import SqliteOnline
from tests.pipeline.features.sample import TRIPS
from tests.pipeline.features.test_define import trips

HOUR = 3_600_000_000


@pytest.fixture
def online(tmp_path: Path) -> SqliteOnline:
    return SqliteOnline(tmp_path, clock=lambda: 10 * 3600.0)


def rows(*values: tuple[Any, Any, Any]) -> pa.Table:
    keys, hours, numbers = zip(*values, strict=True)
    times = pa.array([h * HOUR for h in hours], pa.timestamp("us"))
    return pa.table({"k": keys, "at": times, "x": pa.array(numbers, pa.float64())})


def put(online: SqliteOnline, table: pa.Table, **more: Any) -> int:
    return online.put("v", table, keys=["k"], event_time="at", **more)


def numbers(online: SqliteOnline, *keys: Any, **more: Any) -> list[Any]:
    return [found and found.values["x"] for found in online.get("v", [{"k": key} for key in keys], **more)]


def test_only_newer_events_replace(online: SqliteOnline) -> None:
    assert put(online, rows(("a", 1, 1), ("a", 3, 3), ("a", 2, 2), ("b", 1, 5))) == 3
    assert numbers(online, "b", "a", "z") == [5, 3, None]
    assert put(online, rows(("a", 2, 9), ("b", 1, 6), ("c", 0, 7))) == 2  # as new is a correction
    assert numbers(online, "a", "b", "c") == [3, 6, 7]


def test_what_is_too_old_is_not_served(online: SqliteOnline) -> None:
    put(online, rows(("a", 1, 1), ("b", 9, 2)))
    assert numbers(online, "a", "b", max_age=2 * HOUR) == [None, 2]
    assert numbers(online, "a", "b", max_age=2 * HOUR, at=3 * HOUR) == [1, 2]


def test_values_come_back_as_they_were(online: SqliteOnline, tmp_path: Path) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6)
    table = pa.table(
        {
            "k": [2**60],
            "at": pa.array([moment], pa.timestamp("us", "UTC")),
            "f": [0.1 + 0.2],
            "n": [2**62 + 1],
            "t": ["ü\n"],
            "b": [True],
            "z": pa.array([moment.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")),
            "d": pa.array([moment.date()]),
            "none": pa.array([None], pa.float64()),
        }
    )
    online.put("v", table, keys=["k"], event_time="at")
    other = SqliteOnline(tmp_path)
    (found,) = other.get("v", [{"k": 2**60}])
    assert found is not None
    want = table.select(["f", "n", "t", "b", "z", "d", "none"]).to_pylist()[0]
    assert found.values == want
    other.close()
    assert other.get("v", [{"k": 2**60}])[0] == found


def test_other_definitions_are_refused(online: SqliteOnline) -> None:
    put(online, rows(("a", 5, 1)), features="d1")
    assert numbers(online, "a", features="d1") == [1]
    with pytest.raises(InputError, match="of other definitions"):
        numbers(online, "a", features="d2")
    assert put(online, rows(("b", 1, 2)), features="d2") == 1
    assert numbers(online, "a", "b") == [None, 2]
    with pytest.raises(InputError, match="Other columns are other definitions"):
        put(online, rows(("a", 5, 1)).append_column("y", [[1]]), features="d2")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"k": [1], "x": [1]}), "the rows have no column 'at'"),
        (pa.table({"k": [None], "at": pa.array([0], pa.timestamp("us"))}), "'k' has 1 missing values"),
        (pa.table({"k": [1], "at": [1]}), "'at' holds int64, and not times"),
        (pa.table({"k": [1], "at": pa.array([0], pa.timestamp("us")), "l": [[1]]}), "cannot be served"),
    ],
)
def test_rows_that_cannot_be_kept(online: SqliteOnline, table: pa.Table, said: str) -> None:
    with pytest.raises(InputError, match=said):
        put(online, table)


def test_unknown_views_and_keys(online: SqliteOnline) -> None:
    put(online, rows(("a", 1, 1)))
    with pytest.raises(InputError, match=r"no features are served as 'w'. There are: v"):
        online.get("w", [])
    with pytest.raises(InputError, match="the key has no 'k'"):
        online.get("v", [{"q": 1}])


def test_many_writers_leave_the_newest(tmp_path: Path) -> None:
    order = np.random.default_rng(3).permutation(40)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: put(SqliteOnline(tmp_path), rows(("a", int(i), float(i)))), order))
    assert numbers(SqliteOnline(tmp_path), "a") == [39.0]


def test_parity(online: SqliteOnline) -> None:
    whole = TRIPS.compute(pa.concat_tables([trips(), trips(5)]), kept=["other"])
    online.put("kept", whole, keys=TRIPS.keys, event_time="at", features=TRIPS.digest)
    offline = whole.drop_columns(["other"])
    assert parity(whole, online, TRIPS, view="kept") == parity(offline, online, TRIPS, view="kept") == []
    (gone,) = parity(whole.slice(0, 59), online, TRIPS, view="kept", tolerance=1e9)
    assert list(gone.online) == TRIPS.outputs, "what is kept beside the features is not compared"
    online.put("trips", offline, keys=TRIPS.keys, event_time="at", features=TRIPS.digest)
    assert parity(offline, online, TRIPS) == []
    changed = offline.slice(63, 1).set_column(3, "speed", pa.array([1.0]))
    online.put("trips", changed, keys=TRIPS.keys, event_time="at", features=TRIPS.digest)
    (found,) = parity(offline, online, TRIPS)
    assert (found.key, found.column, found.online) == ({"trip": 3}, "speed", 1.0)
    only = parity(offline.slice(0, 59), online, TRIPS, tolerance=1e9)
    assert [(each.key["trip"], each.column) for each in only] == [(59, None)]
    older = offline.set_column(1, "at", pa.array([0] * len(offline), pa.timestamp("us")))
    assert {each.column for each in parity(older, online, TRIPS)} == {"at", "speed"}
    with pytest.raises(InputError, match="no keys or no event time"):
        parity(offline, online, FeatureSet("bare", ()))
