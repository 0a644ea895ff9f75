"""The fixture `evalkit_run`: suites run from a test, and what a repeat of an eval notes of itself."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from evalkit.core.nouns import Record


@dataclass
class Notes:
    """What one repeat said: its number from 0, its scores by name, its answer as JSON text."""

    repeat: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    answer: str | None = None


NOTES = pytest.StashKey[Notes]()


class EvalkitRun:
    """Runs suites (`evalkit_run("evals/suite.yaml", candidate=...)`), and takes notes in a test marked `evalkit`."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def __call__(self, suite: Any, *, candidate: Any, baseline: Any = None, **options: Any) -> Record:
        """Run a suite as `evalkit.run` does, in the workspace of this session; the record holds its `outcome`."""
        from evalkit.app import api
        from evalkit.app.pytest_plugin.words import headline

        config = self._item.config
        options.setdefault("workspace", config.getoption("evalkit_workspace"))
        if policy := config.getoption("evalkit_policy"):
            options.setdefault("policy", policy)
        record = api.run(suite, candidate=candidate, baseline=baseline, **options)
        vars(self._item).setdefault("evalkit_runs", {})[record.run_id] = headline(record)
        return record

    @property
    def repeat(self) -> int:
        """Which repeat this is, from 0; a seed for a system that takes one."""
        return self._notes("repeat").repeat

    def score(self, name: str, value: float) -> None:
        """Note a score in [0, 1] of this repeat, under a name that the mark's `metric` may ask for.

        Raises:
            ValueError: it is no number in [0, 1], or the name is taken.
        """
        if not isinstance(name, str) or not name or name == "passed":
            raise ValueError(f"a score has a name other than 'passed', not {name!r}")
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 <= number <= 1:
            raise ValueError(f"the score {name!r} is {value!r}, not a number from 0 to 1")
        self._notes("score").scores[name] = number

    def answer(self, value: Any) -> None:
        """Note what the system answered (any JSON value): it is kept with the run.

        Raises:
            TypeError, ValueError: JSON cannot hold it.
        """
        self._notes("answer").answer = json.dumps(value, allow_nan=False)

    def _notes(self, what: str) -> Notes:
        notes = self._item.stash.get(NOTES, None)
        if notes is None:
            raise RuntimeError(f"evalkit_run.{what} belongs to a test marked @pytest.mark.evalkit")
        return notes
