"""What was asked for, and what bounds it: nothing that one client or one system does may take the others' share."""

from __future__ import annotations

from dataclasses import dataclass, field

from evalkit.pipeline.shadow.mirror import MirrorLimits

__all__ = ["Limits", "Wanted"]


@dataclass(frozen=True)
class Limits:
    """The bounds.

    Attributes:
        body: bytes of a request's body.
        batch: predictions in one request.
        in_flight: predictions at once; more are told to come back.
        connections: at once.
        seconds: that a system may take to answer.
        header_seconds: that a request's head may take to come.
        body_seconds: that its body may take.
        threads: in which a function of this process is called; 1: one call at a time.
        stuck: calls that may hang for good before the function is given up until one returns.
        drain_seconds: that the end waits for what is under way.
    """

    body: int = 1_000_000
    batch: int = 1_000
    in_flight: int = 512
    connections: int = 2_000
    seconds: float = 10.0
    header_seconds: float = 10.0
    body_seconds: float = 10.0
    threads: int = 8
    stuck: int = 8
    drain_seconds: float = 15.0


@dataclass(frozen=True)
class Wanted:
    """What was asked for.

    Attributes:
        champion, canary, shadows: specs.
        weight: of the canary, in [0, 1]; not looked at with a rollout.
        rollout: id of the rollout that sets the weight.
        isolate: the champion lives in a process of its own, too.
        noise: share of the requests that the champion is asked twice, where there are shadows.
        token: of the operator; None: there is no admin.
        limits, mirror: bounds.
    """

    champion: str
    canary: str | None = None
    shadows: tuple[str, ...] = ()
    weight: float = 0.0
    rollout: str | None = None
    isolate: bool = False
    noise: float = 0.05
    token: bytes | None = None
    limits: Limits = field(default_factory=Limits)
    mirror: MirrorLimits = field(default_factory=MirrorLimits)

    @property
    def asks_again(self) -> bool:
        """Whether the champion is asked a second time, beside shadows."""
        return bool(self.shadows) and self.noise > 0
