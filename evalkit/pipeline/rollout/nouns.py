"""What a rollout is: its plan, what is observed, and where it stands. All of it is JSON in the chain `rollout/ID`.

Every metric is a loss in [0, 1] a unit, of which less is better: `failed` is 1 where the unit's request failed.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Decision, Finite, Noun

__all__ = ["ENDED", "Group", "Ledger", "Observation", "Phase", "Plan", "Scoring", "State", "Step", "Strategy", "Tally"]

Strategy = Literal["direct", "blue-green", "canary"]
Phase = Literal["warming", "canary", "watching", "promoted", "rolled_back", "expired", "aborted"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[Finite, Field(ge=0)]

_UNKNOWN = -1.0  # to sort by, where there is no loss
ENDED: frozenset[Phase] = frozenset(("promoted", "rolled_back", "expired", "aborted"))


class Step(Noun):
    """One weight, and what has to be seen at it before the next."""

    weight: Share  # of the candidate; 0: it is only warmed up, 1: it has all traffic and the champion stands by
    min_units: Annotated[int, Field(ge=1)]  # of the candidate, that came in while the step stood
    pause: Seconds = 0.0  # at least so long, in seconds


class Scoring(Noun):
    """How answers are scored that somebody told the right answer of, perhaps long after they were given."""

    suite: str  # its file or folder
    metrics: Annotated[
        dict[str, str], Field(min_length=1)
    ]  # metric of the plan -> digest of all that makes its numbers


class Plan(Noun):
    """What was decided before the first unit was seen."""

    strategy: Strategy
    candidate: str  # as `evalkit run -c` takes it
    champion: str
    steps: Annotated[list[Step], Field(min_length=1)]  # weights rise
    metrics: list[str] = Field(default_factory=lambda: ["failed"], min_length=1)  # losses in [0, 1] a unit
    margin: Annotated[Finite, Field(gt=1)] = 2.0  # ratio candidate / champion that promotion excludes
    max_loss: Annotated[Finite, Field(gt=0, lt=1)] | None = None  # without a champion beside it: mean loss, < this
    alpha: Annotated[Finite, Field(gt=0, lt=0.5)] = 0.05  # of promotion, for each metric
    alpha_harm: Annotated[Finite, Field(gt=0, lt=0.5)] = 0.02  # of rollback, for all metrics together
    patience: Seconds = 7 * 86_400.0  # a step that stands longer is given up, in seconds
    guards: list[str] = Field(default_factory=list)  # of the metrics those that only harm is asked of
    scoring: Scoring | None = None  # of the metrics that wait for a right answer; None: none does

    @model_validator(mode="after")
    def _of_one_piece(self) -> Plan:
        weights = [step.weight for step in self.steps]
        if any(b <= a for a, b in pairwise(weights)):
            raise ValueError(f"weights rise from step to step, and these do not: {weights}")
        if len(set(self.metrics)) < len(self.metrics):
            raise ValueError("a metric is named twice")
        if not set(self.guards) < set(self.metrics):
            raise ValueError("promotion asks no metric: one of them at least is more than a guard")
        if self.scoring is not None and not set(self.scoring.metrics) <= set(self.metrics):
            raise ValueError("a metric is scored that the plan does not guard")
        if self.scoring is not None and self.strategy == "blue-green":
            raise ValueError(
                "answers of a warm-up are not scored: blue-green has no metric that waits for right answers"
            )
        shape = [0.0, 1.0] if self.strategy == "blue-green" else [1.0]
        if self.strategy == "canary" and not all(0 < w < 1 for w in weights):
            raise ValueError("a canary's weights lie between 0 and 1: at either there is nobody to compare with")
        if self.strategy != "canary" and weights != shape:
            raise ValueError(f"{self.strategy} has the weights {shape}")
        if self.strategy != "canary" and self.max_loss is None:
            raise ValueError(f"{self.strategy} has no champion beside it: max_loss has to say what is too much")
        return self

    @property
    def late(self) -> dict[int, str]:
        """The metrics that a unit is counted for when its right answer has come: place -> name."""
        waiting = self.scoring.metrics if self.scoring else {}
        return {i: metric for i, metric in enumerate(self.metrics) if metric in waiting}

    @property
    def relative(self) -> bool:
        """Whether the champion serves beside the candidate, so that the two can be compared."""
        return self.strategy == "canary"


class Group(Noun):
    """Units alike: each is counted once for a metric, whatever number of requests it made."""

    canary: bool  # on the candidate
    weight: Share  # of the candidate, when the unit was assigned
    losses: list[Share | None]  # in the order of the plan's metrics; None: not counted for this one now
    n: Annotated[int, Field(ge=1)] = 1


class Observation(Noun):
    """What was seen since the last one. Units in another order, or in other groups, are the same observation."""

    groups: list[Group] = Field(default_factory=list)
    abort: str | None = None  # somebody ends it, and why

    @field_validator("groups")
    @classmethod
    def _in_order(cls, groups: list[Group]) -> list[Group]:
        counts: Counter[tuple[bool, float, tuple[float, ...]]] = Counter()
        for group in groups:
            losses = tuple(_UNKNOWN if loss is None else float(loss) for loss in group.losses)
            counts[group.canary, float(group.weight), losses] += group.n
        return [
            Group(canary=c, weight=w, losses=[None if loss == _UNKNOWN else loss for loss in losses], n=n)
            for (c, w, losses), n in sorted(counts.items())
        ]


class Tally(Noun):
    """What was seen of a metric at one weight."""

    weight: Share
    n_canary: Count = 0  # units
    n_champion: Count = 0
    lost_canary: Annotated[Finite, Field(ge=0)] = 0.0  # sum of losses
    lost_champion: Annotated[Finite, Field(ge=0)] = 0.0


class Ledger(Noun):
    """The evidence on one metric: with it, whoever restarts goes on with the same martingale."""

    metric: str
    harm: list[Finite] = Field(default_factory=list)  # log of each bet's product against "no harm"; empty: zeros
    promotion: list[Finite] = Field(default_factory=list)  # the same against "beyond the margin"
    tallies: list[Tally] = Field(default_factory=list)  # by weight


class State(Noun):
    """Where a rollout stands."""

    id: str
    plan: Plan
    phase: Phase
    step: Count = 0  # place among the plan's steps
    weight: Share  # of the candidate, from now on
    started: Finite  # seconds since 1970
    since: Finite  # the step began
    at: Finite  # of the last observation
    units: Count = 0  # of the candidate, that came in while the step stood: for the metric that has fewest
    counts: list[Count] = Field(default_factory=list)  # the same a metric, where some wait; empty: zeros
    ledgers: list[Ledger]  # in the order of the plan's metrics
    decisions: list[Decision] = Field(
        default_factory=list
    )  # of the last move: harm first; at the last step promotion, one a metric
    said: str = ""  # the last move as a sentence

    @property
    def ended(self) -> bool:
        """Nothing changes it any more; a new try is a new rollout."""
        return self.phase in ENDED

    @property
    def digest(self) -> str:
        """Of all of it but the prose, which may be worded better one day."""
        found = self.model_dump(mode="json", exclude={"decisions", "said"})
        if self.plan.scoring is None:  # as it was before there were metrics that wait
            del found["counts"], found["plan"]["scoring"]
        if not self.plan.guards:
            del found["plan"]["guards"]
        return digest_of(found)
