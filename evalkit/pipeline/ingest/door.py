"""The door of a stream: each record is accepted, known already, or refused with all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.ingesting import Fault, Seen, Stream
from evalkit.core.sources import Format
from evalkit.pipeline.ingest.decode import decoded, shown
from evalkit.pipeline.ingest.infer import JSON, inferred
from evalkit.pipeline.ingest.keys import Lookup, sort_by_keys
from evalkit.pipeline.ingest.rules import Needed, Rules
from evalkit.pipeline.ingest.types import arrow_type, kept_as, typed

__all__ = ["Passed", "fitted", "through"]


class Passed(NamedTuple):
    """What became of n records, by their places 0 to n - 1."""

    stream: Stream  # with its columns, and the newest event
    table: pa.Table  # accepted rows, in order
    accepted: list[int]
    duplicates: list[int]
    faults: dict[int, tuple[Fault, ...]]
    keys: dict[bytes, Seen]
    gone: list[tuple[int, int]]


def through(
    raws: Sequence[bytes],
    format: Format,
    stream: Stream,
    rules: Rules,
    *,
    at: tuple[int, int],
    lookup: Lookup,
    declared: Mapping[str, str] | None = None,
    late: bool = False,
) -> Passed:
    """Let records in.

    Args:
        raws: (n,) bytes of records, in order.
        format: how they are read.
        stream: what holds so far; without columns, these records fix them.
        rules: what is asked.
        at: the stretch that the rows will be of, and how many it has accepted.
        lookup: rows by digests of keys.
        declared: types by name, where the source knows them.
        late: late events are let in.
    """
    found = decoded(raws, format)
    faults: dict[int, list[Fault]] = {i: [row] for i, row in enumerate(found) if isinstance(row, Fault)}
    places = [i for i, row in enumerate(found) if not isinstance(row, Fault)]
    rows: list[dict[str, Any]] = [row for row in found if not isinstance(row, Fault)]
    texts = format.kind == "csv"
    stream = stream if stream.columns or not rows else _fixed(stream, rules, rows, declared, texts)
    if not stream.columns:
        faults.update({i: [Fault(kind="missing", reason="no field that most records have")] for i in places})
        return Passed(stream, pa.table({}), [], [], {i: tuple(f) for i, f in faults.items()}, {}, [])
    _fields(rows, places, stream, rules, faults)
    table = _table(rows, places, stream, rules, format, faults)

    def without_faults() -> tuple[pa.Table, list[int]]:
        kept = [k for k, i in enumerate(places) if i not in faults]
        whole = len(kept) == len(places)
        return (table, places) if whole else (table.take(pa.array(kept, pa.int64())), [places[k] for k in kept])

    table, places = without_faults()
    for k, more in (rules.check(table) if rules.check and table.num_rows else {}).items():
        faults.setdefault(places[k], []).extend(more)
    table, places = without_faults()
    if rules.event_time and table.num_rows:
        stream = _times(table, places, stream, rules, faults, late)
        table, places = without_faults()
    by_key = sort_by_keys(table, rules.keys, firm=rules.never_null, last=rules.keep == "last", at=at, lookup=lookup)
    faults.update({places[k]: [fault] for k, fault in by_key.faults.items()})
    return Passed(
        stream,
        table if len(by_key.accepted) == table.num_rows else table.take(pa.array(by_key.accepted, pa.int64())),
        [places[k] for k in by_key.accepted],
        [places[k] for k in by_key.duplicates],
        {i: tuple(f) for i, f in faults.items()},
        by_key.keys,
        by_key.gone,
    )


def fitted(stream: Stream, rules: Rules) -> None:
    """Refuse rules that are not for the columns that the stream has.

    Raises:
        InputError: says which.
    """
    named = [*(name for key in rules.keys for name in key), *([rules.event_time] if rules.event_time else [])]
    known = stream.columns or rules.columns
    for name in named if known else ():
        if name not in known:  # type: ignore[operator]
            raise InputError(f"there is no column {name!r}", f"stream {stream.name}", f"There are: {', '.join(known)}")  # type: ignore[arg-type]
    if not stream.columns or rules.columns is None:
        return
    here, there = stream.columns, rules.columns
    said = [f"without {name}" for name in here if name not in there]
    said += [f"with the new {name}" for name in there if name not in here]
    said += [
        f"{name} as {need.kind} instead of {here[name]}"
        for name, need in there.items()
        if name in here and need.kind not in (None, here[name])
    ]
    if said:
        raise InputError(
            f"the contract is for other columns than the stream has: {'; '.join(said)}",
            f"stream {stream.name}",
            "Mend the contract, or begin another stream with --stream",
        )


def _fixed(
    stream: Stream, rules: Rules, rows: list[dict[str, Any]], declared: Mapping[str, str] | None, texts: bool
) -> Stream:
    schema = inferred(rows, None if declared is None else {n: kept_as(k) for n, k in declared.items()}, texts=texts)
    columns, optional = schema.columns, sorted(schema.optional)
    if rules.columns is not None:
        columns = {
            name: need.kind or _left_open(name, columns, need, rows, texts) for name, need in rules.columns.items()
        }
        optional = []
    fixed = stream.model_copy(update={"columns": columns, "optional": optional})
    fitted(fixed, rules)
    return fixed


def _left_open(name: str, columns: Mapping[str, str], need: Needed, rows: list[dict[str, Any]], texts: bool) -> str:
    """The type of a column that may be anything: what the first records all have, else one that holds all of it."""
    kind = columns.get(name, JSON)
    _, wrong = typed([row.get(name) for row in rows], name, kind, texts=texts)
    return kind if not wrong else need.asked or ("string" if texts else JSON)


def _fields(
    rows: Sequence[Mapping[str, Any]],
    places: Sequence[int],
    stream: Stream,
    rules: Rules,
    faults: dict[int, list[Fault]],
) -> None:
    names = stream.columns.keys()
    optional = set(stream.optional)
    if rules.columns is not None:
        optional = {name for name, need in rules.columns.items() if not need.required}
    for i, row in zip(places, rows, strict=True):
        if row.keys() == names:
            continue
        more = [Fault(kind="missing", reason="the field is missing", field=n) for n in names - row.keys() - optional]
        if rules.extra:
            more += [
                Fault(kind="extra", reason="there is no such column", field=shown(name), value=shown(row[name]))
                for name in row.keys() - names
            ]
        if more:
            faults[i] = sorted(more, key=lambda fault: (fault.kind != "missing", fault.field or ""))


def _table(
    rows: Sequence[Mapping[str, Any]],
    places: Sequence[int],
    stream: Stream,
    rules: Rules,
    format: Format,
    faults: dict[int, list[Fault]],
) -> pa.Table:
    columns = {}
    for name, kind in stream.columns.items():
        values = [row.get(name) for row in rows]
        number = name in format.numbers
        nulls = frozenset[str]() if number else rules.nulls
        columns[name], wrong = typed(values, name, kind, texts=number or format.kind == "csv", nulls=nulls)
        for k, fault in wrong.items():
            faults.setdefault(places[k], []).append(fault)
    return pa.table(columns, pa.schema([(name, arrow_type(kind)) for name, kind in stream.columns.items()]))


def _times(
    table: pa.Table,
    places: Sequence[int],
    stream: Stream,
    rules: Rules,
    faults: dict[int, list[Fault]],
    late: bool,
) -> Stream:
    """Note events that came too late, by the newest that came before each; the newest of all."""
    name = str(rules.event_time)
    column = table.column(name).combine_chunks()
    if not pa.types.is_timestamp(column.type):
        moments = [_microseconds(text) for text in column.to_pylist()]
        for i, moment, text in zip(places, moments, column.to_pylist(), strict=True):
            if moment is None:
                reason = "the time of the event is missing or is no ISO 8601 time"
                faults[i] = [Fault(kind="type", reason=reason, field=name, value=shown(text))]
        micros = np.array([_NEVER if moment is None else moment for moment in moments], np.int64)
    else:
        whole = column.cast(pa.timestamp("us", column.type.tz), safe=False).view(pa.int64())
        micros = whole.fill_null(_NEVER).to_numpy(zero_copy_only=False)
        for i, moment in zip(places, micros.tolist(), strict=True):
            if moment == _NEVER:
                faults[i] = [Fault(kind="missing", reason="the time of the event is missing", field=name)]
    newest = np.maximum.accumulate(np.concatenate([[_NEVER if stream.newest is None else stream.newest], micros]))
    if rules.lateness is not None and not late:
        behind = (newest[:-1] - micros > rules.lateness) & (micros != _NEVER) & (newest[:-1] != _NEVER)
        for k in behind.nonzero()[0].tolist():
            behind_by = (newest[k] - micros[k]) / 1e6
            reason = f"{behind_by:.0f} s behind the newest event before it; {rules.lateness / 1e6:g} s are allowed"
            faults[places[k]] = [Fault(kind="late", reason=reason, field=name, value=str(column[k].as_py()))]
    return stream.model_copy(update={"newest": None if newest[-1] == _NEVER else int(newest[-1])})


_NEVER = -(2**62)  # no time, and never the newest


def _microseconds(text: Any) -> int | None:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1e6)
