"""What was asked, of whom and how -> a Job of objects: the one place where names have become things."""

from __future__ import annotations

from typing import Any

from evalkit.app.asked import Asked
from evalkit.app.catalog import make_metrics
from evalkit.app.environment import environment
from evalkit.app.graders import graders
from evalkit.app.labelled import labels_of
from evalkit.app.suites import suite_info
from evalkit.engine.calls import Calls
from evalkit.engine.run import Job
from evalkit.engine.state import Variant


def job_of(asked: Asked, variants: list[Variant], calls: Calls, labels: dict[str, Any]) -> Job:
    """The job of these systems on these cases.

    Raises:
        InputError: a metric or judge of the suite that cannot be built.
    """
    loaded = asked.suite
    metrics = make_metrics(loaded.suite, loaded.base)
    return Job(
        suite=loaded.suite,
        cases=asked.cases,
        universe=asked.universe,
        metrics=metrics,
        people=labels_of(metrics, loaded.base),
        judges=graders(loaded.suite, loaded.base, loaded.judges),
        variants=variants,
        info=suite_info(loaded),
        environment=environment(loaded.base),
        labels=labels,
        calls=calls,
        place=loaded.where,
    )


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
    return
