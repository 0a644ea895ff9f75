"""Every key of a suite file, once: the reader checks by this table and the editors' JSON Schema is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NO_CONTROL: Final = r"^[^\u0000-\u001f\u007f]*$"


@dataclass(frozen=True)
class Key:
    """One key: what it means, and the JSON Schema of its value (only the keywords that `suite_check` knows)."""

    doc: str
    schema: Mapping[str, Any]
    required: bool = False


def _name(**more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": 200, "pattern": NO_CONTROL, **more}


_TAGS: Final = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_LINE: Final = {"type": "number", "minimum": -1e300, "maximum": 1e300}
_NAMED: Final = {"type": "object", "additionalProperties": {"type": ["string", "object"]}}

SUITE_KEYS: Final[Mapping[str, Key]] = {
    "suite": Key("Name of the suite; runs are listed under it.", _name(), required=True),
    "version": Key(
        "Version of the suite, for people (default 1). Identity is by content.", {"type": ["integer", "string"]}
    ),
    "description": Key("What the suite is for, shown in reports.", {"type": "string"}),
    "cases": Key(
        "File of cases, relative to the suite file: .jsonl, .ndjson, .json, .csv or .parquet (.jsonl.gz, .csv.gz too).",
        _name(maxLength=4096),
        required=True,
    ),
    "layers": Key(
        "Metrics, in named layers (such as exact, task, operational). An entry is a metric's name, or one name with "
        "its parameters.",
        {"type": "object", "minProperties": 1, "additionalProperties": {"type": "array", "minItems": 1}},
        required=True,
    ),
    "gates": Key("Lines that metrics must be shown to be beyond. Without gates a run is `ungated`.", {"type": "array"}),
    "policy": Key(
        "release (default): every gate must pass. pull_request: only what is shown worse blocks; an inconclusive gate "
        "is neutral, and the 5 % guarantee is given up.",
        {"type": "string", "enum": ["release", "pull_request"]},
    ),
    "looks": Key(
        "How often the same candidate may be looked at (default 1). With 2, each look decides at half the error.",
        {"type": "integer", "minimum": 1, "maximum": 2},
    ),
    "slices": Key(
        "Tags to break every metric down by (default: all tags).",
        {"type": "array", "items": _name()},
    ),
    "repeats": Key("How often each case is asked (default 1).", {"type": "integer", "minimum": 1, "maximum": 1000}),
    "seed": Key("Seed of everything random (default 0).", {"type": "integer", "minimum": -(2**53), "maximum": 2**53}),
    "on_failure": Key(
        "What a refusal, crash or timeout of the system counts as (default wrong).",
        {"type": "string", "enum": ["wrong", "unscored"]},
    ),
    "timeout": Key(
        "Seconds an answer may take; a slower one is a failure of the system (default 60).",
        {"type": "number", "exclusiveMinimum": 0, "maximum": 604_800},
    ),
    "max_output_bytes": Key(
        "Size of an answer above which it is a failure of the system (default 10000000).",
        {"type": "integer", "minimum": 1, "maximum": 2**53},
    ),
    "predictors": Key("Named systems for `--candidate NAME`: a spec text, or a mapping.", _NAMED),
    "prompt": Key(
        "Default prompt file, or several, of `openai:` candidates.",
        {"type": ["string", "array"], "minLength": 1, "minItems": 1, "items": _name(maxLength=4096)},
    ),
    "judges": Key(
        "Named judges for `rubric`, `pairwise` and `judged` metrics: a spec text such as openai:MODEL?votes=3, "
        "recorded:FILE, human:FILE, python:FILE.py:NAME, baseline:length, or a mapping such as {model: openai:MODEL, "
        "votes: 3, timeout: 20}, {panel: [a, b, c], weights: FILE}, {cascade: [a, b], thresholds: FILE}.",
        _NAMED,
    ),
    "rubrics": Key("Named rubrics: a file relative to the suite, or {file: FILE}.", _NAMED),
    "inputs": Key(
        "What else the answers depend on, as paths and patterns from the suite's folder (../models/**): with "
        "`evalkit ci --changed-since` the suite is run when one of them changed. It is in no digest.",
        {"type": "array", "items": _name(maxLength=4096)},
    ),
}

ENTRY_KEYS: Final[Mapping[str, Key]] = {
    "as": Key("Id of the metric in gates and reports (default: its name; two of one kind need it).", _name()),
    "when": Key("Score only the cases with these tags.", _TAGS),
}

GATE_KEYS: Final[Mapping[str, Key]] = {
    "metric": Key("Id of the metric (its `as`, by default its name).", _name(), required=True),
    "name": Key("Name of the gate in reports (default: made of its fields).", _name()),
    "slice": Key("Judge only the cases with these tags.", _TAGS),
    "at_least": Key("The value must be shown to be at least this.", _LINE),
    "at_most": Key("The value must be shown to be at most this.", _LINE),
    "versus": Key(
        "Compare with the baseline on the same cases; needs `margin` or `superior`.",
        {"type": "string", "enum": ["baseline"]},
    ),
    "margin": Key(
        "With `versus`: the worsening allowed, >= 0: in the metric's units, or, as '2%', of the baseline's value.",
        {**_LINE, "type": ["number", "string"], "minimum": 0, "maxLength": 40},
    ),
    "superior": Key("With `versus`: must be shown to be better than the baseline.", {"type": "boolean"}),
    "role": Key(
        "primary (default) and guardrail gates decide; info is shown only.",
        {"type": "string", "enum": ["primary", "guardrail", "info"]},
    ),
    "basis": Key(
        "sample (default): the cases stand for more, so an interval decides. census: they are all there is, so the "
        "observed value decides.",
        {"type": "string", "enum": ["sample", "census"]},
    ),
    "min_n": Key("Fewer scored cases than this are inconclusive.", {"type": "integer", "minimum": 1, "maximum": 2**53}),
    "max_unscored": Key(
        "More unscored cases than this are inconclusive: a share below 1, or a count from 1 up.",
        {**_LINE, "minimum": 0},
    ),
    "unscored": Key(
        "bounds (default): unscored cases count as their worst and best. missing_at_random: they are left out, and "
        "the verdict says so.",
        {"type": "string", "enum": ["bounds", "missing_at_random"]},
    ),
    "judge": Key(
        "Whether a judged metric needs a valid certificate (certified) or only informs (advisory).",
        {"type": "string", "enum": ["certified", "advisory"]},
    ),
    "on_inconclusive": Key(
        "What an inconclusive gate does to the release (default block).",
        {"type": "string", "enum": ["block", "warn", "pass"]},
    ),
}


def object_schema(keys: Mapping[str, Key]) -> dict[str, Any]:
    """The JSON Schema of a mapping with exactly these keys."""
    return {
        "type": "object",
        "properties": {name: {"description": key.doc, **key.schema} for name, key in keys.items()},
        "required": [name for name, key in keys.items() if key.required],
        "additionalProperties": False,
    }
