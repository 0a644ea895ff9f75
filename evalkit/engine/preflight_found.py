"""What a preflight is asked, and what it finds: every gate with its power, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class GatePlan:
    """One gate before the run.

    Attributes:
        gate, metric, slice, role: of the gate.
        n, unscored: cases that it reads, and those that the baseline could not be scored on.
        line: what the estimate is held against.
        expected: the value (or difference) that the power is computed for.
        se: standard error that is expected; None: unknown.
        power: chance to pass; None: unknown, see `note`.
        min_detectable: how far beyond the line (on its wrong side) the truth is shown with the wanted power.
        needed_n: cases for the wanted power; None: no number, or unknown.
        tolerated_unscored: cases that may stay unscored before it passes less than half of the time.
        tolerated_unscored_80: the same for the wanted power.
        needed_value: where no value is known: the value that the truth would have to have.
        cannot_pass: why it cannot pass, as a sentence.
        assumption: what the power rests on, as a sentence.
        discordance: power by assumed discordance, where it is an assumption.
        note: what else is to be said.
        case_variance, generation_variance: of a mean whose cases were answered several times: of the cases' own values,
            and of the answers to one; None: unknown.
    """

    gate: str
    metric: str
    slice: dict[str, str] | None
    role: str
    n: int
    unscored: int = 0
    line: float | None = None
    expected: float | None = None
    se: float | None = None
    power: float | None = None
    min_detectable: float | None = None
    needed_n: int | None = None
    tolerated_unscored: int | None = None
    tolerated_unscored_80: int | None = None
    needed_value: float | None = None
    cannot_pass: str | None = None
    assumption: str = ""
    discordance: list[dict[str, float]] = field(default_factory=list)
    note: str = ""
    case_variance: float | None = None
    generation_variance: float | None = None


@dataclass(frozen=True)
class Preflight:
    """All gates before the run; None is unknown.

    Attributes:
        gates: one each.
        joint_power: all gates that may block pass together, in the same simulated runs.
        joint_power_independent: the product of their powers.
        needed_cases, needed_clusters, needed_repeats: for the wanted joint power; each alone.
        discordance: joint power by assumed discordance.
        replicates: simulated runs.
        advice: sentences.
    """

    gates: list[GatePlan]
    joint_power: float | None = None
    joint_power_independent: float | None = None
    needed_cases: int | None = None
    needed_clusters: int | None = None
    needed_repeats: int | None = None
    discordance: list[dict[str, float]] = field(default_factory=list)
    replicates: int = 0
    advice: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        found: dict[str, Any] = _finite(asdict(self))
        return found


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: what is not a number is unknown."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True)
class Wanted:
    """What is asked of a preflight.

    Attributes:
        power: the chance to pass that is wanted.
        expected: metric -> value that the candidate is taken to have.
        alpha: one-sided error of each gate.
        seed: from the content of the question.
        assumption: what two runs of one system are taken to differ by, as a sentence.
        assumed: the discordance is an assumption, not seen.
    """

    power: float
    expected: Mapping[str, float]
    alpha: float
    seed: int
    assumption: str
    assumed: bool
