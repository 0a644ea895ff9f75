"""Calls written as Python: `f(a=1, b="x")` and `[f(...), g(...)]`, read from the syntax tree; nothing is evaluated."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Set as AbstractSet
from typing import Any, Final

from evalkit.core.impure import dotted
from evalkit.metrics.tool_calls.call import Call

__all__ = ["LONGEST", "POSITIONAL", "NotCalls", "begins_like_calls", "looks_like_calls", "python_calls"]

LONGEST: Final = 20_000
"""Characters of Python that are read: a parser's memory is many times the text."""
_DEEPEST: Final = 50
POSITIONAL: Final = ""
"""The name of the only argument of a call that does not name it: which one it is, is the tool's matter."""

_START: Final = re.compile(r"\s*+[\[(]?\s*+[^\W\d][\w.]*+\s*+\(")
_CONSTANTS: Final = {"true": True, "false": False, "null": None, "none": None}
_RUN: Final = re.compile(r"(?:[-+~]\s*+){9}|(?:\bnot\s++){4}|(?:\blambda\b)|(?:\.\w++){30}")


class NotCalls(ValueError):
    """Why a text is not calls, as a sentence."""


def looks_like_calls(text: str) -> bool:
    """Whether a text begins and ends as calls do."""
    return _START.match(text) is not None and text.rstrip()[-1:] in (")", "]")


def begins_like_calls(text: str, known: AbstractSet[str]) -> bool:
    """Whether a text begins with a call of a known name, or with a list of calls, and does not end it."""
    found = _HEAD.match(text)
    return found is not None and (bool(found[1]) or found[2] in known) and text.count("(") > text.count(")")


_HEAD: Final = re.compile(r"\s*+([\[(]?)\s*+([^\W\d][\w.]*+)\(")


def python_calls(text: str) -> list[Call]:
    """The calls that a text is as a whole: one, a list, a tuple, or one a line.

    Values are literals: texts, numbers, True, False, None (true, false, null too), lists, tuples, objects.

    Raises:
        NotCalls: it is anything else.
    """
    if len(text) > LONGEST:
        raise NotCalls(f"more than {LONGEST:,} characters of Python are not read")
    if _START.match(text) is None or not _flat(text):
        raise NotCalls("this is not a call, or it is nested too deep")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip())
    except SyntaxError as error:
        raise NotCalls(f"this is not Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise NotCalls(f"this cannot be read as Python: {type(error).__name__}") from error
    return [_call(node) for statement in tree.body for node in _elements(statement)]


def _flat(text: str) -> bool:
    """Whether brackets and operators nest so little that a recursive parser is safe, wherever quotes may stand."""
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    return deepest <= _DEEPEST and _RUN.search(text) is None


def _elements(statement: ast.stmt) -> list[ast.expr]:
    if not isinstance(statement, ast.Expr):
        raise NotCalls("it holds a statement that is not a call")
    value = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        inner = value.args[0] if len(value.args) == 1 and not value.keywords else None
        value = inner if isinstance(inner, ast.Call) else value  # as in a code cell: print(f(a=1))
    return list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [value]


def _call(node: ast.expr) -> Call:
    if not isinstance(node, ast.Call):
        raise NotCalls("it holds something that is not a call")
    arguments: dict[str, Any] = {}
    if len(node.args) > 1:
        raise NotCalls("it has several arguments without a name")
    for given in node.args:
        arguments[POSITIONAL] = _literal(given)
    for keyword in node.keywords:
        found = {keyword.arg: _literal(keyword.value)} if keyword.arg is not None else _literal(keyword.value)
        if not isinstance(found, dict):
            raise NotCalls("** stands before something that is not an object")
        for name, value in found.items():
            if name in arguments:
                raise NotCalls(f"the argument {name!r:.80} stands twice")
            arguments[name] = value
    return Call(_name(node.func), arguments)


def _name(node: ast.expr) -> str:
    if (name := dotted(node)) is None:
        raise NotCalls("what is called has no name")
    return name


def _literal(node: ast.expr) -> Any:
    """The JSON value of a literal; its depth is bounded by `_flat`."""
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Name) and node.id in _CONSTANTS:
        return _CONSTANTS[node.id]
    if isinstance(node, ast.List | ast.Tuple):
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return _object(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _literal(node.operand)
        if type(value) in (int, float):
            return -value if isinstance(node.op, ast.USub) else value
    raise NotCalls(f"an argument is not a literal ({type(node).__name__})")


def _constant(value: Any) -> Any:
    if value is None or type(value) in (bool, str, int) or (type(value) is float and math.isfinite(value)):
        return value
    raise NotCalls("an argument is a literal that JSON does not have")


def _object(node: ast.Dict) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = _literal(key) if key is not None else None
        if type(name) is not str:
            raise NotCalls("a key of an object is not text")
        if name in found:
            raise NotCalls(f"the key {name!r:.80} stands twice in one object")
        found[name] = _literal(value)
    return found
