"""Every key of a pipeline file, once: the reader checks by this table, and editors' JSON Schema is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evalkit.engine.suite_keys import Key, object_schema

__all__ = ["KINDS", "NAME", "PIPELINE_KEYS", "STAGE_KEYS", "pipeline_schema"]

NAME: Final = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
"""What a pipeline, a stage, an input or an output may be called; no dot, which stands between stage and output."""

KINDS: Final = ("dataset", "file", "value", "model", "run")
"""What an output may be."""

STAGE_KEYS: Final[Mapping[str, Key]] = {
    "uses": Key(
        "The function: path/file.py:function, relative to the pipeline file, or package.module:function.",
        {"type": "string", "minLength": 1, "maxLength": 4096},
        required=True,
    ),
    "description": Key("What the stage is for, for people.", {"type": "string"}),
    "inputs": Key(
        "Name -> a file or folder relative to the pipeline file, dataset:REF, or STAGE.OUTPUT.",
        {"type": "object", "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 4096}},
    ),
    "outputs": Key(
        "Name -> kind: dataset, file, value, model or run. dataset:NAME keeps it under that name in the workspace, "
        "file:PATH puts a copy there, relative to the pipeline file.",
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 4096},
        },
        required=True,
    ),
    "with": Key("Config that the stage is given; it is part of its key.", {"type": "object"}),
    "seed": Key(
        "Seed of everything random in the stage (default: that of the pipeline).",
        {"type": "integer", "minimum": 0, "maximum": 2**53},
    ),
    "timeout": Key(
        "Seconds that the stage may take (default: any).",
        {"type": "number", "exclusiveMinimum": 0, "maximum": 604_800},
    ),
    "version": Key(
        "Raise it to run the stage again, for a reason that no file shows.", {"type": ["integer", "string"]}
    ),
}

PIPELINE_KEYS: Final[Mapping[str, Key]] = {
    "pipeline": Key("Name of the pipeline.", {"type": "string", "minLength": 1}, required=True),
    "version": Key("Version of the pipeline, for people.", {"type": ["integer", "string"]}),
    "description": Key("What the pipeline is for, for people.", {"type": "string"}),
    "seed": Key("Seed of the stages that give none (default 0).", {"type": "integer", "minimum": 0, "maximum": 2**53}),
    "stages": Key(
        "Name -> stage; or a list of stages with their `name`. The order is that of their inputs.",
        {"type": ["object", "array"], "minItems": 1, "minProperties": 1},
        required=True,
    ),
}


def pipeline_schema() -> dict[str, Any]:
    """The JSON Schema of a pipeline file, for editors."""
    named = {**STAGE_KEYS, "name": Key("Name of the stage.", {"type": "string", "pattern": NAME}, required=True)}
    whole = object_schema(PIPELINE_KEYS)
    whole["properties"]["pipeline"]["pattern"] = NAME
    whole["properties"]["stages"] = {
        "description": PIPELINE_KEYS["stages"].doc,
        "oneOf": [
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": NAME},
                "additionalProperties": object_schema(STAGE_KEYS),
            },
            {"type": "array", "minItems": 1, "items": object_schema(named)},
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "evalkit pipeline", **whole}
