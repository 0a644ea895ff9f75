"""Features: point-in-time joins, definitions with digests, and the same values offline and online."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.pipeline.features.agreeing import Mismatch, parity
    from evalkit.pipeline.features.asof import asof_join
    from evalkit.pipeline.features.define import Feature, feature
    from evalkit.pipeline.features.feature_set import FeatureSet
    from evalkit.pipeline.features.same_again import Determinism, determinism

_HOMES = {
    "asof_join": "asof",
    "Feature": "define",
    "feature": "define",
    "Determinism": "same_again",
    "determinism": "same_again",
    "FeatureSet": "feature_set",
    "Mismatch": "agreeing",
    "parity": "agreeing",
}

__all__ = [
    "Determinism",
    "Feature",
    "FeatureSet",
    "Mismatch",
    "asof_join",
    "determinism",
    "feature",
    "parity",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
