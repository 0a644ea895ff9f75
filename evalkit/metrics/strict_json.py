"""The strict end of reading JSON out of an answer: the whole text is one JSON value, and means one thing."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NamedTuple

__all__ = ["MAX_DEPTH", "Parsed", "depth_of", "parse_strict"]

MAX_DEPTH: Final = 200
"""Lists and objects inside each other that an answer may have."""


class Parsed(NamedTuple):
    """A JSON value, or the rule that the text broke, in a word for counting and in a sentence."""

    value: Any = None
    rule: str = ""
    message: str = ""


class _Refused(ValueError):
    """Syntactically JSON, but not one clear value."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def parse_strict(text: str) -> Parsed:
    """Parse all of `text` (white space around it aside). Total.

    Rules: not_json, duplicate_key, not_a_number (NaN, Infinity), too_large_number (1e999), lone_surrogate, too_deep.
    """
    try:
        value = _decode(text)
    except _Refused as error:
        return Parsed(None, error.rule, str(error))
    except RecursionError:
        return Parsed(None, "too_deep", _TOO_DEEP)
    except json.JSONDecodeError as error:
        return Parsed(None, "not_json", f"{error.msg} at line {error.lineno} column {error.colno}")
    except ValueError:  # an integer of more digits than Python reads
        return Parsed(None, "too_large_number", "an integer has more than 4,300 digits")
    if text.count("[") + text.count("{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        return Parsed(None, "too_deep", _TOO_DEEP)
    if "\\u" in text and _has_lone_surrogate(value):
        return Parsed(None, "lone_surrogate", "a \\u escape is half of a character")
    return Parsed(value)


_TOO_DEEP: Final = f"nested more than {MAX_DEPTH} deep"


def depth_of(value: Any) -> int:
    """How many lists and objects stand inside each other; 0 for a scalar. Without recursion."""
    deepest, level = 0, [value]
    while level := [item for item in level if isinstance(item, list | dict)]:
        deepest += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return deepest


def _has_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused("duplicate_key", f"the key {twice[:80]!r} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise _Refused("not_a_number", f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused("too_large_number", f"{digits[:40]} is beyond a double")
    return number


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite).decode
