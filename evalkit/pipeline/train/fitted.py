"""What a recipe may return: an estimator, an own predictor, or either with what is known beside it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Fitted", "as_fitted", "is_own"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Fitted:
    """A fitted predictor, with what a recipe knows beside it.

    Attributes:
        model: a fitted scikit-learn estimator; or a dataclass whose fields are numpy arrays and JSON values, with a
            method `predict(input) -> output`.
        features: keys of a case's input, in the order in which the estimator was given them as columns; a single name:
            the estimator takes a list of that key's values (texts). None: the names that it was fitted with.
        metrics: name -> finite number, for the log. No verdict rests on them.
        definitions: digest of the definitions of the features; None: there are none.
    """

    model: Any
    features: Sequence[str] | str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    definitions: str | None = None


def as_fitted(value: Any) -> Fitted:
    """What a recipe returned, as `Fitted`.

    Raises:
        TypeError: it is no predictor; the message is a sentence.
    """
    found = value if isinstance(value, Fitted) else Fitted(value)
    if isinstance(found.model, type) or not callable(getattr(found.model, "predict", None)):
        kind = "class" if isinstance(found.model, type) else type(found.model).__name__
        raise TypeError(
            f"the recipe returned a {kind}; it returns a fitted scikit-learn estimator, a dataclass with a method "
            "predict(input), or evalkit.Fitted of one of them"
        )
    if not is_own(found.model) and not hasattr(found.model, "get_params"):
        raise TypeError(
            f"the recipe returned a {type(found.model).__name__}, which is no scikit-learn estimator and no dataclass: "
            "it cannot be written down without pickle. Make it a dataclass whose fields are arrays and JSON values"
        )
    _check(found)
    return found


def _check(found: Fitted) -> None:
    """What stands beside the model is of the types that `Fitted` names.

    Raises:
        TypeError: it is not; the message is a sentence.
    """
    names = found.features
    if not (names is None or (isinstance(names, Sequence) and all(isinstance(name, str) for name in names))):
        raise TypeError(f"the features of evalkit.Fitted are {names!r:.80}; give a list of names, or one name")
    if not isinstance(found.metrics, Mapping):
        raise TypeError(f"the metrics of evalkit.Fitted are {found.metrics!r:.80}; give a mapping of name to number")
    said = found.definitions
    if not (said is None or (isinstance(said, str) and _DIGEST.fullmatch(said))):
        raise TypeError(f"the definitions of evalkit.Fitted are {said!r:.80}; give the digest of a FeatureSet")


def is_own(model: Any) -> bool:
    """Whether a model is a dataclass of the user, and no estimator."""
    return dataclasses.is_dataclass(model) and not hasattr(model, "get_params")
