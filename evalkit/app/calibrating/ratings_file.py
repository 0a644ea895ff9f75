"""Files of recorded verdicts beside labels: JSON Lines, every row checked before anything is computed.

A row: {"item", "group"?, "human": label or {annotator: label}, "judge": label, "judge_swapped"?, "probability"?,
"length_1"?, "length_2"?, "system"?}. Labels are texts, numbers or true/false: 1, 1.0 and "1" are one label, and true is
"true". A null or empty label is none. Other keys are left alone, unless they look like a misspelt one of these.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from evalkit.app.item_rows import item_rows, source_name
from evalkit.core.errors import InputError
from evalkit.engine.ratings import Ratings

KEYS = (
    "item", "group", "human", "judge", "judge_swapped", "probability", "length_1", "length_2", "system",
)  # fmt: skip
_SHAPE = 'A row is {"item", "human": label or {annotator: label}, "judge": label}; more keys are optional'
LONGEST = 500


class Row(NamedTuple):
    """One row as read."""

    item: str
    group: str | None
    human: dict[str, str]
    judge: str | None
    swapped: str | None
    probability: float | None
    length_1: float | None
    length_2: float | None
    system: str | None


def read_ratings(source: str) -> Ratings:
    """Read and check every row.

    Args:
        source: a path, or "-" for stdin.

    Raises:
        InputError: the file cannot be read or has no rows, or a row is not usable (names its line).
    """
    rows = item_rows(source, _row, _SHAPE)
    if not any(row.human for row in rows):
        raise InputError("no row has a human label", source_name(source), 'Give "human": label, or {annotator: label}')
    return ratings_of(rows)


def ratings_of(rows: list[Row]) -> Ratings:
    """Rows as columns; an optional column that no row has is empty."""
    given: dict[str, Any] = {
        name: tuple(column) for name, column in zip(Row._fields, zip(*rows, strict=True), strict=True)
    }
    optional = ("swapped", "probability", "length_1", "length_2", "system")
    some = {name: given[name] for name in optional if any(value is not None for value in given[name])}
    groups: tuple[str, ...] = ()
    if any(row.group is not None for row in rows):
        groups = tuple(row.item if row.group is None else row.group for row in rows)
    return Ratings(given["item"], given["human"], given["judge"], groups=groups, **some)


def _row(given: Mapping[str, Any], where: str) -> Row:
    _check_keys(given, where)
    _check_text(given, where)
    lengths = _number(given, "length_1", where, math.inf), _number(given, "length_2", where, math.inf)
    if (lengths[0] is None) != (lengths[1] is None):
        missing = "length_1" if lengths[0] is None else "length_2"
        raise InputError(f"there is no {missing} beside the other length", where, "Give both lengths, or neither")
    item = _name(given, "item", where)
    if item is None:
        raise InputError(f"item is {_shown(given['item'])}, and not the id of an item", where, _SHAPE)
    return Row(
        item,
        _name(given, "group", where),
        _humans(given["human"], where),
        _label(given["judge"], "the judge's label", where),
        _label(given.get("judge_swapped"), "the label in judge_swapped", where),
        _number(given, "probability", where, 1.0),
        *lengths,
        _name(given, "system", where),
    )


def _check_keys(given: Mapping[str, Any], where: str) -> None:
    unknown = [key for key in given if key not in KEYS]
    for key in unknown:
        if close := get_close_matches(key[:100], [name for name in KEYS if name not in given], 1, 0.85):
            raise InputError(f"there is no key {key!r:.60} in a row of ratings", where, f"Did you mean {close[0]!r}?")
    missing = [key for key in ("item", "human", "judge") if key not in given]
    if missing:
        has = ", ".join(key[:40] for key in given) or "none"
        raise InputError(f"there is no {' and no '.join(missing)} (keys: {has[:200]})", where, _SHAPE)


def _check_text(given: Mapping[str, Any], where: str) -> None:
    """Refuse half a surrogate pair: it has no bytes, hence no identity."""
    for key in KEYS:
        try:
            json.dumps(given.get(key), ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            what = f"{key} holds half a character (a lone surrogate)"
            raise InputError(what, where, "Write the file as UTF-8") from error


def _humans(given: Any, where: str) -> dict[str, str]:
    named = given.items() if isinstance(given, Mapping) else [("", given)]
    found = {name: _label(label, f"the label of {name[:60] or 'human'}", where) for name, label in named}
    return {name: label for name, label in found.items() if label is not None}


def _label(given: Any, whose: str, where: str) -> str | None:
    """Text of a label: 1, 1.0 and "1" are one, true is "true"; None where there is none."""
    if given is None:
        return None
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int):
        return str(given)
    if isinstance(given, float):
        if not math.isfinite(given):
            raise InputError(f"{whose} is too large a number", where, "Write the label as text")
        return str(int(given)) if given.is_integer() else repr(given)
    if not isinstance(given, str):
        raise InputError(
            f"{whose} is {_shown(given)}, and not a label", where, "A label is a text, a number or a boolean"
        )
    text = given.strip()
    if len(text) > LONGEST:
        raise InputError(
            f"{whose} has {len(text):,} characters: is it the whole answer?", where, "Give the label alone"
        )
    return text or None


def _number(given: Mapping[str, Any], key: str, where: str, most: float) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    bound = "a number from 0 to 1" if most == 1 else "a number from 0 on"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or value == math.inf:
        raise InputError(f"{key} is {_shown(value)}, and has to be {bound}", where, "Leave it out where it is unknown")
    return float(value)


def _name(given: Mapping[str, Any], key: str, where: str) -> str | None:
    value = given.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{key} is {_shown(value)}, and not a text", where, "Write a text")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]
