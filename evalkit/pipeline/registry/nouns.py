"""What the events of a model's chain say. A chain holds nothing else, and no event is ever changed."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from evalkit.core.nouns import Digest, Noun
from evalkit.core.versions import ModelVersion

__all__ = ["PREFIX", "Cited", "Promoted", "Registered", "Removed", "Retired", "RolledBack"]

PREFIX: Final = "model/"
"""How the chain of a model is called."""

VersionNumber = Annotated[int, Field(ge=1)]


class Cited(Noun):
    """The record that allowed a promotion, by digest: of the record and of what it asked."""

    run_id: str
    record: Digest
    suite: str  # name
    variant: str  # of the record, that is this model
    outcome: str  # of this variant
    created: str  # of the record
    cases: Digest
    scoring: Digest
    policy: Digest
    suite_version: int | str | None = None  # null: a promotion of before this was kept


class Registered(Noun):
    """A version came to be."""

    version: ModelVersion
    source: Literal["training", "file"]  # it was trained here, or comes from elsewhere
    kind: str  # of the artifact: skops or own
    trusted: list[str] = Field(
        default_factory=list
    )  # types that a person trusts beside skops' own list; of a file from elsewhere
    note: str = ""
    keeps: list[str] = Field(default_factory=list)  # `blob:DIGEST` of what must stay


class Promoted(Noun):
    """An alias moved to a version."""

    alias: str
    version: VersionNumber
    before: VersionNumber | None = None  # where it stood
    artifact: Digest
    cited: Cited | None = None  # null: forced without a record
    suite: str | None = None  # of which records allow promotions to this alias from now on
    forced: bool = False  # against what spoke against it
    against: list[str] = Field(default_factory=list)  # what spoke against it, as sentences
    why: str = ""


class RolledBack(Noun):
    """An alias went back to a version that it stood on before; that version's evidence holds."""

    alias: str
    version: VersionNumber
    before: VersionNumber | None  # null: it had been taken away
    artifact: Digest
    undo: bool = False  # it takes back a rollback
    why: str = ""


class Removed(Noun):
    """An alias was taken away: it stands nowhere until it is promoted or rolled back."""

    alias: str
    before: VersionNumber
    artifact: Digest  # of that version
    why: str = ""


class Retired(Noun):
    """A version that no alias may stand on any more."""

    version: VersionNumber
    why: str = ""
