"""No feature knows anything later than two hours before the scheduled departure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from suites.flights import features, source
from suites.flights.source import Tables

World = Callable[[int], Tables]
MINUTE = np.timedelta64(1, "m")
HOUR = 60 * MINUTE
N = 400  # flights of a world


def raw(flights: pd.DataFrame) -> pd.DataFrame:
    """As the package has them, without the moments that were added."""
    return flights.drop(columns=["scheduled", "departed", "local", "day"])


def later_changed(known: Tables, row: int, seed: int) -> Tables:
    """The same world up to the cut-off of this flight, and another one after it."""
    rng = np.random.default_rng(seed)
    cut = features.cut_off(known.flights)[row]
    flights = known.flights.copy()
    scheduled, left = features.moments(flights.scheduled), features.moments(flights.departed)
    later = np.isnat(left) | (left > cut)  # what was not known at the cut-off: never left, or left after it
    soonest = np.maximum((cut - scheduled) // MINUTE + 1, -30)  # whatever happens now happens after the cut-off
    other = np.where(rng.random(len(flights)) < 0.2, np.nan, soonest + rng.integers(0, 300, len(flights)))
    flights["dep_delay"] = np.where(later, other, flights.dep_delay)
    flights["arr_delay"] = rng.integers(-60, 600, len(flights))  # no feature may read it at all
    weather = known.weather.copy()
    over = features.moments(pd.to_datetime(weather.time_hour, utc=True)) + HOUR
    for column in features.WEATHER:
        weather[column] = np.where(over > cut, rng.normal(0, 90, len(weather)), weather[column])
    kept = source.with_moments(raw(flights))
    assert (features.moments(kept.departed)[later & ~np.isnan(other)] > cut).all()
    return Tables(kept, weather, known.planes)


@pytest.mark.parametrize("row", range(3, N, 23))
def test_nothing_after_the_cut_off_changes_a_feature(row: int, world: World) -> None:
    known = world(1)
    before = features.build(known).iloc[[row]]
    after = features.build(later_changed(known, row, seed=row)).iloc[[row]]
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_the_test_above_can_fail(world: World) -> None:
    """One notch less notice, and what happens after the cut-off shows."""
    known = world(1)
    rows = range(3, N, 23)

    def leaks(row: int) -> bool:
        changed = later_changed(known, row, seed=row)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(features, "NOTICE", -30 * MINUTE)
            return not features.build(known).iloc[row].equals(features.build(changed).iloc[row])

    assert sum(map(leaks, rows)) > len(rows) * 0.8


def test_a_delay_is_known_from_the_minute_that_the_flight_leaves(world: World) -> None:
    """Two flights of JFK at 12:00 UTC and 16:00 UTC: the second's cut-off is 14:00, so a delay of 120 is just known."""
    known = world(0)

    def seen(delay: float) -> pd.Series:
        hours = ["2013-03-09T12:00:00Z", "2013-03-09T16:00:00Z"]
        two = raw(known.flights).head(2).assign(origin="JFK", carrier="UA", minute=0, dep_delay=[delay, 0.0])
        flights = source.with_moments(two.assign(time_hour=hours))
        return features.build(known._replace(flights=flights)).iloc[1]

    assert (seen(120).departures_lately, seen(120).delay_lately_minutes, seen(120).overdue_now) == (1, 120, 0)
    assert (seen(121).departures_lately, seen(121).overdue_now) == (0, 1)
    assert np.isnan(seen(121).delay_lately_minutes)
    assert (seen(np.nan).departures_lately, seen(np.nan).overdue_now) == (0, 1)


def by_hand(known: Tables, row: int) -> dict[str, float]:
    """The delay features of one flight by plain loops over all others."""
    flights = known.flights
    me = flights.iloc[row]
    cut = me.scheduled - pd.Timedelta(minutes=120)
    since = {"lately": cut - pd.Timedelta(minutes=180), "today": me.local.normalize()}
    here = flights[flights.origin == me.origin]
    gone = {name: here[(here.departed > min(start, cut)) & (here.departed <= cut)] for name, start in since.items()}
    own = gone["lately"][gone["lately"].carrier == me.carrier]
    due = here[(here.scheduled <= cut) & (here.scheduled > since["lately"])]
    return {
        "departures_lately": len(gone["lately"]),
        "delay_lately_minutes": gone["lately"].dep_delay.mean(),
        "late_share_lately": (gone["lately"].dep_delay > 15).mean(),
        "carrier_delay_lately_minutes": own.dep_delay.mean(),
        "carrier_late_share_lately": (own.dep_delay > 15).mean(),
        "delay_today_minutes": gone["today"].dep_delay.mean(),
        "late_share_today": (gone["today"].dep_delay > 15).mean(),
        "overdue_now": int((due.departed.isna() | (due.departed > cut)).sum()),
    }


@pytest.mark.parametrize("seed", [2, 3])
def test_delay_features_agree_with_plain_loops(seed: int, world: World) -> None:
    known = world(seed)
    built = features.build(known)
    for row in range(0, N, 17):
        expected = by_hand(known, row)
        found = built.loc[row, list(expected)].to_numpy(float)
        np.testing.assert_allclose(found, list(expected.values()), atol=6e-4, err_msg=f"flight {row}")


def test_weather_is_the_last_hour_that_was_over(world: World) -> None:
    known = world(4)
    built = features.build(known)
    over = pd.to_datetime(known.weather.time_hour, utc=True) + pd.Timedelta(hours=1)
    for row in range(0, N, 17):
        flight = known.flights.iloc[row]
        cut = flight.scheduled - pd.Timedelta(hours=2)
        hours = known.weather[(known.weather.origin == flight.origin) & (over <= cut)]
        newest = hours.loc[over[hours.index].idxmax()]
        assert built.temperature_f[row] == pytest.approx(newest.temp)


def test_moments_survive_midnight_and_the_change_of_the_clocks() -> None:
    hours = ["2013-03-10T04:00:00Z", "2013-03-10T10:00:00Z"]
    found = source.with_moments(pd.DataFrame({"time_hour": hours, "minute": [55, 0], "dep_delay": [45.0, 0.0]}))
    assert list(found.local.dt.strftime("%d %H:%M %Z")) == ["09 23:55 EST", "10 06:00 EDT"]
    assert found.departed[0] == pd.Timestamp("2013-03-10 05:40", tz="UTC")
    assert list(found.day) == ["2013-03-09", "2013-03-10"]
