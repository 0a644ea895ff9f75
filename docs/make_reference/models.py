"""The nouns that are written to disk or printed as JSON: a section with a table of the fields for each."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from docs.make_reference.docstrings import comments, read, table, wrap
from evalkit.core.nouns import Noun

__all__ = ["section"]

_NAMES = {str: "text", int: "whole number", float: "number", bool: "true/false", NoneType: "null", Any: "any value"}


def section(
    model: type[Noun], common: Mapping[str, str] | None = None, others: Mapping[str, str] | None = None
) -> list[str]:
    """Lines: what it is, and its fields with type and meaning.

    Args:
        model: the noun.
        common: field -> meaning, of fields that mean the same in several nouns.
        others: noun -> page that describes it, of nouns that this page only names.

    Raises:
        LookupError: nothing says what a field means.
    """
    doc = read(model)
    said = dict(common or {}) | comments(model) | doc.entries.get("Attributes", {})
    if missing := sorted(set(model.model_fields) - set(said)):
        raise LookupError(f"{model.__name__}: nothing says what {missing} mean; add a comment beside the fields")
    lines = [f"## {model.__name__}", "", wrap(doc.summary), ""]
    for paragraph in doc.rest:
        lines += [wrap(paragraph), ""]
    rows = [
        [f"`{name}`", _type(info.annotation, others or {}), said[name]] for name, info in model.model_fields.items()
    ]
    return [*lines, *table(["field", "type", "meaning"], rows), ""]


def _type(annotation: Any, others: Mapping[str, str]) -> str:
    """A type as it reads in JSON."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0], others)
    if origin is Literal:
        return " or ".join(f'"{value}"' for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(_type(one, others) for one in inner)
    if origin is list:
        return f"list of {_type(inner[0], others)}"
    if origin is tuple:
        return f"list of {len(inner)} {_type(inner[0], others)}"
    if origin is dict:
        return "object" if inner[1] is Any else f"object of {_type(inner[1], others)}"
    if annotation in _NAMES:
        return _NAMES[annotation]
    name = annotation.__name__
    return f"[{name}]({others.get(name, '')}#{name.lower()})"
