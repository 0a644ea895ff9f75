"""`NAME@ALIAS`, `NAME@VERSION`, `NAME`, `DIGEST` -> the model that is meant, and what may be trusted of its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evalkit.app.pipeline.train import log
from evalkit.core.chain import Chains
from evalkit.core.errors import InputError
from evalkit.pipeline.registry.registry import Registry
from evalkit.pipeline.registry.state import State
from evalkit.pipeline.train.skops_file import MADE_HERE

__all__ = ["CHAMPION", "Model", "is_number", "model_of", "named", "version_number"]

CHAMPION = "champion"
"""The alias that is meant where none is named, and that the baseline `production` follows."""
_DIGITS = 18


class Model(NamedTuple):
    """A model that can be asked.

    Attributes:
        artifact: digest of its file.
        label: NAME@VERSION, or the beginning of its digest.
        trusted: types of its file that are trusted beside skops' own list.
        code: digest of the sources of an own predictor that was trained here; None: they are not trusted.
    """

    artifact: str
    label: str
    trusted: tuple[str, ...]
    code: str | None


def model_of(chains: Chains, ref: str) -> Model:
    """The model of `[model:]NAME@ALIAS`, `NAME@VERSION`, `NAME` (its champion), or `DIGEST` (8 digits or more).

    Raises:
        InputError: there is no such model, alias or version, or a digest is ambiguous.
    """
    ref = ref.removeprefix("model:")
    name, at, which = ref.partition("@")
    registry = Registry(chains)
    if at or name in registry.names():
        state = registry.state(name)
        number = version_number(state, which or CHAMPION)
        return _registered(chains, state, number)
    if (training := log.by_digest(chains, ref)) is not None:
        return Model(training.artifact, training.artifact[:12], MADE_HERE, training.code)
    found = {artifact: (state, number) for artifact, state, number in _versions(registry) if _begins(artifact, ref)}
    if len(found) == 1:
        return _registered(chains, *next(iter(found.values())))
    if found:
        raise InputError(f"{len(found)} models begin with {ref!r}", remedy="Give more of the digest")
    known = ", ".join(registry.names()[:20]) or "none yet"
    raise InputError(
        f"there is no model {ref!r:.120}",
        remedy=f"Write model:NAME@ALIAS, model:NAME@VERSION or model:DIGEST; registered are: {known}",
    )


def version_number(state: State, which: str) -> int:
    """The version that an alias or a number means.

    Raises:
        InputError: there is no such alias or version.
    """
    if is_number(which):
        number = int(which)
        state.version(number)
        return number
    holder = state.holder(which)
    if holder is None:
        aliases = ", ".join(alias for alias in sorted(state.holders) if state.holder(alias)) or "none"
        raise InputError(
            f"{state.name} has no alias {which!r:.80}",
            remedy=f"Its aliases: {aliases}; its versions: 1 to {len(state.versions)} ({state.name}@1)",
        )
    return holder.version


def is_number(text: str) -> bool:
    """Whether a text is the number of a version, as people write one."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


def named(registry: Registry, model: str) -> tuple[State, int]:
    """The model and version of `[model:]NAME@VERSION` or `NAME@ALIAS`.

    Raises:
        InputError: there is no such model, alias or version, or none was named.
    """
    name, _, which = model.removeprefix("model:").partition("@")
    state = registry.state(name)
    if not which:
        raise InputError(f"{model!r:.120} names no version", remedy=f"Write {name}@{len(state.versions)}")
    return state, version_number(state, which)


def _registered(chains: Chains, state: State, number: int) -> Model:
    found = state.version(number)
    artifact = found.version.artifact
    here = log.by_artifact(chains, artifact)  # whoever edits an event's `source` gains nothing: the log decides
    trusted = MADE_HERE if here is not None else tuple(found.trusted)
    return Model(artifact, f"{state.name}@{number}", trusted, None if here is None else here.code)


def _versions(registry: Registry) -> Iterator[tuple[str, State, int]]:
    for name in registry.names():
        state = registry.state(name)
        yield from ((found.version.artifact, state, number) for number, found in state.versions.items())


def _begins(artifact: str, ref: str) -> bool:
    return len(ref) >= 8 and artifact.startswith(ref)
