"""What is known two hours before the scheduled departure, and nothing later.

Every feature of a flight is a function of its schedule, of its plane, and of what had happened by its cut-off
(scheduled departure minus two hours). `tests/suites/test_flights_features.py` changes everything after the cut-off and
asserts that no feature moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from suites.flights.source import Tables

NOTICE = np.timedelta64(120, "m")  # how long before the scheduled departure a passenger asks
RECENT = np.timedelta64(180, "m")  # "lately": the three hours before the cut-off
LATE_AFTER = 15  # minutes of arrival delay up to which a flight is on time

CATEGORIES = ["carrier", "origin", "destination", "plane_model"]
WEATHER = {
    "temp": "temperature_f",
    "humid": "humidity_percent",
    "wind_speed": "wind_mph",
    "wind_gust": "gust_mph",
    "precip": "rain_inches",
    "pressure": "pressure_millibar",
    "visib": "visibility_miles",
}


def build(tables: Tables) -> pd.DataFrame:
    """One row of features a flight, in the order of `tables.flights`."""
    flights = tables.flights
    parts = [_schedule(flights), _plane(flights, tables.planes), _weather(flights, tables.weather), _delays(flights)]
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1).round(3)


def cut_off(flights: pd.DataFrame) -> np.ndarray:
    """(n,) datetime64[ns], UTC: the last moment that a feature may know of."""
    latest: np.ndarray = moments(flights.scheduled) - NOTICE
    return latest


def moments(column: pd.Series) -> np.ndarray:
    """UTC moments as datetime64[ns], NaT where there is none."""
    return np.asarray(column.dt.tz_convert(None), "datetime64[ns]")


def _schedule(flights: pd.DataFrame) -> pd.DataFrame:
    local = flights.local.dt
    return pd.DataFrame(
        {
            "weekday": local.day_of_week,  # Monday is 0
            "departure_hour": local.hour + local.minute / 60,  # New York's clock
            "carrier": flights.carrier,
            "origin": flights.origin,
            "destination": flights.dest,
            "distance_miles": flights.distance,
        }
    )


def _plane(flights: pd.DataFrame, planes: pd.DataFrame) -> pd.DataFrame:
    """Age in years, seats and model; missing for the planes that the registry does not know (one flight in six)."""
    known = planes.drop_duplicates("tailnum").set_index("tailnum").reindex(flights.tailnum)
    return pd.DataFrame(
        {
            "plane_age_years": 2013 - known["year"],
            "plane_seats": known["seats"],
            "plane_model": known["model"].fillna("unknown"),
        }
    )


def _weather(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """The last hour that was over by the cut-off, at the origin; missing if it is more than six hours old."""
    hours = weather[["origin", *WEATHER]].rename(columns=WEATHER)
    hours = hours.assign(over=moments(pd.to_datetime(weather.time_hour, utc=True)) + np.timedelta64(60, "m"))
    asked = pd.DataFrame({"origin": flights.origin, "asked": cut_off(flights), "row": np.arange(len(flights))})
    found = pd.merge_asof(
        asked.sort_values("asked", kind="stable"),
        hours.sort_values("over", kind="stable"),
        left_on="asked",
        right_on="over",
        by="origin",
        tolerance=pd.Timedelta(hours=6),
    )
    return found.sort_values("row")[list(WEATHER.values())]


def _delays(flights: pd.DataFrame) -> pd.DataFrame:
    """Delays already seen at the origin: lately, lately of the same carrier, and since midnight."""
    asked = cut_off(flights)
    midnight = moments(flights.local.dt.normalize().dt.tz_convert("UTC"))
    origin = flights.origin.to_numpy()
    own = (flights.origin + " " + flights.carrier).to_numpy()
    delays = Departures(moments(flights.departed), flights.dep_delay.to_numpy())
    lately = _seen(delays, origin, asked - RECENT, asked)
    carrier = _seen(delays, own, asked - RECENT, asked)
    today = _seen(delays, origin, np.minimum(midnight, asked), asked)
    return pd.DataFrame(
        {
            "departures_lately": lately.n,
            "delay_lately_minutes": lately.mean,
            "late_share_lately": lately.late_share,
            "carrier_delay_lately_minutes": carrier.mean,
            "carrier_late_share_lately": carrier.late_share,
            "delay_today_minutes": today.mean,
            "late_share_today": today.late_share,
            "overdue_now": _overdue(moments(flights.scheduled), delays.left, origin, asked),
        }
    )


class Departures(NamedTuple):
    """When each flight left (NaT: never), and how many minutes late that was. A delay is known once a flight left."""

    left: np.ndarray
    delay: np.ndarray


class Seen(NamedTuple):
    """What was seen in a window: flights that left, their mean delay, the share of them over 15 minutes late."""

    n: np.ndarray
    mean: np.ndarray
    late_share: np.ndarray


def _seen(departures: Departures, place: np.ndarray, after: np.ndarray, until: np.ndarray) -> Seen:
    """For each flight, the departures from its `place` at a moment in (after, until].

    Running sums over departures in order of time: delays are whole minutes, so the sums are exact and what happens
    later cannot touch them.
    """
    n, minutes, late = (np.zeros(len(place), np.int64) for _ in range(3))
    for rows in _rows_by(place):
        left = rows[~np.isnat(departures.left[rows])]
        left = left[np.argsort(departures.left[left], kind="stable")]
        delay = departures.delay[left].astype(np.int64)
        start, stop = (np.searchsorted(departures.left[left], bound[rows], "right") for bound in (after, until))
        n[rows] = stop - start
        minutes[rows] = _between(delay, start, stop)
        late[rows] = _between((delay > LATE_AFTER).astype(np.int64), start, stop)
    some = np.where(n > 0, n, np.nan)
    return Seen(n, minutes / some, late / some)


def _overdue(scheduled: np.ndarray, left: np.ndarray, place: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Flights of the last three hours' schedule that have not left by `asked` (delayed or cancelled: not known which).

    A flight is overdue from its scheduled departure until it leaves, three hours at most, so the number overdue is
    the number of such spells begun minus the number ended.
    """
    ended = np.where(np.isnat(left), scheduled + RECENT, np.fmin(left, scheduled + RECENT))
    n = np.zeros(len(place), np.int64)
    for rows in _rows_by(place):
        spells = rows[ended[rows] > scheduled[rows]]
        begun = np.searchsorted(np.sort(scheduled[spells]), asked[rows], "right")
        n[rows] = begun - np.searchsorted(np.sort(ended[spells]), asked[rows], "right")
    return n


def _between(values: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    sums = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(sums[stop] - sums[start])


def _rows_by(place: np.ndarray) -> list[np.ndarray]:
    codes, _ = pd.factorize(place)
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
