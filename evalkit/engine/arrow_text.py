"""Arrow columns of any type as canonical JSON texts, column by column.

A null in a column, or in a field of a struct or map, means that nothing is there; a null inside a list is JSON's null.
Only a column of inputs says of each row all its fields (`said_column`): what is not known is an answer there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from json.encoder import encode_basestring

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from evalkit.core.digest import canonical_json

_TEXT = pa.large_string()
_ESCAPED = r'["\\\x00-\x1f]'
_EXACT = 2.0**53  # whole floats below it are integers without an exponent in canonical JSON


def json_column(values: pa.Array) -> pa.Array:
    """(n,) large strings: canonical JSON, null where there is nothing.

    Timestamps, dates and times become ISO 8601 texts; decimals texts with all their digits; NaN is refused.

    Raises:
        ValueError: a float is NaN or infinite, a key appears twice, or the type has no JSON form.
    """
    kind = values.type
    if isinstance(values, pa.ExtensionArray):
        return json_column(values.storage)
    if types.is_dictionary(kind):
        return json_column(values.dictionary_decode())
    if types.is_null(kind):
        return pa.nulls(len(values), _TEXT)
    if _is_text(kind):
        return quoted(values)
    if types.is_boolean(kind) or types.is_integer(kind):
        return values.cast(_TEXT)
    if types.is_floating(kind):
        return _floats(values)
    if types.is_decimal(kind) or types.is_temporal(kind):
        return quoted(plain_text(values))
    if types.is_struct(kind):
        return _structs(values)
    if types.is_map(kind):
        return _maps(values)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _lists(values.cast(pa.large_list(kind.value_type)))
    raise ValueError(f"the column type {kind} has no JSON form; cast it to a text or a number")


def said_column(values: pa.Array) -> pa.Array:
    """As `json_column`, but a null field of a struct, or a null in a map, is JSON's null; deeper ones are as there.

    A table cannot leave a field out of one row: its null is the only way to say that something is not known.

    Raises:
        ValueError: as `json_column`.
    """
    kind = values.type
    if isinstance(values, pa.ExtensionArray):
        return said_column(values.storage)
    if types.is_dictionary(kind):
        return said_column(values.dictionary_decode())
    if types.is_struct(kind):
        return _structs(values, said=True)
    return _maps(values, said=True) if types.is_map(kind) else json_column(values)


def object_column(fields: Mapping[str, pa.Array], said: bool = False) -> pa.Array:
    """(n,) objects from one column of JSON texts a key; a null leaves its key out, or is null where it is `said`."""
    names = sorted(fields, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    pieces = []
    for name in names:
        values = pc.fill_null(fields[name], "null") if said else fields[name]
        whole = pc.binary_join_element_wise(_scalar(f",{canonical_json(name)}:"), values, _scalar(""))
        pieces.append(pc.fill_null(whole, ""))
    joined = pc.binary_join_element_wise(_scalar("{"), *pieces, _scalar("}"), _scalar(""))
    return pc.replace_substring(joined, "{,", "{", max_replacements=1)


def plain_text(values: pa.Array) -> pa.Array:
    """(n,) strings for ids, groups and tags: as `tag_text` spells them; dates and times in ISO 8601.

    Raises:
        ValueError: a float is not finite, or the type has no one-line text (lists, structs, bytes).
    """
    kind = values.type
    if isinstance(values, pa.ExtensionArray):
        return plain_text(values.storage)
    if types.is_dictionary(kind):
        return plain_text(values.dictionary_decode())
    if _is_text(kind) or types.is_null(kind) or types.is_decimal(kind):
        return values.cast(_TEXT)
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return json_column(values)
    if types.is_timestamp(kind) or types.is_date(kind) or types.is_time(kind):
        text = pc.replace_substring(values.cast(_TEXT), " ", "T", max_replacements=1)
        text = pc.replace_substring_regex(text, r"(\.\d*?)0+(\D.*)?$", r"\1\2")
        return pc.replace_substring_regex(text, r"\.(\D.*)?$", r"\1")
    raise ValueError(f"the column type {kind} has no text form; cast it to a text")


def quoted(values: pa.Array) -> pa.Array:
    """(n,) JSON strings from texts."""
    values = values.cast(_TEXT)
    text = pc.binary_join_element_wise(_scalar('"'), values, _scalar('"'), _scalar(""))
    odd = pc.fill_null(pc.match_substring_regex(values, _ESCAPED), False)
    if not pc.any(odd).as_py():
        return text
    escaped = [encode_basestring(value) for value in values.filter(odd).to_pylist()]
    return pc.replace_with_mask(text, odd, pa.array(escaped, _TEXT))


def _floats(values: pa.Array) -> pa.Array:
    valid = np.asarray(pc.is_valid(values))
    x = np.asarray(pc.fill_null(values.cast(pa.float64()), 0.0))
    if not np.isfinite(x).all():
        bad = x[~np.isfinite(x)][0]
        raise ValueError(f"{bad} is not a finite number; leave the cell empty where there is no number")
    whole = (np.abs(x) < _EXACT) & (x == np.trunc(x))
    if whole.all():
        text = pa.array(x.astype(np.int64)).cast(_TEXT)
    else:
        rest = canonical_json(x[~whole].tolist())[1:-1].split(",")
        pool = pa.concat_arrays([pa.array(x[whole].astype(np.int64)).cast(_TEXT), pa.array(rest, _TEXT)])
        text = pool.take(pa.array(_positions(whole)))
    return text if valid.all() else pc.if_else(pa.array(valid), text, pa.scalar(None, _TEXT))


def _positions(first: np.ndarray) -> np.ndarray:
    """Where each row went when the rows that are `first` (bool) were put before the others."""
    index = np.empty(len(first), np.int64)
    index[first] = np.arange(first.sum())
    index[~first] = np.arange(first.sum(), len(first))
    return index


def _structs(values: pa.StructArray, said: bool = False) -> pa.Array:
    names = [values.type.field(i).name for i in range(values.type.num_fields)]
    if len(set(names)) < len(names):
        raise ValueError("a struct has two fields of one name; rename one")
    if not names:
        text = pa.array(["{}"] * len(values), _TEXT)
    else:
        children = [json_column(child) for child in values.flatten()]
        text = object_column(dict(zip(names, children, strict=True)), said)
    return _where_valid(values, text)


def _lists(values: pa.LargeListArray) -> pa.Array:
    items = pc.fill_null(json_column(values.flatten()), "null")
    offsets = _offsets(values)
    joined = pc.binary_join(pa.LargeListArray.from_arrays(pa.array(offsets), items), _scalar(","))
    text = pc.binary_join_element_wise(_scalar("["), joined, _scalar("]"), _scalar(""))
    return _where_valid(values, text)


def _maps(values: pa.MapArray, said: bool = False) -> pa.Array:
    """Objects from maps with text keys; row by row, since each has its own keys to sort."""
    if not _is_text(values.type.key_type):
        raise ValueError(f"the column type {values.type} has keys that are no texts; use texts as keys")
    lists = values.cast(pa.large_list(_pair(values.type)))
    pairs, ends = lists.flatten(), _offsets(lists)
    keys, items = pairs.field(0).to_pylist(), json_column(pairs.field(1)).to_pylist()
    rows = []
    for start, end in pairwise(ends):
        found = dict(zip(keys[start:end], items[start:end], strict=True))
        if len(found) < end - start:
            raise ValueError("a map holds one key twice")
        shown = [(k.encode("utf-16-be", "surrogatepass"), k) for k, item in found.items() if said or item is not None]
        rows.append("{" + ",".join(f"{canonical_json(k)}:{found[k] or 'null'}" for _, k in sorted(shown)) + "}")
    return _where_valid(values, pa.array(rows, _TEXT))


def _pair(kind: pa.MapType) -> pa.DataType:
    return pa.struct([pa.field("key", kind.key_type, nullable=False), pa.field("value", kind.item_type)])


def _offsets(values: pa.Array) -> np.ndarray:
    """(n + 1,) offsets into the flattened values, which leave out what stands behind a null."""
    lengths = np.asarray(pc.fill_null(pc.list_value_length(values), 0), np.int64)
    return np.concatenate([[0], np.cumsum(lengths)])


def _where_valid(values: pa.Array, text: pa.Array) -> pa.Array:
    return text if values.null_count == 0 else pc.if_else(pc.is_valid(values), text, pa.scalar(None, _TEXT))


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
