"""What the evidence of a release holds of data, features, code, training and models, by their digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from evalkit.core.evidence import Evidence, Lineage, Registry, Validation

__all__ = ["digests_of"]

_KINDS: Final = {
    "source": "data",
    "raw": "data",
    "dataset": "data",
    "features": "features",
    "config": "configuration",
    "code": "code of the pipeline",
    "train": "training",
    "model": "model",
}
"""Kind of a node -> what a reader calls it; suites, judges and runs are what the record knows better."""


def digests_of(evidence: Sequence[Evidence]) -> dict[str, str | None]:
    """What it is (`data: flights`) -> its digest, or the version of a registered model; None: it is not known.

    The newest evidence counts; what it does not know stays as older evidence had it.
    """
    found: dict[str, str | None] = {}
    for one in evidence:
        for key, digest in _held(one):
            found[key] = digest or found.get(key)
    return found


def _held(one: Evidence) -> Iterator[tuple[str, str | None]]:
    if isinstance(one, Validation):
        yield f"data: {one.dataset}", one.data
        yield f"contract: {one.dataset}", one.contract
    elif isinstance(one, Lineage):
        for node in one.nodes:
            if node.kind in _KINDS:
                yield f"{_KINDS[node.kind]}: {node.name}", node.digest
    elif isinstance(one, Registry):
        yield f"version of the model: {one.model}", one.version
        yield f"model: {one.model}", one.artifact
