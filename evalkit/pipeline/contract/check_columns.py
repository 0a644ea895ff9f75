"""Rules of single columns, and of which columns there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.nouns import Decision
from evalkit.pipeline.contract.column_rules import broken_bounds, codes_of, hashable, repeated
from evalkit.pipeline.contract.finding import Finding
from evalkit.pipeline.contract.given import Given
from evalkit.pipeline.contract.nouns import Column, Contract, Severity
from evalkit.pipeline.contract.types import Typed, typed
from evalkit.pipeline.contract.usual import Usual, usual
from evalkit.pipeline.contract.verdict import share_kept

__all__ = ["Columns", "about_rows", "column_findings", "extra_findings", "read_columns", "unreadable_finding"]

Array = np.ndarray[Any, Any]
_NONE = np.array([], np.int64)


@dataclass(frozen=True)
class Columns:
    """The columns of a table as the types of the contract.

    Attributes:
        of: name -> column; those that are missing are not there.
        rows: of the table. unreadable: positions of rows that no rule speaks of.
    """

    of: Mapping[str, Typed]
    rows: int
    unreadable: Array

    @cached_property
    def readable(self) -> int:
        """Rows that rules speak of."""
        return self.rows - len(self.unreadable)

    def positions(self, mask: Any) -> Array:
        """Rows where a mask (Arrow or numpy) is true, without the unreadable ones."""
        if not isinstance(mask, np.ndarray):
            if not pc.any(mask).as_py():
                return _NONE
            mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
        found = np.flatnonzero(mask)
        return np.setdiff1d(found, self.unreadable) if len(self.unreadable) else found


def read_columns(table: pa.Table, contract: Contract, given: Given) -> Columns:
    """Each column of the contract that the table has, as its type."""
    there = [name for name in contract.columns if table.column_names.count(name) == 1]
    of = {name: _read(whole(table.column(name)), name, contract, given) for name in there}
    return Columns(of, table.num_rows, np.array(sorted(given.unreadable), np.int64))


def _read(values: Any, name: str, contract: Contract, given: Given) -> Typed:
    if given.texts == "all" and pa.types.is_string(values.type) and contract.missing:
        gone = pc.is_in(values, value_set=pa.array(contract.missing, pa.string()))
        values = pc.if_else(gone, pa.scalar(None, pa.string()), values)
    found = typed(values, contract.columns[name].asked, given.texts)
    if not (odd := given.odd.get(name)):
        return found
    wrong = np.zeros(len(values), bool) if found.wrong is None else found.wrong.copy()
    wrong[list(odd)] = True
    return found._replace(wrong=wrong)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """One array, of a type that rules can be computed on: without dictionaries, views and half floats."""
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        column = pa.chunked_array([_decoded(chunk) for chunk in column.chunks], kind.value_type)
    plain = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary(), pa.float16(): pa.float32()}
    if column.type in plain:
        column = column.cast(plain[column.type])
    chunks = column.chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks or [pa.array([], column.type)])


def _decoded(chunk: Any) -> Any:
    return chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else pc.run_end_decode(chunk)


def unreadable_finding(rows: int, given: Given) -> Iterator[Finding]:
    """Lines that could not be read as rows, where the file has any."""
    if given.unreadable:
        found = np.array(sorted(given.unreadable), np.int64)
        rule = "every line can be read"
        decision = share_kept(rule, len(found), rows, None)
        yield Finding(None, rule, "error", decision, rows, found, len(found), given.unreadable.__getitem__, True)


def about_rows(
    name: str | None, rule: str, n: int, rows: Array, value: Any, severity: Severity, mostly: float | None = None
) -> Finding:
    """The finding of a rule that rows break one by one."""
    decision = share_kept(rule, len(rows), n, mostly)
    words = rule if mostly is None else f"{rule}, mostly ({mostly:g})"
    sorts_out = severity == "error" and mostly is None
    return Finding(name, words, severity, decision, n, rows, len(rows), value, sorts_out)


def about_schema(name: str, rule: str, rows: int, found: Array, value: Any, severity: Severity) -> Finding:
    """The finding of a column that should be there and is not, or the other way round: one thing, not one a row."""
    decision: Decision = share_kept(rule, 1, 1, None)
    return Finding(name, rule, severity, decision, rows, found, max(len(found), 1), value, severity == "error")


def column_findings(name: str, contract: Contract, columns: Columns, given: Given) -> Iterator[Finding]:
    """All rules of one column; those of a missing one are inconclusive."""
    column = contract.columns[name]
    if name not in columns.of:
        if column.required and not columns.rows and not columns.of:  # JSON Lines without a line have no columns
            yield about_rows(name, "the column is there", 0, _NONE, lambda row: None, column.severity)
        elif column.required:
            found = np.setdiff1d(np.arange(columns.rows), columns.unreadable)
            yield about_schema(name, "the column is there", columns.rows, found, lambda row: None, column.severity)
        return
    values, wrong, raw = columns.of[name]
    n = columns.readable
    severity: Severity = column.severity
    found = _NONE if wrong is None else columns.positions(wrong)
    value = _as_it_came(raw, given.odd.get(name, {}), values)
    if column.type != "any":
        yield about_rows(name, f"type {column.type}", n, found, value, severity)
        n -= len(found)
    else:
        yield about_rows(name, "the column is there", max(n, 1), _NONE, value, severity)
    if not column.nullable:
        null = pc.is_null(values)
        if wrong is not None:
            null = pc.and_not(null, pa.array(wrong))
        yield about_rows(name, "not null", n, columns.positions(null), lambda row: None, severity, column.mostly)
    there = len(values) - values.null_count
    speaks_of = n if column.mostly is None else there + (len(found) if column.type == "any" else 0)
    for rule, mask in broken_bounds(column, values):
        rows = columns.positions(mask)
        if column.type == "any":  # a value that the rule cannot be asked of, where no type says so
            rows = np.union1d(rows, found)
        yield about_rows(name, rule, speaks_of, rows, value, severity, column.mostly)
    if column.unique:
        # To count is quicker than to number; most unique columns are.
        some = pc.count_distinct(hashable(values), mode="only_valid").as_py() < there
        again = columns.positions(repeated(codes_of([values]))) if some else _NONE
        yield about_rows(name, "unique", n, again, values.__getitem__, severity)
    yield from _referred(name, column, columns, given, speaks_of)
    yield from _anomalies(name, column, columns, given, speaks_of)


def _as_it_came(raw: Any, odd: Mapping[int, Any], values: Any) -> Callable[[int], Any]:
    """As the type of the column where it is of it, so that an example shows a number as one."""
    return lambda row: values[row] if values[row].is_valid else odd.get(row, raw[row])


def extra_findings(table: pa.Table, contract: Contract, given: Given) -> Iterator[Finding]:
    """Columns that the contract does not name, and names that are there twice."""
    severity: Severity = "warn" if contract.extra == "warn" else "error"
    for name in dict.fromkeys(table.column_names):
        places = [i for i, other in enumerate(table.column_names) if other == name]
        if len(places) > 1:
            rule = f"the name is there once, not {len(places)} times"
            yield about_schema(name, rule, table.num_rows, _NONE, lambda row: None, "error")
        elif name not in contract.columns and contract.extra != "allow":
            values = whole(table.column(places[0]))
            rows = np.flatnonzero(pc.is_valid(values).to_numpy(zero_copy_only=False))
            yield about_schema(
                name, "the contract names the column", table.num_rows, rows, values.__getitem__, severity
            )


def _referred(name: str, column: Column, columns: Columns, given: Given, n: int) -> Iterator[Finding]:
    if (place := column.references) is None:
        return
    rule = f"in {place.dataset}.{place.column}"
    if given.values is None:
        yield about_rows(
            name, f"{rule} (which is not at hand)", 0, _NONE, lambda row: None, column.severity, column.mostly
        )
        return
    values = columns.of[name].values
    known = typed(given.values(place.dataset, place.column), column.type).values
    try:
        known = known.cast(values.type)
        missing = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=known)))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        missing = pc.is_valid(values)
    yield about_rows(name, rule, n, columns.positions(missing), values.__getitem__, column.severity, column.mostly)


def _anomalies(name: str, column: Column, columns: Columns, given: Given, n: int) -> Iterator[Finding]:
    if (anomaly := column.anomaly) is None:
        return
    values = columns.of[name].values
    rule = f"within {anomaly.within:g} robust standard deviations of the median"
    found, whose = _usual_of(name, column, given)
    numbers = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
    if found is None or not numbers:
        yield about_rows(name, f"{rule} ({whose})", 0, _NONE, lambda row: None, column.severity, column.mostly)
        return
    away = pc.abs(pc.subtract(values.cast(pa.float64(), safe=False), found.median))
    far = columns.positions(pc.greater(away, anomaly.within * found.spread))
    words = f"{rule} {found.median:g}{whose}"
    yield about_rows(name, words, n, far, values.__getitem__, column.severity, column.mostly)


def _usual_of(name: str, column: Column, given: Given) -> tuple[Usual | None, str]:
    anomaly = column.anomaly
    assert anomaly is not None
    if anomaly.median is not None and anomaly.mad is not None:
        return Usual(anomaly.median, 1.4826 * anomaly.mad), ""
    if anomaly.reference is not None:
        values, whose = (given.values(anomaly.reference, name) if given.values else None), f"of {anomaly.reference}"
    else:
        values, whose = (given.history(name) if given.history else None), "of the version before"
    if values is None:
        return None, f"{whose}, which is not at hand"
    plain = pc.drop_null(typed(values, column.type).values).to_numpy(zero_copy_only=False)
    found = usual(plain) if plain.dtype.kind in "iuf" else None
    return found, f" {whose}" if found else f"{whose}, which has too few values or no spread"
