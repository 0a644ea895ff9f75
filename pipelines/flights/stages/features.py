"""What was known two hours before, for each flight that is trained on, judged by, or asked about later."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from evalkit.pipeline.features import determinism, parity
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights import world
from pipelines.flights.definitions import FLIGHTS, GIVEN, INPUTS
from suites.flights import source

KEPT = (*GIVEN, "day", "month", "tailnum", "late")


def features(context: StageContext) -> dict[str, Any]:
    """Training rows of the winter, and the later months with the day, the plane and what came true."""
    tables = source.read(range(1, 13))
    winter = context.input("flights").to_pandas()
    for moment in ("asked", "scheduled", "local"):  # the door knows moments in UTC; `local` is a clock on a wall
        winter[moment] = world.naive(winter[moment])
    later = world.flights(tables)
    draws = [world.drawn(later[later.month == month], n, 7) for month, n in _wanted(context.config["sample"]).items()]
    rows = pd.concat([winter, *draws], ignore_index=True)
    rows = world.known(rows, tables).assign(late=world.answer(rows.arr_delay))
    table = FLIGHTS.compute(pa.Table.from_pandas(rows, preserve_index=False), kept=KEPT)
    checked(context, table, rows)
    train = table.slice(0, len(winter)).select([*INPUTS, "late"])
    return {"train": train, "later": table.slice(len(winter))}


def _wanted(sample: int) -> dict[int, int]:
    """Flights of each month."""
    april, may, month = (sample, sample, sample // 2) if sample else (6000, 8000, 3000)
    return {4: april, 5: may, **dict.fromkeys(range(6, 13), month)}


def checked(context: StageContext, table: pa.Table, rows: pd.DataFrame) -> None:
    """The same definitions give the same values again, in parts, elsewhere, and from the online store."""
    some = pa.Table.from_pandas(rows[-200:], preserve_index=False)
    faults = determinism(FLIGHTS, some).faults
    served = table.slice(table.num_rows - 1000).select([*FLIGHTS.keys, "asked", *FLIGHTS.outputs])
    context.bench.online.put(FLIGHTS.name, served, keys=FLIGHTS.keys, event_time="asked", features=FLIGHTS.digest)
    apart = parity(served, context.bench.online, FLIGHTS)
    context.log(f"{table.num_rows:,} flights, {len(INPUTS)} features, definitions {FLIGHTS.digest[:12]}")
    context.log(f"deterministic: {not faults}; online differs from offline in {len(apart)} of 1,000 flights")
    context.decide("fail" if faults or apart else "pass", "; ".join(map(str, faults)) or "offline and online agree")
