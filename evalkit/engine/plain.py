"""Values given from Python, made the plain JSON values that a file would have given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.errors import InputError

_MAX_DEPTH, _MAX_BITS = 50, 1_300  # as in a file: 50 levels, about 400 digits


def plain_values(value: Any, path: str = "suite", depth: int = 0) -> Any:
    """Dicts, lists, texts, numbers, booleans, None; tuples become lists, paths texts, numpy scalars numbers.

    Raises:
        InputError: for NaN, infinity, keys that are no texts, other objects, and nesting beyond 50 levels.
    """
    if depth > _MAX_DEPTH:
        raise InputError(f"more than {_MAX_DEPTH} levels are nested", path[:200], "Make the structure flatter")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, int | float):
        return _number(value, path)
    if isinstance(value, list | tuple):
        return [plain_values(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {_key(key, path): plain_values(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    what = f"a value of type {type(value).__name__} cannot be written to a suite file"
    raise InputError(what, path, "Use texts, numbers, booleans, lists and mappings")


def _number(value: int | float, path: str) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{value} is not a finite number", path, "Leave the key out where there is no number")
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise InputError("a number has more than 400 digits", path, "Give it as a text")
    return value


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise InputError(f"the key {key!r} is no text", path, "Use texts as keys")
    return key
