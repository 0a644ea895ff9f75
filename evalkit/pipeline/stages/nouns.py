"""The nouns of stages: what is declared, what a key is made of, and what is kept of a stage that ran."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Digest, Finite, Noun, Outcome

__all__ = ["CHAIN", "KeyParts", "Made", "OutputKind", "OutputSpec", "Pipeline", "Ran", "Source", "Stage", "Thing"]

CHAIN = "lineage"
"""The chain of what stages did."""

OutputKind = Literal["dataset", "file", "value", "model", "run"]


class Source(Noun):
    """Where an input comes from."""

    kind: Literal["path", "dataset", "output"]
    ref: str  # path as written, REF of a dataset, or STAGE.OUTPUT

    @property
    def stage(self) -> str | None:
        """The stage that makes it; None: it comes from outside."""
        return self.ref.partition(".")[0] if self.kind == "output" else None

    @property
    def output(self) -> str:
        """Its name among the outputs of that stage."""
        return self.ref.partition(".")[2]


class OutputSpec(Noun):
    """What a stage says that it will make."""

    kind: OutputKind
    name: str = ""  # of a dataset in the workspace; path of a file, relative to the pipeline file; empty: not given


class Stage(Noun):
    """A pure function from inputs to outputs, as declared."""

    name: str
    uses: str  # path/file.py:function or package.module:function
    description: str = ""
    inputs: dict[str, Source] = Field(default_factory=dict)
    outputs: dict[str, OutputSpec]
    config: dict[str, Any] = Field(default_factory=dict)  # `with` of the file
    seed: int = 0
    timeout: Finite | None = None  # seconds; null: as long as it takes
    version: int | str = 1

    @property
    def needs(self) -> list[str]:
        """Stages whose outputs it takes, once each, in order."""
        return list(dict.fromkeys(s.stage for s in self.inputs.values() if s.stage is not None))


class Pipeline(Noun):
    """A pipeline file."""

    name: str
    version: int | str = 1
    description: str = ""
    stages: dict[str, Stage]  # in the order of the file

    @property
    def digest(self) -> str:
        """Of all that it says."""
        return digest_of(self.model_dump(mode="json"))


class Thing(Noun):
    """An input or output as it was: what later stages key on is its digest, and its name where it is a file."""

    kind: Literal["path", "dataset", "file", "value", "model", "run"]  # path: a file or folder from outside
    digest: Digest  # of the content, never of when it was made
    name: str = ""  # file name; NAME@VERSION of a dataset; id of a run; name of a model
    rows: int | None = None  # of a dataset
    size: int | None = None  # bytes of a file
    record: Digest | None = None  # of a run: that of its record, which times are part of
    source: str = ""  # of an input: as the pipeline file says it

    @property
    def identity(self) -> list[str]:
        """What a key holds of it."""
        return [self.kind, self.digest, *([self.name] if self.kind == "file" else [])]


class KeyParts(Noun):
    """All that a stage's result depends on. The same parts give the same outputs, so nothing is run again."""

    entry: str  # file within the code, and function
    code: dict[str, Digest]  # file -> digest of its bytes: the function's file and what it imports of the project
    config: dict[str, Any]
    inputs: dict[str, Thing]
    outputs: dict[str, OutputSpec]
    environment: Digest  # of Python and all installed packages; a blob
    seed: int
    version: int | str

    @property
    def digest(self) -> str:
        """The key."""
        told = self.model_dump(mode="json", exclude={"inputs"})
        return digest_of(["stage", told, {name: thing.identity for name, thing in self.inputs.items()}])


class Made(Noun):
    """What came of a stage: its outputs, and its own verdict if it gave one."""

    outputs: dict[str, Thing]
    outcome: Outcome | None = None  # of the gate that the stage decided; null: it decided none
    said: str = ""  # the verdict as a sentence
    logged: list[str] = Field(default_factory=list)  # what the stage logged, oldest first


class Ran(Noun):
    """One event of the lineage: a stage ran to its end."""

    pipeline: str
    stage: str
    key: Digest
    parts: KeyParts
    made: Made
    uses: str = ""  # as the pipeline file says it
    sources: Digest | None = None  # blob with the text of the code
    seconds: Annotated[Finite, Field(ge=0)]  # the stage took
    now: str  # the time that it was given, ISO 8601, UTC
    keeps: list[str] = Field(default_factory=list)  # `blob:DIGEST` of what must stay as long as this event
