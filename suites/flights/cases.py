"""Draws the cases: some thousand flights of April, by a hash of each flight's name and the seed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from suites.flights import outcome

HOUR_BLOCKS = {"05-09": range(10), "10-13": range(10, 14), "14-17": range(14, 18), "18-23": range(18, 24)}


def identifiers(flights: pd.DataFrame) -> list[str]:
    """One name a flight: day, carrier with number, origin; unique over the year."""
    parts = (flights.day, flights.carrier, flights.flight, flights.origin)
    return [f"{day}-{carrier}{number}-{origin}" for day, carrier, number, origin in zip(*parts, strict=True)]


def draw(ids: list[str], n: int, seed: int) -> np.ndarray:
    """Row numbers of the n flights with the smallest hash of seed and name, in file order.

    The draw depends on nothing but the names: not on the order of the file, nor on a library's random generator.
    """
    ranks = sorted(range(len(ids)), key=lambda row: sha256(f"{seed}|{ids[row]}".encode()).digest())
    return np.sort(np.asarray(ranks[:n], dtype=np.int64))


def table(flights: pd.DataFrame, features: pd.DataFrame) -> pa.Table:
    """Cases as a suite wants them: id, input, expected, group (the day) and tags."""
    blocks = {hour: name for name, hours in HOUR_BLOCKS.items() for hour in hours}
    answers = zip(outcome.late(flights).tolist(), flights.arr_delay.astype(int).tolist(), strict=True)
    return pa.table(
        {
            "id": identifiers(flights),
            "input": [_input(row, name) for row, name in zip(records(features), _names(flights), strict=True)],
            "expected": [{"late": late, "minutes": minutes} for late, minutes in answers],
            "group": flights.day.tolist(),
            "tags.carrier": flights.carrier.tolist(),
            "tags.origin": flights.origin.tolist(),
            "tags.hour": [blocks[hour] for hour in flights.local.dt.hour],
        }
    )


def records(features: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON objects; what is not known is null."""
    rows: list[dict[str, Any]] = features.astype(object).where(features.notna(), None).to_dict("records")
    return rows


def _names(flights: pd.DataFrame) -> list[str]:
    moments = flights.local.dt.strftime("%Y-%m-%d %H:%M")
    return [f"{c} {n}, {t}" for c, n, t in zip(flights.carrier, flights.flight, moments, strict=True)]


def _input(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {"flight": name, **row}
