"""The JSON Schema (2020-12) of a suite file, for editors; made of the table that the reader checks by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.engine.suite_keys import ENTRY_KEYS, GATE_KEYS, SUITE_KEYS, object_schema

Params = frozenset[str] | Mapping[str, Any]
"""Names of a metric's parameters, or a JSON Schema with `properties`."""

_IMPORT_PATH = r"^.+:.+$"


def suite_json_schema(metrics: Mapping[str, Params]) -> dict[str, Any]:
    """The schema of a suite file.

    Args:
        metrics: name of each metric -> its parameters. A JSON Schema gives them types and descriptions too.
    """
    schema = object_schema(SUITE_KEYS)
    properties: dict[str, Any] = schema["properties"]
    layers = {**properties["layers"]["additionalProperties"], "items": {"$ref": "#/$defs/metric"}}
    properties["layers"] = {**properties["layers"], "additionalProperties": layers}
    properties["gates"] = {**properties["gates"], "items": {"$ref": "#/$defs/gate"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "evalkit suite",
        **schema,
        "$defs": {"metric": _entry(metrics), "gate": _gate()},
    }


def _entry(metrics: Mapping[str, Params]) -> dict[str, Any]:
    """A metric's name, or one name with its parameters; a user's own by its import path."""
    name = {"type": "string", "anyOf": [{"enum": sorted(metrics)}, {"pattern": _IMPORT_PATH}]}
    with_params = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {metric: _params(params) for metric, params in sorted(metrics.items())},
        "patternProperties": {_IMPORT_PATH: _params({"additionalProperties": True})},
        "additionalProperties": False,
    }
    return {"description": "A metric.", "anyOf": [name, with_params]}


def _params(params: Params) -> dict[str, Any]:
    """The parameters of one metric, with those that every metric takes."""
    own = dict(params) if isinstance(params, Mapping) else {"properties": {name: {} for name in sorted(params)}}
    common = object_schema(ENTRY_KEYS)["properties"]
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        **{key: value for key, value in own.items() if key != "type"},
        "properties": {**own.get("properties", {}), **common},
    }


def _gate() -> dict[str, Any]:
    """A gate has exactly one line; with `versus` a margin or `superior`."""
    needs = [{"required": ["margin"]}, {"required": ["superior"]}]
    return {
        "description": "A line that a metric must be shown to be beyond.",
        **object_schema(GATE_KEYS),
        "oneOf": [{"required": [key]} for key in ("at_least", "at_most", "versus")],
        "if": {"required": ["versus"]},
        "then": {"anyOf": needs},
        "else": {"not": {"anyOf": needs}},
    }
