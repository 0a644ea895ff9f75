"""Facts about cases (metadata, variables, columns) as tags to slice by and as the group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from evalkit.adapters.logs.clean import short
from evalkit.core.errors import InputError

MOST_VALUES = 20
MOST_TAGS = 10
_LONGEST = 60


def tags_of(facts: Sequence[Mapping[str, Any]], chosen: Sequence[str] | None, group: str | None) -> dict[str, pa.Array]:
    """Tag -> (n,) strings: the facts chosen, or those that look like categories.

    A category is a text, whole number or truth value with 2 to 20 values, each of which two cases have on average.
    """
    if chosen is None:
        return dict(list(_categories(facts, group).items())[:MOST_TAGS])
    return {key: pa.array(_column(facts, key), pa.string()) for key in chosen}


def group_of(facts: Sequence[Mapping[str, Any]], key: str | None) -> pa.Array | None:
    """(n,) strings, or None without a group."""
    return None if key is None else pa.array(_column(facts, key), pa.string())


def _column(facts: Sequence[Mapping[str, Any]], key: str) -> list[str | None]:
    return [short(one.get(key)) or None for one in facts]


def refuse_absent(facts: Sequence[Mapping[str, Any]], keys: Iterable[str | None], file: str) -> None:
    """Each of these facts stands with some case.

    Raises:
        InputError: naming the facts that there are.
    """
    for key in keys:
        if key is not None and not any(_column(facts, key)):
            known = sorted({str(name) for one in facts[:1000] for name in one})
            what = f"no case has a plain value of {key!r:.80}"
            raise InputError(what, file, f"The log has: {', '.join(known)[:300] or 'no metadata'}.")


def _categories(facts: Sequence[Mapping[str, Any]], group: str | None) -> dict[str, pa.Array]:
    names = dict.fromkeys(name for one in facts for name in one if isinstance(name, str) and name.isprintable())
    found = {}
    for name in names:
        if not name or name == group:
            continue
        values = [one.get(name) for one in facts]
        spelt = [short(value) for value in values]
        kinds = {value for value in spelt if value is not None}
        plain = all(value is None or (isinstance(value, str | int) and len(str(value)) <= _LONGEST) for value in values)
        if plain and 2 <= len(kinds) <= min(MOST_VALUES, len(facts) // 2):
            found[name] = pa.array([value or None for value in spelt], pa.string())
    return found
