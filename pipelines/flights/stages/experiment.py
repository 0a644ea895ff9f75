"""May: aircraft are assigned at random to the old or the new model, and their answers are held against the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.ab.files import analyzed
from evalkit.pipeline.ab.assign import Assignment, exposure
from evalkit.pipeline.ab.told import as_evidence
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights import world
from pipelines.flights.judging import kept, month_of
from pipelines.flights.traffic import Ask, put

SPLIT = {"linear": 0.5, "boosted": 0.5}


def experiment(context: StageContext) -> dict[str, Any]:
    """The unit is the aircraft: each flight of one is answered by the same model, all month."""
    may = month_of(context.input("later"), 5)
    arms = list(Assignment("may-2013", SPLIT).arms(may["tailnum"].to_pylist()))
    said = put(context, may, "may", [Ask(arm, context.input(arm), arm, 0.5) for arm in SPLIT], arms)
    losses = world.brier(said, may["late"].to_pylist()).tolist()
    asked, units = world.seconds(may), may["tailnum"].to_pylist()
    folder = Path(context.scratch)
    with (folder / "seen.jsonl").open("w") as seen, (folder / "came.jsonl").open("w") as came:
        for unit, arm, at, loss in zip(units, arms, asked, losses, strict=True):
            print(json.dumps(exposure(unit, arm, at)), file=seen)
            print(json.dumps({"unit": unit, "metric": "brier", "value": loss, "ts": at + 60}), file=came)
    trial, found = analyzed(
        folder / "seen.jsonl",
        folder / "came.jsonl",
        "linear",
        split="linear=.5,boosted=.5",
        metrics=("brier:mean:lower",),
    )
    record = context.bench.store.read_record(context.input("second"))
    kept(context, record, as_evidence(trial, found, context.now), context.input("boosted"))
    one = found.findings[0]
    context.log(
        f"units: {found.n}; the split is {'as meant' if found.srm.ok else 'NOT as meant'} (p {found.srm.p:.2g})"
    )
    if one.verdict is None:
        context.decide("inconclusive", "the split does not hold")
        return {"found": {"said": one.said, "n": found.n}}
    estimate = one.verdict.estimate
    context.log(f"brier, boosted - linear: {estimate.point:+.4f} [{estimate.lo:+.4f}, {estimate.hi:+.4f}]: {one.said}")
    return {"found": {"said": one.said, "n": found.n, "lift": estimate.point, "lo": estimate.lo, "hi": estimate.hi}}
