"""A contract from YAML, with the line of everything that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from evalkit.core.errors import InputError
from evalkit.core.yaml12 import KeyPath, YamlDocument, parse_yaml
from evalkit.engine.nearest import did_you_mean, nearest
from evalkit.engine.suite_check import Problem, Source, dotted, raise_all, shown, unknown_key
from evalkit.engine.yaml12 import read_yaml
from evalkit.pipeline.contract.ages import seconds_in
from evalkit.pipeline.contract.expression import Expression
from evalkit.pipeline.contract.nouns import Anomaly, Column, Contract, Freshness, Late, Reference, Rule, Volume
from evalkit.pipeline.contract.types import ARROW, literal

__all__ = ["load", "parse", "refuse_nonsense"]

_ALIASES = {"min": "ge", "max": "le"}
_TYPES = {
    **dict.fromkeys(("int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"), "integer"),
    **dict.fromkeys(("float", "float32", "float64", "double", "decimal"), "number"),
    **dict.fromkeys(("str", "string", "large_string", "utf8"), "text"),
    **dict.fromkeys(("datetime",), "timestamp"),
    **dict.fromkeys(("bool",), "boolean"),
    "date32": "date",
}


def load(path: Path) -> Contract:
    """See `Contract.load`."""
    return _built(read_yaml(path, "contract"), str(path))


def parse(text: str, where: str) -> Contract:
    """See `Contract.parse`."""
    return _built(parse_yaml(text, where), where)


def _built(document: YamlDocument, where: str) -> Contract:
    source = Source(where, document.lines)
    if not isinstance(document.value, dict):
        raise InputError("the contract is no mapping", where, "Begin with `contract: NAME` and `columns:`")
    value = _plain(document.value)
    raise_all(_unknown(value), source)
    try:
        contract = Contract.model_validate(value)
    except ValidationError as error:
        raise_all((_problem(each) for each in error.errors()), source)
        raise
    raise_all(refuse_nonsense(contract), source)
    return contract


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """The shorthands written out: min and max of columns, other names of types, rules as texts."""
    columns = value.get("columns")
    if isinstance(columns, dict):
        value = {**value, "columns": {name: _column(rules) for name, rules in columns.items()}}
    if isinstance(rules := value.get("rules"), list):
        value = {**value, "rules": [{"rule": rule} if isinstance(rule, str) else rule for rule in rules]}
    if isinstance(keys := value.get("keys"), list):
        value = {**value, "keys": [[key] if isinstance(key, str) else key for key in keys]}
    return value


def _column(rules: Any) -> Any:
    if rules is None:
        return {}
    if isinstance(rules, str):
        rules = {"type": rules}
    if not isinstance(rules, dict):
        return rules
    found = {_ALIASES[key] if key in _ALIASES and _ALIASES[key] not in rules else key: v for key, v in rules.items()}
    kind = found.get("type")
    if isinstance(kind, str):
        found["type"] = "timestamp" if kind.startswith("timestamp[") else _TYPES.get(kind, kind)
    if isinstance(place := found.get("references"), str):
        found["references"] = dict(zip(("dataset", "column"), place.rpartition(".")[::2], strict=True))
    return found


def _unknown(value: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys that nothing reads, with the nearest known one."""
    parts: list[tuple[KeyPath, Any, Any]] = [((), value, Contract)]
    columns = value.get("columns")
    for name, rules in columns.items() if isinstance(columns, dict) else ():
        parts.append((("columns", name), rules, Column))
        if isinstance(rules, dict):
            parts += [(("columns", name, "references"), rules.get("references"), Reference)]
            parts += [(("columns", name, "anomaly"), rules.get("anomaly"), Anomaly)]
    rules = value.get("rules")
    parts += [(("rules", i), rule, Rule) for i, rule in enumerate(rules if isinstance(rules, list) else ())]
    parts += [(("freshness",), value.get("freshness"), Freshness), (("volume",), value.get("volume"), Volume)]
    parts += [(("late",), value.get("late"), Late)]
    for path, found, noun in parts:
        known = [*noun.model_fields, *(_ALIASES if noun is Column else ())]
        for key in found if isinstance(found, dict) else ():
            if key not in known:
                yield unknown_key(key, known, path)


def _problem(error: Any) -> Problem:
    path = tuple(error["loc"])
    while path and path[-1] in ("bool", "int", "float", "str"):  # which member of a union refused it
        path = path[:-1]
    if error["type"] == "missing":
        return Problem(path[:-1], f"the key {path[-1]} is missing", "Add it")
    said = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    expected = f"; expected {said}" if said != error["msg"] else f": {said}"
    return Problem(path, f"{dotted(path)} is {shown(error['input'])}{expected}", "Correct it")


def refuse_nonsense(contract: Contract) -> Iterator[Problem]:
    """What is well formed and cannot be held against any table."""
    if not contract.columns:
        yield Problem(("columns",), "the contract names no column", "Name each with its rules")
    for name, column in contract.columns.items():
        for key, what, remedy in _column_nonsense(column):
            yield Problem(("columns", name, key), f"{what}, in column {name!r}", remedy)
    for i, parts in enumerate(contract.keys):
        yield from _unnamed(contract, parts or ["a key of no column"], ("keys", i))
    if contract.freshness:
        yield from _unnamed(contract, [contract.freshness.column], ("freshness", "column"))
        yield from _no_age(contract.freshness.max_age, ("freshness", "max_age"))
    if contract.late:
        yield from _unnamed(contract, [contract.late.column], ("late", "column"))
        yield from _no_age(contract.late.within, ("late", "within"))
    for i, rule in enumerate(contract.rules):
        yield from _rule_nonsense(contract, rule, ("rules", i))
    if contract.volume and None not in (low := contract.volume.min, high := contract.volume.max) and low > high:  # type: ignore[operator]
        yield Problem(("volume", "max"), f"max is {high}, below min, which is {low}", "Correct one of them")


def _no_age(text: str, path: KeyPath) -> Iterator[Problem]:
    try:
        seconds_in(text)
    except ValueError as error:
        yield Problem(path, str(error), 'Write it as "36 hours" or "2 days"')


def _unnamed(contract: Contract, names: list[str], path: KeyPath) -> Iterator[Problem]:
    for name in names:
        if name not in contract.columns:
            yield Problem(path, f"there is no column {name!r}", did_you_mean(name, contract.columns, "columns"))


def _rule_nonsense(contract: Contract, rule: Rule, path: KeyPath) -> Iterator[Problem]:
    try:
        expression = Expression(rule.rule)
        if unnamed := list(_unnamed(contract, sorted(expression.columns), path)):
            yield from unnamed
            return
        expression.try_on({name: ARROW.get(contract.columns[name].type) for name in expression.columns})
    except ValueError as error:
        yield Problem(path, f"the rule {shown(rule.rule, '')} cannot be used: {error}", "Correct it")


def _column_nonsense(column: Column) -> Iterator[tuple[str, str, str]]:
    """(key, what, remedy)."""
    for key in ("regex", "min_length", "max_length"):
        if getattr(column, key) is not None and column.type not in ("text", "any"):
            yield key, f"{key} is for text, not for {column.type}", "Remove it"
    if None not in (low := column.min_length, high := column.max_length) and low > high:  # type: ignore[operator]
        yield "max_length", f"max_length is {high}, below min_length, which is {low}", "Correct one of them"
    yield from _nothing_between(column)
    if column.regex is not None:
        try:
            pc.match_substring_regex(pa.array([""]), column.regex)
        except pa.ArrowInvalid as error:
            said = re.sub(r"^Invalid regular expression: ", "", str(error))
            yield "regex", f"the regex is not RE2: {said}", "RE2 has no look-around and no backreferences"
    for key in ("ge", "gt", "le", "lt"):
        if (bound := getattr(column, key)) is not None:
            yield from _misfit(key, bound, column)
    for i, value in enumerate(column.set or ()):
        yield from ((key, what, remedy) for key, what, remedy in _misfit("set", value, column, i))
    if column.set == []:
        yield "set", "the set is empty", "Give the values, or remove it"
    if column.type == "any" and len({type(value) for value in column.set or ()}) > 1:
        yield "set", "the set holds values of several types", "Give the column a type"
    if column.anomaly is not None:
        if column.type not in ("integer", "number", "any"):
            yield "anomaly", f"anomaly is for numbers, not for {column.type}", "Remove it"
        if (column.anomaly.median is None) != (column.anomaly.mad is None):
            yield "anomaly", "anomaly has one of median and mad", "Give both, or neither"


def _nothing_between(column: Column) -> Iterator[tuple[str, str, str]]:
    """Bounds that no value is within."""
    lows, highs = ((key, getattr(column, key)) for key in ("ge", "gt")), [(k, getattr(column, k)) for k in ("le", "lt")]
    for (low, least), (high, most) in product(lows, highs):
        if least is None or most is None:
            continue
        one, other = literal(least, column.type), literal(most, column.type)
        if one is None or other is None:
            continue
        try:
            above = one.as_py() > other.as_py() or (one.as_py() == other.as_py() and (low, high) != ("ge", "le"))
        except TypeError:
            yield high, f"the bounds {shown(least)} and {shown(most)} are of two types", "Correct one of them"
            continue
        if above:
            yield high, f"no value is both {_WORDS[low]} {least} and {_WORDS[high]} {most}", "Correct one of them"


_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def _misfit(key: str, value: Any, column: Column, at: int | None = None) -> Iterator[tuple[str, str, str]]:
    if key != "set" and column.type in ("text", "boolean"):
        yield key, f"a bound is for numbers and times, not for {column.type}", "Use min_length, max_length or a set"
        return
    if literal(value, column.type) is None or (key == "set" and column.type == "integer" and isinstance(value, float)):
        place = key if at is None else f"{key}[{at}]"
        near = nearest(str(value), ["true", "false"]) if column.type == "boolean" else None
        remedy = f"Write {near}" if near else "Quote a text; write times as 2026-01-31T12:00:00"
        yield key, f"{place} is {shown(value)}, which is no {column.type}", remedy
