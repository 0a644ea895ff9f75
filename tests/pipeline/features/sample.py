"""Definitions for the tests: good ones, and one of each kind that is not a function of its inputs."""

from __future__ import annotations

import os
import random
import time
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.pipeline.features import FeatureSet, feature

KILO = 1000.0
Moment = datetime
SEEN: list[int] = []


def halved(values: Any) -> Any:
    """A helper of the module: part of the digest of what uses it."""
    return pc.divide(values, 2.0)


@feature(["metres"])
def kilometres(table: Any) -> Any:
    """Far."""
    return pc.divide(table["metres"], KILO)


@feature(["kilometres", "hours"], at_least=0.1)
def speed(table: Any, at_least: float) -> Any:
    return pc.divide(table["kilometres"], pc.max_element_wise(table["hours"], at_least))


@feature(["speed"], outputs=["half", "slow"])
def both(table: Any) -> Any:
    half = halved(table["speed"])
    return {"half": half, "slow": pc.less(half, 20)}


@feature(["hours"], frames=True)
def rounded(frame: Any) -> Any:
    return frame["hours"].round()


@feature(["hours"], rowwise=False)
def rank(table: Any) -> Any:
    return np.argsort(np.argsort(table["hours"].to_numpy(), kind="stable"), kind="stable")


TRIPS = FeatureSet("trips", (kilometres, speed, both, rounded), keys=("trip",), event_time="at")


@feature(["hours"])
def by_clock(table: Any) -> Any:
    return [time.time()] * len(table)


@feature(["hours"])
def by_day(table: Any) -> Any:
    return [datetime.now().year] * len(table)


@feature(["hours"])
def by_another_name(table: Any) -> Any:
    return [Moment.now().year] * len(table)


@feature(["hours"])
def by_chance(table: Any) -> Any:
    return [random.random() for _ in range(len(table))]


@feature(["hours"])
def by_chance_of_numpy(table: Any) -> Any:
    return np.random.default_rng().normal(size=len(table))


@feature(["hours"])
def by_state(table: Any) -> Any:
    SEEN.append(1)
    return [len(SEEN)] * len(table)


@feature(["hours"])
def by_environment(table: Any) -> Any:
    return [os.environ.get("TZ", "")] * len(table)


@feature(["hours"])
def by_hash(table: Any) -> Any:
    return [hash(f"text {value}") % 7 for value in table["hours"].to_pylist()]


@feature(["hours"])
def by_set(table: Any) -> Any:
    names = {f"name {i}" for i in range(40)}
    return [" ".join(names)] * len(table)


@feature(["hours"])
def by_place(table: Any) -> Any:
    return np.arange(len(table))


@feature(["hours"])
def by_mean(table: Any) -> Any:
    return pa.array([pc.max(table["hours"]).as_py()] * len(table))
