"""Own predictors as numpy's `.npz` without pickle: the arrays of a dataclass as members, its other fields as JSON."""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["fields_of", "model_of"]


def fields_of(model: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The arrays of a dataclass as members `NAME.npy`, and its other fields as JSON values.

    Raises:
        ValueError: a field is neither an array of numbers or texts nor JSON; the message names it.
    """
    arrays, plain = {}, {}
    for entry in dataclasses.fields(model):
        value = getattr(model, entry.name)
        if isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                raise ValueError(f"the field {entry.name!r} is an array of objects, which only pickle could write")
            buffer = io.BytesIO()
            np.save(buffer, value, allow_pickle=False)
            arrays[f"{entry.name}.npy"] = buffer.getvalue()
        else:
            plain[entry.name] = _json(entry.name, value)
    return arrays, plain


def model_of(kind: type, members: Mapping[str, bytes], plain: Mapping[str, Any]) -> Any:
    """The dataclass again, out of its arrays and its other fields.

    Raises:
        ValueError: its fields are others than those that were written.
    """
    arrays = {
        name.removesuffix(".npy"): np.load(io.BytesIO(data), allow_pickle=False)
        for name, data in members.items()
        if name.endswith(".npy")
    }
    known = {entry.name for entry in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    if known != {*arrays, *plain}:
        raise ValueError(f"{kind.__name__} has other fields than the artifact: {', '.join(sorted(known)) or 'none'}")
    model: Any = object.__new__(kind)
    for name, value in {**plain, **arrays}.items():  # past __init__: fields may be derived there
        object.__setattr__(model, name, value)
    return model


def _json(name: str, value: Any) -> Any:
    """A field as JSON; tuples become lists, numpy's scalars plain numbers."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"the field {name!r} is {value}")
        return value
    if isinstance(value, list | tuple):
        return [_json(name, item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _json(name, item) for key, item in value.items()}
    raise ValueError(f"the field {name!r} holds a {type(value).__name__}, which is neither an array nor JSON")
