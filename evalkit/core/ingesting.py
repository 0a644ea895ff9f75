"""What is kept of a stream while it is taken in: how far, which rows, and what was set apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import Field

from evalkit.core.nouns import Digest, Noun
from evalkit.core.versions import Part

__all__ = ["Commit", "Fault", "Held", "Ledger", "Position", "Refused", "Seen", "Stream", "Stretch"]

FaultKind = Literal["malformed", "type", "missing", "extra", "late", "conflict", "rule"]
State = Literal["waiting", "replayed", "duplicate"]


class Fault(Noun):
    """One thing that is wrong with one record."""

    kind: FaultKind
    reason: str  # as a sentence's part: "'abc' is not a whole number"
    field: str | None = None  # null: the record as a whole
    value: str | None = None  # what stood there, at most 200 characters of it


class Stream(Noun):
    """What holds for all records of a stream."""

    name: str
    columns: dict[str, str] = Field(default_factory=dict)  # name -> type, in order; empty: nothing was taken in yet
    optional: list[str] = Field(default_factory=list)  # columns that a record may leave out
    contract: dict[str, Any] | None = None  # the rules at the door, as JSON
    contract_digest: Digest | None = None
    part_rows: Annotated[int, Field(ge=1)]  # records after which a part is closed
    part_bytes: Annotated[int, Field(ge=1)]  # or bytes
    newest: int | None = None  # latest event time that was accepted, in microseconds since 1970


class Stretch(Noun):
    """Records one behind the other of one partition, and the parts that hold them. An open one grows."""

    seq: Annotated[int, Field(ge=1)]  # its place in the dataset
    partition: str
    label: str
    start: int  # offset
    stop: int  # offset to go on from
    records: int  # received
    size: int  # bytes received
    accepted: int
    quarantined: int
    duplicates: int
    raw: Part | None = None  # null: nothing was received as raw bytes here (a replay)
    kept: Part | None = None  # null: nothing was accepted
    closed: bool = False
    received: list[tuple[int, str]] = Field(default_factory=list)  # (offset behind the last, ISO 8601): when


class Position(NamedTuple):
    """How far a partition was read."""

    label: str
    offset: int  # to go on from
    mark: str  # see `Source.mark`


class Seen(NamedTuple):
    """The row that has a key."""

    content: bytes  # digest of the row
    seq: int  # of its stretch
    row: int  # among the rows that the stretch accepted, from 0


class Refused(NamedTuple):
    """A record for the quarantine."""

    offset: int
    raw: bytes
    faults: tuple[Fault, ...]


class Held(NamedTuple):
    """A record in the quarantine."""

    id: int
    stream: str
    source: str  # such as file:PATH
    partition: str
    label: str
    offset: int
    format: str  # JSON of Format
    raw: bytes  # as it came
    faults: tuple[Fault, ...]
    contract: str | None  # digest of the rules that it broke
    at: str  # ISO 8601, UTC
    state: State
    edited: bytes | None  # JSON that a person put in its place


class Commit(NamedTuple):
    """What is written as a whole or not at all."""

    stream: Stream
    stretches: Sequence[Stretch]  # new or grown
    keys: Mapping[bytes, Seen]  # digest of a key -> its row
    gone: Sequence[tuple[int, int]]  # (stretch, row): replaced by a later one with the same key
    position: tuple[str, Position] | None = None  # partition, how far; with what comes next
    source: str = ""
    format: str = ""
    refused: Sequence[Refused] = ()
    settled: Mapping[int, State] = {}  # of a replay: id in the quarantine -> what became of it
    still: Mapping[int, tuple[Fault, ...]] = {}  # id -> what is wrong with it now
    edited: Mapping[int, bytes] = {}  # id -> what was put in its place


class Ledger(Protocol):
    """What is known of streams; each commit is durable when it returns."""

    def stream(self, name: str) -> Stream | None: ...
    def streams(self) -> list[str]: ...
    def position(self, stream: str, partition: str) -> Position | None: ...
    def positions(self, stream: str) -> dict[str, Position]: ...  # by partition, in order of the first record
    def stretches(self, stream: str) -> list[Stretch]: ...  # by seq
    def seen(self, stream: str, keys: Iterable[bytes]) -> dict[bytes, Seen]: ...
    def gone(self, stream: str, seq: int) -> list[int]: ...  # rows of a stretch that were replaced, rising
    def held(
        self, stream: str | None = None, *, state: State | None = "waiting", after: int = 0, limit: int | None = None
    ) -> list[Held]: ...  # by id
    def counts(self, stream: str) -> dict[tuple[str, str], int]: ...  # (kind, field or "") -> waiting
    def commit(self, commit: Commit) -> list[Stretch]: ...  # those of the commit, as they are kept
