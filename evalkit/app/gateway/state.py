"""What the gateway's handlers share: who answers, with which weight, and where it is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from evalkit.app.gateway.hosts import Host
from evalkit.app.gateway.log import Log
from evalkit.app.gateway.metrics import Counts, Gauge
from evalkit.app.gateway.settings import Limits
from evalkit.pipeline.ab.assign import Assignment
from evalkit.pipeline.shadow.mirror import Mirror

__all__ = ["Arm", "State", "Turn"]


@dataclass(eq=False)
class Arm:
    """A system that users are served by.

    Attributes:
        name: `variant` in the traffic log.
        role: champion or canary.
        spec: as it was given.
        host: asks it.
    """

    name: str
    role: str
    spec: str
    host: Host


class Turn(NamedTuple):
    """Whose turn a unit is, and how probable that was."""

    arm: Arm
    weight: float


@dataclass(eq=False)
class State:
    """All of it.

    Attributes:
        weight: share of the units that get the canary, in [0, 1]; read it as `canary_weight`.
        salt: of the assignment; the same salt gives the same unit the same place after a restart.
        rollout: id of what sets the weight; None: the operator does.
        draining: the end is near; `/healthz` says so, and connections are closed after their answers.
    """

    champion: Arm
    canary: Arm | None
    weight: float
    salt: str
    log: Log
    limits: Limits
    clock: Callable[[], float]
    mirrors: list[Mirror] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    rollout: str | None = None
    token: bytes | None = None
    draining: bool = False
    in_flight: int = 0
    reload: Callable[[], object] | None = None
    _assignment: Assignment | None = None

    @property
    def canary_weight(self) -> float:
        """None of the users goes to a canary whose failures could not be written down."""
        return 0.0 if self.canary is None or self.log.trouble is not None else self.weight

    def turn(self, unit: str) -> Turn:
        """The arm of a unit: the same one for as long as the weight stays."""
        weight = self.canary_weight
        if self.canary is None or weight <= 0:
            return Turn(self.champion, 1.0)
        if self._assignment is None or self._assignment.split["canary"] != weight:
            self._assignment = Assignment(self.salt, {"canary": weight, "champion": 1.0 - weight})
        if self._assignment.arm(unit) == "canary":
            return Turn(self.canary, weight)
        return Turn(self.champion, 1.0 - weight)

    def gauges(self) -> list[Gauge]:
        """What `/metrics` shows beside the counts."""
        found = [
            Gauge("evalkit_canary_weight", "Share of the units that get the canary.", lambda: self.canary_weight),
            Gauge("evalkit_in_flight", "Predictions under way.", lambda: self.in_flight),
            Gauge("evalkit_draining", "1 while no new traffic is wanted.", lambda: int(self.draining)),
            Gauge("evalkit_log_queue", "Rows that are not committed yet.", lambda: self.log.waiting),
            Gauge("evalkit_log_failing", "1 while rows cannot be written.", lambda: int(self.log.trouble is not None)),
            Gauge("evalkit_log_lost_total", "Rows that were given up.", lambda: self.log.n_lost, (), "counter"),
        ]
        for name, help, kind, value in _OF_SHADOWS:
            found += [
                Gauge(name, help, lambda m=mirror, v=value: v(m), (("shadow", mirror.name),), kind)  # type: ignore[misc]
                for mirror in self.mirrors
            ]
        return found


_OF_SHADOWS: tuple[tuple[str, str, str, Callable[[Mirror], int]], ...] = (
    ("evalkit_shadow_queue_length", "Requests that wait for a shadow.", "gauge", lambda m: m.waiting),
    ("evalkit_shadow_requests_total", "Requests that a shadow was asked.", "counter", lambda m: m.n_asked),
    ("evalkit_shadow_failures_total", "Requests that a shadow failed to answer.", "counter", lambda m: m.n_failed),
    ("evalkit_shadow_dropped_total", "Requests that a shadow was not asked.", "counter", lambda m: m.n_dropped),
)
