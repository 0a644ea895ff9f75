"""April decides: the first model against a constant, the second against the first."""

from __future__ import annotations

from typing import Any

from evalkit.pipeline.stages.context import StageContext
from pipelines.flights.judging import judged, month_of, promoted, some, spec_of, suite_of


def gate(context: StageContext) -> dict[str, Any]:
    """The linear model is `champion` if it beats the constant, the boosted one `challenger` if it beats that."""
    april = month_of(context.input("later"), 4)
    suite = suite_of(context, "april", some(april, context.config["cases"]))
    first = judged(context, suite, spec_of("1"), "python:systems.py:constant", "linear against a constant")
    ok = promoted(context, 1, "champion", first)
    second = judged(context, suite, spec_of("2"), spec_of("1"), "boosted against linear")
    ok = promoted(context, 2, "challenger", second) and ok
    context.decide("pass" if ok else "fail", "both aliases stand on evidence" if ok else "a candidate was refused")
    return {"first": first, "second": second}
