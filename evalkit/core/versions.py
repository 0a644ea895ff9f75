"""The nouns of the pipeline: datasets, models, and the events that say what was made of what, by whom, and when.

As in `nouns`: frozen, no unknown keys, no NaN. A digest covers what the thing is, never when or by whom it was made.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Digest, Finite, Noun

__all__ = ["Dataset", "Event", "ModelVersion", "Part", "content_digest"]


class Part(Noun):
    """Some rows of a dataset: one Parquet file that is never changed."""

    digest: Digest  # of its rows and types (`table_digest`), however the file packs them
    rows: Annotated[int, Field(ge=0)]


class Dataset(Noun):
    """Rows that will never change. A new version is another dataset, and shares the parts that stay."""

    name: str
    version: Annotated[int, Field(ge=1)]  # its place among the versions of the name
    digest: Digest  # see `content_digest`
    rows: Annotated[int, Field(ge=0)]
    columns: dict[str, str]  # name -> type as Arrow writes it, in order
    parts: list[Part]  # in order of rows
    parents: list[Digest] = Field(default_factory=list)  # digests of what it was made of
    parent_names: dict[Digest, str] = Field(default_factory=dict)  # what those are called that are no datasets
    made_by: str = ""  # stage or command
    note: str = ""  # why, or what is odd, for people
    created: str  # ISO 8601, UTC


class ModelVersion(Noun):
    """A fitted model, and all that it was made of."""

    name: str
    version: Annotated[int, Field(ge=1)]  # its place among the versions of the name
    artifact: Digest  # of the file of the model
    digest: Digest  # of the artifact and all that went into it
    recipe: str  # import path or file of what trained it
    code: Digest  # of the recipe's source and of what it imports of the project
    data: dict[str, Digest] = Field(default_factory=dict)  # role (train, ...) -> dataset
    features: Digest | None = None  # of the definitions of its features
    config: dict[str, Any] = Field(default_factory=dict)  # as it was after overrides
    seed: int = 0
    metrics: dict[str, Finite] = Field(default_factory=dict)  # what training logged; no verdict rests on it
    environment: Digest | None = None  # of the packages and their versions
    commit: str | None = None  # of git; null outside a repository
    dirty: bool | None = None  # the working tree had changes
    seconds: Finite | None = None  # training took
    created: str  # ISO 8601, UTC


class Event(Noun):
    """One entry of a chain: it names the one before it by digest, so that none can be changed, left out or put in."""

    chain: str  # such as lineage, model/NAME, dataset/NAME, rollout/ID
    seq: Annotated[int, Field(ge=1)]
    at: str  # ISO 8601, UTC
    kind: str  # registered, promoted, ran, ...
    who: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    previous: Digest | None = None  # head before it; null: it is the first
    head: Digest  # of all of the above: see `chain.head_of`


def content_digest(columns: dict[str, str], parts: list[Part]) -> str:
    """The identity of a dataset: its columns in order and the digests of its parts in order."""
    return digest_of({"columns": list(columns.items()), "parts": [part.digest for part in parts]})
