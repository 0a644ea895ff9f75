"""All cases of a run in one wide Parquet file beside its report: for what a page cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.whole import whole
from evalkit.core.dossier import Dossier
from evalkit.core.errors import StoreError
from evalkit.report.explorer.select import LIMIT

_ANSWER = ("output", "failure_kind", "failure_reason", "failure_message", "seconds", "cost", "model", "trace")


def with_cases_file(dossier: Dossier, page: Path | None, asked: Path | None = None) -> Dossier:
    """Write the cases where they were asked for, or beside a page that does not hold them all.

    Args:
        dossier: of the run.
        page: where its report is written; None: in the folder of the run, which has the tables already.
        asked: the file that was named; None: `<stem>.cases.parquet` beside a page of more than 10,000 cases.

    Returns:
        The dossier, which names the file; as it was where none was written.

    Raises:
        StoreError: the file cannot be written.
    """
    if asked is None and page is not None and len(dossier.cases) > LIMIT:
        asked = page.with_name(f"{page.stem}.cases.parquet")
    if asked is None:
        return dossier
    _write(asked, wide(dossier))
    return replace(dossier, cases_file=asked.name)


def with_attached_cases(dossier: Dossier, name: str, attach: Callable[[str, bytes], Path]) -> Dossier:
    """As `with_cases_file`, for a page in a store whose tables beside it are not those of the page.

    Args:
        dossier: of several runs, or of one that was scored again.
        name: of the file.
        attach: puts bytes under a name beside the page.
    """
    if len(dossier.cases) <= LIMIT:
        return dossier
    from pyarrow import parquet

    packed = pa.BufferOutputStream()
    parquet.write_table(wide(dossier), packed, compression="zstd")
    return replace(dossier, cases_file=attach(name, packed.getvalue().to_pybytes()).name)


def _write(file: Path, table: pa.Table) -> None:
    """A Parquet file, whole or not at all."""
    from pyarrow import parquet

    try:
        with whole(file) as place:
            parquet.write_table(table, place, compression="zstd")
    except OSError as error:
        what = f"the cases cannot be written: {error.strerror or error}"
        raise StoreError(what, str(file), "Name a place that can be written.") from error


def wide(dossier: Dossier) -> pa.Table:
    """One row a case: id, input, expected, group, weight, tags.*, and for each system its answers and scores.

    Columns of a system are `SYSTEM.output`, `SYSTEM.failure_kind`, ..., then `SYSTEM.METRIC` (the value, a mean over
    repeats), `SYSTEM.METRIC.why` (why there is none), `.rule`, `.margin` and `.detail`; of later repeats
    `SYSTEM#2.output` and so on. JSON values are canonical JSON texts. What is empty throughout is left out.
    """
    columns: dict[str, Any] = _plain(dossier.cases.to_arrow())
    for variant in dossier.record.variants:
        answers = dossier.predictions.filter(pc.equal(dossier.predictions["variant"], variant.name))
        scores = dossier.scores.filter(pc.equal(dossier.scores["variant"], variant.name))
        for repeat in range(dossier.record.suite.repeats):
            head = variant.name + (f"#{repeat + 1}" if repeat else "")
            mine = _aligned(answers.filter(pc.equal(answers["repeat"], repeat)), dossier.cases.ids)
            _add(columns, {f"{head}.{name}": mine[name] for name in _ANSWER})
            here = scores.filter(pc.equal(scores["repeat"], repeat))
            for metric in pc.unique(here["metric"].cast(pa.string())).to_pylist():
                values = dossier.values.get((metric, variant.name))
                if values is not None and repeat == 0:
                    columns[f"{head}.{metric}"] = pa.array(values, from_pandas=True)
                said = _plain(_aligned(here.filter(pc.equal(here["metric"], metric)), dossier.cases.ids))
                _add(columns, {f"{head}.{metric}.{name}": said[name] for name in ("why", "rule", "margin", "detail")})
    return pa.table(columns)


def _plain(table: pa.Table) -> dict[str, Any]:
    """Columns by name, dictionaries as the texts they stand for."""
    return {
        name: table[name].cast(pa.string()) if pa.types.is_dictionary(table[name].type) else table[name]
        for name in table.column_names
    }


def _add(columns: dict[str, Any], more: dict[str, Any]) -> None:
    columns.update({name: column for name, column in more.items() if column.null_count < len(column)})


def _aligned(table: pa.Table, ids: pa.Array) -> pa.Table:
    """One row a case, nulls where the table has none."""
    have = table["case_id"].cast(pa.string()).combine_chunks()
    return table.take(pc.index_in(ids.cast(pa.string()), value_set=have))
