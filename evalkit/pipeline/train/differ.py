"""Which part of two artifacts differs: named by the path of the attribute in the model, not by bytes of a file."""

from __future__ import annotations

import json
from typing import Any

from evalkit.pipeline.train.archive import unpacked
from evalkit.pipeline.train.artifact import MANIFEST
from evalkit.pipeline.train.skops_file import SCHEMA

__all__ = ["MOST", "differences"]

MOST = 12
"""Parts that are named."""


def differences(first: bytes, second: bytes) -> list[str]:
    """Paths of what differs between two artifacts, such as `steps[1][1].coef_`; at most `MOST`, none of equal ones.

    Raises:
        ValueError: one of them is no artifact.
    """
    if first == second:
        return []
    a, b = unpacked(first), unpacked(second)
    found: list[str] = []
    if a.get(MANIFEST) != b.get(MANIFEST):
        _walk(_json(a, MANIFEST), _json(b, MANIFEST), "", a, b, found)
    if SCHEMA in a or SCHEMA in b:
        _walk(_json(a, SCHEMA), _json(b, SCHEMA), "", a, b, found)
    else:
        found += [name.removesuffix(".npy") for name in sorted({*a, *b} - {MANIFEST}) if a.get(name) != b.get(name)]
    return list(dict.fromkeys(found))[:MOST] or ["the order of the file"]


def _json(members: dict[str, bytes], name: str) -> Any:
    return json.loads(members.get(name, b"null"))


def _walk(x: Any, y: Any, path: str, a: dict[str, bytes], b: dict[str, bytes], found: list[str]) -> None:
    """Both trees at once; skops wraps each value in an object with `content`, which is no part of the path."""
    if isinstance(x, dict) and isinstance(y, dict):
        if "file" in x and "file" in y:
            if a.get(x["file"]) != b.get(y["file"]):
                found.append(path or "the model")
            return
        if "__class__" in x and x.get("__class__") != y.get("__class__"):
            found.append(path or "the model")
            return
        for key in [*x, *(key for key in y if key not in x)]:
            if not key.startswith("__") and key != "key_types":  # which the keys say
                inner = path if key in _WRAPPING else f"{path}.{key}".lstrip(".")
                _walk(x.get(key), y.get(key), inner, a, b, found)
    elif isinstance(x, list) and isinstance(y, list):
        if len(x) != len(y):
            found.append(path or "the model")
            return
        for i, (one, other) in enumerate(zip(x, y, strict=True)):
            _walk(one, other, f"{path}[{i}]", a, b, found)
    elif x != y:
        found.append(path or "the model")


_WRAPPING = {"content", "is_json", "shape", "type", "fields"}
