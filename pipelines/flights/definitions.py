"""The features: pure functions of what was known two hours before departure, the same offline and online."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow.compute as pc

from evalkit.pipeline.features import FeatureSet, feature

PLACE = ("carrier", "origin", "destination", "distance", "plane_seats")
WEATHER = ("temp", "humid", "wind_speed", "precip", "pressure", "visib")
GIVEN = (*PLACE, *WEATHER)


@feature(["local"], outputs=["weekday", "departure_hour"], frames=True)
def calendar(frame: Any) -> Any:
    """On New York's clock; Monday is 0."""
    local = frame["local"].dt
    return pd.DataFrame({"weekday": local.day_of_week.astype(float), "departure_hour": local.hour + local.minute / 60})


@feature(["plane_year"], year=2013)
def plane_age(table: Any, year: int) -> Any:
    """In years; the registry lacks one plane in six."""
    return pc.subtract(float(year), table["plane_year"])


def _between(frame: Any, name: str) -> Any:
    """Departures between two moments, as differences of running totals; their mean delay and share over 15 minutes."""
    n, minutes, late = (
        frame[f"{what}_{name}_asked"].fillna(0.0) - frame[f"{what}_{name}_before"].fillna(0.0)
        for what in ("left", "minutes", "late_ones")
    )
    some = n.where(n > 0)
    return n, (minutes / some).round(3), (late / some).round(3)


_ALL = [f"{what}_all_{moment}" for what in ("left", "minutes", "late_ones") for moment in ("asked", "before")]
_OWN = [f"{what}_own_{moment}" for what in ("left", "minutes", "late_ones") for moment in ("asked", "before")]


@feature(_ALL, outputs=["departures_lately", "delay_lately", "late_share_lately"], frames=True)
def lately(frame: Any) -> Any:
    """At the origin, in the three hours before the cut-off."""
    n, delay, share = _between(frame, "all")
    return pd.DataFrame({"departures_lately": n, "delay_lately": delay, "late_share_lately": share})


@feature(_OWN, outputs=["carrier_delay_lately", "carrier_late_share_lately"], frames=True)
def carrier_lately(frame: Any) -> Any:
    """The same of the same carrier."""
    _, delay, share = _between(frame, "own")
    return pd.DataFrame({"carrier_delay_lately": delay, "carrier_late_share_lately": share})


FLIGHTS = FeatureSet("flights", (calendar, plane_age, lately, carrier_lately), keys=("flight",), event_time="asked")
INPUTS = (*GIVEN, *FLIGHTS.outputs)
