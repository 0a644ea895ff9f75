"""What a self-test finds: false alarms, and what a known drop does, of every gate and of the release."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from evalkit.engine.hull import ALPHA


class Rate(NamedTuple):
    """A share of simulated runs with its exact 95 % interval (the error of the simulation, not of the data)."""

    share: float
    lo: float
    hi: float


class Power(NamedTuple):
    """What a gate says under a true drop.

    Attributes:
        drop: in the metric's units.
        fail, passed: shares of runs.
        runs: how many.
    """

    drop: float
    fail: Rate
    passed: Rate
    runs: int


@dataclass(frozen=True)
class GateTest:
    """One gate under labels that mean nothing, and under known drops.

    Attributes:
        gate, metric, unit, margin: of the gate; the margin in the metric's units, None where it is relative.
        n, clusters, differing: cases, clusters, and clusters on which the two sides differ.
        false_fail, inconclusive, passed: shares of runs; None where it cannot be told, with `reason`.
        curve: by drop.
        detects: the smallest drop that fails in four of five runs, interpolated; None: none of the grid.
        reason: why nothing can be told, as a sentence.
    """

    gate: str
    metric: str
    unit: str
    margin: float | None
    n: int
    clusters: int
    differing: int
    false_fail: Rate | None = None
    inconclusive: Rate | None = None
    passed: Rate | None = None
    curve: list[Power] = field(default_factory=list)
    detects: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class SelfTest:
    """All gates against a baseline, and the release that they decide.

    Attributes:
        gates: one each.
        false_fail: share of runs in which any gate that may block fails.
        false_block: share of runs that the release policy does not let pass; `blocked` under the suite's own policy.
        replicates: runs; on many cases the power curve has fewer, see `Power.runs`.
        warnings: sentences.
    """

    gates: list[GateTest]
    false_fail: Rate | None
    false_block: Rate | None
    blocked: Rate | None
    replicates: int
    warnings: list[str] = field(default_factory=list)

    @property
    def told(self) -> bool:
        """Whether any gate's false alarms could be estimated."""
        return any(gate.reason is None for gate in self.gates)

    @property
    def alarming(self) -> bool:
        """Whether more than 5 % false alarms of the whole are shown."""
        return self.false_fail is not None and self.false_fail.lo > ALPHA

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; a rate is {share, lo, hi}."""
        found: dict[str, Any] = _plain(self)
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: _plain(inner) for key, inner in value._asdict().items()}
    if isinstance(value, SelfTest | GateTest):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
