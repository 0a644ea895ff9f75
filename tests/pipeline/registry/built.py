"""Versions, records and registries for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalkit.core.nouns import VariantInfo
from evalkit.core.versions import ModelVersion
from evalkit.pipeline.registry.nouns import Promoted, Registered
from evalkit.pipeline.registry.registry import Registry
from evalkit.pipeline.train.nouns import digest_of_model
from evalkit.stores.chains import SqliteChains
from tests.stores.builders import DIGEST, a_record

NAME = "flights"


class Ticking:
    """A clock that is a second later each time."""

    def __init__(self, start: float = 1_000_000_000.0) -> None:
        self.now = start

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def registered(number: int, artifact: str) -> Registered:
    """A version of a file."""
    fields: dict[str, Any] = {"artifact": artifact, "code": artifact, "data": {}, "config": {}, "seed": 0}
    digest = digest_of_model(fields)
    version = ModelVersion(name=NAME, version=number, digest=digest, recipe="file", created="2001-01-01", **fields)
    return Registered(version=version, source="file", kind="skops", keeps=[f"blob:{artifact}"])


def a_registry(root: Path, versions: int = 3) -> Registry:
    """A registry with some versions of one model."""
    registry = Registry(SqliteChains(root, clock=Ticking()))
    for i in range(1, versions + 1):
        registry.register(NAME, lambda number, i=i: registered(number, f"{i:064x}"), "ann")  # type: ignore[misc]
    return registry


def moved(version: int, before: int | None, alias: str = "champion", **more: Any) -> Promoted:
    """A promotion that nothing was weighed for."""
    return Promoted(alias=alias, version=version, before=before, artifact=f"{version:064x}", **more)


def judged(artifact: str, name: str = "candidate", role: Any = "candidate", **more: Any) -> VariantInfo:
    """A variant that is the predictor of an artifact."""
    spec = {"predictor": "model", "artifact": artifact}
    return VariantInfo(name=name, role=role, spec=spec, digest=DIGEST, answers=DIGEST, n_predictions=2, **more)


def a_verdict(artifact: str, *others: VariantInfo, **changes: Any) -> Any:
    """A record of one candidate, that is the predictor of an artifact; it passes unless told otherwise."""
    return a_record(**changes).model_copy(update={"variants": [judged(artifact), *others]})
