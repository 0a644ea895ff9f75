"""`@feature`: a pure function from columns to columns, with a name, a version and a digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError, RunBroke
from evalkit.pipeline.features.code import code_digest

__all__ = ["Feature", "feature", "need_columns"]


@dataclass(frozen=True)
class Feature:
    """A definition. Called, it is the function that was decorated.

    Attributes:
        name: its own.
        function: takes a table with the inputs (and `params` as keywords), gives one column, or several by name.
        inputs: columns that it reads; nothing else reaches it.
        outputs: columns that it makes.
        version: raised by hand where the meaning changes and the code does not.
        params: values of its parameters, which are part of the digest.
        rowwise: a row of the result depends on that row alone, so that it can be computed when a request comes.
        frames: the function works on pandas frames instead of Arrow tables.
    """

    name: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    version: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)
    rowwise: bool = True
    frames: bool = False

    @cached_property
    def digest(self) -> str:
        """sha256 of code, parameters, inputs, outputs and version."""
        said = [self.name, list(self.inputs), list(self.outputs), self.version, dict(self.params), self.rowwise]
        return digest_of([*said, self.frames, code_digest(self.function)])

    def __call__(self, *args: Any, **more: Any) -> Any:
        """The function itself."""
        return self.function(*args, **more)

    def with_params(self, **params: Any) -> Feature:
        """The same definition with other parameters: another digest."""
        unknown = sorted(set(params) - set(self.params))
        if unknown:
            known = ", ".join(self.params) or "none"
            raise InputError(f"the feature {self.name} has no parameter {unknown[0]!r}", remedy=f"It has: {known}")
        return Feature(
            self.name,
            self.function,
            self.inputs,
            self.outputs,
            self.version,
            {**self.params, **params},
            self.rowwise,
            self.frames,
        )

    def compute(self, table: pa.Table) -> dict[str, Any]:
        """Its columns for a table: name -> Arrow array (rows,).

        Raises:
            InputError: an input is not there, or the function gives something else than it declares.
            RunBroke: the function raises.
        """
        need_columns(table, self.inputs, f"the feature {self.name}")
        given: Any = table.select(self.inputs)
        if self.frames:
            given = given.to_pandas()
        try:
            found = self.function(given, **self.params)
        except (Exception, SystemExit) as error:
            kind = type(error).__name__
            raise RunBroke(f"the feature {self.name} raised {kind}: {str(error)[:300]}") from error
        return self._columns(found, table.num_rows)

    def _columns(self, found: Any, rows: int) -> dict[str, Any]:
        if isinstance(found, pa.Table):
            found = {name: found.column(name) for name in found.column_names}
        elif hasattr(found, "columns") and hasattr(found, "to_dict"):  # a pandas frame
            found = {name: found[name] for name in found.columns}
        elif not isinstance(found, Mapping):
            found = {self.outputs[0]: found} if len(self.outputs) == 1 else {}
        if set(found) != set(self.outputs):
            raise InputError(
                f"the feature {self.name} gave {', '.join(map(str, found)) or 'no columns by name'}, "
                f"and declares {', '.join(self.outputs)}"
            )
        columns = {name: self._array(name, self._in_order(name, found[name], rows)) for name in self.outputs}
        for name, column in columns.items():
            if len(column) != rows:
                raise InputError(f"the feature {self.name} gave {len(column)} values of {name} for {rows} rows")
        return columns

    def _in_order(self, name: str, values: Any, rows: int) -> Any:
        """A column of pandas by its index, which says which row each value is of: a function may have sorted."""
        if not self.frames or not hasattr(values, "reindex") or len(values) != rows:
            return values
        from pandas import RangeIndex

        index, whole = values.index, RangeIndex(rows)
        if index.equals(whole):
            return values
        if index.nlevels > 1 or not index.is_unique or not index.isin(whole).all():
            raise InputError(
                f"the feature {self.name} gave a column {name} whose index is not the frame's",
                remedy="Keep the index of the frame, or give an array in the order of its rows (.to_numpy())",
            )
        return values.reindex(whole)

    def _array(self, name: str, values: Any) -> Any:
        if isinstance(values, pa.ChunkedArray):
            return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
        try:
            return values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
            said = str(error).splitlines()[0][:200]
            raise InputError(f"the feature {self.name} gave no column as {name}: {said}") from None


def need_columns(table: Any, names: Sequence[str], who: str) -> None:
    """That it is an Arrow table, and has each column once.

    Raises:
        InputError: it is not, or has not.
    """
    if not isinstance(table, pa.Table):
        kind = type(table).__name__
        raise InputError(
            f"features are computed on Arrow tables, not on a {kind}", who, "Give pyarrow.Table.from_pandas(frame)"
        )
    for name in names:
        if (count := table.column_names.count(name)) != 1:
            what = f"is there {count} times" if count else "is not there"
            there = ", ".join(table.column_names) or "none"
            raise InputError(f"the column {name!r} {what}", who, f"There are: {there}")


def feature(
    inputs: Sequence[str],
    *,
    outputs: Sequence[str] = (),
    version: int = 1,
    rowwise: bool = True,
    frames: bool = False,
    **params: Any,
) -> Callable[[Callable[..., Any]], Feature]:
    """Decorate a pure function as a feature.

    Args:
        inputs: columns that it reads.
        outputs: columns that it makes; one of the function's name where none are given.
        version: raise it where the meaning changes and the code does not.
        rowwise: False where a row of the result depends on other rows (a rank, a mean of the table).
        frames: the function works on pandas frames instead of Arrow tables.
        params: parameters of the function by name, JSON values.
    """
    for what, names in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise InputError(f"{what} of a feature is {names!r:.80}", remedy='Give a list of columns: @feature(["x"])')
    try:
        digest_of(params)
    except (TypeError, ValueError) as error:
        raise InputError(f"the parameters of a feature are no JSON: {error}", remedy="Give numbers and texts") from None

    def decorate(function: Callable[..., Any]) -> Feature:
        name = getattr(function, "__name__", None)
        if name is None:
            raise InputError(
                f"a feature is made of {function!r:.80}", remedy="Decorate a function: def name(table): ..."
            )
        return Feature(name, function, tuple(inputs), tuple(outputs) or (name,), version, params, rowwise, frames)

    return decorate
