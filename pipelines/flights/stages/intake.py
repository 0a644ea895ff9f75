"""January to March come in as events, and the contract is held against each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.ingesting import take_in
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights import world
from suites.flights import source

STREAM = "flights"


def intake(context: StageContext) -> dict[str, Any]:
    """Write the events in order of time, take them in, and count what was refused and why."""
    bench = context.bench
    events = world.flights(source.read(range(1, 4))).sort_values(["scheduled", "flight"])
    if n := context.config["sample"]:
        events = events[: n * 4]
    path = bench.root / "demo" / "events.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    events.to_json(path, orient="records", lines=True, date_format="iso", date_unit="us")
    take_in(bench, f"file:{path}", STREAM, contract=Path("contract.yaml"))
    dataset = bench.datasets.versions(STREAM)[-1]
    held = bench.ledger.held(STREAM)
    reasons = Counter(fault.field or fault.kind for one in held for fault in one.faults)
    context.log(
        f"{len(events):,} events: {dataset.rows:,} rows, {len(held):,} in quarantine "
        f"({reasons['arr_delay']:,} without an arrival delay, {reasons['tailnum']:,} without a tail number)"
    )
    context.log(f"the first one held: {held[0].faults[0].field}: {held[0].faults[0].reason}")
    return {"flights": dataset, "found": {"events": len(events), "held": len(held), "reasons": dict(reasons)}}
