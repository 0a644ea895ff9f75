"""The next candidate: the same recipe on more rows, judged on November against the champion."""

from __future__ import annotations

from typing import Any

from evalkit.app.pipeline.registry.registering import register_training
from evalkit.app.pipeline.train.inputs import Inputs
from evalkit.app.pipeline.train.train import Wanted, train
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights.judging import MODEL, judged, month_of, promoted, some, spec_of, suite_of


def retrain(context: StageContext) -> dict[str, Any]:
    """It becomes the challenger of the next turn if November says that it is better, and else it does not."""
    inputs = Inputs({"train": context.datasets["train"]}, {}, context.seed)
    done = train(context.bench, Wanted("recipes.py:boosted", inputs))
    version = register_training(context.bench, MODEL, done.training).version
    november = month_of(context.input("later"), 11)
    suite = suite_of(context, "november", some(november, min(context.config["cases"], november.num_rows)))
    record = judged(context, suite, spec_of(str(version.version)), spec_of("2"), "retrained against the champion")
    if record.outcome == "pass":
        promoted(context, version.version, "challenger", record)
    return {"model": done.training.artifact, "record": record, "outcome": record.outcome}
