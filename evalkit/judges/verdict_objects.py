"""JSON objects in what a model wrote: whole, fenced or in prose; what is broken is said to be, never guessed at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

MAX_FAULTS = 20  # broken objects looked at in one text; each costs a pass over the rest
MAX_COPIED = 200  # opening braces of a case's text that are looked at


class Conflict:
    """The value of a key that is written twice with different values."""

    def __repr__(self) -> str:
        return "CONFLICT"


CONFLICT: Final = Conflict()


class Found(NamedTuple):
    """One object or list in a text.

    Attributes:
        kind: what it is; `broken` has an end and is no JSON, `unclosed` has no end.
        value: the object or list; None where it is broken or unclosed.
        start, end: where it stands.
    """

    kind: Literal["object", "list", "broken", "unclosed"]
    value: Any
    start: int
    end: int


# An opening brace that may start an object (a key, or `}`, comes next), or a bracket before one.
_OPEN = re.compile(r"""\{(?=\s*(?:["'}]|[A-Za-z_]\w*\s*:))|\[(?=\s*\{)""")
_STEP = re.compile(r"""[{}\[\]]|"(?:[^"\\]|\\.)*+("?)""", re.DOTALL)
_LENIENT = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|,(?=\s*[}\]])""", re.DOTALL)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = CONFLICT if key in found and found[key] != value else value
    return found


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=lambda name: None, strict=False)


def whole(text: str) -> dict[str, Any] | None:
    """The object that the text is, with nothing around it; None where it is something else."""
    text = text.strip().removeprefix("\ufeff")
    if not text.startswith("{"):
        return None
    try:
        value, end = _decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value if end == len(text) else None


def objects(text: str) -> list[Found]:
    """Every outermost object or list of objects, in order; nothing is looked for inside another."""
    found: list[Found] = []
    faults, at = 0, 0
    while (match := _OPEN.search(text, at)) is not None:
        one = _at(text, match.start())
        found.append(one)
        faults += one.kind in {"broken", "unclosed"}
        if one.kind == "unclosed" or faults > MAX_FAULTS:
            break
        at = one.end
    return found


def inner_objects(text: str) -> list[dict[str, Any]]:
    """Objects of a text, also inside others and inside broken ones: what a judge could have copied from it."""
    found: list[dict[str, Any]] = []
    for match in islice(_OPEN.finditer(text), MAX_COPIED):
        try:
            value, _ = _decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            value = _at(text, match.start()).value if len(found) < MAX_FAULTS else None
        found += nested(value)
    return found


def nested(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, itself included."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield value
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _at(text: str, start: int) -> Found:
    try:
        value, end = _decoder.raw_decode(text, start)
        return Found("object" if isinstance(value, dict) else "list", value, start, end)
    except (ValueError, RecursionError):
        pass  # not JSON as it stands: an end is looked for, and the usual slips are mended
    stop = _balanced(text, start)
    if stop is None:
        return Found("unclosed", None, start, len(text))
    try:
        value, used = _decoder.raw_decode(mended := _LENIENT.sub(_mend, text[start:stop]))
        if used == len(mended) and isinstance(value, dict):
            return Found("object", value, start, stop)
    except (ValueError, RecursionError):
        pass  # broken in another way
    return Found("broken", None, start, stop)


def _balanced(text: str, start: int) -> int | None:
    """Where the bracket at `start` is closed; None: nowhere, or inside a text that has no end."""
    depth = 0
    for match in _STEP.finditer(text, start):
        step = match.group()
        if step[0] == '"':
            if not match.group(1):
                return None
        else:
            depth += 1 if step in "{[" else -1
            if depth == 0:
                return match.end()
    return None


def _mend(match: re.Match[str]) -> str:
    """A trailing comma is dropped; a text in single quotes gets double ones."""
    token = match.group()
    if token == ",":
        return ""
    if token[0] == '"':
        return token
    inside = token[1:-1].replace("\\'", "'")
    return '"' + re.sub(r'(?<!\\)"', '\\\\"', inside) + '"'
