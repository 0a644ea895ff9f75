"""Two candidates, trained in clean processes and registered; the second one twice, to see that it is the same."""

from __future__ import annotations

from typing import Any

from evalkit.app.pipeline.registry.registering import register_training
from evalkit.app.pipeline.train.inputs import Inputs
from evalkit.app.pipeline.train.train import Wanted, train
from evalkit.pipeline.stages.context import StageContext

MODEL = "flights"


def models(context: StageContext) -> dict[str, Any]:
    """Versions 1 (logistic regression) and 2 (boosting) of the model `flights`."""
    made = {}
    for name, verify in (("linear", False), ("boosted", True)):
        inputs = Inputs({"train": context.datasets["train"]}, {}, context.seed)
        done = train(context.bench, Wanted(f"recipes.py:{name}", inputs, verify=verify))
        version = register_training(context.bench, MODEL, done.training).version
        again = f"; trained twice: {done.training.check.outcome}" if done.training.check else ""
        context.log(f"{MODEL}@{version.version} is {name}, {done.training.artifact[:12]}{again}")
        made[name] = done.training.artifact
        if done.training.check and done.training.check.outcome != "same":
            context.decide("fail", done.training.check.said)
    return made
