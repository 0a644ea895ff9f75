"""What every reader of a log yields, whatever tool wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from evalkit.core.nouns import Better, Failure


class Declared(NamedTuple):
    """What a person says of a score: `--score NAME=lower:0..5`."""

    better: Better | None = None
    range: tuple[float | None, float | None] | None = None


@dataclass(frozen=True)
class Asked:
    """What the command asks of a reader.

    Attributes:
        scores: names of the scores to keep, with what was said of them; empty: all.
        group: the key of a sample's metadata (or column) that is its cluster.
        slices: keys that become tags; None: those that look like categories.
        columns: role -> column, of tables: id, input, output, expected, seconds, cost, failure, repeat, model.
        partial: the log is a part: what it lacks (a score, a group) another part may have.
    """

    scores: Mapping[str, Declared] = field(default_factory=dict)
    group: str | None = None
    slices: tuple[str, ...] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False


@dataclass
class Scorer:
    """What is known of one score of a log.

    Attributes:
        better: which way is up; None: nobody says.
        range: of a sample's value, as the tool defines it; None: nobody says.
        definition: what made the score, for its digest: another definition is another scorer.
    """

    better: Better | None = None
    range: tuple[float | None, float | None] | None = None
    definition: Any = None


class Unscored(NamedTuple):
    """Why a sample has no value of a score."""

    why: str


@dataclass
class Row:
    """One answer of one system to one sample, once. `facts` are what tags and groups are taken from."""

    case_id: str
    place: str  # in the file, for messages: "line 7", "samples/3"
    input: Any = None
    expected: Any = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    repeat: int = 0
    system: str = ""
    output: Any = None
    scores: dict[str, float | Unscored] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float | None = None
    cost: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    model: str | None = None
    trace: dict[str, Any] = field(default_factory=dict)


@dataclass
class Log:
    """One log, read while `rows` is: what stands below it is whole only afterwards.

    Attributes:
        tool, version, task: who wrote it, and what of.
        file: for messages.
        rows: the answers.
        about: what else identifies it (model, created, ...), for the record.
        scorers: score -> what is known of it.
        systems: key of a system -> its name, where the log has several.
        missing: (case id, repeat) that the tool planned and did not write: unscored, not forgotten.
        group: the fact that is the cluster, where the log has one by itself.
        unordered: the log has its samples in the order in which they were done, which differs from run to run.
        notes: sentences for the person who imports.
    """

    tool: str
    version: str | None
    task: str
    file: str
    rows: Iterable[Row]
    about: dict[str, Any] = field(default_factory=dict)
    scorers: dict[str, Scorer] = field(default_factory=dict)
    systems: dict[str, str] = field(default_factory=dict)
    missing: list[tuple[str, int]] = field(default_factory=list)
    group: str | None = None
    unordered: bool = False
    notes: list[str] = field(default_factory=list)

    def scorer(self, name: str) -> Scorer:
        """What is known of a score, new or known."""
        return self.scorers.setdefault(name, Scorer())
