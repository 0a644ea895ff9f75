"""Parameters that are NaN: a model that has one answers all the same, and nobody sees it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["nan_parameters"]

_INNER = ("best_estimator_", "estimator_", "final_estimator_", "regressor_", "calibrated_classifiers_", "estimators_")


def nan_parameters(model: Any) -> list[str]:
    """Names of what is NaN among a model's fitted parameters, such as `coef_`.

    Of a dataclass all arrays count; of an estimator the arrays of numbers that fitting set (their names end with `_`)
    on whatever predicts. Steps that only transform are left out: an imputer knows no mean of an empty column, and says
    so by a NaN.
    """
    if dataclasses.is_dataclass(model) and not hasattr(model, "get_params"):
        values = {entry.name: getattr(model, entry.name) for entry in dataclasses.fields(model)}
        return [name for name, value in values.items() if _has_nan(value)]
    return [f"{path}{name}" for path, part in _predicting(model, "") for name in _fitted(part)]


def _fitted(part: Any) -> list[str]:
    return [
        name
        for name, value in vars(part).items()
        if name.endswith("_") and not name.startswith("_") and _has_nan(value)
    ]


def _has_nan(value: Any) -> bool:
    if isinstance(value, float):
        return value != value
    return isinstance(value, np.ndarray) and value.dtype.kind in "fc" and bool(np.isnan(value).any())


def _predicting(model: Any, path: str) -> Iterator[tuple[str, Any]]:
    """A model and the models within it that predict, each with its path."""
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        name, last = steps[-1]
        yield from _predicting(last, f"{path}{name}.")
        return
    if not hasattr(model, "__dict__"):
        return
    yield path, model
    for inner in _INNER:
        found = getattr(model, inner, None)
        for i, one in enumerate(found if isinstance(found, list) else [found]):
            if hasattr(one, "predict"):
                place = f"{inner}[{i}]" if isinstance(found, list) else inner
                yield from _predicting(one, f"{path}{place}.")
