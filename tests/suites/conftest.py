"""A small synthetic world for the flights suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def world() -> Callable[[int], Any]:
    """Seed -> small synthetic tables of the flights suite: 400 flights, their weather and planes."""
    from suites.flights import source

    planes = pd.DataFrame(
        {"tailnum": ["N1", "N2"], "year": [2004, np.nan], "model": ["A320-214", "737-824"], "seats": 182}
    )

    def make(seed: int) -> source.Tables:
        rng = np.random.default_rng(seed)
        return source.Tables(source.with_moments(_flights(rng)), _weather(rng), planes)

    return make


def _flights(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Flights around the change of the clocks (10 March 2013), late evenings and cancelled ones among them."""
    start = pd.Timestamp("2013-03-09 10:00", tz="UTC")
    minutes = np.sort(rng.integers(0, 3 * 24 * 60, n))
    scheduled = start + pd.to_timedelta(minutes, unit="min")
    delay = np.where(rng.random(n) < 0.1, np.nan, rng.integers(-12, 240, n).astype(float))
    return pd.DataFrame(
        {
            "month": 3,
            "dep_time": np.where(np.isnan(delay), np.nan, 1.0),
            "dep_delay": delay,
            "arr_delay": delay + rng.integers(-20, 20, n),
            "carrier": rng.choice(["UA", "B6", "DL"], n),
            "flight": np.arange(n),
            "tailnum": rng.choice(["N1", "N2", "N3"], n),
            "origin": rng.choice(["EWR", "JFK"], n),
            "dest": rng.choice(["BOS", "SFO"], n),
            "distance": rng.integers(200, 2500, n),
            "minute": scheduled.minute,
            "time_hour": scheduled.floor("h").strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def _weather(rng: np.random.Generator) -> pd.DataFrame:
    hours = pd.date_range("2013-03-09 00:00", "2013-03-13 00:00", freq="h", tz="UTC")
    frames = [pd.DataFrame({"origin": o, "time_hour": hours.strftime("%Y-%m-%dT%H:%M:%SZ")}) for o in ("EWR", "JFK")]
    weather = pd.concat(frames, ignore_index=True)
    from suites.flights.features import WEATHER

    for column in WEATHER:
        weather[column] = rng.normal(50, 10, len(weather)).round(1)
    return weather.sample(frac=0.9, random_state=1).reset_index(drop=True)  # some hours are missing
