"""The features of the flights pipeline know nothing of what comes after their cut-off."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipelines.flights import world
from pipelines.flights.definitions import FLIGHTS, GIVEN, INPUTS
from suites.flights import source

CUT = pd.Timestamp("2013-01-02 15:00", tz="UTC")


@pytest.fixture(scope="module")
def tables() -> source.Tables:
    found = source.read(range(1, 2))
    return found._replace(flights=found.flights[found.flights.scheduled < CUT + pd.Timedelta(hours=12)].reset_index())


def built(tables: source.Tables, asked: pd.DataFrame) -> pd.DataFrame:
    rows = world.known(asked, tables)
    return FLIGHTS.compute(pa.Table.from_pandas(rows, preserve_index=False), kept=GIVEN).to_pandas()


def changed_after(tables: source.Tables) -> source.Tables:
    """Another future: all that leaves, or is measured, after the cut is different."""
    flights, weather = tables.flights.copy(), tables.weather.copy()
    late = (flights.departed > CUT).to_numpy()
    flights.loc[late, "dep_delay"] += 500
    flights.loc[late, "departed"] += pd.Timedelta(minutes=500)
    after = (pd.to_datetime(weather.time_hour, utc=True) + pd.Timedelta(hours=1) > CUT).to_numpy()
    weather.loc[after, world.WEATHER] = -1.0
    return tables._replace(flights=flights, weather=weather)


def test_nothing_after_the_cut_off_moves_a_feature(tables: source.Tables) -> None:
    asked = world.flights(tables)
    asked = asked[asked.asked <= world.naive(pd.Series([CUT]))[0]].reset_index(drop=True)
    assert len(asked) > 500
    before, after = built(tables, asked), built(changed_after(tables), asked)
    pd.testing.assert_frame_equal(before, after)


def test_the_test_can_fail(tables: source.Tables) -> None:
    asked = world.flights(tables)
    asked = asked.assign(asked=asked.asked + pd.Timedelta(hours=4))
    assert not built(tables, asked).equals(built(changed_after(tables), asked))


def test_delays_seen_are_those_of_a_plain_loop(tables: source.Tables) -> None:
    asked = world.flights(tables).iloc[600:640].reset_index(drop=True)
    found = built(tables, asked)
    left = world.naive(tables.flights.departed)
    for i, row in asked.iterrows():
        seen = (tables.flights.origin == row.origin) & (left > row.asked - world.RECENT) & (left <= row.asked)
        assert found.departures_lately[i] == seen.sum()
        if seen.any():
            assert np.isclose(found.delay_lately[i], tables.flights.dep_delay[seen].mean(), atol=0.0006)


def test_the_inputs_of_a_model_hold_no_answer() -> None:
    assert not {"late", "arr_delay", "day", "month", "tailnum"} & set(INPUTS)
