"""Predictions in bulk, and what became of them, straight into the traffic log: as a gateway would have kept them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from evalkit.core.traffic import Reported, Served
from evalkit.pipeline.stages.context import StageContext
from evalkit.pipeline.train.artifact import loaded
from evalkit.pipeline.train.rows import answers, rows_of
from evalkit.pipeline.train.skops_file import MADE_HERE
from pipelines.flights import world
from pipelines.flights.definitions import INPUTS


class Ask(NamedTuple):
    """Who is asked: the name in the log, the artifact, the role, and the share of the units that get it."""

    name: str
    artifact: str
    role: str
    share: float


def put(context: StageContext, flights: pa.Table, tag: str, systems: Sequence[Ask], arms: Sequence[str]) -> list[str]:
    """Ask each flight's system, and log it as if it had been asked two hours before departure.

    Returns:
        (n,) outputs as JSON.
    """
    given = world.inputs(flights, INPUTS)
    texts: list[str] = [""] * len(given)
    sure: list[float | None] = [None] * len(given)
    for system in systems:
        rows = [i for i, arm in enumerate(arms) if arm == system.name]
        model = loaded(context.bench.store.get_blob(system.artifact), _no_class, MADE_HERE)
        if not rows:
            continue
        said = answers(model.model, rows_of([given[i] for i in rows], model.manifest), True)
        for i, one in zip(rows, said, strict=True):
            texts[i], sure[i] = json.dumps(one.output), one.confidence
    by_name = {system.name: system for system in systems}
    ids, units, asked = ids_of(flights, tag), flights["tailnum"].to_pylist(), world.seconds(flights)
    context.bench.traffic.put_requests(
        Served(
            ids[i],
            asked[i],
            units[i] or "",
            arm,
            by_name[arm].role,
            by_name[arm].share,
            json.dumps(given[i]),
            texts[i],
            None,
            None,  # they were asked many at once: no answer has a time of its own
            sure[i],
        )
        for i, arm in enumerate(arms)
    )
    return texts


def landed(context: StageContext, flights: pa.Table, tag: str, delay: float) -> int:
    """Tell what became of flights, `delay` seconds after they were asked about; how many words were new."""
    rows = zip(ids_of(flights, tag), world.seconds(flights), flights["late"].to_pylist(), strict=True)
    return int(
        context.bench.traffic.put_outcomes(
            Reported(one, at + delay, "outcome", json.dumps(value), "landing") for one, at, value in rows
        )
    )


def ids_of(flights: pa.Table, tag: str) -> list[str]:
    """Names of the requests."""
    return [f"{tag}/{name}" for name in flights["flight"].to_pylist()]


def _no_class(manifest: Any) -> type:
    raise ValueError("the models of this pipeline are scikit-learn's")
