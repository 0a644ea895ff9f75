"""What the calls of one run learn about each endpoint that they ask, whoever asks it."""

from __future__ import annotations

from dataclasses import dataclass, field

from evalkit.engine.budget import Budget
from evalkit.engine.pace import Pace
from evalkit.engine.throttle import Throttle


@dataclass
class Endpoint:
    """The limiter of one endpoint."""

    throttle: Throttle = field(default_factory=Throttle)
    pace: Pace = field(default_factory=Pace)


class Endpoints:
    """Limiters by endpoint, and ceilings by judge. Systems of a run are asked one after the other, or on one loop."""

    def __init__(self) -> None:
        """None yet."""
        self._known: dict[str, Endpoint] = {}
        self._ceilings: dict[str, Budget] = {}

    def of(self, name: str | None) -> Endpoint:
        """The limiter of an endpoint; without a name, one of its own."""
        return Endpoint() if name is None else self._known.setdefault(name, Endpoint())

    def ceiling(self, name: str, most: float, within: Budget) -> Budget:
        """What one judge may still spend, within the budget of the run."""
        found = self._ceilings.setdefault(name, Budget(most, within))
        found.within = within
        return found
