"""What is kept of a training, whether or not its model is ever registered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Digest, Finite, Noun
from evalkit.core.versions import ModelVersion

__all__ = ["PREFIX", "Checked", "Training", "digest_of_model", "key_of", "version_of"]

PREFIX = "training/"
"""How the chain of a name's trainings is called."""


class Checked(Noun):
    """What a second training showed: in another process, with another hash seed, on another day."""

    outcome: Literal["same", "same_predictions", "different", "failed"]  # of the artifacts; then of predictions
    first: Digest  # artifact
    second: Digest | None = None  # artifact; null: it could not be trained again
    differs: list[str] = Field(default_factory=list)  # parts of the model, by path
    predictions: bool | None = None  # those on the data are equal; null: not compared
    said: str = ""  # as a sentence


class Training(Noun):
    """One training: all that went in, and what came out."""

    name: str  # what the model is called
    key: Digest  # of all that goes in: the same key is not trained again
    digest: Digest  # of the artifact and all that went into it
    artifact: Digest  # of the file of the model
    kind: str  # of the artifact: skops or own
    recipe: str  # as given
    entry: str  # its file or module within its code, and function
    code: Digest  # of the recipe's source and of what it imports of the project; a blob
    data: dict[str, Digest] = Field(default_factory=dict)  # role -> dataset
    features: Digest | None = None  # of the definitions of its features
    config: dict[str, Any] = Field(default_factory=dict)  # after overrides, defaults and validation
    seed: int = 0  # given to the recipe, and set in Python's and numpy's global generators
    threads: Annotated[int, Field(ge=1)] = 1  # that numerical libraries may use
    metrics: dict[str, Finite] = Field(default_factory=dict)  # as the recipe logged them
    environment: Digest  # of Python and all installed packages; a blob
    packages: dict[str, str] = Field(default_factory=dict)  # of them, those that the recipe's code imports
    python: str = ""  # version
    commit: str | None = None  # of git; null outside a repository
    dirty: bool | None = None  # the working tree had changes
    seconds: Finite  # of the recipe
    size: int = 0  # bytes of the artifact
    printed: str = ""  # end of what it wrote to stdout and stderr
    warnings: list[str] = Field(default_factory=list)  # sentences
    check: Checked | None = None  # --verify
    keeps: list[str] = Field(default_factory=list)  # `blob:DIGEST` of what must stay as long as this entry
    created: str  # ISO 8601, UTC


def key_of(
    entry: str, code: str, data: dict[str, str], config: dict[str, Any], seed: int, threads: int, environment: str
) -> str:
    """What a training is found again by: the digest of all that goes in."""
    return digest_of(["train", entry, code, data, config, seed, threads, environment])


def digest_of_model(fields: dict[str, Any]) -> str:
    """The digest of a model: of its artifact and of all that went into it, never of names and times."""
    wanted = ("artifact", "code", "data", "features", "config", "seed", "environment")
    return digest_of({name: fields.get(name) for name in wanted})


def version_of(training: Training, name: str, version: int, created: str) -> ModelVersion:
    """A training as a version of a registered model."""
    taken = ("artifact", "digest", "recipe", "code", "data", "features", "config", "seed", "metrics", "environment")
    given = {key: getattr(training, key) for key in (*taken, "commit", "dirty", "seconds")}
    return ModelVersion(name=name, version=version, created=created, **given)
