"""Keys of a config that its type would pass over in silence: a misspelt one trains with a default."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

__all__ = ["fields_of", "unknown_fields"]


def fields_of(kind: type) -> dict[str, Any]:
    """Name (and alias) of each field of a pydantic model or a dataclass -> its annotation; of other types none."""
    found: dict[str, Any] = {}
    for name, field in getattr(kind, "model_fields", {}).items():
        names = (name, field.alias, field.validation_alias)
        found |= {each: field.annotation for each in names if isinstance(each, str)}
    if not found and dataclasses.is_dataclass(kind):
        try:
            hints = get_type_hints(kind)
        except (NameError, TypeError):  # an annotation that cannot be found out
            hints = {}
        found = {field.name: hints.get(field.name, Any) for field in dataclasses.fields(kind) if field.init}
    return found


def unknown_fields(kind: type, given: Mapping[str, Any]) -> Iterator[str]:
    """Places in a config that no field takes, such as `model.dpeth`.

    A pydantic model that says itself what happens to them (`extra`) or has aliases of several parts is not asked.
    """
    fields = fields_of(kind)
    models = getattr(kind, "model_fields", {}).values()
    if not fields or any(not isinstance(field.validation_alias, str | None) for field in models):
        return
    config = getattr(kind, "model_config", None) or getattr(kind, "__pydantic_config__", None) or {}
    said = config.get("extra") is not None
    for name, value in given.items():
        inner = fields.get(name)
        if inner is None and name not in fields:
            if not said:
                yield name
        elif isinstance(inner, type) and isinstance(value, Mapping):
            yield from (f"{name}.{each}" for each in unknown_fields(inner, value))
