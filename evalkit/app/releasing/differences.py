"""Two specifications side by side: what was added, removed and changed, by dotted path, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.core.dossier import Moved
from evalkit.report.text import clip

__all__ = ["differences", "text_of"]

_LONG = 300


def differences(before: Any, after: Any, prefix: str = "") -> list[Moved]:
    """Every place where two JSON values are not alike, by dotted path, in the order of the names.

    Lists are compared place by place where both hold as many values, else as one value.
    """
    return list(_differences(before, after, prefix))


def _differences(before: Any, after: Any, at: str) -> Iterator[Moved]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}, key=str):
            path = f"{at}.{key}" if at else str(key)
            if key not in before:
                yield Moved(path, None, text_of(after[key]), "added")
            elif key not in after:
                yield Moved(path, text_of(before[key]), None, "removed")
            else:
                yield from _differences(before[key], after[key], path)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (ours, theirs) in enumerate(zip(before, after, strict=True)):
            yield from _differences(ours, theirs, f"{at}.{i}" if at else str(i))
    elif before != after or type(before) is not type(after):
        yield Moved(at or "all", text_of(before), text_of(after))


def text_of(value: Any) -> str:
    """A value as one short text; a digest by its beginning."""
    if isinstance(value, str):
        return value[:12] if len(value) == 64 and set(value) <= set("0123456789abcdef") else clip(value, _LONG)
    return clip(json.dumps(value, ensure_ascii=False, sort_keys=True), _LONG)
