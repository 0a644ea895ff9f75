"""The columns of a table of cases: id, input or input.X, expected or expected.X, group, weight, tags.X."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.engine.arrow_text import object_column
from evalkit.engine.case_columns import MAX_TAGS
from evalkit.engine.nearest import did_you_mean

PLAIN = ("id", "input", "expected", "group", "weight")
_PARTED = ("input", "expected", "tags")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")


class Header(NamedTuple):
    """Where each column stands.

    Attributes:
        plain: id, input, expected, group, weight -> position.
        parts: input, expected, tags -> (key -> position).
    """

    plain: dict[str, int]
    parts: dict[str, dict[str, int]]


def read_header(names: Sequence[str], file: str, whole: Sequence[str] = PLAIN) -> Header:
    """Positions of the columns by name.

    Args:
        names: column names in order; the index column that pandas writes is passed over.
        file: for the sentences.
        whole: names that need no key after a dot.

    Raises:
        InputError: a column is unknown, appears twice, or stands beside its own parts; there is no id.
    """
    plain: dict[str, int] = {}
    parts: dict[str, dict[str, int]] = {name: {} for name in _PARTED}
    for position, name in enumerate(names):
        stem, dot, key = name.partition(".")
        if _PANDAS_INDEX.fullmatch(name):
            continue
        if names.index(name) != position:
            raise InputError(f"the column {name!r:.80} appears twice", file, "Remove or rename one")
        if name in whole:
            plain[name] = position
        elif dot and key and stem in parts and key.isprintable():
            parts[stem][key] = position
        else:
            raise InputError(f"unknown column {name!r:.80}", file, _unknown(name, names))
    for stem in _PARTED:
        if stem in plain and parts[stem]:
            key = next(iter(parts[stem]))
            what = f"the columns {stem!r} and '{stem}.{key}' stand side by side"
            raise InputError(what, file, f"Keep either {stem!r} or its parts")
    if "id" not in plain:
        raise InputError("there is no column 'id'", file, f"Columns found: {', '.join(names)[:200] or 'none'}")
    if len(parts["tags"]) > MAX_TAGS:
        raise InputError(f"there are {len(parts['tags']):,} tag columns; the limit is {MAX_TAGS:,}", file, "Use fewer")
    return Header(plain, parts)


def joined(fields: dict[str, pa.Array], said: bool = False) -> pa.Array | None:
    """Objects from the columns `input.X`; a row in which all of them are empty has nothing there. No columns: None.

    Args:
        fields: key -> JSON texts.
        said: whether an empty cell beside others is null; else its key is left out.
    """
    if not fields:
        return None
    empty = reduce(pc.and_, map(pc.is_null, fields.values()))
    return pc.if_else(empty, pa.scalar(None, pa.large_string()), object_column(fields, said))


def _unknown(name: str, names: Sequence[str]) -> str:
    if len(names) == 1 and re.search(r"[;\t|]", name):
        return "The columns seem to be separated by something else: separate them by commas"
    if name == "tags":
        return "Write one column a tag: tags.NAME"
    return did_you_mean(name, [*PLAIN, "tags.NAME", "input.KEY", "expected.KEY"], "columns")
