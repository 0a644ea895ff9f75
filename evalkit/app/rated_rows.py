"""Rows of `evalkit correct --ratings`: a judge's value beside people's, read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from evalkit.app.item_rows import item_rows, source_name
from evalkit.core.errors import InputError

KEYS = ("item", "system", "group", "weight", "judge", "human")
_SHAPE = 'A row is {"item", "judge": a number in [0, 1], "human"?: the same by people, "system"?, "group"?, "weight"?}'


class Row(NamedTuple):
    """One judged item as read; `human` is None where nobody labelled it."""

    item: str
    system: str | None
    group: str | None
    weight: float
    judge: float
    human: float | None


def read_rated(source: str) -> list[Row]:
    """Read and check every row; in the order of items and systems, whatever the order of lines.

    Args:
        source: a path, or "-" for stdin.

    Raises:
        InputError: the file cannot be read or has no rows, or a row is not usable (names its line).
    """
    rows = item_rows(source, _row, _SHAPE)
    if all(row.human is None for row in rows):
        raise InputError(
            "no row has a human value", source_name(source), "Label some items, drawn at random: 50 to 200 of them"
        )
    return sorted(rows, key=lambda row: (row.item, row.system or ""))


def _row(given: Mapping[str, Any], where: str) -> Row:
    for key in given:
        if key not in KEYS and (close := get_close_matches(key[:100], [k for k in KEYS if k not in given], 1, 0.75)):
            raise InputError(f"there is no key {key!r:.60} in a row of ratings", where, f"Did you mean {close[0]!r}?")
    missing = [key for key in ("item", "judge") if key not in given]
    if missing:
        has = ", ".join(key[:40] for key in given) or "none"
        raise InputError(f"there is no {' and no '.join(missing)} (keys: {has[:200]})", where, _SHAPE)
    item = _text(given["item"], "item", where)
    if item is None:
        raise InputError(f"item is {given['item']!r:.60}, and not the id of an item", where, _SHAPE)
    verdict = _share(given["judge"], "judge", where)
    if verdict is None:
        remedy = "A judge that gave no verdict leaves its item out: count such items apart"
        raise InputError("judge is null", where, remedy)
    return Row(
        item,
        _text(given.get("system"), "system", where),
        _text(given.get("group"), "group", where),
        _weight(given.get("weight"), where),
        verdict,
        _share(given.get("human"), "human", where),
    )


def _text(given: Any, key: str, where: str) -> str | None:
    """An id; None where there is none."""
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, str | int | float) or given != given:
        raise InputError(f"{key} is {given!r:.60}, and not a text", where, _SHAPE)
    text = str(given)
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InputError(f"{key} holds half a character (a lone surrogate)", where, "Write the file as UTF-8")
    return text


def _share(given: Any, key: str, where: str) -> float | None:
    """A value in [0, 1]; None where there is none. true and false are 1 and 0."""
    if given is None:
        return None
    if not isinstance(given, bool | int | float) or not 0 <= given <= 1:
        raise InputError(f"{key} is {given!r:.60}, and not a number from 0 to 1", where, _SHAPE)
    return float(given)


def _weight(given: Any, where: str) -> float:
    if given is None:
        return 1.0
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < math.inf:
        raise InputError(f"weight is {given!r:.60}, and not a positive number", where, "Leave it out for 1")
    return float(given)
