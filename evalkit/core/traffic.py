"""The traffic log: what users asked and got, what shadows said beside it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "DROPS",
    "OUTCOMES",
    "REQUESTS",
    "SHADOWS",
    "Dropped",
    "OutcomeKind",
    "Reported",
    "Said",
    "Served",
    "Shadowed",
    "Traffic",
]

OutcomeKind = Literal["outcome", "correction", "label"]
"""What happened, what the answer should have been, what a person says of it."""

REQUESTS: Final = {
    "id": "string",  # unique
    "at": "timestamp[us, UTC]",  # it arrived
    "unit": "string",  # whom the variant is assigned to: a user, a session
    "variant": "string",  # name of the system that answered
    "role": "string",  # champion, canary, or the name of an arm
    "weight": "double",  # probability that this unit got this variant then, in [0, 1]
    "input": "string",  # JSON
    "output": "string",  # JSON that the user got; null: they got none
    "failure": "string",  # of the variant, a sentence; null: it answered. With an output: the champion stood in for it
    "seconds": "double",  # the variant took; null: nobody measured it
    "confidence": "double",  # in [0, 1]; null: not stated
    "seq": "int64",  # place in the log: rows are seen in this order, whatever `at` says
}
SHADOWS: Final = {
    "id": "string",  # of the request
    "at": "timestamp[us, UTC]",  # it was asked
    "variant": "string",
    "output": "string",
    "failure": "string",
    "seconds": "double",
    "seq": "int64",
}
OUTCOMES: Final = {
    "id": "string",  # of the request
    "at": "timestamp[us, UTC]",  # it was told
    "kind": "string",  # an OutcomeKind
    "value": "string",  # JSON
    "who": "string",
    "seq": "int64",
}
DROPS: Final = {
    "at": "timestamp[us, UTC]",  # counted until then
    "variant": "string",
    "dropped": "int64",  # requests that the shadow was not asked, for want of room
    "seq": "int64",
}


class Said(NamedTuple):
    """What a system said to one request.

    Attributes:
        output: JSON; None: it failed.
        failure: a sentence for the log, which may hold the system's own words; None: it answered.
        seconds: it took.
        confidence: in [0, 1]; None: not stated.
        reason: of a failure, a word: raised, timeout, busy, ...
    """

    output: str | None
    failure: str | None = None
    seconds: float = 0.0
    confidence: float | None = None
    reason: str = ""


class Served(NamedTuple):
    """A row of `requests`: one request and what the user got, `at` in seconds since 1970."""

    id: str
    at: float
    unit: str
    variant: str
    role: str
    weight: float
    input: str
    output: str | None
    failure: str | None
    seconds: float | None
    confidence: float | None


class Shadowed(NamedTuple):
    """A row of `shadows`: what another system said to the same request."""

    id: str
    at: float
    variant: str
    output: str | None
    failure: str | None
    seconds: float


class Reported(NamedTuple):
    """A row of `outcomes`: what became of a request, perhaps much later."""

    id: str
    at: float
    kind: OutcomeKind
    value: str
    who: str


class Dropped(NamedTuple):
    """A row of `drops`."""

    at: float
    variant: str
    dropped: int


class Traffic(Protocol):
    """A durable log. `since` and `until` are seconds since 1970 of `at`, the first inclusive, the second exclusive;
    `after` is a `seq`. Tables have the columns above, and rows by `seq`."""

    def requests(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table: ...
    def shadows(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table: ...
    def outcomes(
        self, since: float | None = None, until: float | None = None, *, after: int = 0
    ) -> pa.Table: ...  # all that was told: the newest of an id and kind counts
    def drops(self, since: float | None = None, until: float | None = None, *, after: int = 0) -> pa.Table: ...
    def put_requests(
        self, rows: Iterable[Served]
    ) -> set[str]: ...  # durable when it returns; ids known before: not put
    def put_shadows(self, rows: Iterable[Shadowed]) -> None: ...
    def put_outcomes(self, rows: Iterable[Reported]) -> int: ...  # those that were new; the same told twice is one
    def put_outcome(self, row: Reported) -> bool: ...
    def known(self, ids: Iterable[str]) -> set[str]: ...  # of these, the requests that are in the log
    def find(self, request: str) -> Served | None: ...
