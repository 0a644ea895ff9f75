"""What is known of the model that serves, kept with the run that it was promoted on."""

from __future__ import annotations

from typing import Any

from evalkit.app.pipeline.ingesting import evidence_of
from evalkit.pipeline.stages.context import StageContext

WANTED = ("validation", "lineage", "registry", "shadow", "rollout", "ab", "monitor")


def release(context: StageContext) -> dict[str, Any]:
    """All kinds of evidence are there, or the stage fails."""
    store = context.bench.store
    record = store.read_record(context.input("second"))
    if (found := evidence_of(context.bench, "flights")) is not None:
        store.add_evidence(record.run_id, found)
    kinds = {one.kind for one in store.evidence(record.run_id)}
    missing = [kind for kind in WANTED if kind not in kinds]
    context.log(f"evidence of the champion's run: {', '.join(kind for kind in WANTED if kind in kinds)}")
    context.decide(
        "fail" if missing else "pass", f"missing: {', '.join(missing)}" if missing else "all kinds are there"
    )
    return {"kinds": sorted(kinds)}
