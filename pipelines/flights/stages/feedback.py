"""What became of June's to September's flights trains the next model; what April gates on may not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.feedback.promoting import Asked, promote
from evalkit.core.errors import InputError
from evalkit.pipeline.stages.context import StageContext

TRAIN = "flights.train"


def feedback(context: StageContext) -> dict[str, Any]:
    """A next version of the training rows."""
    bench = context.bench
    april = Path(bench.root) / "demo" / "april"
    common: dict[str, Any] = {"dataset": TRAIN, "target": "late", "gated": (april,), "repeats": True}
    refused = ""
    try:
        promote(bench, Asked(**common, since=_start(2020, 1), dry=True))
    except InputError as error:
        refused = error.what.partition(":")[0]
    context.log(f"April's answers as training rows: {'refused, ' + refused if refused else 'NOT refused'}")
    promote(bench, Asked(**common, since=_start(2013, 6), until=_start(2013, 10)))
    versions = bench.datasets.versions(TRAIN)
    new, before = versions[-1], versions[-2].rows if len(versions) > 1 else 0
    context.log(
        f"{TRAIN}@{new.version} has {new.rows:,} rows, {new.rows - before:,} more: flights of June to September"
    )
    context.decide("pass" if refused else "fail", "what gates does not train")
    return {"train": new}


def _start(year: int, month: int) -> float:
    return datetime(year, month, 1, tzinfo=UTC).timestamp()
