"""The two kinds of table that are joined: reading a column of either, and putting the result together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean

__all__ = ["column_of", "joined", "need_columns"]

_EXACT = 2**53  # float64 holds every whole number up to here
_SUFFIX = "_right"


def need_columns(table: Any, names: Sequence[Any], side: str) -> None:
    """That the columns are there, once each.

    Raises:
        InputError: the table is none, or a column is missing or there twice.
    """
    known = _names(table, side)
    for name in names:
        if known.count(name) != 1:
            there = "no column" if name not in known else f"{known.count(name)} columns"
            remedy = did_you_mean(str(name), map(str, known), "columns")
            raise InputError(f"the {side} table has {there} {name!r}", remedy=remedy)


def column_of(table: Any, name: Any) -> pa.Array:
    """A column as one Arrow array; NaN, NaT and None of pandas are nulls.

    Raises:
        InputError: its values are of several kinds.
    """
    if isinstance(table, pa.Table):
        return _whole(table.column(name))
    try:
        return _whole(pa.array(table[name], from_pandas=True))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"column {name!r} holds values of several kinds: {first:.200}", remedy="Use one") from None


def joined(left: Any, right: Any, found: Any, dropped: Sequence[Any]) -> Any:
    """`left` with the columns of the right rows at `found` (NONE: missing), without the `dropped` ones."""
    names = [name for name in _names(right, "right") if name not in dropped]
    called = _called(_names(left, "left"), names)
    if isinstance(left, pa.Table):
        rows = right if isinstance(right, pa.Table) else pa.Table.from_pandas(right, preserve_index=False)
        return _arrow(left, rows.select(names), found, called)
    rows = right[names] if not isinstance(right, pa.Table) else right.select(names).to_pandas()
    return _pandas(left, rows, found, called)


def _names(table: Any, side: str) -> list[Any]:
    if isinstance(table, pa.Table):
        return list(table.column_names)
    columns = getattr(table, "columns", None)
    if columns is None or not hasattr(table, "reindex"):
        kind = type(table).__name__
        raise InputError(f"the {side} table is a {kind}", remedy="Give a pandas DataFrame or a pyarrow Table")
    if columns.nlevels > 1:
        raise InputError(f"the {side} table has columns of {columns.nlevels} levels", remedy="Make them flat")
    return list(columns)


def _called(left: Sequence[Any], names: Sequence[Any]) -> list[Any]:
    """Names of the right columns in the result; those that `left` has too get a suffix."""
    called = [f"{name}{_SUFFIX}" if name in left else name for name in names]
    for name in called:
        if name in left or called.count(name) > 1:
            raise InputError(f"the result would have two columns {name!r}", remedy="Rename one of them")
    return called


def _whole(values: Any) -> pa.Array:
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else pa.concat_arrays(values.chunks or [pa.array([], values.type)])


def _arrow(left: pa.Table, right: pa.Table, found: Any, called: Sequence[Any]) -> pa.Table:
    rows = pa.array(found, mask=found < 0)
    for name, column in zip(called, right.columns, strict=True):
        left = left.append_column(name, _whole(column).take(rows))
    return left


def _pandas(left: Any, right: Any, found: Any, called: Sequence[Any]) -> Any:
    import pandas as pd

    short = bool((found < 0).any())
    columns = [_picked(pd, right.iloc[:, i], found, short) for i in range(right.shape[1])]
    rows = pd.DataFrame(dict(zip(called, columns, strict=True)), index=left.index, copy=False)
    return pd.concat([left, rows.set_axis(list(called), axis=1)], axis=1)


def _picked(pd: Any, column: Any, found: Any, short: bool) -> Any:
    """Values of a column at positions; `short`: some are NONE, and so are their values."""
    if not short:
        return column.array.take(found)
    kind = column.dtype
    if isinstance(kind, np.dtype) and kind.kind in "biufO":
        values = column.to_numpy()
        if kind.kind not in "iu" or kind.itemsize < 8 or _small(values):
            return pd.api.extensions.take(values, found, allow_fill=True)
        column = column.astype("Int64" if kind.kind == "i" else "UInt64")
    return column.array.take(found, allow_fill=True)


def _small(values: Any) -> bool:
    """Whether float64 holds every one of these whole numbers."""
    return not len(values) or (int(values.max()) <= _EXACT and int(values.min()) >= -_EXACT)
