"""What a stage is given. A test makes one by hand: `StageContext(inputs={"raw": table}, config={"limit": 3})`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EvalkitError, InputError
from evalkit.core.nouns import Outcome, Record
from evalkit.core.versions import Dataset
from evalkit.engine.nearest import did_you_mean

__all__ = ["GateFailed", "GateInconclusive", "StageContext", "Verdict"]


class GateFailed(EvalkitError):
    """A stage ends here, for a gate failed (exit 1). Nothing that it made is kept: `context.decide` keeps it."""

    exit_code = EXIT_FAIL


class GateInconclusive(EvalkitError):
    """A stage ends here, for a gate could not be decided (exit 3)."""

    exit_code = EXIT_INCONCLUSIVE


def _to_stderr(sentence: str) -> None:
    print(sentence, file=sys.stderr)


@dataclass
class Verdict:
    """The verdict that a stage gave, if any."""

    outcome: Outcome | None = None
    said: str = ""


@dataclass(frozen=True)
class StageContext:
    """All that a stage may depend on; there is no clock.

    Attributes:
        inputs: name -> Arrow table (a dataset), path (a file or folder), JSON value, digest of a model, id of a run.
            Read when first asked for.
        config: `with` of the pipeline file.
        seed: of everything random; Python's and numpy's global generators start from it.
        now: when the pipeline was started, ISO 8601, UTC. It is in no key: what is made of it should not be an output.
        scratch: an empty folder, gone afterwards.
        log: keeps a sentence, and shows it to whoever runs the pipeline.
        bench: what the workspace keeps: `.datasets`, `.store` (runs, blobs), `.chains`, `.traffic`, `.root`, ...
        datasets: name -> which dataset an input is.
        given: the verdict so far; see `decide`.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    now: str = "1970-01-01T00:00:00+00:00"
    scratch: Path = Path()
    log: Callable[[str], None] = _to_stderr
    bench: Any = None
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    given: Verdict = field(default_factory=Verdict)

    def input(self, name: str) -> Any:
        """An input by its name.

        Raises:
            InputError: the stage has no such input.
        """
        if name not in self.inputs:
            raise InputError(f"the stage has no input {name!r:.80}", remedy=did_you_mean(name, self.inputs, "inputs"))
        return self.inputs[name]

    def decide(self, outcome: Outcome | Record, said: str = "") -> None:
        """Give the stage's own verdict: its outputs are kept, and what depends on it runs only on a pass.

        The first fail stands; an inconclusive stands beside a pass.

        Args:
            outcome: pass, fail or inconclusive; or a record, whose gates decided.
            said: why, as a sentence.

        Raises:
            InputError: no such outcome; or the record broke.
        """
        if isinstance(outcome, Record):
            said = said or f"run {outcome.run_id} of {outcome.suite.name}: {outcome.outcome}"
            found = "pass" if outcome.outcome == "ungated" else outcome.outcome
        else:
            found = outcome
        if found not in _ORDER:
            raise InputError(f"a stage decides pass, fail or inconclusive, and not {found!r:.80}")
        if self.given.outcome is None or _ORDER[found] > _ORDER[self.given.outcome]:
            self.given.outcome, self.given.said = found, said  # type: ignore[assignment]


_ORDER = {"pass": 0, "inconclusive": 1, "fail": 2}
