"""The file of a model: a zip with `evalkit.json`, which says how an input becomes a row, beside skops or numpy members.

Never pickle or joblib. The bytes say all that decides a prediction but for installed packages and, of an own predictor,
its code, which `code` pins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from evalkit.core.digest import canonical_json
from evalkit.core.nouns import Digest, Noun
from evalkit.pipeline.train import own_file, skops_file
from evalkit.pipeline.train.archive import packed, unpacked
from evalkit.pipeline.train.fitted import Fitted, is_own

__all__ = ["MANIFEST", "Loaded", "Manifest", "loaded", "manifest_of", "written"]

MANIFEST = "evalkit.json"


class Manifest(Noun):
    """What an artifact says of itself."""

    format: Literal[1] = 1  # of this file
    kind: Literal["skops", "own"]  # an estimator of scikit-learn, or a dataclass of the user
    features: list[str] | None = None  # keys of the input, in order; null: the input goes in as it is
    single: bool = False  # the estimator takes a list of the values of the one feature
    frame: bool = False  # the estimator was fitted on a DataFrame with these columns
    types: dict[str, str] = Field(
        default_factory=dict
    )  # of features, as Arrow writes them; one without is taken as JSON has it
    target: str | None = None  # own: class, as `path/file.py:Class` within its code or `package.module:Class`
    code: Digest | None = None  # own: of its sources
    fields: dict[str, Any] = Field(default_factory=dict)  # own: those that are no arrays


class Loaded(NamedTuple):
    """A model in memory, and how it is asked."""

    model: Any
    manifest: Manifest


def written(fitted: Fitted, types: Mapping[str, str], target: str | None, code: str | None) -> bytes:
    """A fitted predictor as the bytes of its artifact.

    Args:
        fitted: what the recipe gave.
        types: column -> type of the data that it was trained on.
        target, code: of an own predictor's class.

    Raises:
        Untrusted, ValueError: it cannot be written safely; the message is a sentence.
    """
    if is_own(fitted.model):
        members, plain = own_file.fields_of(fitted.model)
        manifest = Manifest(kind="own", target=target, code=code, fields=plain)
    else:
        members = skops_file.members_of(fitted.model)
        manifest = _asked_by(fitted, types)
    return packed({**members, MANIFEST: canonical_json(manifest.model_dump(mode="json")).encode()})


def _asked_by(fitted: Fitted, types: Mapping[str, str]) -> Manifest:
    names = _names(fitted.model)
    single = isinstance(fitted.features, str)
    features = [fitted.features] if isinstance(fitted.features, str) else list(fitted.features or names or [])
    if not features:
        raise ValueError(
            "the model does not know the names of its features: fit it on a DataFrame, or return "
            "evalkit.Fitted(model, features=[...]) with the names of its columns in order"
        )
    if names and not single and features != names:
        raise ValueError(f"the model was fitted on {', '.join(names[:8])}, and `features` names {features[:8]}")
    known = {name: types[name] for name in features if name in types}
    return Manifest(kind="skops", features=features, single=single, frame=bool(names), types=known)


def _names(model: Any) -> list[str] | None:
    try:
        return [str(name) for name in model.feature_names_in_]
    except AttributeError:
        return None


def manifest_of(data: bytes) -> Manifest:
    """What an artifact says of itself; of a plain skops file, what can be told without making its objects.

    Raises:
        ValueError: it is no artifact; the message is a sentence.
    """
    members = unpacked(data)
    if MANIFEST in members:
        try:
            return Manifest.model_validate_json(members[MANIFEST])
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ValueError(f"its {MANIFEST} cannot be read: {place}: {first['msg']}") from None
    if skops_file.SCHEMA in members:
        return Manifest(kind="skops", frame=True)
    raise ValueError(f"it is no artifact: it has neither {MANIFEST} nor {skops_file.SCHEMA}")


def loaded(data: bytes, class_of: Callable[[Manifest], type], trusted: Sequence[str] = ()) -> Loaded:
    """The model in an artifact.

    Args:
        data: its bytes.
        trusted: types beside those that skops trusts (`skops_file.MADE_HERE`).
        class_of: gives the class of an own predictor; it decides whether its code is trusted.

    Raises:
        Untrusted, ValueError: it cannot be loaded safely; the message is a sentence.
    """
    manifest = manifest_of(data)
    if manifest.kind == "own":
        return Loaded(own_file.model_of(class_of(manifest), unpacked(data), manifest.fields), manifest)
    model = skops_file.estimator_of(data, trusted)
    if manifest.features is None:
        names = _names(model)
        if not names:
            raise ValueError("the model does not know the names of its features, so no input can be made a row")
        manifest = manifest.model_copy(update={"features": names})
    return Loaded(model, manifest)
