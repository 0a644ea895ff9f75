"""What a stage is given, made by hand as a test of a stage does."""

from __future__ import annotations

import pytest

from evalkit.core.errors import InputError
from evalkit.pipeline.stages.context import StageContext


def test_a_stage_is_tested_by_a_call() -> None:
    def stage(context: StageContext) -> dict[str, object]:
        return {"sum": sum(context.input("rows")) + context.config["plus"] + context.seed}

    assert stage(StageContext(inputs={"rows": [1, 2]}, config={"plus": 10}, seed=5)) == {"sum": 18}
    with pytest.raises(InputError, match=r"no input 'row'.*Nearest: 'rows'"):
        StageContext(inputs={"rows": []}).input("row")


def test_the_worst_verdict_stands() -> None:
    context = StageContext()
    assert context.given.outcome is None
    for outcome, stands in (("pass", "pass"), ("inconclusive", "inconclusive"), ("pass", "inconclusive")):
        context.decide(outcome, f"was {outcome}")  # type: ignore[arg-type]
        assert context.given.outcome == stands
    context.decide("fail", "first")
    context.decide("fail", "second")
    assert (context.given.outcome, context.given.said) == ("fail", "first")
    with pytest.raises(InputError, match="not 'failed'"):
        context.decide("failed")  # type: ignore[arg-type]
