"""The world of 2013 as the stages see it: flights, what was on the departure board, the weather, and who was late."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import evalkit
from suites.flights import cases, source

LATE_AFTER = 15  # minutes of arrival delay up to which a flight is on time
NOTICE, RECENT = pd.Timedelta(hours=2), pd.Timedelta(hours=3)
WEATHER = ["temp", "humid", "wind_speed", "precip", "pressure", "visib"]
COUNTERS = ["left", "minutes", "late_ones"]


def flights(tables: source.Tables) -> pd.DataFrame:
    """One row a flight, named by day, carrier, number and origin; `asked` is two hours before its departure."""
    found = tables.flights
    scheduled = naive(found.scheduled)
    return pd.DataFrame(
        {
            "flight": cases.identifiers(found),
            "asked": scheduled - NOTICE,
            "scheduled": scheduled,
            "local": pd.Series(found.local.dt.tz_localize(None)).astype("datetime64[us]"),
            "day": found.day,
            "month": found.month.astype("int64"),
            "carrier": found.carrier,
            "origin": found.origin,
            "destination": found.dest,
            "distance": found.distance.astype(float),
            "tailnum": found.tailnum,
            "arr_delay": found.arr_delay,
        }
    )


def naive(moments: pd.Series) -> pd.Series:
    """UTC without a zone, in microseconds."""
    return moments.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")


def known(rows: pd.DataFrame, tables: source.Tables) -> pd.DataFrame:
    """Beside each flight what was known when it was `asked`: its plane, the weather, and the departure board.

    All that happens in time is joined by `evalkit.asof_join`, which gives nothing later than `asked`.
    """
    planes = tables.planes.drop_duplicates("tailnum").set_index("tailnum").reindex(rows.tailnum)
    rows = rows.assign(plane_year=planes["year"].to_numpy(float), plane_seats=planes["seats"].to_numpy(float))
    rows = rows.assign(before=rows.asked - RECENT)
    hours = tables.weather[["origin", *WEATHER]].assign(
        over=naive(pd.to_datetime(tables.weather.time_hour, utc=True)) + pd.Timedelta(hours=1)
    )
    rows = evalkit.asof_join(
        rows, hours, by="origin", left_time="asked", event_time="over", max_age=pd.Timedelta(hours=6)
    ).drop(columns="over")
    for by, name in ((["origin"], "all"), (["origin", "carrier"], "own")):
        counted = board(tables.flights, by)
        for moment in ("asked", "before"):
            totals = counted.rename(columns={c: f"{c}_{name}_{moment}" for c in COUNTERS})
            rows = evalkit.asof_join(rows, totals, by=by, left_time=moment, event_time="departed")
            rows = rows.drop(columns="departed")
    return rows


def board(found: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The departure board as running totals: a flight counts from the minute in which it really left."""
    left = found[found.departed.notna()]
    left = left.assign(departed=naive(left.departed)).sort_values("departed", kind="stable")
    each = left.assign(left=1.0, minutes=left.dep_delay, late_ones=(left.dep_delay > LATE_AFTER).astype(float))
    totals = each.groupby(by)[COUNTERS].cumsum()
    return pd.concat([left[[*by, "departed"]], totals], axis=1)


def drawn(rows: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Of the flights that arrived, the n with the smallest hash of seed and name, in order."""
    rows = rows[rows.arr_delay.notna()]
    return rows.iloc[cases.draw(rows.flight.tolist(), n, seed)]


def answer(delays: Any) -> list[str]:
    """What came true: "late" or "on time"."""
    return ["late" if delay > LATE_AFTER else "on time" for delay in delays]


def inputs(table: pa.Table, names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as a user sends them; what is not known is null."""
    rows: list[dict[str, Any]] = table.select(list(names)).to_pylist()
    return rows


def seconds(table: pa.Table, column: str = "asked") -> list[float]:
    """A column of moments as seconds since 1970."""
    return [float(us) / 1e6 for us in table[column].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()]


def brier(outputs: Sequence[str], answers: Sequence[str]) -> np.ndarray:
    """(n,) squared errors of the stated probabilities of being late; `outputs` as JSON."""
    p = np.array([json.loads(one)["probability"]["late"] for one in outputs])
    losses: np.ndarray = (p - np.array([one == "late" for one in answers])) ** 2
    return losses
