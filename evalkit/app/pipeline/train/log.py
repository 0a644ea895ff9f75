"""The log of trainings: one chain a name, so that what was trained from what cannot be rewritten later."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.core.chain import Chains
from evalkit.core.errors import InputError
from evalkit.pipeline.train.nouns import PREFIX, Training

__all__ = ["append", "by_artifact", "by_digest", "by_key", "trainings"]

_DIGEST = re.compile(r"[0-9a-f]{8,64}")


def append(chains: Chains, training: Training, who: str) -> None:
    """Add a training to the log of its name."""
    chains.append(PREFIX + training.name, "trained", training.model_dump(mode="json"), who=who)


def trainings(chains: Chains, name: str | None = None) -> Iterator[Training]:
    """All trainings, or those of a name; newest first within a name."""
    for chain in chains.chains(PREFIX) if name is None else [PREFIX + name]:
        for event in reversed(chains.events(chain)):
            yield Training(**{key: value for key, value in event.data.items() if key != "moves"})


def by_key(chains: Chains, name: str, key: str) -> Training | None:
    """The newest training of a name out of the same inputs; None: there is none."""
    return next((one for one in trainings(chains, name) if one.key == key), None)


def by_artifact(chains: Chains, artifact: str) -> Training | None:
    """A training that made this artifact; None: it was not made here."""
    return next((one for one in trainings(chains) if one.artifact == artifact), None)


def by_digest(chains: Chains, ref: str) -> Training | None:
    """The training whose digest, or whose artifact's, begins with `ref` (8 digits or more); None: there is none.

    Raises:
        InputError: several artifacts do.
    """
    if not _DIGEST.fullmatch(ref):
        return None
    found = {
        one.artifact: one for one in trainings(chains) if one.artifact.startswith(ref) or one.digest.startswith(ref)
    }
    if len(found) > 1:
        raise InputError(f"{len(found)} models begin with {ref!r}", remedy="Give more of the digest")
    return next(iter(found.values()), None)
