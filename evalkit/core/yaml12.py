"""YAML 1.2 (core schema) into plain values, with the line of each: `NO` is a text, a repeated key is an error.

Syntax errors become sentences here; `yaml_build.py` makes the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.yaml_build import KeyPath, PlainBuilder

__all__ = ["MAX_BYTES", "KeyPath", "YamlDocument", "parse_yaml"]

MAX_BYTES = 250_000  # of a file

_JARGON = {
    "flow sequence": "list in brackets",
    "flow mapping": "mapping in braces",
    "flow node": "value in brackets",
    "block mapping": "mapping",
    "block collection": "list or mapping",
    "block sequence": "list",
    "scalar": "text",
    "simple key": "key",
    "<block end>": "the end of the list or mapping",
    "<stream end>": "the end of the file",
    "end of stream": "end of the file",
    "'?'": "a key",
}
_SPACES = "Indent with spaces; a text that starts with @, `, % or a tab needs quotes"
_QUOTES = 'Put quotes around a text that holds ": " or " #"; check the indentation'
_REMEDIES = {
    "mapping values are not allowed here": _QUOTES,
    "cannot start any token": _SPACES,
    "expected <block end>": "Check the indentation: the lines of one list or mapping start in the same column",
    "unexpected end of stream": "Close the quote or bracket that is open",
    "<stream end>": "Close the bracket that is open",
    "could not find expected ':'": "Write `key: value`, with a space after the colon",
    "expected ',' or": "Separate entries by commas and close the bracket",
    "unknown escape character": "Use single quotes for a text with backslashes",
}


class YamlDocument(NamedTuple):
    """`value`: dicts, lists, texts, numbers, booleans, None. `lines`: path -> line (from 1) of each key and entry."""

    value: Any
    lines: Mapping[KeyPath, int]


def parse_yaml(text: str, where: str = "<text>") -> YamlDocument:
    """Read YAML 1.2 from a text; `where` names it in errors.

    Raises:
        InputError: with `where:line:column`.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    builder = PlainBuilder(where)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        raise _syntax(error, where) from None
    except YAMLError as error:
        raise _character(error, text, where) from None
    return YamlDocument(builder.root, builder.lines)


def _syntax(error: Any, where: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(str(error.problem or error.context or "unreadable").split())
    start = error.context_mark
    begun = f" ({error.context}, which starts on line {start.line + 1})" if error.context and start else ""
    remedy = next(
        (text for part, text in _REMEDIES.items() if part in problem), "Check the line, and the one before it"
    )
    for jargon, plain in _JARGON.items():
        problem, begun = problem.replace(jargon, plain), begun.replace(jargon, plain)
    at = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
    return InputError(f"not YAML: {problem}{begun}", at, remedy)


def _character(error: Any, text: str, where: str) -> InputError:
    position = getattr(error, "position", 0)
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    code = getattr(error, "character", 0)
    what = f"not YAML: the character U+{code if isinstance(code, int) else ord(code):04X} is not allowed"
    return InputError(what, f"{where}:{line}:{column}", "Remove it, or write it as an escape in double quotes")
