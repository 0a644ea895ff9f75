"""Class labels: what counts as one, which are equal, and which classes a metric has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.tables import Column
from evalkit.metrics.base import broken_gold, first_bad, require_gold, wrong_parameter

__all__ = ["NO_LABEL", "check_labels", "check_positive", "encode", "gold_labels", "label_key", "label_text", "outside"]

NO_LABEL: Final = -1
"""The code of what is none of the classes."""

_CONSTANTS: Final = {True: "true", False: "false"}


def label_key(value: Any) -> str | None:
    """What two values of one class have in common; None for what is no class (null, a list, an object, nothing).

    Text is compared without the white space around it, and is never the same as a number or true.
    """
    kind = type(value)
    if kind is str:
        return '"' + str(value).strip()
    if kind is bool:
        return _CONSTANTS[value]
    if kind is int:
        return str(value)
    return canonical_json(value) if kind is float else None


def label_text(value: Any) -> str:
    """A label as a key of a JSON object would spell it: text itself, `true`, `1`."""
    return (label_key(value) or "").removeprefix('"')


def outside() -> str:
    """The reason of a row whose gold is none of the classes."""
    return "gold is none of the classes"


def check_positive(metric: str, positive: Any) -> None:
    """Raises InputError unless `positive` is a class or None."""
    if positive is not None and label_key(positive) is None:
        raise wrong_parameter(metric, "positive", positive, "a class: text, a number, true or false")


def check_labels(metric: str, labels: Any) -> tuple[Any, ...]:
    """Declared classes, each once.

    Raises:
        InputError: not a list, an entry that is no class, or one that stands twice.
    """
    if not isinstance(labels, list | tuple) or not labels:
        raise wrong_parameter(metric, "labels", labels, "a list of classes")
    keys = [label_key(label) for label in labels]
    if None in keys:
        raise wrong_parameter(metric, "labels", labels[keys.index(None)], "text, numbers, true or false")
    if len(set(keys)) < len(keys):
        raise wrong_parameter(metric, "labels", list(labels), "a list in which each class stands once")
    return tuple(labels)


def gold_labels(
    metric: str, gold: Column, ids: pa.Array, field: str | None, declared: Sequence[Any] | None = None
) -> list[Any]:
    """The classes: the declared ones, or those of gold, sorted by their key.

    Raises:
        InputError: names the first case whose gold is no class, or not a declared one.
    """
    values = require_gold(metric, gold, ids, field)
    keys = [label_key(value) for value in values]
    if (row := first_bad(keys, lambda key: key is not None)) is not None:
        raise broken_gold(metric, str(ids[row]), field, values[row], "a class: text, a number, true or false")
    if declared is None:
        found = dict(zip(keys, values, strict=True))
        return [found[key] for key in sorted(found, key=str)]
    allowed = {label_key(label) for label in declared}
    if (row := first_bad(keys, allowed.__contains__)) is not None:
        what = f"expected is {values[row]!r}, which is not one of the labels {list(declared)!r} of {metric}"
        raise InputError(what, where=f"case {ids[row]}")
    return list(declared)


def encode(values: Sequence[Any], classes: Sequence[Any]) -> np.ndarray:
    """(n,) index of each value in `classes`, NO_LABEL where it is none of them."""
    codes = {label_key(label): code for code, label in enumerate(classes)}
    return np.fromiter((codes.get(label_key(value), NO_LABEL) for value in values), np.int64, len(values))
