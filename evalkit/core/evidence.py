"""What is known of a release beside its record: typed evidence, each kind with a section of its own in the report.

As in `nouns`: frozen, no unknown keys, no NaN. Whoever makes evidence (a person who approves, a stage of the pipeline)
attaches it to a run; a report reads it and computes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Digest, Finite, Noun, Outcome, Span

Share = Annotated[float, Field(ge=0, le=1)]


class _Evidence(Noun):
    """What all evidence has."""

    created: str  # ISO 8601, UTC
    made_by: str = ""  # command, stage or person, for people
    outcome: Outcome | None = None  # its own verdict; null: it has none
    about: Digest | None = None  # artifact of the model that it is about; null: not known, or of data

    @property
    def digest(self) -> str:
        """Of all that it says: what it is stored and cited under. Fields that come later do not change it."""
        return digest_of({"kind": self.kind, **self.model_dump(mode="json", exclude_defaults=True)})  # type: ignore[attr-defined]


class Moment(Noun):
    """One place in a series: a number with the interval that holds at all looks at once, or at this one."""

    at: str  # ISO 8601, UTC, or a label of the window
    n: int = 0  # units seen until then (a sequence) or in the window
    point: Finite | None = None  # null: nothing was seen
    lo: Finite | None = None  # two-sided
    hi: Finite | None = None  # two-sided


class Series(Noun):
    """A metric over time."""

    metric: str  # its id
    variant: str = ""  # or a contrast
    unit: str = ""  # as in Estimate
    better: Literal["higher", "lower"] = "higher"  # which direction is good
    level: Finite = 0.95  # of the intervals
    sequence: bool = False  # the intervals hold at all looks at once (a confidence sequence)
    reference: Span | None = None  # what it is held against
    line: Finite | None = None  # where a gate or an alarm stands
    moments: list[Moment] = Field(default_factory=list)  # in order of time
    alarms: list[str] = Field(default_factory=list)  # `at` of the moments at which it was raised


class Check(Noun):
    """One rule of a contract on one column."""

    column: str | None = None  # null: a rule of the whole table
    rule: str  # in words: "between 0 and 1", "not null", ...
    outcome: Outcome  # of this rule
    n: int | None = None  # rows that were checked
    failing: int = 0  # rows that break it
    examples: list[dict[str, Any]] = Field(default_factory=list)  # {row, value}


class Validation(_Evidence):
    """What a data contract found."""

    kind: Literal["validation"] = "validation"
    dataset: str  # its name
    data: Digest | None = None  # of its content
    contract: Digest | None = None  # of the rules
    rows: int  # that were read
    quarantined: int = 0  # rows that were set apart, with their reasons
    checks: list[Check] = Field(default_factory=list)  # every rule of the contract


class Node(Noun):
    """One thing in the history of a release."""

    id: str  # unique in the graph
    kind: Literal[
        "source",
        "raw",
        "dataset",
        "features",
        "config",
        "code",
        "train",
        "model",
        "suite",
        "judge",
        "run",
        "file",
        "value",
    ]
    name: str  # for people
    digest: Digest | None = None  # of its content
    note: str = ""  # rows, version, ...


class Edge(Noun):
    """`made` was made from `of`."""

    of: str  # id of a node
    made: str  # id of a node
    by: str = ""  # stage or command


class Lineage(_Evidence):
    """From raw data to the model that was evaluated."""

    kind: Literal["lineage"] = "lineage"
    nodes: list[Node]  # all things
    edges: list[Edge]  # what was made from what


class Move(Noun):
    """One event of a registry."""

    at: str  # ISO 8601, UTC
    what: str  # registered, promoted, rolled back, retired, ...
    who: str = ""  # made it
    alias: str | None = None  # champion, challenger, ...
    before: str | None = None  # version that it stood on
    after: str | None = None  # version that it stands on
    note: str = ""  # why
    head: str | None = None  # of the hash chain after this event


class Registry(_Evidence):
    """Where the model stands, and who put it there."""

    kind: Literal["registry"] = "registry"
    model: str  # its name
    version: str  # the one that this evidence is about
    artifact: Digest | None = None  # of the file of the model
    aliases: list[str] = Field(default_factory=list)  # that stand on this version
    moves: list[Move] = Field(default_factory=list)  # in order of time


class Measured(Noun):
    """A difference candidate - champion (or treatment - control) under one metric, with how it came about in time."""

    metric: str  # its id
    variant: str = ""  # or a contrast
    unit: str = ""  # as in Estimate
    better: Literal["higher", "lower"] = "higher"  # which direction is good
    n: int = 0  # pairs, or units of the variant
    point: Finite | None = None  # null: nothing was seen
    lo: Finite | None = None  # two-sided
    hi: Finite | None = None  # two-sided
    level: Finite = 0.95  # of the interval
    p: Share | None = None  # of a fixed horizon
    e_value: Annotated[float, Field(ge=0)] | None = None  # of a sequence
    noise: Span | None = None  # the same of the champion against itself
    said: str = ""  # better, worse, undecided, srm, ... : a word
    contrast: bool = True  # false: no difference, but a value by itself, as how often two systems disagree
    series: Series | None = None  # how it came about


class Shadow(_Evidence):
    """A challenger beside the champion on the same requests; users saw the champion only."""

    kind: Literal["shadow"] = "shadow"
    champion: str  # system that users saw
    challenger: str  # system that was asked beside it
    since: str | None = None  # ISO 8601, UTC
    until: str | None = None  # ISO 8601, UTC
    n: int = 0  # requests that both answered
    dropped: int = 0  # requests that the challenger was not asked, for want of room
    failed: int = 0  # requests that it failed to answer
    measured: list[Measured] = Field(default_factory=list)  # challenger - champion


class AB(_Evidence):
    """Units assigned at random to variants."""

    kind: Literal["ab"] = "ab"
    control: str  # the variant that the others are held against
    since: str | None = None  # ISO 8601, UTC
    until: str | None = None  # ISO 8601, UTC
    units: dict[str, int] = Field(default_factory=dict)  # variant -> units that were exposed
    split: dict[str, Finite] = Field(default_factory=dict)  # variant -> share that was meant
    excluded: int = 0  # units in two variants
    srm_p: Share | None = None  # sample-ratio mismatch: p-value of the split
    srm_ok: bool | None = None  # false: nothing can be said
    measured: list[Measured] = Field(default_factory=list)  # variant - control


class Stage(Noun):
    """One step of a rollout."""

    at: str  # ISO 8601, UTC
    state: str  # planned, canary, promoted, rolled back, aborted, ...
    weight: Share | None = None  # of the traffic
    n: int | None = None  # requests of the candidate until then
    said: str = ""  # why, as a sentence


class Rollout(_Evidence):
    """How the candidate went to users."""

    kind: Literal["rollout"] = "rollout"
    strategy: Literal["direct", "blue-green", "canary"]  # how the traffic moved
    stages: list[Stage] = Field(default_factory=list)  # in order of time
    measured: list[Measured] = Field(default_factory=list)  # candidate - champion while both served


class Column(Noun):
    """Drift of one column, prediction or confidence: evidence and size apart."""

    name: str  # of the column
    kind: str = ""  # number, category, prediction, ...
    effect: Finite | None = None  # Kolmogorov-Smirnov distance or total variation, in [0, 1]
    effect_lo: Finite | None = None  # two-sided
    effect_hi: Finite | None = None  # two-sided
    p_holm: Share | None = None  # corrected over the columns
    outcome: Literal["drift", "shifted", "no_drift", "insufficient_data"]  # what both come to


class Monitor(_Evidence):
    """What was seen of it in use."""

    kind: Literal["monitor"] = "monitor"
    since: str | None = None  # ISO 8601, UTC
    until: str | None = None  # ISO 8601, UTC
    n: int = 0  # requests
    series: list[Series] = Field(default_factory=list)  # metrics over time
    drift: list[Column] = Field(default_factory=list)  # by column
    said: list[str] = Field(default_factory=list)  # what happened when, as sentences


class Approval(_Evidence):
    """Who approved (or rejected) which record, and when. It holds for the record with this digest only."""

    kind: Literal["approval"] = "approval"
    who: str  # name of the person
    role: str = ""  # of the person
    approved: bool  # false: rejected
    note: str = ""  # why
    record: Digest  # of the record as it was when they signed


class Limits(_Evidence):
    """What the release is not for, or does badly: sentences of its makers."""

    kind: Literal["limits"] = "limits"
    sentences: list[str]  # one a limit


Evidence = Annotated[
    Validation | Lineage | Registry | Shadow | AB | Rollout | Monitor | Approval | Limits, Field(discriminator="kind")
]

EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)
"""Reads any of them from JSON."""

KINDS = ("validation", "lineage", "registry", "shadow", "ab", "rollout", "monitor", "approval", "limits")
