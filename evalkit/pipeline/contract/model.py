"""A contract from a Pydantic model, by way of its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, RootModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from evalkit.core.errors import InputError
from evalkit.engine.suite_check import Source, raise_all
from evalkit.pipeline.contract.load import refuse_nonsense

if TYPE_CHECKING:
    from evalkit.pipeline.contract.nouns import Contract

__all__ = ["of"]

_KINDS = {"integer": "integer", "number": "number", "string": "text", "boolean": "boolean"}
_FORMATS = {"date-time": "timestamp", "date": "date"}
_RULES = {
    "minimum": "ge",
    "exclusiveMinimum": "gt",
    "maximum": "le",
    "exclusiveMaximum": "lt",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "regex",
    "enum": "set",
}


def of(contract: type[Contract], model: type[BaseModel], more: dict[str, Any]) -> Contract:
    """See `Contract.of`. Columns that the model does not name are as its `extra` says: forbidden, or allowed."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)) or issubclass(model, RootModel):
        raise InputError(
            f"{model!r:.80} is no Pydantic model with fields", remedy="Give a class that extends BaseModel"
        )
    try:
        schema = model.model_json_schema(mode="validation")
    except (PydanticInvalidForJsonSchema, PydanticUserError) as error:
        raise InputError(f"{model.__name__} has a field that no column can hold: {error!s:.300}") from None
    named = schema.get("$defs", {})
    schema = named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema  # it speaks of itself
    required = schema.get("required", [])
    times = dict(_times(model))
    columns = {
        name: {**_column(field, named), **times.get(name, {}), "required": name in required}
        for name, field in schema.get("properties", {}).items()
    }
    extra = "error" if model.model_config.get("extra") == "forbid" else "allow"
    rules = [{"rule": rule} if isinstance(rule, str) else rule for rule in more.pop("rules", [])]
    try:
        found = contract.model_validate(
            {
                "contract": model.__name__,
                "note": _left(model),
                "columns": columns,
                "extra": extra,
                **more,
                "rules": rules,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", model.__name__) from None
    raise_all(refuse_nonsense(found), Source(model.__name__, {}))
    return found


def _times(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, str]]]:
    """Bounds of dates and times, of which JSON Schema does not speak."""
    for name, field in model.model_fields.items():
        found = {
            key: bound.isoformat()
            for part in field.metadata
            for key in ("ge", "gt", "le", "lt")
            if isinstance(bound := getattr(part, key, None), date)
        }
        yield str(field.validation_alias or name), found


def _left(model: type[BaseModel]) -> str:
    """What is code in the model, for people: a contract asks nothing of it."""
    code = model.__pydantic_decorators__
    names = [*code.field_validators, *code.model_validators, *code.validators, *code.root_validators]
    names += [f"multiple_of of {name}" for name, field in model.model_fields.items() for _ in _multiples(field)]
    return f"Not held, of the model: {', '.join(names)}" if names else ""


def _multiples(field: Any) -> list[Any]:
    return [part for part in field.metadata if getattr(part, "multiple_of", None) is not None]


def _column(field: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """The rules of one field."""
    if "$ref" in field:
        field = {**named[field["$ref"].rpartition("/")[2]], **{k: v for k, v in field.items() if k != "$ref"}}
    options = field.get("anyOf", [field])
    kept = [option for option in options if option.get("type") != "null"]
    found: dict[str, Any] = {"nullable": len(kept) < len(options)}
    if len(kept) == 2 and {option.get("type") for option in kept} == {"number", "string"}:
        kept = [option for option in kept if option["type"] == "number"]  # Decimal
    if len(kept) != 1:
        return found
    one = kept[0]
    if "$ref" in one:
        return {**_column(one, named), **found}
    if "const" in one:
        one = {**one, "enum": [one["const"]]}
    found["type"] = _FORMATS.get(one.get("format", ""), _KINDS.get(one.get("type", ""), "any"))
    return {**found, **{ours: one[theirs] for theirs, ours in _RULES.items() if theirs in one}}
