"""Short ways to ask a predictor something."""

from __future__ import annotations

from typing import Any

from evalkit.core.protocols import Answer, LivePredictor, Request
from evalkit.engine.retry import Backoff
from evalkit.engine.runner import CallPolicy, RunnerResult, run_blocking, run_calls
from tests.memory import MemoryJournal


def run(predictor: LivePredictor, inputs: list[Any], **limits: Any) -> RunnerResult:
    """Ask each input as a case of its own."""
    requests = [Request(str(i), 0, value, i) for i, value in enumerate(inputs)]
    policy = CallPolicy(**{"timeout": 20.0, "retries": 2, "backoff": Backoff(base=0.0), **limits})
    return run_blocking(lambda: run_calls(requests, predictor, policy, journal=MemoryJournal()))


def ask(predictor: LivePredictor, inputs: list[Any], **limits: Any) -> list[Answer]:
    """The answers, in order."""
    result = run(predictor, inputs, **limits)
    return [result.answers[str(i), 0] for i in range(len(inputs))]


def one(predictor: LivePredictor, value: Any = "q", **limits: Any) -> Answer:
    """The answer to one input."""
    return ask(predictor, [value], **limits)[0]
