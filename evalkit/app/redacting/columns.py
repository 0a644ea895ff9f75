"""Redacts columns of JSON values row by row, and remembers what was taken out of which row."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.redacting.paths import MARK, Place, cut, leaves, mapped
from evalkit.app.redacting.texts import Texts, small
from evalkit.core.digest import canonical_json
from evalkit.core.tables import MISSING, Column

__all__ = ["Taken", "column_scrubbed", "column_without", "constant", "translated"]

Taken = list[set[str]]
"""Per row the texts that were taken out of it."""


def column_without(column: Column, places: Sequence[Place], taken: Taken) -> Column:
    """The column with MARK at these places; the texts that stood there join `taken` (a set a row)."""
    if not places:
        return column
    values = []
    for value, found in zip(column.values(), taken, strict=True):
        gone: list[object] = []
        values.append(value if value is MISSING else cut(value, places, gone.append))
        found.update(text for one in gone for text in leaves(one))
    return Column.of(values)


def column_scrubbed(column: Column, gone: Texts) -> Column:
    """The column without the texts that were taken out of any row, whole or inside a longer text.

    Most values repeat nothing: a row is looked into only where it has the rarest word of a text that is gone.
    """
    by_word: dict[str, list[str]] = defaultdict(list)
    words = {known: _WORD.findall(known) for known in gone.known()}
    shared = Counter(word for found in words.values() for word in found)
    for known, found in words.items():
        by_word[min(found, key=lambda word: (shared[word], -len(word)), default="")].append(known)
    always = by_word.pop("", [])
    escaped = {known: _escaped(known) for known in words}
    texts: list[str | None] = column.text.to_pylist()
    for i, text in enumerate(texts):
        if text is None:
            continue
        low = small(text)
        near = by_word.keys() & set(_WORD.findall(_ESCAPE.sub(" ", low) if "\\" in low else low))
        hits = [known for word in near for known in by_word[word] if escaped[known] in low or "\\" in low]
        hits += [known for known in always if escaped[known] in low]
        if hits:
            row = gone.of(hits)
            texts[i] = canonical_json(mapped(json.loads(text), row))
    return Column(pa.array(texts, pa.large_string()))


_WORD = re.compile(r"\w+")
_ESCAPE = re.compile(r'\\(?:[nrtbf"/\\]|u[0-9a-f]{4})')


def _escaped(text: str) -> str:
    """A text as it stands in a canonical JSON text."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def constant(column: pa.ChunkedArray | pa.Array, text: str = MARK) -> pa.Array:
    """The column with one text wherever it has a value."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    plain = pa.string() if pa.types.is_dictionary(column.type) else column.type
    said = pa.array(np.full(len(column), text, dtype=object), plain, mask=~np.asarray(pc.is_valid(column)))
    return said if said.type == column.type else said.cast(column.type)


def translated(column: pa.ChunkedArray | pa.Array, text: Callable[[str], str]) -> pa.Array:
    """The column with each of its distinct texts as `text` says it."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if column.null_count == len(column):
        return column
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    words = coded.dictionary.to_pylist()
    said = [text(word) for word in words]
    if said == words:
        return column
    whole = pa.array(said, coded.dictionary.type).take(coded.indices)
    return whole.dictionary_encode().cast(column.type) if pa.types.is_dictionary(column.type) else whole


MARKED = json.dumps(MARK)
"""MARK as a JSON value."""
