"""From the text that a model wrote to the output that is scored: a chain of named steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.texts import clip, parse

MAX_TEXT = 1_000_000  # characters that a pattern is tried on
_FENCE = re.compile(r"\A\s*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```\s*\Z", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
_STEPS = ("text", "strip", "json", "number", "regex:PATTERN", "field:NAME", "last_line")

Step = Callable[[Any], Any]


class NoMatch(ValueError):
    """The text has not the form that a step needs."""


def steps_of(value: Any) -> tuple[str, ...]:
    """The names of a chain: a list, or a text with commas between them (`regex:` takes the rest of the text).

    Raises:
        InputError: there is no such step.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        head, regex, pattern = value.partition("regex:")
        names = [name.strip() for name in head.split(",") if name.strip()] + ([regex + pattern] if regex else [])
    elif isinstance(value, Sequence) and all(isinstance(name, str) for name in value):
        names = list(value)
    else:
        raise InputError(f"openai: transform is {value!r}, not a list of steps", remedy=f"Steps: {', '.join(_STEPS)}.")
    for name in names:
        _step(name)
    return tuple(names)


def apply(steps: Sequence[str], text: str) -> Any:
    """The output.

    Raises:
        NoMatch: a step found not what it looks for.
    """
    value: Any = text
    for name in steps:
        value = _step(name)(value)
    return value


def _step(name: str) -> Step:
    kind, _, rest = name.partition(":")
    if name in _PLAIN:
        return _PLAIN[name]
    if kind == "regex" and rest:
        return _regex(rest)
    if kind == "field" and rest:
        return lambda value: _field(value, rest)
    raise InputError(f"openai: there is no transform {name!r}", remedy=f"Steps: {', '.join(_STEPS)}.")


def _regex(pattern: str) -> Step:
    """The first group (or the whole) of the leftmost match, by RE2, whose time is linear in the text.

    Raises:
        InputError: RE2 cannot read the pattern (it has no look-around and no back-references).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        whole = pattern if re.compile(pattern).groups else f"({pattern})"
        pc.match_substring_regex(pa.array([""]), whole)
    except (re.error, pa.ArrowInvalid) as error:
        raise InputError(f"openai: the transform regex:{pattern} cannot be used: {error}") from None

    def find(value: Any) -> str:
        text = pa.array([_as_text(value, "regex")[:MAX_TEXT]])
        if not pc.match_substring_regex(text, whole)[0].as_py():
            raise NoMatch(f"nothing matches {pattern!r} in {clip(str(value), 120)!r}")
        cut = pc.replace_substring_regex(text, f"(?s:\\A.*?)(?:{whole})(?s:.*\\z)", r"\1", max_replacements=1)
        found: str = cut[0].as_py()
        return found

    return find


def _json(value: Any) -> Any:
    """JSON, also inside one code fence."""
    text = _as_text(value, "json")
    fenced = _FENCE.match(text)
    try:
        return parse((fenced.group(1) if fenced else text).strip())
    except ValueError as error:
        raise NoMatch(f"this is not JSON ({error}): {clip(text, 120)!r}") from None


def _number(value: Any) -> int | float:
    """The last number in the text; commas between thousands are allowed."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = _as_text(value, "number")
    found = _NUMBER.findall(text)
    if not found:
        raise NoMatch(f"there is no number in {clip(text, 120)!r}")
    token = found[-1].replace(",", "")
    return int(token) if re.fullmatch(r"[-+]?\d{1,300}", token) else float(token)


def _field(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise NoMatch(f"there is no field {name!r} in {clip(str(value), 120)}")
    return value[name]


def _last_line(value: Any) -> str:
    lines = [line.strip() for line in _as_text(value, "last_line").splitlines() if line.strip()]
    if not lines:
        raise NoMatch("the text is empty")
    return lines[-1]


def _as_text(value: Any, step: str) -> str:
    if not isinstance(value, str):
        raise NoMatch(f"{step} needs a text, not a {type(value).__name__}")
    return value


_PLAIN: dict[str, Step] = {
    "text": lambda value: _as_text(value, "text"),
    "strip": lambda value: _as_text(value, "strip").strip(),
    "json": _json,
    "number": _number,
    "last_line": _last_line,
}
