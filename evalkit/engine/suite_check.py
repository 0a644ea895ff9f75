"""Holds a plain value against a small part of JSON Schema and says in sentences, with lines, what does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.nearest import did_you_mean, listed, nearest

MOST = 10  # problems told in one message

_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a text", lambda v: isinstance(v, str)),
    "integer": ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    "number": ("a number", lambda v: isinstance(v, int | float) and not isinstance(v, bool)),
    "boolean": ("true or false", lambda v: isinstance(v, bool)),
    "array": ("a list", lambda v: isinstance(v, list)),
    "object": ("a mapping", lambda v: isinstance(v, dict)),
    "null": ("nothing", lambda v: v is None),
}
_OTHER_TRUTHS = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false"})  # YAML 1.1's, or quoted


class Problem(NamedTuple):
    """One thing that is wrong: where in the file, what, and the remedy."""

    path: KeyPath
    what: str
    remedy: str


class Source(NamedTuple):
    """Where a value came from: a file's name and the lines of its parts, or a mapping (no name)."""

    file: str | None
    lines: Mapping[KeyPath, int]

    def where(self, path: KeyPath, what: str = "") -> str:
        """`suite.yaml:14`; for a mapping `suite: gates[1].margin`, or `suite` when the sentence `what` says the rest.

        A path without a line takes its parent's.
        """
        if self.file is None:
            return f"suite: {dotted(path)}" if path and dotted(path) not in what else "suite"
        return f"{self.file}:{self.line(path)}"

    def line(self, path: KeyPath) -> int:
        """The line of a path, from 1."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def at(self, path: KeyPath) -> str:
        """The place inside a sentence: `line 14`, or `gates[1].margin`."""
        return dotted(path) if self.file is None else f"line {self.line(path)}"


def raise_all(problems: Iterable[Problem], source: Source) -> None:
    """Raise one InputError that tells every problem, in the order of the file (at most ten); none: return."""
    found = sorted(dict.fromkeys(problems), key=lambda problem: source.line(problem.path))
    errors = [InputError(p.what, source.where(p.path, p.what), p.remedy) for p in found[:MOST]]
    if len(found) == 1:
        raise errors[0]
    if found:
        told = map(str, errors)
        more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
        raise InputError("\n  ".join([f"{len(found)} things are wrong:", *told, *more]), source.file or "suite")


def check(value: Any, schema: Mapping[str, Any], path: KeyPath) -> list[Problem]:
    """All that does not fit. Knows type, enum, bounds, lengths, pattern, items, properties, additionalProperties."""
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", list(_KINDS))
    if not any(_KINDS[kind][1](value) for kind in kinds):
        return [wrong_type(value, kinds, path)]
    if "enum" in schema and value not in schema["enum"]:
        remedy = f"Nearest: {nearest(value, schema['enum'])!r}" if nearest(str(value), schema["enum"]) else ""
        return [Problem(path, f"{dotted(path)} is {shown(value)}; expected {' or '.join(schema['enum'])}", remedy)]
    if isinstance(value, dict):
        return _check_object(value, schema, path)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return [Problem(path, f"{dotted(path)} is an empty list", "Give at least one entry, or leave the key out")]
        items = schema.get("items", {})
        return [problem for i, item in enumerate(value) for problem in check(item, items, (*path, i))]
    bound = _text_bound(value, schema) if isinstance(value, str) else _number_bound(value, schema)
    return [Problem(path, f"{dotted(path)} is {shown(value)}; it {bound}", "Correct the value")] if bound else []


def wrong_type(value: Any, kinds: Iterable[str], path: KeyPath) -> Problem:
    """The problem of a value that is of no allowed kind (names of JSON Schema types)."""
    kinds = list(kinds)
    wanted = " or ".join(_KINDS[kind][0] for kind in kinds)
    return Problem(path, f"{dotted(path)} is {shown(value)}; expected {wanted}", _type_remedy(value, kinds))


def unknown_key(key: str, known: Iterable[str], path: KeyPath) -> Problem:
    """The problem of a key that nothing reads; `path` is that of the mapping."""
    inside = f" in {dotted(path)}" if path else ""
    return Problem((*path, key), f"unknown key {shown(key, '')}{inside}", did_you_mean(key, known, "keys"))


def dotted(path: KeyPath) -> str:
    """`layers.task[1].numeric.abs`; the whole file is `the suite`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in path)
    return text.lstrip(".") or "the suite"


def shown(value: Any, text: str = "the text ") -> str:
    """A value as a sentence names it, cut to 60 characters."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return "empty" if value is None else str(value).lower()
    cut = repr(value) if isinstance(value, str) else f"{value}"
    cut = cut if len(cut) <= 60 else cut[:57] + "..."
    return f"{text}{cut}" if isinstance(value, str) else cut


def _check_object(value: dict[str, Any], schema: Mapping[str, Any], path: KeyPath) -> list[Problem]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    unknown = [key for key in value if key not in known] if others is False else []
    meant = {nearest(key, known) for key in unknown}  # a required key that is misspelt is told once
    problems = [
        Problem(path, f"{dotted(path)} lacks the key {key!r}", f"Add `{key}:`")
        for key in schema.get("required", [])
        if key not in value and key not in meant
    ]
    if len(value) < schema.get("minProperties", 0):
        problems.append(Problem(path, f"{dotted(path)} is an empty mapping", "Give at least one key, or leave it out"))
    for key, item in value.items():
        if key in known:
            problems += check(item, known[key], (*path, key))
        elif others is False:
            problems.append(unknown_key(key, known, path))
        else:
            problems += check(item, others, (*path, key))
    return problems


def _text_bound(value: str, schema: Mapping[str, Any]) -> str:
    if len(value.strip()) < schema.get("minLength", 0):
        return "must not be empty"
    if len(value) > schema.get("maxLength", len(value)):
        return f"must have at most {schema['maxLength']} characters"
    if "pattern" in schema and re.fullmatch(schema["pattern"], value) is None:
        return "must not hold control characters"
    return ""


def _number_bound(value: Any, schema: Mapping[str, Any]) -> str:
    if "minimum" in schema and value < schema["minimum"]:
        return f"must be at least {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        return f"must be at most {schema['maximum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        return f"must be above {schema['exclusiveMinimum']}"
    return ""


def _type_remedy(value: Any, kinds: list[str]) -> str:
    if isinstance(value, str) and "boolean" in kinds and value.lower() in _OTHER_TRUTHS:
        return "Write true or false, without quotes (YAML 1.2 reads yes, no, on, off as texts)"
    if isinstance(value, str) and {"number", "integer"} & set(kinds) and re.fullmatch(r"[-+\d.,_eE %]+", value):
        return "Write the number without quotes, separators or a percent sign"
    if "string" in kinds and isinstance(value, int | float):
        return "Put it in quotes"
    if value is None:
        return "Give a value, or leave the key out"
    if kinds == ["array"]:
        return "Start each entry with `- `, or write [a, b]"
    if kinds == ["object"]:
        return "Write `key: value` lines below it"
    return f"Give {listed(_KINDS[kind][0] for kind in kinds)}"


def _plain(part: str) -> str:
    return part if part.isprintable() and len(part) <= 60 else repr(part[:60])
